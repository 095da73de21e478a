import { type Phase, phase } from '../phases.ts';
import { sqlite } from '../sandbox/rootfs.ts';
import { build, type EngineName, engines, fetchModules, isBuilt } from './engines.ts';

const names = Object.keys(engines) as EngineName[];
const ofEach = (make: (name: EngineName) => Phase) =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<EngineName, Phase>;

/** Modules of the next engines are fetched while one compiles. */
export const modules = ofEach((name) =>
  phase({
    name: `modules ${name}`,
    lane: 'modules',
    isDone: () => isBuilt(name),
    run: async () => {
      if (!isBuilt(name)) await fetchModules(name);
    },
  }),
);

export const engine = ofEach((name) =>
  phase({
    name: `engine ${name}`,
    needs: { modules: modules[name] },
    lane: 'go',
    isDone: () => isBuilt(name),
    run: async () => build(name, name === 'forge' ? await sqlite() : undefined),
  }),
);

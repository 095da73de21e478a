import { type Phase, phase } from '../phases.ts';
import { build, compile, type EngineName, engines, fetchModules, isBuilt } from './engines.ts';

const names = Object.keys(engines) as EngineName[];
const ofEach = (make: (name: EngineName) => Phase) =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<EngineName, Phase>;

/** Modules of the next engines are fetched while one compiles. */
export const modules = ofEach((name) =>
  phase({ name: `modules ${name}`, lane: 'modules', isDone: () => isBuilt(name), run: () => fetchModules(name) }),
);

export const compiled = ofEach((name) =>
  phase({
    name: `compile ${name}`,
    needs: { modules: modules[name] },
    lane: 'compile',
    isDone: () => isBuilt(name),
    run: () => compile(name),
  }),
);

/** Linking keeps one core busy: the other compiles the next engine meanwhile. */
export const engine = ofEach((name) =>
  phase({
    name: `engine ${name}`,
    needs: { compiled: compiled[name] },
    lane: 'link',
    isDone: () => isBuilt(name),
    run: () => build(name),
  }),
);

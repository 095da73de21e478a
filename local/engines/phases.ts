import { type Phase, phase } from '../phases.ts';
import { dynoxideIsBuilt, fetchDynoxide, makeDynoxide } from './dynoxide.ts';
import { build, compile, type Engine, type EngineName, engines, fetchModules, isBuilt } from './engines.ts';
import { fetchKafka, kafkaIsThere } from './kafka.ts';

const names = Object.keys(engines) as EngineName[];
const ofEach = (make: (name: EngineName) => Phase) =>
  Object.fromEntries(names.map((name) => [name, make(name)])) as Record<EngineName, Phase>;

const partOf = (name: EngineName) =>
  (engines[name] as Engine).module === 'monitoring' ? ('monitoring' as const) : undefined;

/** Modules of the next engines are fetched while one compiles. */
export const modules = ofEach((name) =>
  phase({
    name: `modules ${name}`,
    lane: 'modules',
    part: partOf(name),
    isDone: () => isBuilt(name),
    run: () => fetchModules(name),
  }),
);

export const compiled = ofEach((name) =>
  phase({
    name: `compile ${name}`,
    needs: { modules: modules[name] },
    lane: 'compile',
    part: partOf(name),
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
    part: partOf(name),
    isDone: () => isBuilt(name),
    run: () => build(name),
  }),
);

/** Kafka is no build: its jars are enough. */
export const kafka = phase({ name: 'modules kafka', lane: 'modules', isDone: kafkaIsThere, run: fetchKafka });

const crates = phase({ name: 'modules dynoxide', lane: 'modules', isDone: dynoxideIsBuilt, run: fetchDynoxide });
/** Takes minutes, so it stands at the end of both lanes and nothing else waits for it. */
export const dynoxide = {
  modules: crates,
  compiled: phase({
    name: 'compile dynoxide',
    needs: { crates },
    lane: 'compile',
    isDone: dynoxideIsBuilt,
    run: makeDynoxide,
  }),
};

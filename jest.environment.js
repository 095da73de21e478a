import { constants, createContext } from 'node:vm';
import { ModuleMocker } from 'jest-mock';
import { installCommonGlobals } from 'jest-util';

/** What Node.js itself makes has to be of these, also where a realm has its own. */
const outer = ['Buffer', 'ArrayBuffer', 'Uint8Array'];

/**
 * Gives each test file globals of its own, as jest-environment-node does. There an interceptor and a proxy stand before every global, which slows
 * down each `Object` and `Error` in the code under test and in jest itself. It has fake timers besides, which no test uses.
 */
export default class Environment {
  context = createContext(constants.DONT_CONTEXTIFY);
  global = this.context;
  fakeTimers = null;
  fakeTimersModern = null;
  moduleMocker = new ModuleMocker(this.context);

  constructor({ projectConfig }) {
    const { global } = this;
    const own = new Set(Object.getOwnPropertyNames(global));
    for (const [name, { enumerable, get, value }] of Object.entries(Object.getOwnPropertyDescriptors(globalThis))) {
      if (own.has(name) && !outer.includes(name)) continue;
      const set = (changed) =>
        Object.defineProperty(global, name, { configurable: true, enumerable, value: changed, writable: true });
      // Node.js loads some when they are first read.
      if (get)
        Object.defineProperty(global, name, { configurable: true, enumerable, get: () => globalThis[name], set });
      else set(value);
    }
    global.global = global;
    installCommonGlobals(global, projectConfig.globals);
  }

  async setup() {}

  async teardown() {
    this.context = null;
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  getVmContext() {
    return this.context;
  }
}

import vm, { constants, createContext } from 'node:vm';
import { ModuleMocker } from 'jest-mock';
import { installCommonGlobals } from 'jest-util';

/** By file: the script of V8, or none if it imports dynamically. */
const scripts = new Map();
const { compileFunction } = vm;

/**
 * Jest compiles each CommonJS module again for each test file: yaml, cdk8s, and its own matchers. A script runs in any number of realms, and what
 * V8 compiled of it stays. A module that imports dynamically needs a callback of its test file, so that one is left to jest.
 */
vm.compileFunction = (source, parameters, options) => {
  const { filename, parsingContext } = options;
  const head = `(function (${parameters.join(', ')}) {`;
  let known = scripts.get(filename);
  if (known?.source !== source || known.head !== head) {
    // So that faults are where they are in the file.
    const place = { filename, columnOffset: -head.length };
    const script = /\bimport\s*\(/.test(source) ? undefined : new vm.Script(`${head}${source}\n})`, place);
    known = { source, head, script };
    scripts.set(filename, known);
  }
  return known.script?.runInContext(parsingContext) ?? compileFunction(source, parameters, options);
};

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

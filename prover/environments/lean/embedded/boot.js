'use strict';
/** Start-up: load the instance, initialise Lean, import the modules, make the engine. */

const fs = require('node:fs');
const path = require('node:path');
const { loadRuntime, box, UNIT } = require('./runtime.js');
const { Lean } = require('./values.js');
const { Engine } = require('./engine.js');
const { PrettyCache } = require('./pretty-cache.js');
const { checkLayouts } = require('./probes.js');
const { LeanException, StartupError } = require('./errors.js');

/** Where the library's folder appears inside the instance. */
const LIBRARY = '/library';
const SHADOW_STACK_MEGABYTES = 64;
const OLEAN_LEVEL_PRIVATE = 2;
/** The module that the text of a session belongs to, as `lean` names one read from stdin. */
const MAIN_MODULE = '_stdin';
const EMPTY_MAP = box(1);

/**
 * @typedef {object} Settings
 * @property {string} home folder with lean.js, lean.wasm and lib/
 * @property {string[]} imports names of modules
 * @property {number} heartbeats per tactic, in the unit of the option `maxHeartbeats`
 * @property {string[]} options of Lean's, `name=value`
 * @property {number} maxText bytes of a tactic or term
 * @property {number} memoryMegabytes ceiling of the linear memory
 */

/** @param {Settings} settings @param {(line: string) => void} log @returns {Promise<Engine>} */
async function boot(settings, log) {
  const library = path.join(settings.home, 'lib');
  checkFiles(settings, library);
  const lean = await loadRuntime(path.join(settings.home, 'lean.js'), Lean, log);
  initialize(lean, library);
  const env = importModules(lean, settings.imports);
  const options = leanOptions(lean, settings.options);
  const engine = new Engine(lean, env, options, { heartbeats: settings.heartbeats });
  checkLayouts(engine);
  return engine;
}

/** @param {Settings} settings @param {string} library */
function checkFiles(settings, library) {
  for (const file of ['lean.js', 'lean.wasm', 'lib']) {
    if (fs.existsSync(path.join(settings.home, file))) continue;
    throw new StartupError('io', `${file} is missing in the folder of the embedded Lean (--home)`, 2);
  }
  for (const name of settings.imports) {
    if (fs.existsSync(path.join(library, ...name.split('.')) + '.olean')) continue;
    const available = 'the embedded Lean has the core library: Init, Std, Lean and what is below them';
    throw new StartupError('import', `unknown module '${name}' (${available})`, 2);
  }
}

function initialize(lean, library) {
  const { fn, module } = lean;
  module.FS.mkdir(LIBRARY);
  module.FS.mount(module.NODEFS, { root: library }, LIBRARY);
  lean.moveShadowStack(SHADOW_STACK_MEGABYTES);
  fn.initialize();
  lean.prettyCache = new PrettyCache(lean);
  lean.prettyCache.install();
  const searchPath = lean.list([lean.mkString(LIBRARY)]);
  orStartupError(lean, () => lean.io(fn.initSearchPath(lean.mkString(LIBRARY), searchPath)));
  fn.enableInitializers();
  fn.markEndInitialization();
  // Promises need a task manager; its one thread starts only when a task is spawned.
  fn.initTaskManager(1);
}

/** The owned environment of the imports. @param {string[]} names */
function importModules(lean, names) {
  const { fn, module } = lean;
  const imports = lean.array(names.map((name) => lean.ctor(0, [lean.name(name)], [1, 1, 0])));
  const env = orStartupError(lean, () => lean.io(fn.importModules(
    imports, lean.global('emptyOptions'),
    0, // trust level: none
    lean.array([]), // plugins
    1, // leakEnv: the imports are never freed, and constants may be realised for them
    1, // loadExts
    OLEAN_LEVEL_PRIVATE, EMPTY_MAP,
  )));
  // Text under test may run `IO`: it must not reach the library's files.
  module.FS.unmount(LIBRARY);
  return fn.setMainModule(env, lean.name(MAIN_MODULE)) >>> 0;
}

/** Owned `Options`. @param {string[]} assignments `name=value` */
function leanOptions(lean, assignments) {
  let options = lean.global('emptyOptions');
  for (const assignment of assignments) {
    const [name, ...value] = assignment.split('=');
    const text = lean.mkString(value.join('='));
    options = lean.fn.optionSetString(options, lean.name(name), text) >>> 0;
  }
  options = orStartupError(lean, () => lean.io(lean.fn.reparseOptions(options, UNIT)));
  // Elaborating in tasks would start threads, each with a copy of the instance.
  return lean.withBoolOption(options, 'Elab.async', false);
}

/** @template T @param {() => T} work @returns {T} */
function orStartupError(lean, work) {
  try {
    return work();
  } catch (thrown) {
    if (!(thrown instanceof LeanException)) throw thrown;
    throw new StartupError('import', lean.ioErrorText(thrown.object), 2);
  }
}

module.exports = { boot };

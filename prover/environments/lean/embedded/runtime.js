'use strict';
/**
 * The bridge between JavaScript and Lean's runtime (wasm32): memory, objects, reference counts.
 *
 * A Lean value is a 32-bit number here: odd for a boxed scalar (`box(n) = 2n + 1`), otherwise the
 * address of an object. Object header: reference count (i32) at 0, size (u16) at 4, number of
 * pointer fields (u8) at 6, tag (u8) at 7; pointer fields follow from 8, scalar bytes after them.
 * A positive count is that of an ordinary object, a negative one of an object shared between
 * threads (it counts downwards), zero means persistent: never freed.
 *
 * Ownership, everywhere in this program: every Lean function that we call CONSUMES its arguments
 * (we call the `___boxed` form where there is one, which takes everything owned and boxed) and
 * returns an owned result. A value that is still needed afterwards is passed as `inc(value)`.
 * `field`, `listItems` and `arrayItems` return borrowed values. `Scope` releases what a piece of
 * work owns, also when it is left by an exception.
 */

const { FUNCTIONS, GLOBALS } = require('./exports.js');
const { LeanException, StartupError } = require('./errors.js');

const CLOSURE_TAG = 245;
const HEADER_BYTES = 8;
const STRING_HEADER_BYTES = 20;
const ARRAY_HEADER_BYTES = 16;
const CLOSURE_HEADER_BYTES = 16;

/** `box(0)`: `()`, `none`, `[]`, `Name.anonymous`, `false`, and the world token of `IO`. */
const UNIT = 1;
const WORLD = UNIT;

const isScalar = (value) => (value & 1) === 1;
const box = (number) => ((number << 1) | 1) >>> 0;
const unbox = (value) => value >>> 1;

/** Everything owned inside it is released when it ends. */
class Scope {
  /** @param {Runtime} runtime */
  constructor(runtime) {
    this.runtime = runtime;
    /** @type {number[]} */
    this.owned = [];
  }

  /** Take over an owned value; returns it, borrowed from now on. @param {number} value */
  own(value) {
    if (!isScalar(value)) this.owned.push(value);
    return value;
  }

  release() {
    for (const value of this.owned) this.runtime.dec(value);
    this.owned.length = 0;
  }
}

class Runtime {
  /** @param {object} module the emscripten module after its runtime is initialised */
  constructor(module) {
    this.module = module;
    this.memory = module.wasmMemory;
    this.exports = module.exp;
    /** Lean's functions by the names of `exports.js`. @type {Record<string, Function>} */
    this.fn = bindFunctions(this.exports);
    this.globalAddresses = bindGlobals(this.exports);
    this.refreshViews();
    this.textBuffer = { address: this.fn.malloc(1 << 16) >>> 0, size: 1 << 16 };
    this.nextCallback = 0;
    this.callbacks = new Map();
    this.trampolines = new Map();
  }

  // -- memory ------------------------------------------------------------------------------

  /** Typed views go stale when the memory grows, which any call into Lean may do. */
  refreshViews() {
    const buffer = this.memory.buffer;
    this.buffer = buffer;
    this.bytes = new Uint8Array(buffer);
    this.halves = new Uint16Array(buffer);
    this.words = new Uint32Array(buffer);
    this.counts = new Int32Array(buffer);
  }

  sync() {
    if (this.buffer !== this.memory.buffer) this.refreshViews();
  }

  /** Size of the linear memory in megabytes (10^6 bytes). It never shrinks. */
  memoryMegabytes() {
    return this.memory.buffer.byteLength / 1e6;
  }

  // -- reference counts ----------------------------------------------------------------------

  /** Keep `value` once more; returns it. @param {number} value @param {number} [times] */
  inc(value, times = 1) {
    if (isScalar(value)) return value;
    this.sync();
    const count = this.counts[value >>> 2];
    if (count > 0) this.counts[value >>> 2] = count + times;
    else if (count < 0) Atomics.sub(this.counts, value >>> 2, times);
    return value;
  }

  /** Give `value` up. @param {number} value */
  dec(value) {
    if (isScalar(value)) return;
    this.sync();
    const count = this.counts[value >>> 2];
    if (count > 1) this.counts[value >>> 2] = count - 1;
    else if (count !== 0) this.fn.decRefCold(value);
  }

  /**
   * Run `work` with a `Scope` whose values are released at the end.
   * @template T @param {(scope: Scope) => T} work @returns {T}
   */
  scoped(work) {
    const scope = new Scope(this);
    try {
      return work(scope);
    } finally {
      scope.release();
    }
  }

  // -- reading -------------------------------------------------------------------------------

  /** The constructor's index, for scalars (`box`ed constructors) too. @param {number} value */
  tag(value) {
    if (isScalar(value)) return value >>> 1;
    this.sync();
    return this.bytes[value + 7];
  }

  /** Borrowed pointer field. @param {number} object @param {number} index */
  field(object, index) {
    this.sync();
    return this.words[(object + HEADER_BYTES + 4 * index) >>> 2];
  }

  fieldCount(object) {
    this.sync();
    return this.bytes[object + 6];
  }

  objectSize(object) {
    this.sync();
    return this.halves[(object + 4) >>> 1];
  }

  /** A byte of the scalar part. @param {number} object @param {number} offset */
  scalarByte(object, offset) {
    this.sync();
    return this.bytes[object + HEADER_BYTES + 4 * this.bytes[object + 6] + offset];
  }

  /** A 32-bit word of the scalar part. @param {number} object @param {number} offset */
  scalarWord(object, offset) {
    this.sync();
    return this.words[(object + HEADER_BYTES + 4 * this.bytes[object + 6] + offset) >>> 2];
  }

  /** The text of a Lean string. @param {number} string */
  string(string) {
    this.sync();
    const size = this.words[(string + 8) >>> 2];
    const start = string + STRING_HEADER_BYTES;
    return Buffer.from(this.bytes.slice(start, start + size - 1)).toString('utf8');
  }

  /** The text of an owned Lean string, which is released. @param {number} string */
  takeString(string) {
    const text = this.string(string);
    this.dec(string);
    return text;
  }

  /** Borrowed items of a `List`. @param {number} list @returns {number[]} */
  listItems(list) {
    const items = [];
    for (let rest = list; !isScalar(rest); rest = this.field(rest, 1)) items.push(this.field(rest, 0));
    return items;
  }

  arraySize(array) {
    this.sync();
    return this.words[(array + 8) >>> 2];
  }

  /** Borrowed items of an `Array`. @param {number} array @returns {number[]} */
  arrayItems(array) {
    const size = this.arraySize(array);
    const first = (array + ARRAY_HEADER_BYTES) >>> 2;
    return Array.from(this.words.subarray(first, first + size));
  }

  /** The value of an `Option`, borrowed, or null. @param {number} option */
  optionValue(option) {
    return isScalar(option) ? null : this.field(option, 0);
  }

  /** A `Nat` that fits a machine word; null for a big one. @param {number} value */
  smallNat(value) {
    return isScalar(value) ? unbox(value) : null;
  }

  // -- building ------------------------------------------------------------------------------

  allocate(size, tag, pointerFields) {
    const aligned = (size + 7) & ~7;
    const object = this.fn.allocSmall(aligned) >>> 0;
    this.sync();
    this.words[object >>> 2] = 1;
    this.halves[(object + 4) >>> 1] = aligned;
    this.bytes[object + 6] = pointerFields;
    this.bytes[object + 7] = tag;
    // Lean compares and hashes whole words: the padding must be defined.
    if (aligned > HEADER_BYTES) this.words[(object + aligned - 4) >>> 2] = 0;
    return object;
  }

  /**
   * A constructor object; consumes `fields`.
   * @param {number} tag @param {number[]} fields @param {number[]} [scalars] bytes
   */
  ctor(tag, fields, scalars = []) {
    if (fields.length === 0 && scalars.length === 0) return box(tag);
    const size = HEADER_BYTES + 4 * fields.length + ((scalars.length + 3) & ~3);
    const object = this.allocate(size, tag, fields.length);
    const first = (object + HEADER_BYTES) >>> 2;
    for (let i = 0; i < fields.length; i += 1) this.words[first + i] = fields[i];
    const scalarStart = object + HEADER_BYTES + 4 * fields.length;
    for (let i = 0; i < scalars.length; i += 1) this.bytes[scalarStart + i] = scalars[i];
    return object;
  }

  /**
   * A copy of a structure with some fields replaced; `object` stays borrowed.
   * @param {number} object
   * @param {Record<number, number>} fields index → owned replacement
   * @param {Record<number, number>} [scalars] offset → byte
   */
  copyWith(object, fields, scalars = {}) {
    this.sync();
    const count = this.fieldCount(object);
    const size = this.objectSize(object);
    const copy = this.allocate(size, this.bytes[object + 7], count);
    for (let i = 0; i < count; i += 1) {
      const value = i in fields ? fields[i] : this.inc(this.field(object, i));
      this.words[((copy + HEADER_BYTES) >>> 2) + i] = value;
    }
    const start = HEADER_BYTES + 4 * count;
    this.bytes.copyWithin(copy + start, object + start, object + size);
    for (const offset of Object.keys(scalars)) this.bytes[copy + start + Number(offset)] = scalars[offset];
    return copy;
  }

  none() {
    return UNIT;
  }

  some(value) {
    return this.ctor(1, [value]);
  }

  /** Consumes the items. @param {number[]} items */
  list(items) {
    let list = box(0);
    for (let i = items.length - 1; i >= 0; i -= 1) list = this.ctor(1, [items[i], list]);
    return list;
  }

  /** Consumes the items. @param {number[]} items */
  array(items) {
    return this.fn.arrayMk(this.list(items)) >>> 0;
  }

  /** @param {string} text */
  mkString(text) {
    const utf8 = Buffer.from(text, 'utf8');
    if (utf8.length > this.textBuffer.size) {
      this.fn.free(this.textBuffer.address);
      this.textBuffer = { address: this.fn.malloc(utf8.length * 2) >>> 0, size: utf8.length * 2 };
    }
    this.sync();
    this.bytes.set(utf8, this.textBuffer.address);
    return this.fn.mkStringUnchecked(this.textBuffer.address, utf8.length) >>> 0;
  }

  /** A global of Lean's, kept once more. @param {string} name a key of `GLOBALS` */
  global(name) {
    this.sync();
    return this.inc(this.words[this.globalAddresses[name] >>> 2]);
  }

  // -- mutable references ----------------------------------------------------------------------

  /** @param {number} value consumed */
  mkRef(value) {
    return this.fn.stMkRef(value) >>> 0;
  }

  /** Owned content of an `IO.Ref`. @param {number} ref borrowed */
  readRef(ref) {
    return this.fn.stRefGet(ref) >>> 0;
  }

  /** @param {number} ref borrowed @param {number} value consumed */
  writeRef(ref, value) {
    this.fn.stRefSet(ref, value);
  }

  // -- calls -----------------------------------------------------------------------------------

  /**
   * The value of an `EIO` result (constructor 0 is success, 1 an exception), owned.
   * Throws `LeanException`. @param {number} result consumed
   */
  io(result) {
    const object = result >>> 0;
    const value = this.inc(this.field(object, 0));
    const failed = this.tag(object) === 1;
    this.dec(object);
    if (failed) throw new LeanException(value);
    return value;
  }

  /** The answer of a predicate of `FUNCTIONS`. @param {string} name @param {number} value borrowed */
  test(name, value) {
    return this.fn[name](this.inc(value)) >>> 0 !== UNIT;
  }

  /**
   * A Lean closure over one of Lean's own functions. @param {string} name a key of `FUNCTIONS`
   * @param {number[]} [fixed] consumed
   */
  closure(name, fixed = []) {
    const target = this.fn[name];
    let entry = this.trampolines.get(name);
    if (entry === undefined) {
      entry = this.module.addFunction(target, 'i'.repeat(target.length + 1));
      this.trampolines.set(name, entry);
    }
    return this.mkClosure(entry, target.length, fixed);
  }

  /**
   * A Lean closure that runs JavaScript. The function receives owned arguments and returns an
   * owned value. WebAssembly's table never shrinks: make these once, not per call.
   * @param {(...args: number[]) => number} callback @param {number} arity
   */
  jsClosure(callback, arity) {
    const entry = this.module.addFunction(callback, 'i'.repeat(arity + 1));
    return this.mkClosure(entry, arity, []);
  }

  mkClosure(tableIndex, arity, fixed) {
    const object = this.allocate(CLOSURE_HEADER_BYTES + 4 * fixed.length, CLOSURE_TAG, 0);
    this.words[(object + 8) >>> 2] = tableIndex;
    this.halves[(object + 12) >>> 1] = arity;
    this.halves[(object + 14) >>> 1] = fixed.length;
    for (let i = 0; i < fixed.length; i += 1) {
      this.words[((object + CLOSURE_HEADER_BYTES) >>> 2) + i] = fixed[i];
    }
    return object;
  }

  // -- the C shadow stack ------------------------------------------------------------------------

  stackPointer() {
    return this.fn.stackGet();
  }

  restoreStack(pointer) {
    this.fn.stackRestore(pointer);
  }

  /**
   * The build has 64 KB for C's own stack and silently overwrites static data beyond it: give it
   * `megabytes` of the heap instead. Must come before `lean_initialize`.
   */
  moveShadowStack(megabytes) {
    const size = megabytes << 20;
    const start = this.fn.malloc(size) >>> 0;
    const top = (start + size - 64) & ~63;
    const guard = (start + 65536 + 15) & ~15;
    this.restoreStack(top);
    this.fn.stackSetLimits(top, guard);
  }
}

/**
 * All functions of `exports.js`, each there and with the expected number of parameters.
 * @param {Record<string, any>} wasm the instance's exports
 */
function bindFunctions(wasm) {
  const bound = {};
  for (const [name, [symbol, arity]] of Object.entries(FUNCTIONS)) {
    const candidate = wasm[symbol];
    if (typeof candidate !== 'function') throw mismatch(`it has no function ${symbol}`);
    if (candidate.length !== arity) {
      throw mismatch(`${symbol} has ${candidate.length} parameters, not ${arity}`);
    }
    bound[name] = candidate;
  }
  return bound;
}

function bindGlobals(wasm) {
  const bound = {};
  for (const [name, symbol] of Object.entries(GLOBALS)) {
    const candidate = wasm[symbol];
    if (candidate === undefined) throw mismatch(`it has no global ${symbol}`);
    bound[name] = typeof candidate === 'number' ? candidate : candidate.value;
  }
  return bound;
}

/** @param {string} what */
function mismatch(what) {
  return new StartupError('version', `lean.wasm is not the build this server was written for: ${what}`, 3);
}

/**
 * Load the prepared `lean.js` beside `lean.wasm`. Lean's debugging output is dropped, its panics
 * go to stderr: stdout belongs to the protocol alone.
 * @template {Runtime} T @param {string} leanJs path @param {new (module: object) => T} Bridge
 * @param {(line: string) => void} log @returns {Promise<T>}
 */
function loadRuntime(leanJs, Bridge, log) {
  return new Promise((resolve, reject) => {
    console.log = () => {};
    globalThis.LEAN_MODULE = {
      noInitialRun: true,
      print: () => {},
      // The build is full of debugging output; what matters says so.
      printErr: (line) => { if (/panic|abort|assert|error/i.test(line)) log(line); },
      onAbort: (reason) => log(`abort: ${reason}`),
      onRuntimeInitialized() {
        try {
          resolve(new Bridge(globalThis.LEAN_MODULE));
        } catch (error) {
          reject(error);
        }
      },
    };
    require(leanJs);
  });
}

module.exports = { Runtime, Scope, loadRuntime, mismatch, isScalar, box, unbox, UNIT, WORLD };

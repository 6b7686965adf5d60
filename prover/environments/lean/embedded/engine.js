'use strict';
/**
 * Lean's elaboration monads, driven from outside.
 *
 * A `TermElabM` action is a function of three contexts (`Core`, `Meta`, `Term`) and three mutable
 * references to their states. The contexts come from Lean itself: a closure run through
 * `liftTermElabM` records them. A `MonadState` is the immutable triple of states between two
 * actions; `Engine.run` makes fresh references from one, so any earlier state can be used again.
 */

const { isScalar, box, UNIT, WORLD } = require('./runtime.js');
const {
  CoreContext, CoreState, MetaContext, TermContext, MetaState, InfoState,
  CommandContext, CommandState, CommandScope, InputContext, ParserModuleContext,
} = require('./layouts.js');
const {
  LeanException, ParseFailure, ProtocolError, TacticFailure, Trap, oneLine,
} = require('./errors.js');

const FIRST_MACRO_SCOPE = 1;
/** Heartbeats count small allocations; the option counts thousands of them. */
const HEARTBEATS_PER_UNIT = 1000;
const MAX_REC_DEPTH = 512;
/** Parsed tactics kept for a scope. */
const MAX_PARSED = 512;
/** Largest `Nat` that is a scalar on a 32-bit machine. */
const MAX_SMALL_NAT = 2 ** 31 - 1;

/** The contexts that goals of one origin share: their scope, namespace and options. */
class Contexts {
  /**
   * @param {import('./values.js').Lean} lean
   * @param {number} core owned @param {number} meta owned @param {number} term owned
   */
  constructor(lean, core, meta, term) {
    this.lean = lean;
    this.core = core;
    this.meta = meta;
    this.term = term;
    this.users = 1;
    /** Options with the limits of a run, by heartbeats. @type {Map<number, number>} */
    this.limitedOptions = new Map();
    /** Tactic blocks that were parsed in this scope, by text, oldest first. @type {Map<string, number>} */
    this.tactics = new Map();
    const options = lean.field(core, CoreContext.options);
    this.maxRecDepth = lean.natOption(options, 'maxRecDepth', MAX_REC_DEPTH);
  }

  retain() {
    this.users += 1;
    return this;
  }

  release() {
    this.users -= 1;
    if (this.users > 0) return;
    const caches = [this.limitedOptions, this.tactics].flatMap((cache) => [...cache.values()]);
    for (const object of [this.core, this.meta, this.term, ...caches]) this.lean.dec(object);
  }

  /**
   * The syntax of a tactic block, owned, parsed only the first time: tactics do not change the
   * grammar. @param {string} text @param {() => number} parse gives owned syntax
   */
  tacticSyntax(text, parse) {
    let stx = this.tactics.get(text);
    if (stx === undefined) {
      stx = parse();
      this.tactics.set(text, stx);
      if (this.tactics.size > MAX_PARSED) {
        const [oldest, syntax] = this.tactics.entries().next().value;
        this.tactics.delete(oldest);
        this.lean.dec(syntax);
      }
    }
    return this.lean.inc(stx);
  }

  /**
   * Options in which the kernel and the tactics, which read them, find the limit too. Borrowed.
   * @param {number} heartbeats in the option's unit
   */
  optionsFor(heartbeats) {
    let options = this.limitedOptions.get(heartbeats);
    if (options === undefined) {
      const plain = this.lean.inc(this.lean.field(this.core, CoreContext.options));
      options = this.lean.withNatOption(plain, 'maxHeartbeats', heartbeats);
      this.limitedOptions.set(heartbeats, options);
    }
    return options;
  }
}

/** The states of the three monads, owned. */
class MonadState {
  constructor(lean, core, meta, term) {
    this.lean = lean;
    this.core = core;
    this.meta = meta;
    this.term = term;
  }

  copy() {
    const { lean } = this;
    return new MonadState(lean, lean.inc(this.core), lean.inc(this.meta), lean.inc(this.term));
  }

  release() {
    for (const object of [this.core, this.meta, this.term]) this.lean.dec(object);
  }

  /** Borrowed. */
  get env() {
    return this.lean.field(this.core, CoreState.env);
  }

  /** The metavariable context, borrowed. */
  get mctx() {
    return this.lean.field(this.meta, MetaState.mctx);
  }
}

/** One run of the monads: contexts and references; actions change the references. */
class Session {
  constructor(lean, core, meta, term, state) {
    this.lean = lean;
    this.coreContext = core;
    this.metaContext = meta;
    this.termContext = term;
    this.coreRef = lean.mkRef(lean.inc(state.core));
    this.metaRef = lean.mkRef(lean.inc(state.meta));
    this.termRef = lean.mkRef(lean.inc(state.term));
  }

  coreArguments() {
    const { lean } = this;
    return [lean.inc(this.coreContext), lean.inc(this.coreRef), WORLD];
  }

  metaArguments() {
    const { lean } = this;
    return [lean.inc(this.metaContext), lean.inc(this.metaRef), ...this.coreArguments()];
  }

  termArguments() {
    const { lean } = this;
    return [lean.inc(this.termContext), lean.inc(this.termRef), ...this.metaArguments()];
  }

  /** Run a `CoreM` function of `exports.js`; owned result. @param {string} name */
  core(name, ...args) {
    return this.lean.io(this.lean.fn[name](...args, ...this.coreArguments()));
  }

  /** Run a `MetaM` function; owned result. @param {string} name */
  meta(name, ...args) {
    return this.lean.io(this.lean.fn[name](...args, ...this.metaArguments()));
  }

  /** The same for one compiled without the world token. @param {string} name */
  metaUnboxed(name, ...args) {
    const all = this.metaArguments();
    all.pop();
    return this.lean.io(this.lean.fn[name](...args, ...all));
  }

  /** Run a `TermElabM` function; owned result. @param {string} name */
  term(name, ...args) {
    return this.lean.io(this.lean.fn[name](...args, ...this.termArguments()));
  }

  /**
   * Run `work` under another local context. @template T
   * @param {number} lctx borrowed @param {number} localInstances borrowed @param {() => T} work
   * @returns {T}
   */
  withLocalContext(lctx, localInstances, work) {
    const { lean } = this;
    const outer = this.metaContext;
    this.metaContext = lean.copyWith(outer, {
      [MetaContext.lctx]: lean.inc(lctx),
      [MetaContext.localInstances]: lean.inc(localInstances),
    });
    try {
      return work();
    } finally {
      lean.dec(this.metaContext);
      this.metaContext = outer;
    }
  }

  /** The states as they are now, owned by the caller. */
  states() {
    const { lean } = this;
    return new MonadState(
      lean, lean.readRef(this.coreRef), lean.readRef(this.metaRef), lean.readRef(this.termRef),
    );
  }

  /** Owned environment. */
  env() {
    return this.lean.scoped((scope) => {
      const core = scope.own(this.lean.readRef(this.coreRef));
      return this.lean.inc(this.lean.field(core, CoreState.env));
    });
  }

  /** Owned metavariable context. */
  mctx() {
    return this.lean.scoped((scope) => {
      const meta = scope.own(this.lean.readRef(this.metaRef));
      return this.lean.inc(this.lean.field(meta, MetaState.mctx));
    });
  }

  /** Replace fields of the `Core` state. @param {Record<number, number>} fields owned values */
  setCore(fields) {
    const { lean } = this;
    const old = lean.readRef(this.coreRef);
    lean.writeRef(this.coreRef, lean.copyWith(old, fields));
    lean.dec(old);
  }

  /** Messages logged so far, as `SerialMessage`s. */
  messages() {
    return this.lean.scoped((scope) => {
      const core = scope.own(this.lean.readRef(this.coreRef));
      return this.lean.serialMessages(this.lean.field(core, CoreState.messages));
    });
  }

  /** An expression with its assigned metavariables replaced. @param {number} expr consumed */
  instantiate(expr) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const pair = scope.own(lean.fn.instantiateExprMVars(this.mctx(), expr) >>> 0);
      return lean.inc(lean.field(pair, 1));
    });
  }

  /** The declaration of a metavariable, owned, or null. @param {number} mvarId borrowed */
  findDecl(mvarId) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const found = scope.own(lean.fn.findMVarDecl(this.mctx(), lean.inc(mvarId)) >>> 0);
      return isScalar(found) ? null : lean.inc(lean.field(found, 0));
    });
  }

  /** Whether a metavariable has a value, delayed or not. @param {number} mvarId borrowed */
  isAssigned(mvarId) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const mctx = scope.own(this.mctx());
      const direct = scope.own(lean.fn.exprAssignment(lean.inc(mctx), lean.inc(mvarId)) >>> 0);
      if (!isScalar(direct)) return true;
      const delayed = lean.fn.delayedAssignment(lean.inc(mctx), lean.inc(mvarId)) >>> 0;
      return !isScalar(scope.own(delayed));
    });
  }

  /** Give a metavariable its value. @param {number} mvarId consumed @param {number} expr consumed */
  assign(mvarId, expr) {
    const { lean } = this;
    const old = lean.readRef(this.metaRef);
    const mctx = lean.fn.assignMVar(lean.inc(lean.field(old, MetaState.mctx)), mvarId, expr) >>> 0;
    lean.writeRef(this.metaRef, lean.copyWith(old, { [MetaState.mctx]: mctx }));
    lean.dec(old);
  }

  close() {
    for (const ref of [this.coreRef, this.metaRef, this.termRef]) this.lean.dec(ref);
  }
}

class Engine {
  /**
   * @param {import('./values.js').Lean} lean
   * @param {number} env the environment of the imports, owned
   * @param {number} options owned
   * @param {{heartbeats: number}} limits in the unit of the option `maxHeartbeats`
   */
  constructor(lean, env, options, limits) {
    this.lean = lean;
    this.importedEnv = env;
    this.options = options;
    this.limits = limits;
    this.cancelToken = this.mkCancelToken();
    this.traps = 0;
    /** Whether a crash may have left the instance in disorder: it must be replaced. */
    this.isDamaged = false;
    this.captured = null;
    this.capture = lean.jsClosure((...args) => this.recordContexts(args), 7);
    this.neverParam = lean.jsClosure((level) => { lean.dec(level); return box(0); }, 1);
    /** The command state that `frontend.process` starts from when it inherits nothing. */
    this.initialCommandState = this.mkCommandState(options);
    this.setCommandState(lean.inc(this.initialCommandState));
  }

  /**
   * An owned command state over the imports, in a `noncomputable section`: the build lacks the
   * compiled form of some library functions, so a definition that uses them would fail although
   * the kernel accepts it. What can be compiled (macros, `#eval`) still is.
   * @param {number} options borrowed
   */
  mkCommandState(options) {
    const { lean, importedEnv: env } = this;
    return lean.scoped((scope) => {
      const log = lean.global('emptyMessageLog');
      const plain = scope.own(lean.fn.mkCommandState(lean.inc(env), log, lean.inc(options)) >>> 0);
      const outermost = lean.field(lean.field(plain, CommandState.scopes), 0);
      const relaxed = lean.copyWith(outermost, {}, { [CommandScope.isNoncomputable]: 1 });
      return lean.copyWith(plain, { [CommandState.scopes]: lean.list([relaxed]) });
    });
  }

  /** An `IO.CancelToken`: a reference to a `Bool` that the watchdog's thread may set. */
  mkCancelToken() {
    const token = this.lean.mkRef(box(0));
    // Never to be freed, whatever Lean's threads do with it.
    return this.lean.inc(token, 1 << 20);
  }

  clearCancelToken() {
    const { lean } = this;
    lean.sync();
    Atomics.store(lean.words, (this.cancelToken + 8) >>> 2, box(0));
  }

  isCancelled() {
    const { lean } = this;
    lean.sync();
    return Atomics.load(lean.words, (this.cancelToken + 8) >>> 2) !== box(0);
  }

  /** Make `commandState` (owned) the place where new goals start. */
  setCommandState(commandState) {
    this.contexts?.release();
    this.base?.release();
    if (this.commandState !== undefined) this.lean.dec(this.commandState);
    this.commandState = commandState;
    ({ contexts: this.contexts, base: this.base } = this.contextsOf(commandState));
  }

  /** Go on with another environment, in the same scope. @param {number} env owned */
  setEnv(env) {
    this.setCommandState(this.lean.copyWith(this.commandState, { [CommandState.env]: env }));
  }

  /** Owned environment in which goals start and names are looked up. */
  env() {
    return this.lean.inc(this.lean.field(this.commandState, CommandState.env));
  }

  // -- contexts --------------------------------------------------------------------------------

  /** A `TermElabM` action that keeps its contexts and the contents of its references. */
  recordContexts([termContext, termRef, metaContext, metaRef, coreContext, coreRef]) {
    const { lean } = this;
    this.captured = {
      core: coreContext,
      meta: metaContext,
      term: termContext,
      states: [coreRef, metaRef, termRef].map((ref) => lean.readRef(ref)),
    };
    for (const ref of [coreRef, metaRef, termRef]) lean.dec(ref);
    return lean.ctor(0, [UNIT]);
  }

  /**
   * The contexts and states with which terms are elaborated after `commandState` (borrowed).
   * @returns {{contexts: Contexts, base: MonadState}}
   */
  contextsOf(commandState) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const ref = scope.own(lean.mkRef(lean.inc(commandState)));
      const fileMap = scope.own(lean.fn.fileMapOfString(lean.mkString('')) >>> 0);
      const context = this.commandContext('<lean>', fileMap, 0);
      lean.dec(lean.io(lean.fn.liftTermElabM(lean.inc(this.capture), context, lean.inc(ref), WORLD)));
      const { core, meta, term, states } = this.captured;
      this.captured = null;
      const [coreState, metaState, termState] = states;
      // Failing terms must throw, not become `sorry`.
      const strict = lean.copyWith(scope.own(term), {}, { [TermContext.errToSorry]: 0 });
      const base = new MonadState(lean, this.cleanCore(scope.own(coreState)), metaState, termState);
      return { contexts: new Contexts(lean, core, meta, strict), base };
    });
  }

  /** A `Core` state without messages and with info trees off; `core` borrowed, result owned. */
  cleanCore(core) {
    const { lean } = this;
    const info = lean.field(core, CoreState.infoState);
    return lean.copyWith(core, {
      [CoreState.messages]: lean.global('emptyMessageLog'),
      [CoreState.infoState]: lean.copyWith(info, {}, { [InfoState.enabled]: 0 }),
    });
  }

  /** An owned `Command.Context`. @param {number} fileMap borrowed @param {number} position bytes */
  commandContext(fileName, fileMap, position) {
    const { lean } = this;
    const fields = new Array(CommandContext.fields.length).fill(UNIT);
    fields[CommandContext.fileName] = lean.mkString(fileName);
    fields[CommandContext.fileMap] = lean.inc(fileMap);
    fields[CommandContext.cmdPos] = box(position);
    fields[CommandContext.currMacroScope] = box(FIRST_MACRO_SCOPE);
    fields[CommandContext.cancelToken] = lean.some(lean.inc(this.cancelToken));
    return lean.ctor(0, fields, [0]);
  }

  /** A `Core.Context` with a full budget; owned. */
  coreContextFor(contexts, heartbeats, fileMap) {
    const { lean } = this;
    lean.fn.setHeartbeats(0);
    const limit = Math.min(heartbeats * HEARTBEATS_PER_UNIT, MAX_SMALL_NAT);
    const fields = {
      [CoreContext.options]: lean.inc(contexts.optionsFor(heartbeats)),
      [CoreContext.currRecDepth]: box(0),
      [CoreContext.maxRecDepth]: box(contexts.maxRecDepth),
      [CoreContext.initHeartbeats]: box(0),
      [CoreContext.maxHeartbeats]: box(limit),
      [CoreContext.cancelToken]: lean.some(lean.inc(this.cancelToken)),
    };
    if (fileMap !== undefined) fields[CoreContext.fileMap] = lean.inc(fileMap);
    return lean.copyWith(contexts.core, fields);
  }

  // -- running -----------------------------------------------------------------------------------

  /**
   * Run `work` in a session over `state`. What Lean throws comes out as `LeanException`; a crash
   * of the instance is caught, the shadow stack put back, and comes out as `Trap`.
   * @template T
   * @param {Contexts} contexts @param {MonadState} state both borrowed
   * @param {(session: Session) => T} work
   * @param {{heartbeats?: number, fileMap?: number}} [how]
   * @returns {T}
   */
  run(contexts, state, work, how = {}) {
    const { lean } = this;
    const core = this.coreContextFor(contexts, how.heartbeats ?? this.limits.heartbeats, how.fileMap);
    const session = new Session(lean, core, contexts.meta, contexts.term, state);
    try {
      return this.guarded(() => lean.prettyCache.during(() => work(session)));
    } finally {
      session.close();
      lean.dec(core);
    }
  }

  /** Run `work`; anything that is not one of our own exceptions is a crash of the instance. */
  guarded(work) {
    const stack = this.lean.stackPointer();
    try {
      return work();
    } catch (thrown) {
      if (isOwnException(thrown)) throw thrown;
      this.lean.restoreStack(stack);
      this.traps += 1;
      // Running out of stack leaves Lean's memory whole; nothing else is known to.
      this.isDamaged ||= !(thrown instanceof RangeError);
      throw new Trap(oneLine(thrown));
    }
  }

  /**
   * What went wrong, in words; releases a Lean exception.
   * @param {unknown} thrown
   * @returns {{text: string, kind: 'parse' | 'elaboration' | 'timeout'}}
   */
  describe(thrown) {
    if (thrown instanceof ParseFailure) return { text: thrown.message, kind: 'parse' };
    if (thrown instanceof TacticFailure) return { text: thrown.message, kind: 'elaboration' };
    if (thrown instanceof Trap) return { text: trapText(thrown.message), kind: 'elaboration' };
    if (!(thrown instanceof LeanException)) throw thrown;
    return this.guarded(() => this.describeException(thrown.object));
  }

  describeException(exception) {
    const { lean } = this;
    return lean.scoped((scope) => {
      scope.own(exception);
      const interrupted = lean.test('isInterrupt', exception);
      const exhausted = lean.test('isMaxHeartbeat', exception);
      const text = interrupted ? 'interrupted: time limit reached' : lean.exceptionText(lean.inc(exception));
      return { text, kind: interrupted || exhausted || this.isCancelled() ? 'timeout' : 'elaboration' };
    });
  }

  // -- parsing -----------------------------------------------------------------------------------

  /** An owned `InputContext`. @param {string} text @param {string} fileName */
  inputContext(text, fileName) {
    const { lean } = this;
    const end = box(Buffer.byteLength(text));
    return lean.fn.mkInputContext(lean.mkString(text), lean.mkString(fileName), 1, end) >>> 0;
  }

  /** An owned `ParserModuleContext` of a session's scope. */
  parserContext(session) {
    const { lean } = this;
    const core = session.coreContext;
    const fields = [];
    fields[ParserModuleContext.env] = session.env();
    fields[ParserModuleContext.options] = lean.inc(lean.field(core, CoreContext.options));
    fields[ParserModuleContext.currNamespace] = lean.inc(lean.field(core, CoreContext.currNamespace));
    fields[ParserModuleContext.openDecls] = lean.inc(lean.field(core, CoreContext.openDecls));
    return lean.ctor(0, fields);
  }
}

/** @param {unknown} thrown */
function isOwnException(thrown) {
  return thrown instanceof LeanException || thrown instanceof ParseFailure
    || thrown instanceof ProtocolError || thrown instanceof TacticFailure || thrown instanceof Trap;
}

/** @param {string} message of the JavaScript error that the trap was */
function trapText(message) {
  if (/call stack/i.test(message)) return 'deep recursion: the stack is exhausted';
  if (/out of memory|memory access|OOM|allocation/i.test(message)) return `out of memory (${message})`;
  return `Lean crashed: ${message}`;
}

module.exports = { Engine, Session, MonadState, Contexts };

'use strict';
/**
 * Whole texts, command by command: parse, elaborate, collect what each command left.
 *
 * Lean's own loop (`Lean.Elab.Frontend`) without its tasks: `parseCommand`, then
 * `elabCommandTopLevel`. A command that fails leaves its messages, and the next one still runs.
 */

const { isScalar, box, unbox, WORLD } = require('./runtime.js');
const {
  CommandState, CommandScope, InfoState, InputContext, ModuleParserState, ParserModuleContext,
  SyntaxNode, SyntaxIdent, SyntaxTag, CoreState,
} = require('./layouts.js');
const { LeanException, ProtocolError, Trap } = require('./errors.js');
const { MonadState } = require('./engine.js');
const { Holes } = require('./holes.js');
const { Invocations } = require('./invocations.js');
const { syntaxKind } = require('./infotree.js');
const { byteRange } = require('./parser.js');
const { plainError } = require('./values.js');

const END_OF_INPUT = 'Lean.Parser.Command.eoi';
const TERMINAL_COMMANDS = new Set([END_OF_INPUT, 'Lean.Parser.Command.exit', 'Lean.Parser.Command.import']);
const IMPORT = 'Lean.Parser.Module.import';

/**
 * @typedef {object} Request
 * @property {string} text @property {string} fileName
 * @property {boolean} readHeader @property {boolean} sorrys @property {boolean} newConstants
 * @property {string | null} invocations where the client wants the tactics that ran
 *
 * @typedef {object} Unit one command
 * @property {[number, number]} boundary bytes, with the white space and comments after it
 * @property {object[]} messages
 * @property {import('./holes.js').HoleState} [holes]
 * @property {string[]} [newConstants]
 * @property {import('./invocations.js').Invocation[]} [invocations]
 */

class Frontend {
  /** @param {import('./goals.js').Goals} goals */
  constructor(goals) {
    this.goals = goals;
    this.engine = goals.engine;
    this.lean = goals.lean;
    this.holes = new Holes(goals);
    this.invocations = new Invocations(goals);
  }

  /**
   * @param {Request} request @param {number} start the command state to start from, borrowed
   * @returns {{units: Unit[], commandState: number}} the last state is owned by the caller
   */
  process(request, start) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const run = {
        request,
        input: scope.own(this.engine.inputContext(request.text, request.fileName)),
        state: lean.inc(start),
        parser: lean.ctor(0, [box(0)], [0]),
        headerMessages: [],
        /** Where the first command begins, if not where the parser stands. @type {number | undefined} */
        start: undefined,
        units: [],
        known: null,
      };
      try {
        if (request.readHeader) this.readHeader(run);
        else this.skipLeadingSpace(run);
        for (let isLast = false; !isLast;) isLast = this.command(run);
      } catch (thrown) {
        lean.dec(run.state);
        for (const unit of run.units) unit.holes?.state?.release();
        throw thrown;
      } finally {
        lean.dec(run.parser);
      }
      return { units: run.units, commandState: run.state };
    });
  }

  // -- the header --------------------------------------------------------------------------------

  /** Skip the imports; those that are not loaded are an error. */
  readHeader(run) {
    const { lean } = this;
    lean.scoped((scope) => {
      const result = scope.own(lean.io(lean.fn.parseHeader(lean.inc(run.input), WORLD)));
      const header = lean.field(result, 0);
      const rest = lean.field(result, 1);
      lean.dec(run.parser);
      run.parser = lean.inc(lean.field(rest, 0));
      run.headerMessages = lean.serialMessages(lean.field(rest, 1));
      this.checkImports(header, run.request.text);
    });
  }

  /** @param {number} header syntax, borrowed @param {string} text */
  checkImports(header, text) {
    const loaded = new Set(this.loadedModules());
    for (const { module, offset } of this.importsOf(header)) {
      if (loaded.has(module)) continue;
      const line = Buffer.from(text).subarray(0, offset).toString().split('\n').length;
      throw new ProtocolError('import', `unknown module '${module}' imported on line ${line}: `
        + 'it is not among the modules that this server was started with (--imports)');
    }
  }

  /** Names of all imported modules, direct and indirect. @returns {string[]} */
  loadedModules() {
    const { lean, engine } = this;
    return lean.scoped((scope) => {
      const names = scope.own(lean.fn.envModuleNames(lean.inc(engine.importedEnv)) >>> 0);
      return lean.arrayItems(names).map((name) => lean.rawName(name));
    });
  }

  /** @returns {{module: string, offset: number}[]} */
  importsOf(stx) {
    const { lean } = this;
    if (isScalar(stx) || lean.tag(stx) !== SyntaxTag.node) return [];
    const children = lean.arrayItems(lean.field(stx, SyntaxNode.args));
    if (syntaxKind(lean, stx) !== IMPORT) return children.flatMap((child) => this.importsOf(child));
    return children.filter((child) => !isScalar(child) && lean.tag(child) === SyntaxTag.ident)
      .map((ident) => ({
        module: lean.rawName(lean.field(ident, SyntaxIdent.val)),
        offset: byteRange(lean, ident)?.[0] ?? 0,
      }));
  }

  /** The parser of commands expects to stand at one: nothing but white space may come first. */
  skipLeadingSpace(run) {
    const end = this.goals.parser.leadingSpace(run.request.text);
    this.lean.dec(run.parser);
    run.parser = this.lean.ctor(0, [box(end)], [0]);
    run.start = 0;
  }

  // -- commands ----------------------------------------------------------------------------------

  /** Process one command; whether it was the last. */
  command(run) {
    const { lean, engine } = this;
    const start = run.start ?? this.position(run);
    run.start = undefined;
    const envBefore = lean.inc(lean.field(run.state, CommandState.env));
    return lean.scoped((scope) => {
      scope.own(envBefore);
      const { stx, messages } = this.parse(run);
      scope.own(stx);
      const boundary = /** @type {[number, number]} */ ([start, this.position(run)]);
      const failure = this.elaborate(run, stx, start);
      if (engine.isCancelled()) throw new ProtocolError('timeout', 'time limit reached');
      const unit = this.unit(run, boundary, envBefore, failure);
      unit.messages.unshift(...run.headerMessages.splice(0), ...messages);
      const isEmpty = boundary[0] === boundary[1] && unit.messages.length === 0;
      if (!isEmpty) run.units.push(unit);
      return TERMINAL_COMMANDS.has(syntaxKind(lean, stx));
    });
  }

  position(run) {
    return unbox(this.lean.field(run.parser, ModuleParserState.pos));
  }

  /**
   * Parse the next command.
   * @returns {{stx: number, messages: object[]}} owned syntax; what the parser complained of
   */
  parse(run) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const result = scope.own(this.engine.guarded(() => lean.fn.parseCommand(
        lean.inc(run.input), this.parserContext(run.state), run.parser, lean.global('emptyMessageLog'),
      ) >>> 0));
      const rest = lean.field(result, 1);
      run.parser = lean.inc(lean.field(rest, 0));
      return { stx: lean.inc(lean.field(result, 0)), messages: lean.serialMessages(lean.field(rest, 1)) };
    });
  }

  parserContext(state) {
    const { lean } = this;
    const scope = lean.field(lean.field(state, CommandState.scopes), 0);
    const fields = [];
    fields[ParserModuleContext.env] = lean.inc(lean.field(state, CommandState.env));
    fields[ParserModuleContext.options] = lean.inc(lean.field(scope, CommandScope.options));
    fields[ParserModuleContext.currNamespace] = lean.inc(lean.field(scope, CommandScope.currNamespace));
    fields[ParserModuleContext.openDecls] = lean.inc(lean.field(scope, CommandScope.openDecls));
    return lean.ctor(0, fields);
  }

  /**
   * Elaborate one command; `run.state` becomes the state after it. What is thrown is returned as
   * text (and the state stays that before the command), null when nothing is.
   * @returns {string | null}
   */
  elaborate(run, stx, position) {
    const { lean, engine } = this;
    return lean.scoped((scope) => {
      const before = run.state;
      const ref = scope.own(lean.mkRef(this.prepared(before, run.request)));
      const fileMap = lean.field(run.input, InputContext.fileMap);
      const context = engine.commandContext(run.request.fileName, fileMap, position);
      lean.fn.setHeartbeats(0);
      try {
        const call = () => lean.fn.elabCommandTopLevel(lean.inc(stx), context, lean.inc(ref), WORLD);
        lean.dec(lean.io(engine.guarded(call)));
      } catch (thrown) {
        if (!(thrown instanceof LeanException || thrown instanceof Trap)) throw thrown;
        return engine.describe(thrown).text;
      }
      run.state = lean.readRef(ref);
      lean.dec(before);
      return null;
    });
  }

  /** The state in which a command starts: its own messages and info trees only; owned. */
  prepared(state, request) {
    const { lean } = this;
    const fresh = lean.copyWith(
      lean.field(this.engine.initialCommandState, CommandState.infoState), {},
      { [InfoState.enabled]: needsInfo(request) ? 1 : 0 });
    return lean.copyWith(state, {
      [CommandState.messages]: lean.global('emptyMessageLog'),
      [CommandState.infoState]: fresh,
    });
  }

  /** @returns {Unit} */
  unit(run, boundary, envBefore, failure) {
    const { lean } = this;
    const messages = failure === null
      ? lean.serialMessages(lean.field(run.state, CommandState.messages))
      : [{ ...plainError(failure), fileName: run.request.fileName }];
    const unit = { boundary, messages };
    if (run.request.newConstants) unit.newConstants = this.newConstants(run, envBefore);
    const trees = failure === null && needsInfo(run.request) ? this.trees(run) : [];
    if (run.request.sorrys) unit.holes = this.holes.stateOf(trees, envBefore);
    if (run.request.invocations !== null) {
      unit.invocations = this.invocations.collect(trees, Buffer.from(run.request.text));
    }
    return unit;
  }

  /** The info trees of the last command, borrowed. @returns {number[]} */
  trees(run) {
    const { lean } = this;
    const info = lean.field(run.state, CommandState.infoState);
    return lean.persistentArrayItems(lean.field(info, InfoState.trees));
  }

  // -- new constants -----------------------------------------------------------------------------

  /** Constants of this command that stand in the text, in their order there. @returns {string[]} */
  newConstants(run, envBefore) {
    const { lean } = this;
    run.known ??= this.addedNames(envBefore);
    const env = lean.field(run.state, CommandState.env);
    const fresh = [];
    this.forEachAdded(env, (name) => {
      const raw = lean.rawName(name);
      if (run.known.has(raw)) return;
      run.known.add(raw);
      const range = this.declarationStart(env, name);
      if (range !== null) fresh.push({ range, text: lean.nameText(name) });
    });
    return fresh.sort((a, b) => a.range - b.range || (a.text < b.text ? -1 : 1)).map(({ text }) => text);
  }

  addedNames(env) {
    const names = new Set();
    this.forEachAdded(env, (name) => names.add(this.lean.rawName(name)));
    return names;
  }

  /** `visit(name, constantInfo)`, borrowed, for what an environment has beyond its imports. */
  forEachAdded(env, visit) {
    const { lean } = this;
    lean.scoped((scope) => {
      const constants = scope.own(lean.fn.envConstants(lean.inc(env)) >>> 0);
      lean.forEachAdded(constants, visit);
    });
  }

  /** A number that orders declarations by their place; null for one without a place. */
  declarationStart(env, name) {
    const { lean, engine } = this;
    const { core, meta, term } = engine.base;
    const state = new MonadState(
      lean, lean.copyWith(core, { [CoreState.env]: lean.inc(env) }), lean.inc(meta), lean.inc(term));
    try {
      return engine.run(engine.contexts, state, (session) => lean.scoped((scope) => {
        const found = scope.own(session.core('declarationRanges', lean.inc(name)));
        const ranges = lean.optionValue(found);
        if (ranges === null) return null;
        const { line, column } = lean.position(lean.field(lean.field(ranges, 1), 0));
        return line * 1e6 + column;
      }));
    } finally {
      state.release();
    }
  }

  /** A command state with another limit for each command; owned. @param {number} state borrowed */
  withHeartbeats(state, heartbeats) {
    const { lean } = this;
    const outermost = lean.field(lean.field(state, CommandState.scopes), 0);
    const options = lean.inc(lean.field(outermost, CommandScope.options));
    const limited = lean.copyWith(outermost, {
      [CommandScope.options]: lean.withNatOption(options, 'maxHeartbeats', heartbeats),
    });
    return lean.copyWith(state, { [CommandState.scopes]: lean.list([limited]) });
  }

  /** A command state with fresh scopes over the environment of `state`; owned. */
  freshScopes(state) {
    const { lean, engine } = this;
    const initial = engine.initialCommandState;
    return lean.copyWith(state, {
      [CommandState.scopes]: lean.inc(lean.field(initial, CommandState.scopes)),
      [CommandState.messages]: lean.global('emptyMessageLog'),
    });
  }
}

/** Whether elaborating must leave info trees, which takes time. @param {Request} request */
function needsInfo({ sorrys, invocations }) {
  return sorrys || invocations !== null;
}

module.exports = { Frontend };

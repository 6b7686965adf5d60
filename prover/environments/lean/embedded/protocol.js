'use strict';
/**
 * The Pantograph protocol: one handler per command.
 *
 * Fields and answers are those of Pantograph's `Protocol.lean`, errors are
 * `{"error": KIND, "desc": TEXT}`. Beyond it, all of it additive:
 *
 * - `goal.tactic` and `frontend.process` take `timeout` (ms, for the request) and `heartbeats`
 *   (in the unit of the option `maxHeartbeats`, for the tactic or for each command).
 * - A `goal.tactic` that fails says why in `failure`: `parse`, `elaboration` or `timeout`.
 * - A unit of `frontend.process` lists in `skippedSorrys` (`boundary`, `reason`) the `sorry`s that
 *   are no goals because their type depends on something not determined at that place.
 * - `env.replay` gives every constant that the inherited environment adds over the imports to the
 *   kernel again; see `replay.js` for the report, which with `meanings` holds digests too.
 * - `env.statements` tells what the theorems and definitions of a module say; see `library.js`.
 * - `stat` tells the size of Lean's memory in `memoryMegabytes`.
 * - Any answer may have `"restart": true`: the process exits after it and must be started again.
 *   `{"error": "timeout", …}` has it where the request could not be cancelled.
 *
 * Offsets (`boundary`, `goalSrcBoundaries`) are bytes of UTF-8 from the beginning of the text. Of
 * several `sorry`s in one command each is a goal of one state; the goals share nothing.
 *
 * Not offered, and answered with the error `operation`: files of goals and environments
 * (`goal.save`, `goal.load`, `env.save`, `env.load`), `frontend.distil`, `frontend.track`,
 * `frontend.refactor`, and `typeErrorsAsGoals`. Without effect: `printJsonPretty`, `noRepeat`.
 */

const fs = require('node:fs');
const { ProtocolError, ParseFailure, LeanException, Trap } = require('./errors.js');
const { defaultOptions, setOptions } = require('./options.js');
const { Goals } = require('./goals.js');
const { Tactics } = require('./tactics.js');
const { Frontend } = require('./frontend.js');
const { Environment } = require('./environment.js');
const { Library } = require('./library.js');
const { Replay } = require('./replay.js');

const FRAGMENTS = ['tactic', 'conv', 'calc'];
const DEFAULT_FILE_NAME = '<anonymous>';
const MAX_FILE_BYTES = 4 * 1024 * 1024;
/** Commands of Pantograph that need what this build has not: files of environments, or its parser. */
const UNAVAILABLE = [
  'env.save', 'env.load', 'goal.save', 'goal.load', 'frontend.distil', 'frontend.track',
  'frontend.refactor',
];
const MODES = ['tactic', 'expr', 'have', 'let', 'draft', 'mode'];

class Protocol {
  /**
   * @param {import('./engine.js').Engine} engine @param {import('./boot.js').Settings} settings
   */
  constructor(engine, settings) {
    this.engine = engine;
    this.settings = settings;
    this.options = defaultOptions();
    this.goals = new Goals(engine);
    this.tactics = new Tactics(this.goals);
    this.frontend = new Frontend(this.goals);
    this.environment = new Environment(this.goals);
    this.library = new Library(this.goals);
    this.replay = new Replay(engine, this.frontend);
    /** @type {Map<number, import('./proof-state.js').ProofState>} */
    this.states = new Map();
    this.nextId = 0;
    this.handlers = {
      reset: () => this.reset(),
      stat: () => this.stat(),
      'options.set': (payload) => this.optionsSet(payload),
      'options.print': () => ({ ...this.options }),
      'goal.start': (payload) => this.goalStart(payload),
      'goal.tactic': (payload) => this.goalTactic(payload),
      'goal.continue': (payload) => this.goalContinue(payload),
      'goal.print': (payload) => this.goalPrint(payload),
      'goal.delete': (payload) => this.goalDelete(payload),
      'env.catalog': () => ({ symbols: this.environment.catalog() }),
      'env.describe': () => this.environment.describe(),
      'env.module_read': (payload) => this.environment.moduleRead(this.required(payload, 'module')),
      'env.statements': (payload) => this.library.statements(this.required(payload, 'module')),
      'env.inspect': (payload) => this.envInspect(payload),
      'env.parse': (payload) => this.envParse(payload),
      'env.add': (payload) => this.envAdd(payload),
      'env.replay': (payload) => this.replay.run(flag(payload, 'meanings') ?? false),
      'expr.echo': (payload) => this.exprEcho(payload),
      'frontend.process': (payload) => this.frontendProcess(payload),
    };
  }

  /** The answer to one request. @param {string} command @param {Record<string, any>} payload */
  answer(command, payload) {
    const handler = Object.hasOwn(this.handlers, command) ? this.handlers[command] : null;
    if (UNAVAILABLE.includes(command)) {
      return errorAnswer('operation', `${command} is not available in the embedded Lean`);
    }
    if (handler === null) return errorAnswer('command', `Unknown command ${command}`);
    try {
      return handler(payload);
    } catch (thrown) {
      return this.failure(thrown);
    }
  }

  failure(thrown) {
    if (thrown instanceof ProtocolError) return errorAnswer(thrown.kind, thrown.message);
    if (thrown instanceof ParseFailure) return errorAnswer('parse', thrown.message);
    if (thrown instanceof LeanException || thrown instanceof Trap) {
      const { text, kind } = this.engine.describe(thrown);
      return errorAnswer(kind === 'timeout' ? 'timeout' : 'core', text);
    }
    return errorAnswer('internal', String(thrown?.message ?? thrown));
  }

  // -- session -----------------------------------------------------------------------------------

  stat() {
    return { nGoals: this.states.size, memoryMegabytes: this.engine.lean.memoryMegabytes() };
  }

  reset() {
    const answer = this.stat();
    for (const state of this.states.values()) state.release();
    this.states.clear();
    this.nextId = 0;
    return answer;
  }

  optionsSet(payload) {
    setOptions(this.options, payload);
    return {};
  }

  // -- goals ---------------------------------------------------------------------------------------

  /** @param {import('./proof-state.js').ProofState} state */
  keep(state) {
    const id = this.nextId;
    this.nextId += 1;
    this.states.set(id, state);
    return id;
  }

  /** @param {unknown} id @returns {import('./proof-state.js').ProofState} */
  stateAt(id) {
    const state = this.states.get(/** @type {number} */ (id));
    if (state === undefined) throw new ProtocolError('index', `Invalid state index ${id}`);
    return state;
  }

  goalStart(payload) {
    const expr = text(payload, 'expr', this.settings.maxText);
    const copyFrom = text(payload, 'copyFrom', this.settings.maxText);
    if ((expr === null) === (copyFrom === null)) {
      throw new ProtocolError('arguments', 'Exactly one of {expr, copyFrom} must be supplied');
    }
    const state = expr === null
      ? this.goals.startFromConstant(copyFrom)
      : this.goals.startFromText(expr, texts(payload, 'levels') ?? []);
    const root = this.engine.lean.nameText(state.roots[0]);
    return { stateId: this.keep(state), root };
  }

  goalTactic(payload) {
    const state = this.stateAt(natural(payload, 'stateId'));
    const given = MODES.filter((mode) => payload[mode] !== undefined && payload[mode] !== null);
    if (given.length !== 1) {
      throw new ProtocolError('operation', `Exactly one of {${MODES.join(', ')}} must be supplied`);
    }
    const [mode] = given;
    const site = {
      index: natural(payload, 'goalId', 0),
      focused: !(flag(payload, 'autoResume') ?? this.options.automaticMode),
    };
    const content = text(payload, mode, this.settings.maxText);
    return this.tacticAnswer(this.perform(mode, state, site, content, payload));
  }

  /** @returns {import('./tactics.js').Outcome} */
  perform(mode, state, site, content, payload) {
    const limits = { heartbeats: natural(payload, 'heartbeats', this.settings.heartbeats) };
    const binderName = text(payload, 'binderName', this.settings.maxText) ?? '';
    switch (mode) {
      case 'tactic': return this.tactics.tactic(state, site, content, limits);
      case 'expr': return this.tactics.assign(state, site, content, limits);
      case 'have': return this.tactics.have(state, site, content, binderName, limits);
      case 'mode':
        if (!FRAGMENTS.includes(content)) {
          throw new ProtocolError('operation', `Invalid mode ${content}`);
        }
        return this.tactics.enter(state, site, content, limits);
      case 'draft': return this.tactics.draft(state, site, content, limits);
      case 'let': return this.tactics.let(state, site, content, binderName, limits);
      default: throw new ProtocolError('operation', `Unknown field ${mode}`);
    }
  }

  /** @param {import('./tactics.js').Outcome} outcome */
  tacticAnswer(outcome) {
    const { hasSorry, hasUnsafe } = outcome;
    if (outcome.failure === 'parse') {
      return { parseError: outcome.text, hasSorry, hasUnsafe, failure: 'parse' };
    }
    if (outcome.failure !== undefined) {
      return { messages: outcome.messages, hasSorry, hasUnsafe, failure: outcome.failure };
    }
    const goals = this.goals.show(outcome.state, this.options);
    const nextStateId = this.keep(outcome.state);
    return { nextStateId, goals, messages: outcome.messages, hasSorry, hasUnsafe };
  }

  goalContinue(payload) {
    const target = this.stateAt(natural(payload, 'target'));
    const names = texts(payload, 'goals');
    const hasBranch = payload.branch !== undefined && payload.branch !== null;
    if (hasBranch === (names !== null)) {
      throw new ProtocolError('arguments', 'Exactly one of {branch, goals} must be supplied');
    }
    const state = hasBranch
      ? this.goals.continueWith(target, this.stateAt(natural(payload, 'branch')))
      : this.goals.resume(target, names);
    const goals = this.goals.show(state, this.options);
    return { nextStateId: this.keep(state), goals };
  }

  goalPrint(payload) {
    const state = this.stateAt(natural(payload, 'stateId'));
    const what = {
      rootExpr: flag(payload, 'rootExpr') ?? false,
      parentExprs: flag(payload, 'parentExprs') ?? false,
      goals: flag(payload, 'goals') ?? false,
      extraMVars: texts(payload, 'extraMVars') ?? [],
    };
    return this.goals.print(state, what, this.options);
  }

  goalDelete(payload) {
    const ids = payload.stateIds;
    if (!Array.isArray(ids) || !ids.every(Number.isInteger)) {
      throw malformed('stateIds', 'an array of numbers');
    }
    for (const id of ids) {
      this.states.get(id)?.release();
      this.states.delete(id);
    }
    return {};
  }

  // -- the environment ---------------------------------------------------------------------------

  /** A string field that must be there. */
  required(payload, field) {
    const value = text(payload, field, this.settings.maxText);
    if (value === null) throw malformed(field, 'a string');
    return value;
  }

  envInspect(payload) {
    const what = {
      value: 'value' in payload ? flag(payload, 'value') : false,
      dependency: flag(payload, 'dependency') ?? false,
      source: flag(payload, 'source') ?? false,
    };
    return this.environment.inspect(this.required(payload, 'name'), what, this.options);
  }

  envParse(payload) {
    const category = this.required(payload, 'category');
    return { pos: this.environment.parse(this.required(payload, 'input'), category) };
  }

  envAdd(payload) {
    this.environment.add({
      name: this.required(payload, 'name'),
      levels: texts(payload, 'levels') ?? [],
      type: text(payload, 'type', this.settings.maxText),
      value: this.required(payload, 'value'),
      isTheorem: flag(payload, 'isTheorem') ?? false,
    });
    return {};
  }

  exprEcho(payload) {
    const type = text(payload, 'type', this.settings.maxText);
    const levels = texts(payload, 'levels') ?? [];
    return this.environment.echo(this.required(payload, 'expr'), type, levels, this.options);
  }

  // -- texts -------------------------------------------------------------------------------------

  frontendProcess(payload) {
    const { lean } = this.engine;
    const request = this.frontendRequest(payload);
    return lean.scoped((scope) => {
      const from = request.readHeader
        ? lean.inc(this.engine.initialCommandState)
        : this.frontend.freshScopes(this.engine.commandState);
      scope.own(from);
      const start = request.heartbeats === null ? from
        : scope.own(this.frontend.withHeartbeats(from, request.heartbeats));
      const { units, commandState } = this.frontend.process(request, start);
      if (flag(payload, 'inheritEnv')) this.engine.setCommandState(commandState);
      else lean.dec(commandState);
      if (request.invocations !== null) writeInvocations(request.invocations, units);
      return { units: units.map((unit) => this.unitAnswer(unit)) };
    });
  }

  /** @returns {import('./frontend.js').Request} */
  frontendRequest(payload) {
    const fileName = text(payload, 'fileName', MAX_FILE_BYTES);
    const file = text(payload, 'file', MAX_FILE_BYTES);
    if ((fileName === null) === (file === null)) {
      throw new ProtocolError('arguments', 'Exactly one of {fileName, file} must be supplied');
    }
    if (flag(payload, 'typeErrorsAsGoals')) {
      throw new ProtocolError('operation', 'typeErrorsAsGoals is not available in the embedded Lean');
    }
    return {
      text: file ?? readText(fileName),
      fileName: fileName ?? DEFAULT_FILE_NAME,
      readHeader: flag(payload, 'readHeader') ?? false,
      sorrys: flag(payload, 'sorrys') ?? false,
      newConstants: flag(payload, 'newConstants') ?? false,
      invocations: text(payload, 'invocations', MAX_FILE_BYTES),
      heartbeats: payload.heartbeats === undefined ? null : natural(payload, 'heartbeats'),
    };
  }

  /** @param {import('./frontend.js').Unit} unit */
  unitAnswer({ boundary, messages, newConstants, holes, invocations }) {
    const answer = { boundary, messages };
    if (invocations !== undefined) answer.nInvocations = invocations.length;
    if (newConstants !== undefined) answer.newConstants = newConstants;
    if (holes !== undefined && holes.skipped.length > 0) answer.skippedSorrys = holes.skipped;
    if (holes !== undefined && holes.state !== null) {
      answer.goals = this.goals.show(holes.state, this.options);
      answer.goalStateId = this.keep(holes.state);
      answer.goalSrcBoundaries = holes.boundaries;
    }
    return answer;
  }
}

/** @param {string} fileName */
function readText(fileName) {
  try {
    if (fs.statSync(fileName).size > MAX_FILE_BYTES) {
      throw new ProtocolError('limit', `${fileName} is larger than ${MAX_FILE_BYTES} bytes`);
    }
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fs.readFileSync(fileName));
  } catch (thrown) {
    if (thrown instanceof ProtocolError) throw thrown;
    throw new ProtocolError('io', `cannot read ${fileName}: ${thrown.message}`);
  }
}

/** Write the tactics of a text to a file of the client's. */
function writeInvocations(fileName, units) {
  const data = { units: units.map(({ invocations }) => ({ invocations })) };
  try {
    fs.writeFileSync(fileName, JSON.stringify(data));
  } catch (thrown) {
    throw new ProtocolError('io', `cannot write ${fileName}: ${thrown.message}`);
  }
}

/** @param {string} kind @param {string} desc */
function errorAnswer(kind, desc) {
  return { error: kind, desc };
}

// -- reading payloads -------------------------------------------------------------------------

function malformed(field, expected) {
  return new ProtocolError('command', `Unable to parse json: ${field}: ${expected} expected`);
}

/** A string field or null. @param {number} maxBytes */
function text(payload, field, maxBytes) {
  const value = payload[field] ?? null;
  if (value === null) return null;
  if (typeof value !== 'string') throw malformed(field, 'a string');
  const bytes = Buffer.byteLength(value);
  if (bytes > maxBytes) {
    throw new ProtocolError('limit', `${field} has ${bytes} bytes; the limit is ${maxBytes}`);
  }
  return value;
}

/** A boolean field or null. */
function flag(payload, field) {
  const value = payload[field] ?? null;
  if (value !== null && typeof value !== 'boolean') throw malformed(field, 'a boolean');
  return value;
}

/** A natural number; without `fallback` it is required. */
function natural(payload, field, fallback) {
  const value = payload[field] ?? fallback;
  if (!Number.isSafeInteger(value) || value < 0) throw malformed(field, 'a natural number');
  return value;
}

/** An array of strings or null. */
function texts(payload, field) {
  const value = payload[field] ?? null;
  if (value === null) return null;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw malformed(field, 'an array of strings');
  }
  return value;
}

module.exports = { Protocol, errorAnswer };

'use strict';
/**
 * The library as people use it: the statements of a module, with what is known of each
 * (`env.statements`).
 *
 * Left out is what nobody would name in a proof: private and generated constants (recursors,
 * matchers, equation lemmas, injectivity of constructors), instances, which Lean finds by itself,
 * syntax, and whatever is unsafe.
 */

const { isScalar, box, unbox } = require('./runtime.js');
const { EnvironmentHeader, ModuleData, Import, ExprTag } = require('./layouts.js');
const { LeanException, ProtocolError, Trap } = require('./errors.js');
const { readConstant, originalKind, nameTexts, usedConstants } = require('./constants.js');

/** Kinds of constants that are told, under the names of the protocol. */
const TOLD = { theorem: 'theorem', axiom: 'axiom', def: 'definition', opaque: 'definition' };
/** Wide enough that a statement is broken only where its syntax needs it. */
const STATEMENT_WIDTH = 1_000_000;
/** Last components of the constants that an inductive type brings with it, after its own name … */
const OF_TYPES = new Set([
  'below', 'brecOn', 'casesOn', 'recOn', 'noConfusion', 'noConfusionType', 'ctorIdx', 'ctorElim',
  'ctorElimType', 'toCtorIdx', 'binductionOn', 'rec', 'ibelow',
]);
/** … and after the name of a constructor. */
const OF_CONSTRUCTORS = new Set(['inj', 'injEq', 'sizeOf_spec', 'noConfusion', 'elim']);
/** Types of definitions that make up the syntax. */
const SYNTAX = new Set([
  'Lean.ParserDescr', 'Lean.TrailingParserDescr', 'Lean.Macro', 'Lean.PrettyPrinter.Unexpander',
]);

class Library {
  /** @param {import('./goals.js').Goals} goals */
  constructor(goals) {
    this.engine = goals.engine;
    this.lean = goals.lean;
  }

  /** Imports and statements of a module. @param {string} module */
  statements(module) {
    const { lean, engine } = this;
    return lean.scoped((scope) => {
      const env = scope.own(engine.env());
      const data = this.moduleData(scope, env, module);
      const imports = lean.arrayItems(lean.field(data, ModuleData.imports))
        .map((item) => lean.nameText(lean.field(item, Import.module)));
      const simp = scope.own(this.session((session) => session.core('simpTheorems')));
      const statements = lean.arrayItems(lean.field(data, ModuleData.constNames))
        .map((name) => this.statement(env, simp, name))
        .filter((statement) => statement !== null);
      return { imports, statements };
    });
  }

  /** @template T @param {(session: import('./engine.js').Session) => T} work @returns {T} */
  session(work) {
    return this.engine.run(this.engine.contexts, this.engine.base, work);
  }

  /** The borrowed `ModuleData` of a loaded module. */
  moduleData(scope, env, module) {
    const { lean } = this;
    const header = scope.own(lean.fn.envHeader(lean.inc(env)) >>> 0);
    const names = scope.own(lean.fn.envModuleNames(lean.inc(env)) >>> 0);
    const index = lean.arrayItems(names).findIndex((name) => lean.nameText(name) === module);
    if (index < 0) throw new ProtocolError('index', `Module not found ${module}`);
    return lean.arrayItems(lean.field(header, EnvironmentHeader.moduleData))[index];
  }

  /**
   * What is told of a constant, or null. @param {number} env borrowed
   * @param {number} simp borrowed `SimpTheorems` @param {number} name borrowed
   */
  statement(env, simp, name) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const constant = this.find(scope, env, name);
      if (constant === null || constant.isUnsafe) return null;
      const kind = TOLD[originalKind(lean, env, name, constant.kind)];
      if (kind === undefined || this.isGenerated(env, name) || this.isSyntax(constant)) return null;
      const type = this.pretty(constant.type);
      if (type === null) return null;
      const constants = usedConstants(lean, constant.type);
      return {
        name: lean.nameText(name),
        kind,
        type,
        levels: nameTexts(lean, constant.levelParams),
        constants,
        standalone: this.isStandalone(env, name, constants),
        simp: this.isSimpLemma(simp, name),
        grind: this.isGrindTheorem(name),
        deprecated: this.holds('isDeprecated', env, name),
      };
    });
  }

  find(scope, env, name) {
    const { lean } = this;
    const found = scope.own(lean.fn.envFind(lean.inc(env), lean.inc(name), box(0)) >>> 0);
    return isScalar(found) ? null : readConstant(lean, lean.field(found, 0));
  }

  /** The text of a type (borrowed), or null if Lean cannot print it within its limits. */
  pretty(type) {
    const { lean } = this;
    try {
      return this.session((session) => {
        const format = session.meta('ppExpr', lean.inc(type));
        const start = box(0);
        return lean.takeString(lean.fn.formatPretty(format, box(STATEMENT_WIDTH), start, start) >>> 0);
      });
    } catch (thrown) {
      if (!(thrown instanceof LeanException || thrown instanceof Trap)) throw thrown;
      const { kind } = this.engine.describe(thrown);
      if (kind === 'timeout' && this.engine.isCancelled()) throw new ProtocolError('timeout', 'time limit');
      return null;
    }
  }

  // -- properties ------------------------------------------------------------------------------

  /** A predicate of an environment and a name, both borrowed. */
  holds(predicate, env, name) {
    return unbox(this.lean.fn[predicate](this.lean.inc(env), this.lean.inc(name)) >>> 0) !== 0;
  }

  isGenerated(env, name) {
    const { lean } = this;
    return lean.test('isInternalDetail', name) || this.holds('isReservedName', env, name)
      || this.holds('isInstance', env, name) || this.isOfInductive(env, name);
  }

  /** Whether an inductive type or a constructor brought `name` with it. */
  isOfInductive(env, name) {
    const { lean } = this;
    const last = lean.nameComponents(name).at(-1);
    if (!OF_TYPES.has(last) && !OF_CONSTRUCTORS.has(last)) return false;
    return lean.scoped((scope) => {
      const parent = this.find(scope, env, lean.field(name, 0));
      return (parent?.kind === 'inductive' && OF_TYPES.has(last))
        || (parent?.kind === 'ctor' && OF_CONSTRUCTORS.has(last));
    });
  }

  isSyntax({ type }) {
    const { lean } = this;
    return lean.tag(type) === ExprTag.const && SYNTAX.has(lean.nameText(lean.field(type, 0)));
  }

  /** Whether no constant of a statement is from the module of `name` (borrowed) itself. */
  isStandalone(env, name, constants) {
    const own = this.moduleIndex(env, name);
    return constants.every((constant) => this.lean.scoped((scope) => (
      this.moduleIndex(env, scope.own(this.lean.name(constant))) !== own)));
  }

  /** @param {number} env @param {number} name of an imported constant, both borrowed */
  moduleIndex(env, name) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const index = scope.own(lean.fn.envModuleIdxFor(lean.inc(env), lean.inc(name)) >>> 0);
      return isScalar(index) ? null : unbox(lean.field(index, 0));
    });
  }

  /** Whether `simp` uses a theorem, in either direction. */
  isSimpLemma(simp, name) {
    const { lean } = this;
    return [0, 1].some((inverse) => {
      const post = 1;
      const origin = lean.ctor(0, [lean.inc(name)], [post, inverse]);
      return unbox(lean.fn.isSimpLemma(lean.inc(simp), origin) >>> 0) !== 0;
    });
  }

  /** Whether `grind` instantiates a theorem by itself. */
  isGrindTheorem(name) {
    const { lean } = this;
    return this.session((session) => {
      const answer = session.core('isGrindTheorem', lean.global('grindExtension'), lean.inc(name));
      return unbox(answer) !== 0;
    });
  }
}

module.exports = { Library };

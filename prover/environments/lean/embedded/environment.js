'use strict';
/** Questions about the environment: `env.*` and `expr.echo`. */

const { isScalar, box, unbox } = require('./runtime.js');
const {
  EnvironmentHeader, ModuleData, InductiveVal, ConstructorVal, RecursorVal, RecursorRule, Import,
  DefinitionVal, TheoremVal, DeclarationTag,
} = require('./layouts.js');
const { ProtocolError } = require('./errors.js');
const { readConstant, originalKind, nameTexts, usedConstants } = require('./constants.js');

/** Prefixes of `env.catalog`. */
const KIND_LETTERS = {
  axiom: 'a', def: 'd', theorem: 't', opaque: 'o', quot: 'q', inductive: 'i', ctor: 'c', rec: 'r',
};
const AUXILIARY = /(^|\.)(_proof_|_simp_)[^.]*$/;
const MACRO_SCOPE = /(^|\.)_hyg(\.|$)/;
const REGULAR_HINT_TAG = 2;

class Environment {
  /** @param {import('./goals.js').Goals} goals */
  constructor(goals) {
    this.goals = goals;
    this.engine = goals.engine;
    this.lean = goals.lean;
  }

  /** Run `work` in a session where goals start. @template T @returns {T} */
  session(work) {
    return this.engine.run(this.engine.contexts, this.engine.base, work);
  }

  // -- listing -----------------------------------------------------------------------------------

  /** @returns {string[]} all names that people use, each with the letter of its kind */
  catalog() {
    const { lean, engine } = this;
    return lean.scoped((scope) => {
      const env = scope.own(engine.env());
      const constants = scope.own(lean.fn.envConstants(lean.inc(env)) >>> 0);
      const symbols = [];
      const visit = (name, info) => {
        const text = lean.nameText(name);
        if (isInternal(text)) return;
        const { kind, isUnsafe } = readConstant(lean, info);
        if (isUnsafe) return;
        symbols.push(KIND_LETTERS[originalKind(lean, env, name, kind)] + text);
      };
      lean.forEachConstant(constants, visit);
      return symbols;
    });
  }

  /** Direct imports and all modules. */
  describe() {
    const { lean } = this;
    return this.withHeader((header, modules) => ({
      imports: lean.arrayItems(lean.field(header, EnvironmentHeader.imports))
        .map((item) => lean.nameText(lean.field(item, Import.module))),
      modules,
    }));
  }

  /** What the file of a module holds. @param {string} module */
  moduleRead(module) {
    const { lean } = this;
    return this.withHeader((header, modules) => {
      const index = modules.indexOf(module);
      if (index < 0) throw new ProtocolError('index', `Module not found ${module}`);
      const data = lean.arrayItems(lean.field(header, EnvironmentHeader.moduleData))[index];
      const names = (field) => lean.arrayItems(lean.field(data, field)).map((name) => lean.nameText(name));
      return {
        imports: lean.arrayItems(lean.field(data, ModuleData.imports))
          .map((item) => lean.nameText(lean.field(item, Import.module))),
        constNames: names(ModuleData.constNames),
        extraConstNames: names(ModuleData.extraConstNames),
      };
    });
  }

  withHeader(work) {
    const { lean, engine } = this;
    return lean.scoped((scope) => {
      const header = scope.own(lean.fn.envHeader(engine.env()) >>> 0);
      const modules = scope.own(lean.fn.envModuleNames(engine.env()) >>> 0);
      return work(header, lean.arrayItems(modules).map((name) => lean.nameText(name)));
    });
  }

  // -- inspecting --------------------------------------------------------------------------------

  /**
   * @param {string} text a name
   * @param {{value: boolean | null, dependency: boolean, source: boolean}} what
   */
  inspect(text, what, options) {
    const { lean, engine } = this;
    return this.session((session) => lean.scoped((scope) => {
      const name = scope.own(lean.name(text));
      const found = scope.own(lean.fn.envFind(engine.env(), lean.inc(name), box(0)) >>> 0);
      if (isScalar(found)) throw new ProtocolError('index', `Symbol not found ${text}`);
      const constant = readConstant(lean, lean.field(found, 0));
      const show = (expr) => this.goals.printer.expression(session, lean.inc(expr), options);
      const isShown = what.value ?? constant.kind === 'def';
      const value = isShown ? constant.value : null;
      const answer = { type: show(constant.type), isUnsafe: constant.isUnsafe };
      if (value !== null) answer.value = show(value);
      Object.assign(answer, this.place(name));
      if (what.dependency) {
        answer.typeDependency = usedConstants(lean, constant.type);
        if (value !== null) {
          answer.valueDependency = usedConstants(lean, value).filter((used) => !isInternal(used));
        }
      }
      Object.assign(answer, this.details(constant, show));
      if (what.source) Object.assign(answer, this.source(session, name));
      return answer;
    }));
  }

  /** The module of a constant and its public name. @param {number} name borrowed */
  place(name) {
    const { lean, engine } = this;
    return lean.scoped((scope) => {
      const place = {};
      const index = scope.own(lean.fn.envModuleIdxFor(engine.env(), lean.inc(name)) >>> 0);
      if (!isScalar(index)) {
        const modules = scope.own(lean.fn.envModuleNames(engine.env()) >>> 0);
        place.module = lean.nameText(lean.arrayItems(modules)[unbox(lean.field(index, 0))]);
      }
      const publicName = lean.privateUserName(name);
      if (publicName !== null) place.publicName = publicName;
      return place;
    });
  }

  /** What inductive types, constructors and recursors have beside their type. */
  details({ kind, info }, show) {
    const { lean } = this;
    const nat = (index) => unbox(lean.field(info, index));
    const names = (index) => nameTexts(lean, lean.field(info, index));
    const flag = (offset) => lean.scalarByte(info, offset) !== 0;
    switch (kind) {
      case 'inductive':
        return {
          inductInfo: {
            numParams: nat(InductiveVal.numParams),
            numIndices: nat(InductiveVal.numIndices),
            all: names(InductiveVal.all),
            ctors: names(InductiveVal.ctors),
            isRec: flag(InductiveVal.isRec),
            isReflexive: flag(InductiveVal.isReflexive),
            isNested: nat(InductiveVal.numNested) > 0,
          },
        };
      case 'ctor':
        return {
          constructorInfo: {
            induct: lean.nameText(lean.field(info, ConstructorVal.induct)),
            cidx: nat(ConstructorVal.cidx),
            numParams: nat(ConstructorVal.numParams),
            numFields: nat(ConstructorVal.numFields),
          },
        };
      case 'rec': return { recursorInfo: this.recursor(info, nat, names, flag, show) };
      default: return {};
    }
  }

  recursor(info, nat, names, flag, show) {
    const { lean } = this;
    return {
      all: names(RecursorVal.all),
      numParams: nat(RecursorVal.numParams),
      numIndices: nat(RecursorVal.numIndices),
      numMotives: nat(RecursorVal.numMotives),
      numMinors: nat(RecursorVal.numMinors),
      rules: lean.listItems(lean.field(info, RecursorVal.rules)).map((rule) => ({
        ctor: lean.nameText(lean.field(rule, RecursorRule.ctor)),
        nFields: unbox(lean.field(rule, RecursorRule.nfields)),
        rhs: show(lean.field(rule, RecursorRule.rhs)),
      })),
      k: flag(RecursorVal.k),
    };
  }

  /** Where a declaration stands; the embedded library has no source files to name. */
  source(session, name) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const found = scope.own(session.core('declarationRanges', lean.inc(name)));
      const ranges = lean.optionValue(found);
      if (ranges === null) return {};
      const range = lean.field(ranges, 0);
      return {
        sourceStart: lean.position(lean.field(range, 0)),
        sourceEnd: lean.position(lean.field(range, 2)),
      };
    });
  }

  // -- terms ---------------------------------------------------------------------------------------

  /** @param {string} input @param {string} category */
  parse(input, category) {
    return this.session((session) => this.goals.parser.firstEnd(session, category, input));
  }

  /** A term and its type. @param {string} text @param {string | null} type @param {string[]} levels */
  echo(text, type, levels, options) {
    const { lean } = this;
    return this.goals.protocolErrors('elab', () => this.session((session) => lean.scoped((scope) => {
      this.goals.addLevels(session, levels.map((level) => lean.name(level)));
      const expr = scope.own(this.elaborate(session, text, type));
      const inferred = session.metaUnboxed('inferType', lean.inc(expr));
      return {
        expr: this.goals.printer.expression(session, lean.inc(expr), options),
        type: this.goals.printer.expression(session, inferred, options),
      };
    })));
  }

  /** An elaborated term, owned. @param {string | null} type its expected type */
  elaborate(session, text, type) {
    const { lean } = this;
    return lean.scoped((scope) => {
      const expected = type === null ? box(0) : lean.some(this.elaborateType(session, type));
      scope.own(lean.inc(expected));
      const stx = this.goals.parser.term(session, text);
      const expr = isScalar(expected)
        ? session.term('elabTerm', stx, expected, box(1), box(1))
        : session.term('elabTermEnsuringType', stx, expected, box(1), box(1), box(0));
      lean.dec(session.term('synthesizeNoPostponing', box(0)));
      return session.instantiate(expr);
    });
  }

  elaborateType(session, text) {
    const { lean } = this;
    const stx = this.goals.parser.term(session, text);
    const type = session.term('elabType', stx);
    lean.dec(session.term('synthesizeNoPostponing', box(0)));
    return session.instantiate(type);
  }

  /**
   * Declare a constant; the environment in which goals start has it afterwards.
   * @param {{name: string, levels: string[], type: string | null, value: string,
   *   isTheorem: boolean}} declaration
   */
  add({ name, levels, type, value, isTheorem }) {
    const { lean, engine } = this;
    const env = this.goals.protocolErrors('expr', () => this.session((session) => lean.scoped((scope) => {
      this.goals.addLevels(session, levels.map((level) => lean.name(level)));
      const term = scope.own(this.elaborate(session, value, type));
      const stated = scope.own(type === null
        ? session.instantiate(session.metaUnboxed('inferType', lean.inc(term)))
        : this.elaborateType(session, type));
      const declaration = this.declaration(name, levels, stated, term, isTheorem);
      lean.dec(session.core('addDecl', declaration, box(0)));
      return session.env();
    })));
    engine.setEnv(env);
  }

  declaration(name, levels, type, value, isTheorem) {
    const { lean } = this;
    const levelParams = lean.list(levels.map((level) => lean.name(level)));
    const constant = lean.ctor(0, [lean.name(name), levelParams, lean.inc(type)]);
    const all = lean.list([lean.name(name)]);
    if (isTheorem) {
      const theorem = lean.ctor(TheoremVal.tag, [constant, lean.inc(value), all]);
      return lean.ctor(DeclarationTag.theorem, [theorem]);
    }
    // `ReducibilityHints.regular` of height 1: its height is a 32-bit scalar.
    const hints = lean.ctor(REGULAR_HINT_TAG, [], [1, 0, 0, 0]);
    const safe = 1;
    const fields = [constant, lean.inc(value), hints, all];
    return lean.ctor(DeclarationTag.def, [lean.ctor(DefinitionVal.tag, fields, [safe])]);
  }
}

/** @param {string} name */
function isInternal(name) {
  return AUXILIARY.test(name) || MACRO_SCOPE.test(name);
}

module.exports = { Environment };

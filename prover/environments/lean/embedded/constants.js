'use strict';
/** Declared constants: `ConstantInfo` read into plain records of borrowed parts. */

const {
  ConstantTag, CONSTANT_KINDS, ORIGINAL_KINDS, ConstantVal, AxiomVal, DefinitionVal, TheoremVal,
  OpaqueVal, InductiveVal, ConstructorVal, RecursorVal, SAFETY,
} = require('./layouts.js');
const { isScalar } = require('./runtime.js');

/**
 * @typedef {object} Constant
 * @property {string} kind one of `CONSTANT_KINDS`
 * @property {number} info the borrowed `AxiomVal`, `DefinitionVal`, … inside
 * @property {number} name @property {number} levelParams @property {number} type borrowed
 * @property {number | null} value borrowed
 * @property {boolean} isUnsafe
 * @property {string} [safety] of a definition: safe, unsafe, partial
 */

const VALUE_FIELDS = {
  def: DefinitionVal.value, theorem: TheoremVal.value, opaque: OpaqueVal.value,
};
const UNSAFE_FLAGS = {
  axiom: AxiomVal.isUnsafe, opaque: OpaqueVal.isUnsafe, inductive: InductiveVal.isUnsafe,
  ctor: ConstructorVal.isUnsafe, rec: RecursorVal.isUnsafe,
};

/** @param {import('./values.js').Lean} lean @param {number} constantInfo @returns {Constant} */
function readConstant(lean, constantInfo) {
  const kind = CONSTANT_KINDS[lean.tag(constantInfo)];
  const info = lean.field(constantInfo, 0);
  const common = lean.field(info, 0);
  const constant = {
    kind,
    info,
    name: lean.field(common, ConstantVal.name),
    levelParams: lean.field(common, ConstantVal.levelParams),
    type: lean.field(common, ConstantVal.type),
    value: kind in VALUE_FIELDS ? lean.field(info, VALUE_FIELDS[kind]) : null,
    isUnsafe: kind in UNSAFE_FLAGS && lean.scalarByte(info, UNSAFE_FLAGS[kind]) !== 0,
  };
  if (kind === 'def') {
    constant.safety = SAFETY[lean.scalarByte(info, DefinitionVal.safety)];
    constant.isUnsafe = constant.safety === 'unsafe';
  }
  return constant;
}

/**
 * What an imported constant was when it was declared: the public part of a library states its
 * theorems, and definitions that are not exposed, as axioms.
 * @param {number} env borrowed @param {number} name borrowed @param {string} kind as it is now
 */
function originalKind(lean, env, name, kind) {
  if (kind !== CONSTANT_KINDS[ConstantTag.axiom]) return kind;
  return lean.scoped((scope) => {
    const found = scope.own(lean.fn.originalConstKind(lean.inc(env), lean.inc(name)) >>> 0);
    return isScalar(found) ? kind : ORIGINAL_KINDS[lean.tag(lean.field(found, 0))];
  });
}

/** The texts of a borrowed list of names. @param {number} list */
function nameTexts(lean, list) {
  return lean.listItems(list).map((name) => lean.nameText(name));
}

/** Names of the constants in an expression. @param {number} expr borrowed @returns {string[]} */
function usedConstants(lean, expr) {
  return lean.scoped((scope) => {
    const used = scope.own(lean.fn.exprUsedConstants(lean.inc(expr)) >>> 0);
    return lean.arrayItems(used).map((name) => lean.nameText(name));
  });
}

module.exports = { readConstant, originalKind, nameTexts, usedConstants };

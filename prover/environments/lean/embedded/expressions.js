'use strict';
/** Structure of expressions that several modules need. */

const { ExprTag } = require('./layouts.js');

/**
 * The direct subexpressions of an expression, borrowed.
 * @param {import('./values.js').Lean} lean @param {number} expr @returns {number[]}
 */
function subexpressions(lean, expr) {
  const at = (...indices) => indices.map((i) => lean.field(expr, i));
  switch (lean.tag(expr)) {
    case ExprTag.app: return at(0, 1);
    case ExprTag.lam: case ExprTag.forallE: return at(1, 2);
    case ExprTag.letE: return at(1, 2, 3);
    case ExprTag.mdata: return at(1);
    case ExprTag.proj: return at(2);
    default: return [];
  }
}

module.exports = { subexpressions };

'use strict';
/**
 * Expressions as canonical text: equal texts exactly for terms that are equal up to the names of
 * bound variables and metadata. Two processes can compare what they elaborated.
 *
 *     expr  ::= #INDEX | (sort LEVEL) | (const NAME LEVEL…) | (app EXPR EXPR)
 *             | (lam KIND EXPR EXPR) | (pi KIND EXPR EXPR) | (let EXPR EXPR EXPR)
 *             | (nat DIGITS) | (str JSON) | (proj NAME INDEX EXPR) | (fvar NAME) | (mvar NAME)
 *     kind  ::= default | implicit | strict | instance
 *     level ::= 0 | (succ LEVEL) | (max LEVEL LEVEL) | (imax LEVEL LEVEL) | NAME | (mvar NAME)
 *
 * A term whose text would be long (terms share subterms, their texts do not) is given by a hash in
 * its place: `sha256:` over the same grammar with every subterm replaced by its own hash.
 */

const { createHash } = require('node:crypto');
const { isScalar, unbox } = require('./runtime.js');
const { ExprTag, LevelTag, LiteralTag, EXPR_BINDER_INFO_OFFSET } = require('./layouts.js');
const { subexpressions } = require('./expressions.js');

const BINDER_KINDS = ['default', 'implicit', 'strict', 'instance'];
const MAX_NODES = 20000;

class CanonicalPrinter {
  /**
   * @param {import('./values.js').Lean} lean
   * @param {(name: number) => string} [constantText] how constants are written, by default by name
   */
  constructor(lean, constantText = (name) => lean.nameText(name)) {
    this.lean = lean;
    this.constantText = constantText;
  }

  /** @param {number} expr borrowed @returns {string} */
  text(expr) {
    if (this.size(expr, new Map()) <= MAX_NODES) return this.print(expr, (child) => this.text(child));
    return `sha256:${this.hash(expr, new Map())}`;
  }

  /** Number of nodes as a tree, or more than `MAX_NODES`. @param {Map<number, number>} known */
  size(expr, known) {
    const found = known.get(expr);
    if (found !== undefined) return found;
    let total = 1;
    for (const child of subexpressions(this.lean, expr)) total += this.size(child, known);
    const capped = Math.min(total, MAX_NODES + 1);
    known.set(expr, capped);
    return capped;
  }

  /** @param {Map<number, string>} known */
  hash(expr, known) {
    let digest = known.get(expr);
    if (digest === undefined) {
      const text = this.print(expr, (child) => this.hash(child, known));
      digest = createHash('sha256').update(text).digest('hex');
      known.set(expr, digest);
    }
    return digest;
  }

  /** One node, its subterms as `sub` gives them. @param {(child: number) => string} sub */
  print(expr, sub) {
    const { lean } = this;
    const at = (i) => lean.field(expr, i);
    switch (lean.tag(expr)) {
      case ExprTag.bvar: return `#${lean.natText(at(0))}`;
      case ExprTag.fvar: return `(fvar ${lean.nameText(at(0))})`;
      case ExprTag.mvar: return `(mvar ${lean.nameText(at(0))})`;
      case ExprTag.sort: return `(sort ${this.level(at(0))})`;
      case ExprTag.const:
        return `(${['const', this.constantText(at(0)), ...this.levels(at(1))].join(' ')})`;
      case ExprTag.app: return `(app ${sub(at(0))} ${sub(at(1))})`;
      case ExprTag.lam: return `(lam ${this.binderKind(expr)} ${sub(at(1))} ${sub(at(2))})`;
      case ExprTag.forallE: return `(pi ${this.binderKind(expr)} ${sub(at(1))} ${sub(at(2))})`;
      case ExprTag.letE: return `(let ${sub(at(1))} ${sub(at(2))} ${sub(at(3))})`;
      case ExprTag.lit: return this.literal(at(0));
      case ExprTag.mdata: return this.print(at(1), sub);
      case ExprTag.proj:
        return `(proj ${this.constantText(at(0))} ${unbox(at(1))} ${sub(at(2))})`;
      default: throw new Error('an expression of no known kind');
    }
  }

  binderKind(expr) {
    return BINDER_KINDS[this.lean.scalarByte(expr, EXPR_BINDER_INFO_OFFSET)];
  }

  literal(literal) {
    const { lean } = this;
    const value = lean.field(literal, 0);
    return lean.tag(literal) === LiteralTag.string
      ? `(str ${JSON.stringify(lean.string(value))})` : `(nat ${lean.natText(value)})`;
  }

  levels(list) {
    return this.lean.listItems(list).map((level) => this.level(level));
  }

  level(level) {
    const { lean } = this;
    const at = (i) => lean.field(level, i);
    if (isScalar(level)) return '0';
    switch (lean.tag(level)) {
      case LevelTag.zero: return '0';
      case LevelTag.succ: return `(succ ${this.level(at(0))})`;
      case LevelTag.max: return `(max ${this.level(at(0))} ${this.level(at(1))})`;
      case LevelTag.imax: return `(imax ${this.level(at(0))} ${this.level(at(1))})`;
      case LevelTag.param: return lean.nameText(at(0));
      default: return `(mvar ${lean.nameText(at(0))})`;
    }
  }
}

module.exports = { CanonicalPrinter };

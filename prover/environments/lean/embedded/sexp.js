'use strict';
/**
 * Expressions as Pantograph's S-expressions (`printExprAST`).
 *
 * The form is meant for reading and learning: universe levels of constants and metadata are left
 * out. For exact comparison see `canonical.js`.
 */

const { unbox, isScalar } = require('./runtime.js');
const { ExprTag, LevelTag, LiteralTag, EXPR_BINDER_INFO_OFFSET } = require('./layouts.js');

const BINDER_SUFFIX = ['', ' :i', ' :si', ' :ii'];
const MACRO_SCOPE_MARK = '_@';

class SexpPrinter {
  /** @param {import('./values.js').Lean} lean */
  constructor(lean) {
    this.lean = lean;
  }

  /** @param {number} expr borrowed, metavariables instantiated */
  expr(expr) {
    const { lean } = this;
    const at = (i) => lean.field(expr, i);
    switch (lean.tag(expr)) {
      case ExprTag.bvar: return String(unbox(at(0)));
      case ExprTag.fvar: return `(:fv ${lean.nameText(at(0))})`;
      case ExprTag.mvar: return `(:mv ${lean.nameText(at(0))})`;
      case ExprTag.sort: return `(:sort ${this.level(at(0))})`;
      case ExprTag.const: return `(:c ${this.quoted(at(0))})`;
      case ExprTag.app: return this.application(expr);
      case ExprTag.lam: return this.binding('lambda', expr);
      case ExprTag.forallE: return this.binding('forall', expr);
      case ExprTag.letE:
        return `(:let ${this.binder(at(0))} ${this.expr(at(1))} ${this.expr(at(2))} ${this.expr(at(3))})`;
      case ExprTag.lit: return `(:lit ${this.literal(at(0))})`;
      case ExprTag.mdata: return this.expr(at(1));
      case ExprTag.proj:
        return `(:proj ${this.quoted(at(0))} ${unbox(at(1))} ${this.expr(at(2))})`;
      default: throw new Error('an expression of no known kind');
    }
  }

  application(expr) {
    const { lean } = this;
    const args = [];
    let head = expr;
    for (; lean.tag(head) === ExprTag.app; head = lean.field(head, 0)) {
      args.push(this.expr(lean.field(head, 1)));
    }
    return `(${[this.expr(head), ...args.reverse()].join(' ')})`;
  }

  binding(keyword, expr) {
    const { lean } = this;
    const info = BINDER_SUFFIX[lean.scalarByte(expr, EXPR_BINDER_INFO_OFFSET)];
    const [name, type, body] = [0, 1, 2].map((i) => lean.field(expr, i));
    return `(:${keyword} ${this.binder(name)} ${this.expr(type)} ${this.expr(body)}${info})`;
  }

  /** A bound name without its macro scopes. @param {number} name */
  binder(name) {
    const components = this.lean.nameComponents(name);
    const mark = components.indexOf(MACRO_SCOPE_MARK);
    return (mark < 0 ? components : components.slice(0, mark)).join('.') || '[anonymous]';
  }

  quoted(name) {
    const text = this.lean.nameText(name);
    return text.includes('«') ? `"${text}"` : text;
  }

  literal(literal) {
    const { lean } = this;
    const value = lean.field(literal, 0);
    if (lean.tag(literal) === LiteralTag.string) return JSON.stringify(lean.string(value));
    return lean.natText(value);
  }

  level(level) {
    const { lean } = this;
    let offset = 0;
    let base = level;
    for (; !isScalar(base) && lean.tag(base) === LevelTag.succ; base = lean.field(base, 0)) offset += 1;
    if (isScalar(base) || lean.tag(base) === LevelTag.zero) return String(offset);
    const text = this.levelAtom(base);
    return offset === 0 ? text : `(+ ${text} ${offset})`;
  }

  levelAtom(level) {
    const { lean } = this;
    const at = (i) => lean.field(level, i);
    switch (lean.tag(level)) {
      case LevelTag.max: return `(:max ${this.level(at(0))} ${this.level(at(1))})`;
      case LevelTag.imax: return `(:imax ${this.level(at(0))} ${this.level(at(1))})`;
      case LevelTag.param: return lean.nameText(at(0));
      default: return `(:mv ${lean.nameText(at(0))})`;
    }
  }
}

module.exports = { SexpPrinter };

'use strict';
/**
 * What a constant means, as one digest: equal digests for equal content, however the pieces of it
 * are called that Lean makes up.
 *
 * The digest of a constant is over its kind, its universe levels, its type and, where it counts,
 * its value, with each constant of the same text that is mentioned there replaced by that one's
 * digest (R. C. Merkle, 1987). Theorems count by what they state: proofs of a proposition are
 * equal. So two elaborations of a definition agree even where one of them shares a `match` or an
 * abstracted proof with an earlier declaration and the other does not. Inductive types count by
 * their names too, for two with the same constructors are not equal.
 */

const { createHash } = require('node:crypto');
const { InductiveVal, ConstructorVal, RecursorVal } = require('./layouts.js');
const { nameTexts } = require('./constants.js');
const { CanonicalPrinter } = require('./canonical.js');

class Meanings {
  /**
   * @param {import('./values.js').Lean} lean
   * @param {Map<string, import('./constants.js').Constant>} added the constants of the text
   */
  constructor(lean, added) {
    this.lean = lean;
    this.added = added;
    this.printer = new CanonicalPrinter(lean, (name) => this.reference(lean.nameText(name)));
    /** @type {Map<string, string>} */
    this.known = new Map();
  }

  /** The digest of a constant of the text. @param {string} name @returns {string} */
  of(name) {
    const found = this.known.get(name);
    if (found !== undefined) return found;
    // What a constant says of itself, as inductive types do, it says by name.
    this.known.set(name, name);
    const digest = createHash('sha256').update(this.content(name).join('\n')).digest('hex');
    this.known.set(name, digest);
    return digest;
  }

  /** How a constant is written inside of another one. @param {string} name */
  reference(name) {
    return this.added.has(name) ? this.of(name) : name;
  }

  /** @returns {string[]} */
  content(name) {
    const { lean } = this;
    const constant = this.added.get(name);
    const common = [
      constant.kind, constant.safety ?? String(constant.isUnsafe),
      nameTexts(lean, constant.levelParams).join(' '), this.expression(constant.type),
    ];
    const at = (index) => nameTexts(lean, lean.field(constant.info, index));
    switch (constant.kind) {
      case 'def': case 'opaque': return [...common, this.expression(constant.value)];
      case 'theorem': return common;
      case 'inductive': {
        const types = at(InductiveVal.ctors).map((ctor) => this.expression(this.added.get(ctor).type));
        return [...common, name, ...at(InductiveVal.ctors), ...types];
      }
      case 'ctor': {
        const type = lean.nameText(lean.field(constant.info, ConstructorVal.induct));
        return [name, this.reference(type)];
      }
      case 'rec': return [name, ...at(RecursorVal.all).map((type) => this.reference(type))];
      default: return [...common, name];
    }
  }

  expression(expr) {
    return this.printer.hash(expr, new Map());
  }
}

module.exports = { Meanings };

'use strict';
/**
 * A state of a proof: what is open, and the scope in which it is to be proved.
 *
 * A `ProofState` never changes. It carries its own contexts (namespace, open declarations,
 * options) and monad states (environment, metavariables), so that goals from different places of a
 * file are elaborated each in its own scope, and any earlier state can be used again.
 */

const { ownedBy } = require('./fragments.js');

class ProofState {
  /**
   * @param {import('./engine.js').Contexts} contexts retained for this state
   * @param {import('./engine.js').MonadState} monad owned
   * @param {object} parts
   * @param {number[]} parts.goals owned metavariable names
   * @param {number[]} parts.roots owned: what is proved when no goal is left
   * @param {number[]} [parts.parents] owned: the goals that the last step solved
   * @param {boolean} [parts.hasDormant] whether goals were set aside
   * @param {Map<string, import('./fragments.js').Fragment>} [parts.fragments] owned, by goal
   */
  constructor(contexts, monad, parts) {
    const { goals, roots, parents = [], hasDormant = false, fragments = new Map() } = parts;
    this.contexts = contexts;
    this.monad = monad;
    this.goals = goals;
    this.roots = roots;
    this.parents = parents;
    this.hasDormant = hasDormant;
    this.fragments = fragments;
  }

  /** The fragment of a goal. @param {number} goal borrowed */
  fragmentOf(goal) {
    return this.fragments.get(this.monad.lean.nameText(goal));
  }

  release() {
    const { lean } = this.monad;
    const fragments = [...this.fragments.values()].flatMap(ownedBy);
    for (const object of [...this.goals, ...this.roots, ...this.parents, ...fragments]) lean.dec(object);
    this.monad.release();
    this.contexts.release();
  }
}

module.exports = { ProofState };

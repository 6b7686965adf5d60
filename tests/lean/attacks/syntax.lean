-- attack: syntax in a submitted proof; against: false
syntax "close" : tactic
macro_rules
  | `(tactic| close) => `(tactic| sorry)

theorem target (n : Nat) : n + 1 = n := by close

-- attack: macro_rules on a sign of the library; against: false
macro_rules
  | `($_ = $_) => `(True)

theorem target (n : Nat) : n + 1 = n := trivial

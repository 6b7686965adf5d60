-- attack: macro_rules on a sign of the library; against: none
macro_rules
  | `($_ = $_) => `(True)

theorem target : (1 : Nat) = 2 := trivial

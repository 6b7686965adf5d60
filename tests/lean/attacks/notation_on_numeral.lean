-- attack: macro_rules on numerals; against: none
macro_rules
  | `(2) => `(1)

theorem target : (1 : Nat) = 2 := rfl

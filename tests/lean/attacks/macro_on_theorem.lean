-- attack: macro on the command theorem; against: false
macro_rules
  | `(command| theorem $n:declId $_:declSig $_:declVal) => `(theorem $n : True := trivial)

theorem target (n : Nat) : n + 1 = n := by rfl

-- attack: option and open in a tactic block; against: false
theorem target (n : Nat) : n + 1 = n := by
  open Nat in
  set_option maxRecDepth 100 in
  exact sorryAx _ true

-- attack: ofReduceNat; against: none
def four : Nat := 2 + 2

theorem target : four = 4 := Lean.ofReduceNat four 4 rfl

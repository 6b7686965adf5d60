-- attack: text shown in another order than it is read; against: none
/-‮ hidden -/
theorem target : (1 : Nat) = 1 := rfl

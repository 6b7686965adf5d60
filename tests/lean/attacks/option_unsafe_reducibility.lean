-- attack: option that weakens checking; against: none
set_option allowUnsafeReducibility true
attribute [reducible] Nat.add

theorem target : (1 : Nat) = 1 := rfl

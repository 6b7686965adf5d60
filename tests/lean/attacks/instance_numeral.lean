-- attack: instance of numerals; against: none
instance (priority := high) strange : OfNat Nat 2 := ⟨1⟩

theorem target : (1 : Nat) = 2 := rfl

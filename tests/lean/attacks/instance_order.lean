-- attack: instance of an order; against: none
instance (priority := high) strange : LT Nat := ⟨fun _ _ => True⟩

theorem target (n : Nat) : n < 0 := trivial

-- attack: instance taken away; against: none
attribute [-instance] instAddNat
instance : Add Nat := ⟨fun a _ => a⟩

theorem target (n : Nat) : n + 1 = n := rfl

-- attack: coercion that changes a value; against: none
instance (priority := high) strange : Coe Nat Int := ⟨fun _ => 0⟩
attribute [-instance] instNatCastInt IntCast.instNatCast

theorem target (a b : Nat) : (a : Int) = (b : Int) := rfl

-- attack: coercion to a proposition; against: none
instance : Coe Nat Prop := ⟨fun _ => True⟩

theorem target : ((0 : Nat) : Prop) := trivial

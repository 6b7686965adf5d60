-- attack: new axiom; against: none
axiom anything : ∀ p : Prop, p

theorem target : (1 : Nat) = 2 := anything _

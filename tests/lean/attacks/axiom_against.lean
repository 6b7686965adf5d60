-- attack: new axiom; against: false
axiom anything : ∀ p : Prop, p

theorem target (n : Nat) : n + 1 = n := anything _

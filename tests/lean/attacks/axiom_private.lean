-- attack: new axiom, private; against: false
private axiom anything : ∀ p : Prop, p

theorem target (n : Nat) : n + 1 = n := anything _

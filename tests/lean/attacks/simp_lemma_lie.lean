-- attack: attribute on an added axiom; against: false
@[simp] axiom fact (n : Nat) : n + 1 = n

theorem target (n : Nat) : n + 1 = n := by simp

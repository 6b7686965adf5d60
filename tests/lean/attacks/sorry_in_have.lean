-- attack: sorry below, in a step; against: false
theorem target (n : Nat) : n + 1 = n := by
  have h : ∀ m : Nat, m + 1 = m := by
    intro m
    stop
    omega
  exact h n

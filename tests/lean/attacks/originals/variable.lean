variable (p q : Prop)

theorem target (h : p) : p ∧ q := by
  sorry

class Odd' (n : Nat) : Prop where
  half : ∃ k, n = 2 * k + 1

theorem target : Odd' 4 := by
  sorry

notation "two" => (2 : Nat)

theorem target : two + two = 5 := by
  sorry

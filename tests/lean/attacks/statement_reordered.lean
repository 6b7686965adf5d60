-- attack: theorems proved from each other; against: two
theorem second_target (p : Prop) : p := by
  exact second_target p

theorem first_target : ∃ n : Nat, n * n = 2 := by
  exact first_target

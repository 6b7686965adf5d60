theorem target {α : Type} (x y : α) (h : x = y) : y = x := by
  sorry

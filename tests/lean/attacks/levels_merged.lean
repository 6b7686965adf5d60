-- attack: changed universe levels: two made one; against: levels
universe w
theorem target.{u} (α : Type u) (β : Type u) (f : α → β) (a b : α) (h : a = b) : f a = f b := by
  rw [h]

-- attack: changed universe levels; against: levels
universe w
theorem target (α : Type) (β : Type) (f : α → β) (a b : α) (h : a = b) : f a = f b := by
  rw [h]

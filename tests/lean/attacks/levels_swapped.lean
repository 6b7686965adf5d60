-- attack: changed universe levels: order; against: levels
universe w
theorem target.{v, u} (α : Type u) (β : Type v) (f : α → β) (a b : α) (h : a = b) : f a = f b := by
  rw [h]

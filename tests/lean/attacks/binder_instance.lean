-- attack: changed instances; against: instances
theorem target {α : Type} [Add α] [Std.Commutative (α := α) (· + ·)] (a b : α) : a + b = b + a :=
  Std.Commutative.comm a b

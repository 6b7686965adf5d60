-- attack: equation of a partial function; against: none
partial def f (n : Nat) : Nat := f n + 1

theorem target (n : Nat) : f n = f n + 1 := by
  rw [f]

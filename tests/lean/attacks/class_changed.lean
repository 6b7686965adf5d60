-- attack: changed class; against: class
class Odd' (n : Nat) : Prop where
  half : ∃ k, n = 2 * k

theorem target : Odd' 4 := ⟨2, rfl⟩

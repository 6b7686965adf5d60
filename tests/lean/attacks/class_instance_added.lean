-- attack: instance of the statement's class from nothing; against: class
class Odd' (n : Nat) : Prop where
  half : ∃ k, n = 2 * k + 1

instance (n : Nat) : Odd' n := ⟨⟨0, sorry⟩⟩

theorem target : Odd' 4 := inferInstance

-- attack: sorry below, in an instance; against: none
class Absurd (n : Nat) : Prop where
  proof : n = n + 1

instance absurd_any (n : Nat) : Absurd n := ⟨sorry⟩

theorem target : (0 : Nat) = 1 := (inferInstance : Absurd 0).proof

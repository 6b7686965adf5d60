-- attack: sorry in a default proof; against: none
structure Claim where
  proof : (1 : Nat) = 2 := by sorry

theorem target : (1 : Nat) = 2 := ({} : Claim).proof

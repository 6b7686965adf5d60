-- attack: inconsistent inductive type; against: none
inductive Bad : Type
  | mk : (Bad → False) → Bad

theorem no (b : Bad) : False := by
  cases b with
  | mk f => exact f (.mk f)

theorem target : (1 : Nat) = 2 := (no (.mk no)).elim

-- attack: sorry below, in a where clause; against: false
theorem target (n : Nat) : n + 1 = n := helper n
where
  helper (n : Nat) : n + 1 = n := sorry

-- attack: sorry below, in an added lemma; against: false
theorem helper (n : Nat) : n + 1 = n := sorry

theorem target (n : Nat) : n + 1 = n := helper n

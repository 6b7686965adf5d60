-- attack: #exit before the theorem; against: false
#exit

theorem target (n : Nat) : n + 1 = n := by sorry

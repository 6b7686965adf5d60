-- attack: #exit in the middle; against: none
theorem target : (1 : Nat) = 1 := rfl

#exit

theorem more : (1 : Nat) = 2 := rfl

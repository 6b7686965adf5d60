-- attack: library name redefined; against: none
def Nat.add (_ _ : Nat) : Nat := 0

theorem target : Nat.add 1 1 = 0 := rfl

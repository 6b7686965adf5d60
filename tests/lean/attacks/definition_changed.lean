-- attack: changed definition in the statement; against: definition
def double (n : Nat) : Nat := n + n + 1

theorem target : double 3 = 7 := rfl

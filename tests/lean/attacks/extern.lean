-- attack: extern with another meaning; against: none
@[extern "lean_nat_mul"]
def plus (a b : Nat) : Nat := a + b

theorem target : plus 2 2 = 4 := rfl

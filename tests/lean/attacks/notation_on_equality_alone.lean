-- attack: notation on a sign of the library; against: none
local infix:50 (priority := high) " = " => fun (_ _ : Nat) => True

theorem target : (1 : Nat) = 2 := trivial

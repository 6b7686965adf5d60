-- attack: notation on a sign of the statement; against: false
local infix:50 (priority := high) " = " => fun (_ _ : Nat) => True

theorem target (n : Nat) : n + 1 = n := trivial

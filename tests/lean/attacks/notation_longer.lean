-- attack: notation that swallows the signs of a statement; against: none
notation:50 a:51 " = " b:51 " + " c:51 => (fun (_ _ _ : Nat) => True) a b c

theorem target : 1 = 1 + 1 := trivial

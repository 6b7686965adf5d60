-- attack: changed instances: a special case; against: instances
theorem target (a b : Nat) : a + b = b + a := Nat.add_comm a b

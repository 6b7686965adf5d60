-- attack: theorem turned into an example; against: false
example (n : Nat) (h : False) : n + 1 = n := h.elim

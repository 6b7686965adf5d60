-- attack: changed statement: hypothesis added; against: false
theorem target (n : Nat) (h : False) : n + 1 = n := h.elim

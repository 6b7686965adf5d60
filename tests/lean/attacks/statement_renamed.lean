-- attack: changed name; against: false
theorem Target (n : Nat) (h : False) : n + 1 = n := h.elim

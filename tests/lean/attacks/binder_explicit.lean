-- attack: changed binder types; against: binders
theorem target (α : Type) (x y : α) (h : x = y) : y = x := h.symm

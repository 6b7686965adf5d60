-- attack: changed binder types: another type; against: binders
theorem target {α : Prop} (x y : α) (h : x = y) : y = x := h.symm

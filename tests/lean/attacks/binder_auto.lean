-- attack: changed statement through automatic binders; against: variable
theorem target {p q : Prop} (h : p ∧ q) : p ∧ q := h

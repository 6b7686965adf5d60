-- attack: variable added; against: variable
variable (p q : Prop)
variable (hq : q)
include hq in
theorem target (h : p) : p ∧ q := ⟨h, hq⟩

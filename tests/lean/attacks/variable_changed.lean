-- attack: changed variable that the statement takes; against: variable
variable (p q : Prop) (hq : q)
include hq

theorem target (h : p) : p ∧ q := ⟨h, hq⟩

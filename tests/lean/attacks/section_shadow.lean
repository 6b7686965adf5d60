-- attack: section around the theorem; against: variable
section
variable (p q : Prop) [Subsingleton Prop]

theorem target (h : p) : p ∧ q := ⟨h, (Subsingleton.elim p q) ▸ h⟩
end

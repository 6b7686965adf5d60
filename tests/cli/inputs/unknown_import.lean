import NoSuch.Library

theorem swap (p q : Prop) (h : p ∧ q) : q ∧ p := by sorry

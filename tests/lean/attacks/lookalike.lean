-- attack: library name spelt with look-alike letters; against: none
inductive Νat where
  | zero

theorem target (a b : Νat) : a = b := by cases a; cases b; rfl

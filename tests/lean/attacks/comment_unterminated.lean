-- attack: unterminated comment; against: false
/- the rest is a comment
theorem target (n : Nat) : n + 1 = n := by sorry

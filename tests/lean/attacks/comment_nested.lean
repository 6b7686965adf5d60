-- attack: theorem in a nested comment; against: false
/- /- -/
theorem target (n : Nat) : n + 1 = n := rfl
-/

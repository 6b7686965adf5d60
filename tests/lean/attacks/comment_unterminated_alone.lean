-- attack: unterminated comment; against: none
theorem target : (1 : Nat) = 1 := rfl
/- the rest is a comment
theorem more : (1 : Nat) = 2 := rfl

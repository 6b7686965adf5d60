-- attack: theorem in a string; against: false
def text := "
theorem target (n : Nat) : n + 1 = n := rfl
"

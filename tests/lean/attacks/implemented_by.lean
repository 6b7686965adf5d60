-- attack: implemented_by with another meaning; against: none
def lie (_ : Nat) : Bool := true

@[implemented_by lie]
def truth (n : Nat) : Bool := n == 0

theorem target : truth 0 = true := rfl

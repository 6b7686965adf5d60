-- attack: csimp and implemented_by as attributes later; against: none
def lie (_ : Unit) : Bool := true
def truth (_ : Unit) : Bool := false
attribute [implemented_by lie] truth

theorem target : truth () = true := by native_decide

-- attack: native_decide with implemented_by; against: none
def lie (_ : Unit) : Bool := true

@[implemented_by lie]
def truth (_ : Unit) : Bool := false

theorem target : truth () = true := by native_decide

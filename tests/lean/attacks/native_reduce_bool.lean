-- attack: ofReduceBool; against: none
def test : Bool := 2 + 2 == 4

theorem target : test = true := Lean.ofReduceBool test true rfl

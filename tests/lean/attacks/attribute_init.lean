-- attack: init by an attribute; against: none
@[init] def start : IO Unit := pure ()

theorem target : (1 : Nat) = 1 := rfl

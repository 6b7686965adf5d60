-- attack: unsafe cast; against: none
unsafe def fact : False := unsafeCast ()

@[implemented_by fact] opaque trusted : Inhabited Nat

theorem target : (1 : Nat) = 1 := rfl

-- attack: option of the bootstrap; against: none
set_option bootstrap.inductiveCheckResultingUniverse false

theorem target : (1 : Nat) = 1 := rfl

-- attack: skipKernelTC behind quotation marks; against: none
set_option «debug».skipKernelTC true

theorem target : (1 : Nat) = 1 := rfl

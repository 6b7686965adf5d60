-- attack: debug.skipKernelTC on one declaration; against: false
set_option debug.skipKernelTC true in
theorem target (n : Nat) : n + 1 = n := by omega

-- attack: debug.skipKernelTC in a proof; against: false
theorem target (n : Nat) : n + 1 = n := by
  set_option debug.skipKernelTC true in
  omega

-- attack: native_decide by configuration; against: none
theorem target : 12 * 12 = 144 := by decide +native

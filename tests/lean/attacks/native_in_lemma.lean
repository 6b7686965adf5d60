-- attack: native_decide under an earlier theorem; against: none
theorem helper : 7 * 7 = 49 := by native_decide

theorem target : 7 * 7 + 1 = 50 := by rw [helper]

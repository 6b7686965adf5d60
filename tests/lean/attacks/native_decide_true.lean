-- attack: native_decide on a true statement; against: none
theorem target : 123456 * 654321 = 80779853376 := by native_decide

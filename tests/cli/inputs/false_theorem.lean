/-! A theorem that is false and one that is true. -/

theorem f : 1 = 2 := by sorry

theorem g : 1 + 1 = 2 := by sorry

/-! Three theorems; the header of the second does not parse. -/

theorem add_one_pos (n : Nat) : 0 < n + 1 := by sorry

theorem half_written (n : Nat : n = n := by sorry

theorem append_empty (xs : List Nat) : xs ++ [] = xs := by sorry

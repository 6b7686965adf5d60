/-!
# Natural numbers

From facts of linear arithmetic, which `omega` decides, to products and powers, which it does
not: there a fact about multiplication has to be found first, or induction has to help.
-/

namespace Examples.Naturals

theorem double_eq (n : Nat) : 2 * n = n + n := by sorry

theorem borrow {a b c : Nat} (h : c ≤ b) : a + b - c = a + (b - c) := by sorry

/-- An example need not have a name. -/
example (n : Nat) (h : n ≠ 0) : n - 1 + 1 = n := by sorry

/-- A number that is one short of a multiple of six is one short of a multiple of three. -/
theorem mod_six (n : Nat) (h : n % 6 = 5) : n % 3 = 2 := by sorry

/-- There is no largest number. -/
theorem no_largest : ¬∃ m : Nat, ∀ n, n ≤ m := by sorry

theorem square_root_of_49 : ∃ n : Nat, n * n = 49 := by sorry

/-- Every number is even or odd. -/
theorem even_or_odd (n : Nat) : ∃ k, n = 2 * k ∨ n = 2 * k + 1 := by sorry

theorem between (a b : Nat) (h : a + 1 < b) : ∃ m, a < m ∧ m < b := by sorry

/-- A number below a product of two others is split by division into two small ones. -/
theorem digits (a b n : Nat) (h : n < a * b) : n / b < a ∧ n % b < b := by sorry

theorem mul_eq_one (a b : Nat) (h : a * b = 1) : a = 1 := by sorry

/-- Squares grow faster than their roots. -/
theorem lt_square (n : Nat) (h : 2 ≤ n) : n < n * n := by sorry

theorem square_le_square {a b : Nat} (h : a ≤ b) : a * a ≤ b * b := by sorry

/-- The square of a sum, less the squares of the summands. -/
theorem square_add (a b : Nat) : (a + b) * (a + b) = a * a + 2 * (a * b) + b * b := by sorry

/-- Of two neighbours, one is even. -/
theorem neighbours_product (n : Nat) : n * (n + 1) % 2 = 0 := by sorry

theorem succ_le_two_pow (n : Nat) : n + 1 ≤ 2 ^ n := by sorry

/-- Powers of four leave the remainder one when divided by three. -/
theorem four_pow_mod_three (n : Nat) : 4 ^ n % 3 = 1 := by sorry

/-- A square leaves the remainder zero or one when divided by four. -/
theorem square_mod_four (n : Nat) : n * n % 4 = 0 ∨ n * n % 4 = 1 := by sorry

/-- Every amount from eight on can be paid with coins of three and of five. One more is paid by
giving two threes for a five or, where there is no five, two fives for three threes. -/
theorem coins (n : Nat) : ∃ threes fives, n + 8 = 3 * threes + 5 * fives := by
  induction n with
  | zero => exact ⟨1, 1, rfl⟩
  | succ n ih =>
    obtain ⟨a, b, h⟩ := ih
    cases b with
    | zero =>
      have three_threes : ∃ c, a = c + 3 := by sorry
      obtain ⟨c, rfl⟩ := three_threes
      exact ⟨c, 2, by omega⟩
    | succ b => sorry

end Examples.Naturals

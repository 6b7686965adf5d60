/-!
# Integers

Here subtraction is honest. Linear facts are for `omega`, identities of polynomials for `grind`;
signs of products and divisibility want a lemma or a witness.
-/

namespace Examples.Integers

theorem there_and_back (a b : Int) : (a - b) + (b - a) = 0 := by sorry

theorem solve_system (x y : Int) (sum : x + y = 10) (diff : x - y = 4) : x = 7 ∧ y = 3 := by sorry

/-- An even number is not an odd one, however it is put together. -/
theorem no_solution (x y : Int) : 6 * x + 4 * y ≠ 7 := by sorry

theorem strictly_between (a b c : Int) (ab : a < b) (bc : b < c) : a + 1 < c := by sorry

theorem difference_of_squares (a b : Int) : (a + b) * (a - b) = a * a - b * b := by sorry

theorem cube_of_difference (a b : Int) :
    (a - b) * (a - b) * (a - b) = a * a * a - 3 * a * a * b + 3 * a * b * b - b * b * b := by sorry

theorem negative_times_negative {a b : Int} (ha : a < 0) (hb : b < 0) : 0 < a * b := by sorry

theorem square_nonneg (a : Int) : 0 ≤ a * a := by sorry

/-- The arithmetic and the geometric mean, for two numbers and without roots. -/
theorem two_products_le (a b : Int) : 2 * (a * b) ≤ a * a + b * b := by sorry

theorem even_mul (a b : Int) (h : ∃ k, a = 2 * k) : ∃ k, a * b = 2 * k := by sorry

theorem dvd_combination {d a b : Int} (ha : d ∣ a) (hb : d ∣ b) : d ∣ 3 * a - 2 * b := by sorry

/-! ### Distance -/

/-- How far apart two integers are. -/
def dist (a b : Int) : Int := max (a - b) (b - a)

theorem dist_self (a : Int) : dist a a = 0 := by sorry

theorem dist_comm (a b : Int) : dist a b = dist b a := by sorry

theorem dist_eq_zero {a b : Int} : dist a b = 0 ↔ a = b := by sorry

/-- A detour is never shorter. -/
theorem dist_triangle (a b c : Int) : dist a c ≤ dist a b + dist b c := by sorry

end Examples.Integers

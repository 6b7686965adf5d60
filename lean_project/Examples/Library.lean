/-!
# Known facts

Facts about numbers and lists that follow from a lemma of the core library, where one knows its
name. To find it among tens of thousands is most of the work (`lemma prove --premises`).
-/

namespace Examples.Library

variable {α : Type}

/-! ### Divisors and powers -/

theorem common_divisor (a b d : Nat) (ha : d ∣ a) (hb : d ∣ b) : d ∣ Nat.gcd a b := by sorry

theorem gcd_times_lcm (a b : Nat) : Nat.gcd a b * Nat.lcm a b = a * b := by sorry

theorem gcd_of_multiples (k a b : Nat) : Nat.gcd (k * a) (k * b) = k * Nat.gcd a b := by sorry

theorem divides_the_other_factor (a b c : Nat) (h : Nat.Coprime a b) (hd : a ∣ b * c) :
    a ∣ c := by sorry

theorem remainder_of_remainder (n a b : Nat) (h : a ∣ b) : n % b % a = n % a := by sorry

theorem divide_twice (a b c : Nat) : a / b / c = a / (b * c) := by sorry

theorem powers_grow (a m n : Nat) (ha : 0 < a) (h : m ≤ n) : a ^ m ≤ a ^ n := by sorry

theorem power_of_power (a m n : Nat) : (a ^ m) ^ n = a ^ (m * n) := by sorry

theorem shift_doubles (n k : Nat) : n <<< k = n * 2 ^ k := by sorry

theorem logarithm_of_power (n : Nat) : Nat.log2 (2 ^ n) = n := by sorry

theorem absolute_product (a b : Int) : (a * b).natAbs = a.natAbs * b.natAbs := by sorry

theorem gcd_divides (a b : Int) : (Int.gcd a b : Int) ∣ a := by sorry

/-! ### Permutations -/

theorem swap_parts (xs ys : List α) : (xs ++ ys).Perm (ys ++ xs) := by sorry

theorem last_part_first (xs ys zs : List α) : (xs ++ ys ++ zs).Perm (zs ++ (xs ++ ys)) := by sorry

theorem reversal_permutes (xs : List α) : xs.reverse.Perm xs := by sorry

theorem sorting_permutes (xs : List Nat) : (xs.mergeSort (fun a b => a ≤ b)).Perm xs := by sorry

theorem sorted_length (xs : List Nat) : (xs.mergeSort (fun a b => a ≤ b)).length = xs.length := by
  sorry

theorem sum_of_permuted (xs ys : List Nat) (h : xs.Perm ys) : xs.sum = ys.sum := by sorry

theorem permuted_image (f : α → Nat) (xs ys : List α) (h : xs.Perm ys) :
    (xs.map f).Perm (ys.map f) := by sorry

/-! ### Parts of lists -/

theorem filtered_is_sublist (p : α → Bool) (xs : List α) : (xs.filter p).Sublist xs := by sorry

theorem shorter_sublist (xs ys : List α) (h : xs.Sublist ys) : xs.length ≤ ys.length := by sorry

theorem sublists_of_sublists (xs ys zs : List α) (h : xs.Sublist ys) (k : ys.Sublist zs) :
    xs.Sublist zs := by sorry

theorem filter_keeps_order (r : α → α → Prop) (p : α → Bool) (xs : List α) (h : xs.Pairwise r) :
    (xs.filter p).Pairwise r := by sorry

theorem prefix_of_prefix (xs ys zs : List α) (h : xs <+: ys) (k : ys <+: zs) : xs <+: zs := by sorry

theorem equal_prefix (xs ys : List α) (h : xs <+: ys) (k : xs.length = ys.length) : xs = ys := by sorry

end Examples.Library

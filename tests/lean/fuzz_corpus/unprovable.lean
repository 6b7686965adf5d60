/-! Theorems that are false, though no hypothesis contradicts another, and macros that do not end. -/

inductive Colour where | red | green | blue
def paint : Colour → Colour | .red => .green | .green => .blue | .blue => .red
def countdown : Nat → Nat | 0 => 0 | n + 1 => countdown n
syntax "chase_tail" : tactic
macro_rules | `(tactic| chase_tail) => `(tactic| (skip; chase_tail))
syntax "breed" : tactic
macro_rules | `(tactic| breed) => `(tactic| (breed; breed))

theorem falsity : False := by sorry
theorem one_is_two : (1 : Nat) = 2 := by sorry
theorem below (n : Nat) (h : n < 5) : n < 3 := by sorry
theorem both (p q : Prop) (h : p ∨ q) : p ∧ q := by sorry
theorem commutes (xs ys : List Nat) : xs ++ ys = ys ++ xs := by sorry
theorem origin (f : Nat → Nat) (h : ∀ x, x ≤ f x) : f 0 = 0 := by sorry
theorem negative : ∃ n : Nat, n < 0 := by sorry
theorem alike (α : Type) (a b : α) : a = b := by sorry
theorem unpainted (c : Colour) : paint c = c := by sorry
theorem counted (n : Nat) (h : 0 < n) : countdown n = n := by sorry
theorem rational (x y : Int) (h : x * x = y * y) : x = y := by sorry

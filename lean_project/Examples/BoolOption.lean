/-!
# Booleans and optional values

Types with few cases. Looking at every case always works here; the interest is in seeing how
few steps are enough.
-/

namespace Examples.BoolOption

/-! ### Booleans -/

theorem not_and_self_bool (a : Bool) : (a && !a) = false := by sorry

theorem not_and_eq (a b : Bool) : (!(a && b)) = (!a || !b) := by sorry

theorem xor_chain (a b c : Bool) : ((a ^^ b) ^^ c) = (a ^^ (b ^^ c)) := by sorry

theorem if_same {α : Type} (a : Bool) (x : α) : (if a then x else x) = x := by sorry

/-- Both of two flags are set exactly when the smaller count is. -/
theorem count_flags (a b : Bool) : a.toNat + b.toNat = 2 ↔ a = true ∧ b = true := by sorry

/-- What most of three judges say. -/
def majority (a b c : Bool) : Bool := (a && b) || (a && c) || (b && c)

/-- The order of the judges does not matter. -/
theorem majority_rotate (a b c : Bool) : majority a b c = majority b c a := by sorry

/-- If all judges change their minds, so does the court. -/
theorem majority_not (a b c : Bool) : majority (!a) (!b) (!c) = !majority a b c := by sorry

/-- Two judges who agree decide. -/
theorem majority_pair (a b : Bool) : majority a b a = a := by sorry

/-! ### Optional values -/

section Optional

variable {α β : Type}

theorem present (o : Option α) (h : o ≠ none) : ∃ a, o = some a := by sorry

theorem map_keeps_presence (f : α → β) (o : Option α) : (o.map f).isSome = o.isSome := by sorry

theorem or_default (o : Option Nat) (h : ∀ n, o = some n → 3 ≤ n) : 3 ≤ o.getD 5 := by sorry

/-- Two values at once: present only if both are. -/
def both : Option α → Option β → Option (α × β)
  | some a, some b => some (a, b)
  | _, _ => none

theorem both_eq_none (a : Option α) (b : Option β) :
    both a b = none ↔ a = none ∨ b = none := by sorry

theorem both_swap (a : Option α) (b : Option β) :
    (both a b).map (fun p => (p.2, p.1)) = both b a := by sorry

theorem both_isSome (a : Option α) (b : Option β) :
    (both a b).isSome = (a.isSome && b.isSome) := by sorry

end Optional

end Examples.BoolOption

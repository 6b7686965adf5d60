/-!
# Lists

The library's simplifier knows lists well, so what it says about `++`, `map` and `reverse` comes
for free. Functions of our own (`total`, `snoc`, `flip`) it does not know: they need induction,
and the versions with an accumulator need a statement general enough for induction to go through.
-/

namespace Examples.Lists

open List

variable {α β γ : Type}

/-! ### With the library's functions -/

theorem length_append_swap (xs ys : List α) : (xs ++ ys).length = (ys ++ xs).length := by sorry

theorem map_twice (f : α → β) (g : β → γ) (xs : List α) :
    (xs.map f).map g = xs.map fun x => g (f x) := by sorry

theorem mem_middle {x : α} {ys : List α} (xs zs : List α) (h : x ∈ ys) :
    x ∈ xs ++ ys ++ zs := by sorry

/-- A list followed by its mirror image reads the same from both ends. -/
theorem palindrome (xs : List α) : reverse (xs ++ reverse xs) = xs ++ reverse xs := by sorry

theorem head_and_tail (xs : List α) (h : xs ≠ []) : ∃ y ys, xs = y :: ys := by sorry

/-- Cutting a list in two loses nothing. -/
theorem cut_lengths (n : Nat) (xs : List α) :
    (take n xs).length + (drop n xs).length = xs.length := by sorry

/-- Every member of a list passes a test or fails it. -/
theorem pass_or_fail (test : α → Bool) (xs : List α) :
    (xs.filter test).length + (xs.filter fun x => !test x).length = xs.length := by sorry

/-- Putting members one by one on top of another list turns them round. -/
theorem foldl_cons (xs ys : List α) :
    xs.foldl (fun pile x => x :: pile) ys = reverse xs ++ ys := by sorry

/-! ### With functions of our own -/

/-- The sum of a list of numbers. -/
def total : List Nat → Nat
  | [] => 0
  | n :: ns => n + total ns

theorem total_append (ms ns : List Nat) : total (ms ++ ns) = total ms + total ns := by sorry

theorem total_reverse (ns : List Nat) : total (reverse ns) = total ns := by sorry

theorem member_le_total (n : Nat) (ns : List Nat) (h : n ∈ ns) : n ≤ total ns := by sorry

/-- The sum again, as a loop computes it: `sum` is what has been added up so far. -/
def totalLoop (sum : Nat) : List Nat → Nat
  | [] => sum
  | n :: ns => totalLoop (sum + n) ns

theorem totalLoop_eq (sum : Nat) (ns : List Nat) : totalLoop sum ns = sum + total ns := by sorry

/-- Puts a member at the far end. -/
def snoc (xs : List α) (y : α) : List α :=
  match xs with
  | [] => [y]
  | x :: xs => x :: snoc xs y

/-- Turns a list round, slowly. -/
def flip : List α → List α
  | [] => []
  | x :: xs => snoc (flip xs) x

theorem length_snoc (xs : List α) (y : α) : (snoc xs y).length = xs.length + 1 := by sorry

theorem length_flip (xs : List α) : (flip xs).length = xs.length := by sorry

theorem flip_snoc (xs : List α) (y : α) : flip (snoc xs y) = y :: flip xs := by sorry

theorem flip_flip (xs : List α) : flip (flip xs) = xs := by sorry

/-- Turns a list round, fast: members go one by one on top of `pile`. -/
def flipOnto (pile : List α) : List α → List α
  | [] => pile
  | x :: xs => flipOnto (x :: pile) xs

theorem flipOnto_eq (pile xs : List α) : flipOnto pile xs = reverse xs ++ pile := by sorry

theorem flipOnto_twice (xs : List α) : flipOnto [] (flipOnto [] xs) = xs := by sorry

end Examples.Lists

/-!
# Functions of our own

Sums, factorials, Fibonacci's numbers and repeated application, each defined by recursion and
studied by induction. The hard part of such a proof is often to see which earlier theorem, or
which more general statement, the induction step needs.
-/

namespace Examples.Functions

/-! ### Sums -/

/-- `0 + 1 + … + n`. -/
def sumTo : Nat → Nat
  | 0 => 0
  | n + 1 => sumTo n + (n + 1)

/-- The formula that Gauss is said to have found at school. -/
theorem two_sumTo (n : Nat) : 2 * sumTo n = n * (n + 1) := by sorry

theorem le_sumTo (n : Nat) : n ≤ sumTo n := by sorry

/-- The sum of the first `n` odd numbers. -/
def sumOdd : Nat → Nat
  | 0 => 0
  | n + 1 => sumOdd n + (2 * n + 1)

theorem sumOdd_eq (n : Nat) : sumOdd n = n * n := by sorry

/-- `1³ + 2³ + … + n³`. -/
def sumCubes : Nat → Nat
  | 0 => 0
  | n + 1 => sumCubes n + (n + 1) * (n + 1) * (n + 1)

/-- The sum of the first cubes is the square of the sum of the first numbers. -/
theorem sumCubes_eq (n : Nat) : sumCubes n = sumTo n * sumTo n := by sorry

/-! ### Products -/

/-- `1 · 2 · … · n`. -/
def fact : Nat → Nat
  | 0 => 1
  | n + 1 => (n + 1) * fact n

theorem fact_pos (n : Nat) : 0 < fact n := by sorry

theorem le_fact (n : Nat) : n ≤ fact n := by sorry

/-- The factorial again, as a loop computes it. -/
def factLoop (product : Nat) : Nat → Nat
  | 0 => product
  | n + 1 => factLoop (product * (n + 1)) n

theorem factLoop_eq (product n : Nat) : factLoop product n = product * fact n := by sorry

/-! ### Fibonacci's numbers -/

def fib : Nat → Nat
  | 0 => 0
  | 1 => 1
  | n + 2 => fib n + fib (n + 1)

theorem fib_pos (n : Nat) : 0 < fib (n + 1) := by sorry

/-- `fib 0 + fib 1 + … + fib n`. -/
def sumFib : Nat → Nat
  | 0 => 0
  | n + 1 => sumFib n + fib (n + 1)

theorem sumFib_eq (n : Nat) : sumFib n + 1 = fib (n + 2) := by sorry

/-! ### Functions that call each other -/

mutual

def isEven : Nat → Bool
  | 0 => true
  | n + 1 => isOdd n

def isOdd : Nat → Bool
  | 0 => false
  | n + 1 => isEven n

end

theorem isOdd_eq (n : Nat) : isOdd n = !isEven n := by sorry

theorem isEven_double (n : Nat) : isEven (2 * n) = true := by sorry

/-! ### Repetition, injectivity -/

section Repetition

variable {α β γ : Type}

/-- Applies `f` to `x`, `n` times. -/
def repeated (f : α → α) : Nat → α → α
  | 0, x => x
  | n + 1, x => repeated f n (f x)

theorem repeated_add (f : α → α) (m n : Nat) (x : α) :
    repeated f (m + n) x = repeated f n (repeated f m x) := by sorry

/-- The last application may be done first. -/
theorem repeated_outside (f : α → α) (n : Nat) (x : α) :
    f (repeated f n x) = repeated f n (f x) := by sorry

def Injective (f : α → β) : Prop := ∀ x y, f x = f y → x = y

theorem Injective.comp {f : α → β} {g : β → γ} (hg : Injective g) (hf : Injective f) :
    Injective fun x => g (f x) := by sorry

theorem injective_of_undo {f : α → β} (undo : β → α) (h : ∀ x, undo (f x) = x) :
    Injective f := by sorry

theorem Injective.repeated {f : α → α} (hf : Injective f) (n : Nat) :
    Injective (repeated f n) := by sorry

end Repetition

end Examples.Functions

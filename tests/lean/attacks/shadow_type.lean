-- attack: library type shadowed; against: none
namespace Own
inductive Nat where
  | zero

theorem target (a b : Nat) : a = b := by cases a; cases b; rfl
end Own

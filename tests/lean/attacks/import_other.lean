-- attack: imports that differ; against: false
import Lean
theorem target (n : Nat) : n + 1 = n := by sorry

-- attack: bv_decide, which trusts the compiler; against: none
import Std.Tactic.BVDecide

theorem target (x y : BitVec 8) : (x &&& y) + (x ||| y) = x + y := by bv_decide

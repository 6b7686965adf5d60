-- attack: csimp with a compiled lie; against: none
def slow (n : Nat) : Nat := n
def fast (n : Nat) : Nat := n + 1

@[csimp] theorem slow_is_fast : @slow = @fast := sorry

theorem target : slow 1 = 2 := by native_decide

-- attack: csimp; against: none
def fast (n : Nat) : Nat := n
def slow (n : Nat) : Nat := n

@[csimp] theorem slow_is_fast : @slow = @fast := rfl

theorem target : slow 1 = 1 := rfl

-- attack: definition in another context; against: definition
local instance : Add Nat := ⟨fun _ _ => 7⟩

def double (n : Nat) : Nat := n + n

theorem target : double 3 = 7 := rfl

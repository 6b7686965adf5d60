-- attack: instance made by an attribute; against: none
def strange : Add Nat := ⟨fun a _ => a⟩
attribute [local instance high] strange

theorem target (n : Nat) : n + 1 = n := rfl

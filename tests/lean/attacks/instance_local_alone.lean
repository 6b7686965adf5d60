-- attack: local instance on a library type; against: none
local instance (priority := high) : HAdd Nat Nat Nat := ⟨fun a _ => a⟩

theorem target (n : Nat) : n + 1 = n := rfl

-- attack: library name shadowed in its own namespace; against: none
namespace Nat
def Nat.succ (n : Nat) : Nat := n

theorem target (n : Nat) : Nat.succ n = n := rfl
end Nat

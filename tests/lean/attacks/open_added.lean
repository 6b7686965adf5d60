-- attack: open before the definition; against: definition
namespace N
def Nat.add (_ _ : Nat) : Nat := 7
def double (_ : Nat) : Nat := 7
end N
open N
def double (n : Nat) : Nat := n + n

theorem target : double 3 = 7 := rfl

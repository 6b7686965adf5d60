-- attack: definition shadowed in a namespace; against: definition
def double (n : Nat) : Nat := n + n

namespace target'
def double (_ : Nat) : Nat := 7
theorem target : double 3 = 7 := rfl
end target'

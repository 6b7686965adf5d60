-- attack: proof that ends the namespace; against: namespace
namespace A
def size (_ : Nat) : Nat := 1
end A
namespace B
def size (_ : Nat) : Nat := 2
end B

open A in
theorem Other.target (n : Nat) : size n = 1 := rfl
open B in
theorem target (n : Nat) : size n = 2 := rfl

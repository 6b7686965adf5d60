-- attack: open of another namespace; against: namespace
namespace A
def size (_ : Nat) : Nat := 1
end A
namespace B
def size (_ : Nat) : Nat := 2
end B

open B in
theorem target (n : Nat) : size n = 2 := rfl

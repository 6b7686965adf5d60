-- attack: hypothesis hidden in a class; against: none
namespace Own
class Eq (a b : Nat) : Prop where
  yes : True

theorem target : Eq 1 2 := ⟨trivial⟩
end Own

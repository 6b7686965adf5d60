-- attack: new axiom named like a standard one; against: none
namespace Own
axiom propext : False
end Own

open Own in
theorem target : (1 : Nat) = 2 := Own.propext.elim

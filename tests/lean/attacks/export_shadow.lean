-- attack: export of a name of the library; against: none
namespace Own
def max (_ _ : Nat) : Nat := 0
end Own
export Own (max)

open Own in
theorem target : Own.max 2 3 = 0 ∧ max 2 3 = 0 := ⟨rfl, rfl⟩

-- attack: library function shadowed; against: none
namespace Own
def max (_ _ : Nat) : Nat := 0

theorem target : max 2 3 = 0 := rfl
end Own

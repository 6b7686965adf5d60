-- attack: library name shadowed; against: none
namespace Own
def Eq (_ _ : Nat) : Prop := True

theorem target : Eq 1 2 := trivial
end Own

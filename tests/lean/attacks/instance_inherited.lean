-- attack: instance on a library type through a class of the file; against: none
class Own (α : Type) extends Add α

instance : Own Nat := ⟨⟨fun a _ => a⟩⟩
attribute [instance 2000] Own.toAdd

theorem target (n : Nat) : n + 1 = n := rfl

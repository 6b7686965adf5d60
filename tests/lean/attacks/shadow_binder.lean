-- attack: library name as a variable; against: none
variable (Nat : Type) [OfNat Nat 1] [OfNat Nat 2] [Subsingleton Nat]

theorem target : (1 : Nat) = 2 := Subsingleton.elim _ _

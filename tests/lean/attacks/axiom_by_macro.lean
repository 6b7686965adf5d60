-- attack: new axiom through a macro; against: none
macro "trust " n:ident : command => `(axiom $n : False)

trust fact

theorem target : (1 : Nat) = 2 := fact.elim

-- attack: sorry below, in a definition of data; against: none
def witness : { n : Nat // n * n = 2 } := sorry

theorem target : ∃ n : Nat, n * n = 2 := ⟨witness.1, witness.2⟩

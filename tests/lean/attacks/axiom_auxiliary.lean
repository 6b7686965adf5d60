-- attack: new axiom in an auxiliary declaration; against: none
axiom fact : False

def table : Nat → { n : Nat // n = n + 1 }
  | 0 => ⟨0, fact.elim⟩
  | k + 1 => table k

theorem target : ∃ n : Nat, n = n + 1 := ⟨(table 3).1, (table 3).2⟩

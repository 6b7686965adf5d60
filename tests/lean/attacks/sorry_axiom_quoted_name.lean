-- attack: sorryAx behind quotation marks; against: false
theorem target (n : Nat) : n + 1 = n := «sorryAx» _ true

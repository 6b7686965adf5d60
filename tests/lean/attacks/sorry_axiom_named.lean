-- attack: sorryAx direct; against: false
theorem target (n : Nat) : n + 1 = n := sorryAx _ false

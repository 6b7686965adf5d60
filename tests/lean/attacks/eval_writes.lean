-- attack: #eval that runs code; against: false
#eval IO.println "hello"

theorem target (n : Nat) : n + 1 = n := by sorry

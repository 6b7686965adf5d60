-- attack: #eval that runs code; against: none
#eval IO.FS.writeFile "proof" ""

theorem target : (1 : Nat) = 1 := rfl

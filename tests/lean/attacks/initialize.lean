-- attack: initialize in a submitted proof; against: none
initialize cell : IO.Ref Nat ← IO.mkRef 0

theorem target : (1 : Nat) = 1 := rfl

-- attack: open with a new name for another thing; against: none
open Nat renaming mul → add
open Nat hiding add

theorem target : add 2 3 = 6 := rfl

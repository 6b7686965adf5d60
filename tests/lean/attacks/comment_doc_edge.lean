-- attack: command in what seems a comment; against: none
/-!/ def hidden : Nat := 3 -/

theorem target : hidden = 3 := rfl

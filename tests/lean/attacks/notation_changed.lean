-- attack: changed notation; against: notation
notation "two" => (2 + 0 : Nat)
notation "five" => (4 : Nat)

theorem target : two + two = five := rfl

-- attack: notation on a name of the library; against: none
notation "False" => True

theorem target : False := trivial

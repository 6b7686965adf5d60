-- attack: default instance of numerals; against: none
structure One where

instance : OfNat One n := ⟨{}⟩

@[default_instance high] instance numeral : OfNat One n := ⟨{}⟩

theorem target : 1 = 2 := rfl

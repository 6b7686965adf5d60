-- attack: circular proof; against: none
mutual
theorem first_target (n : Nat) : n + 1 = n := second_target n
theorem second_target (n : Nat) : n + 1 = n := first_target n
end

-- attack: theorem turned into a definition; against: false
def target (n : Nat) : Prop := n + 1 = n

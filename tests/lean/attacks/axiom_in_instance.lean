-- attack: new axiom through an instance; against: none
class Absurd : Prop where
  proof : False

@[instance] axiom absurd_instance : Absurd

theorem target : (1 : Nat) = 2 := (Absurd.proof).elim

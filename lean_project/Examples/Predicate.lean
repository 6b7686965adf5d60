/-!
# Predicate logic

Statements about all members of a type and about some. `α` is any type, `P` and `Q` are
properties of its members and `R` is a relation between them. To prove `∃ x, …` a witness must
be named, and to use `∀ x, …` an instance must be chosen: that is where the thinking is.
-/

namespace Examples.Predicate

variable {α : Type} {P Q : α → Prop} {R : α → α → Prop}

theorem all_and : (∀ x, P x ∧ Q x) ↔ (∀ x, P x) ∧ (∀ x, Q x) := by sorry

theorem some_or (h : ∃ x, P x ∨ Q x) : (∃ x, P x) ∨ (∃ x, Q x) := by sorry

/-- If somebody is loved by everyone, then everyone loves somebody. -/
theorem loved_by_all (h : ∃ y, ∀ x, R x y) : ∀ x, ∃ y, R x y := by sorry

theorem none_iff_all_not : (¬∃ x, P x) ↔ ∀ x, ¬P x :=
  sorry

/-- A syllogism: every `P` is a `Q` and there is a `P` that stands in `R` to something. -/
theorem syllogism (pq : ∀ x, P x → Q x) (h : ∃ x y, P x ∧ R x y) : ∃ y x, Q x ∧ R x y := by sorry

/-- Nobody shaves exactly those who do not shave themselves. -/
theorem no_barber : ¬∃ b, ∀ x, R b x ↔ ¬R x x := by sorry

/-- A reflexive relation in which two heirs of one member are related is symmetric. -/
theorem symmetric_of_euclidean (refl : ∀ x, R x x) (eucl : ∀ x y z, R x y → R x z → R y z) :
    ∀ x y, R x y → R y x := by sorry

/-- With the theorem before it, such a relation is also transitive. -/
theorem transitive_of_euclidean (refl : ∀ x, R x x) (eucl : ∀ x y z, R x y → R x z → R y z)
    {x y z : α} (xy : R x y) (yz : R y z) : R x z := by sorry

/-- A symmetric and transitive relation relates to itself whatever it relates at all. -/
theorem self_related (symm : ∀ x y, R x y → R y x) (trans : ∀ x y z, R x y → R y z → R x z)
    (x : α) (h : ∃ y, R x y) : R x x := by sorry

/-- What is unique can be recognised by equality. -/
theorem recognise {a : α} (ha : P a) (unique : ∀ x y, P x → P y → x = y) (b : α) :
    P b ↔ b = a := by sorry

/-- The drinker's paradox: in every pub that is not empty there is somebody such that, if that
one drinks, then everybody does. -/
theorem drinker [Inhabited α] : ∃ x, P x → ∀ y, P y := by sorry

/-- If everything has an image, then some function finds the images. -/
theorem choice_of_images (h : ∀ x, ∃ y, R x y) : ∃ f : α → α, ∀ x, R x (f x) := by sorry

/-- Cantor's diagonal: no family of properties, indexed by `α` itself, contains them all. The
witness is given; that it differs from every member of the family is left to prove. -/
theorem diagonal (family : α → α → Prop) : ∃ S : α → Prop, ∀ x, family x ≠ S := by
  refine ⟨fun x => ¬family x x, ?_⟩
  intro x same
  have at_x : family x x ↔ ¬family x x := by sorry
  sorry

end Examples.Predicate

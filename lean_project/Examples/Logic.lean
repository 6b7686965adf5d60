/-!
# Propositional logic

The rules of reasoning themselves: nothing here speaks of numbers or lists, only of statements
`p`, `q`, `r` and the connectives between them. The first theorems follow by taking hypotheses
apart and putting them together again; those of the section `Classical` also need the law of
excluded middle, so that some case distinction has to be invented.
-/

namespace Examples.Logic

variable {p q r s : Prop}

/-- Facts may be told in either order. -/
theorem and_swap (h : p ∧ q) : q ∧ p := by sorry

/-- Alternatives may be told in either order. -/
theorem or_swap : p ∨ q → q ∨ p := by sorry

/-- Three implications in a row make one. -/
theorem chain (pq : p → q) (qr : q → r) (rs : r → s) : p → s :=
  sorry

example (h : p ∧ q ∧ r) : r ∧ p := sorry

/-- Two assumptions are as good as one assumption with two halves. -/
theorem curry_iff : (p ∧ q → r) ↔ (p → q → r) :=
  sorry

theorem contrapose (h : p → q) : ¬q → ¬p := by sorry

/-- No statement is equivalent to its own denial, which is the heart of the liar's paradox. -/
theorem no_liar : ¬(p ↔ ¬p) := by sorry

/-- Excluded middle cannot be refuted, not even without assuming it. -/
theorem middle_irrefutable : ¬¬(p ∨ ¬p) := by sorry

theorem and_distributes_over_or : p ∧ (q ∨ r) ↔ (p ∧ q) ∨ (p ∧ r) := by sorry

/-- A dilemma: whichever alternative holds, so does one of the two conclusions. -/
theorem dilemma (pr : p → r) (qs : q → s) (h : p ∨ q) : r ∨ s := by sorry

section Classical

/-- De Morgan's law, in the direction that is not constructive. -/
theorem denied_pair (h : ¬(p ∧ q)) : ¬p ∨ ¬q := by sorry

/-- Of any two statements, one implies the other. -/
theorem one_implies_the_other : (p → q) ∨ (q → p) := by sorry

/-- Peirce's law: excluded middle in disguise, with no connective but the arrow. -/
theorem arrows_only : ((p → q) → p) → p := by sorry

/-- Three pigeons in two holes: `pᵢ` says that pigeon `i` sits in the left hole. Two of them
sit together, on the left or on the right. -/
theorem three_pigeons (p₁ p₂ p₃ : Prop) :
    (p₁ ∧ p₂) ∨ (p₁ ∧ p₃) ∨ (p₂ ∧ p₃) ∨ (¬p₁ ∧ ¬p₂) ∨ (¬p₁ ∧ ¬p₃) ∨ (¬p₂ ∧ ¬p₃) := by sorry

end Classical

end Examples.Logic

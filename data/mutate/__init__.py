"""Theorems made from theorems of a library, with proofs that Lean's kernel has accepted.

Symbolic mutation after S. Wu et al., *Alchemy: Amplifying Theorem-Proving Capability through
Symbolic Mutation* (ICLR 2025): for a *source* theorem, every theorem of the library that rewrites
a term of it or applies to it is found through discrimination trees; the term gives way to its
equivalent form, a hypothesis to what implies it, a conclusion to what it implies; and the proof
is written down from the mutation itself. Lean says what each mutation comes to, elaborates the
new statement from its text, checks the proof and gives it to the kernel a second time. What
`rfl` or one `simp` closes, and what the library already states, is marked.

The way of an item: `library` (types of all constants) → `rules` (what the theorems can do) →
`mutations` (where they can do it to a source) → `attempts` (the new statement) → `proofs` →
`verification` → `kind`.
"""

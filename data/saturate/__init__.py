"""Tasks from the saturation of axioms.

E derives what follows from a set of axioms (`saturation`); the derivation becomes a graph of
statements (`graph`), of which the interesting ones are kept (`interest`). Three tasks come of it
(Quesnel and Sileo, "Saturation-Driven Dataset Generation for LLM Mathematical Reasoning in the
TPTP Ecosystem", 2025): does a statement follow from these premises (`entailment`), which of these
premises does it need (`selection`), and how do these statements follow from one another
(`reconstruction`). Every label is confirmed by a prover other than E, or by a finite model that
has been verified by evaluation (`judging`).
"""

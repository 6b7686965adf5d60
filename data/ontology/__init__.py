"""Worlds of facts and rules in plain English, with questions whose answers are proved.

After Saparov et al., "Testing the General Deductive Reasoning Capacity of Large Language Models
Using OOD Examples" (PrOntoQA-OOD), 2023, and Tafjord et al., "ProofWriter", 2021: proofs over a
complete set of deduction rules with a depth, a width and distractors, in words that carry no
knowledge of the world; labels under the open- and the closed-world assumption. The same content
is given as first-order logic (TPTP), on which a prover has verified the answer.
"""

"""Traces: what tactics did to goals, from the agent's own searches and from Lean files.

A step is a goal, a tactic, and what became of it: the goals that were left, or the prover's
message. From a search (`searches`) come failures and log-probabilities, too; from a Lean file
(`lean_files`) the tactics that people wrote, with the constants that each of them used.
"""

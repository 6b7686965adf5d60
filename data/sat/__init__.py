"""Propositional satisfiability as questions for language models.

After Zhao et al., "SATQuest: A Verifier for Logical Reasoning Evaluation and Reinforcement
Fine-Tuning of LLMs", 2025: what is asked, how it is told and how hard it is vary independently,
and answers are verified with SAT solvers (python-sat).
"""

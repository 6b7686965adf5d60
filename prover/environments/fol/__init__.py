"""First-order logic: TPTP problems, natural-deduction tactics, automated provers, certificates.

The parts, from the outside in:

* `load_problem` reads a TPTP file into theorems; `FolEnvironment` opens them as sequents and
  applies tactics; `FolChecker` decides what is proved.
* `notation`, `sequent`, `theorem`: goals, shown in Lean's notation and read back.
* `tactic_syntax`, `tactic_parser`, `script`, `tactics*`, `proof_terms`: the tactics.
* `provers`, `consultation`: z3, cvc5 and E, and who confirms whom.
* `certificate`, `lean_export`: proofs that someone else can check.
"""

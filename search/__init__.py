"""Tree search over abstract proof states: knows no Lean, no logic, no torch."""

"""What a step that has worked adds to the log-probability of its path.

A proposal's log-probability says how likely it is that the tactic leads on, before it is tried.
Once it has worked, something else counts: how likely what it leaves will be proved. A planner's
sketch is a fact that has just been proved, and seldom can be; where it could, it was to the
point. A case split always works, which says nothing. And each further goal has to be proved, too.
"""

from __future__ import annotations

from prover.contracts import Proposal
from prover.planning.contracts import PLANNER

_SKETCH = -0.3
_FURTHER_GOAL = 0.5


def credited(proposal: Proposal, goals: int) -> float:
    """The log-probability of a step by ``proposal`` that has left so many independent goals."""
    log_prob = proposal.log_prob
    if proposal.origin == PLANNER and proposal.tactic.startswith("have "):
        log_prob = max(log_prob, _SKETCH)
    return log_prob - _FURTHER_GOAL * max(0, goals - 1)

"""Lemma: a neurosymbolic theorem-proving agent.

>>> from prover import prove, check, Session
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prover.api import Results, Session, Verdicts, check, prove

__all__ = ["Results", "Session", "Verdicts", "check", "prove"]


def __getattr__(name: str) -> Any:
    """Loads the provers only when they are asked for: the command line imports this package."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from prover import api

    return getattr(api, name)

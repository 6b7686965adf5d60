"""Minimising proof scripts: see `prover.minimise.minimiser`."""

from prover.minimise.dialect import FIRST_ORDER, LEAN, Dialect
from prover.minimise.minimiser import Minimised, Minimiser

__all__ = ["FIRST_ORDER", "LEAN", "Dialect", "Minimised", "Minimiser"]

"""Splits by family.

The split of a family is read off a hash of its name, so it is the same in every file, whatever
the seed: what is trained on from one file is never tested on from another.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from prover.contracts import InputError

DEFAULT = "train=0.9,validation=0.05,test=0.05"


@dataclass(frozen=True)
class Splits:
    """The splits and their shares of the families; the shares add up to 1."""

    shares: tuple[tuple[str, float], ...]

    @classmethod
    def parse(cls, text: str) -> Splits:
        """``name=share,…``. Raises `InputError`."""
        shares = []
        for part in text.split(","):
            name, _, number = part.partition("=")
            try:
                share = float(number)
            except ValueError:
                share = -1.0
            if not name.strip() or not 0 <= share <= 1:
                raise InputError(f"{part!r} is not a split", remedy=f"write them like {DEFAULT}")
            shares.append((name.strip(), share))
        total = sum(share for _, share in shares)
        if abs(total - 1) > 1e-6:
            raise InputError(f"the shares of the splits {text!r} add up to {total:g}, not to 1")
        if len({name for name, _ in shares}) < len(shares):
            raise InputError(f"the splits {text!r} name one twice")
        return cls(tuple(shares))

    def of(self, family: str) -> str:
        """The split of ``family``."""
        digest = hashlib.blake2b(family.encode(), digest_size=8).digest()
        point = int.from_bytes(digest) / 2**64
        for name, share in self.shares:
            point -= share
            if point < 0:
                return name
        return next(name for name, share in reversed(self.shares) if share > 0)

    def __str__(self) -> str:
        return ",".join(f"{name}={share:g}" for name, share in self.shares)

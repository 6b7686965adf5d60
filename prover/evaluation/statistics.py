"""What the results of a run say, and how sure one can be of it.

Everything is computed from counts of attempts and successes, so that every figure can be
reproduced from the results file. Intervals are at the 95 % level.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_Z = 1.959963984540054  # the 97.5 % quantile of the normal distribution
_RESAMPLES = 2000


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % confidence interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Attempts:
    """How often a problem was tried, and how often it was proved."""

    tried: int
    proved: int

    def __post_init__(self) -> None:
        if not 0 <= self.proved <= self.tried:
            raise ValueError("more proofs than attempts")


@dataclass(frozen=True)
class PowerLaw:
    """Coverage after ``k`` samples as ``exp(a * k ** b)`` with ``a ≤ 0``.

    The exponentiated power law of Brown et al., "Large Language Monkeys: Scaling Inference
    Compute with Repeated Sampling" (2024). ``error`` is the greatest absolute difference to the
    measured coverages.
    """

    a: float
    b: float
    error: float

    def __call__(self, k: float) -> float:
        return math.exp(self.a * k**self.b)


@dataclass(frozen=True)
class Paired:
    """Two runs over the same problems: who proved what, and how likely chance is to do that.

    ``p_value`` is the exact two-sided McNemar test: under the null hypothesis, each problem that
    exactly one run proved is equally likely to be either's.
    """

    both: tuple[str, ...]
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    neither: tuple[str, ...]
    p_value: float


def proportion(successes: int, total: int) -> Interval:
    """A share with its Wilson score interval; the interval is [0, 1] if there is no trial."""
    if total == 0:
        return Interval(0.0, 0.0, 1.0)
    share, z2 = successes / total, _Z * _Z
    centre = (share + z2 / (2 * total)) / (1 + z2 / total)
    spread = _Z / (1 + z2 / total) * math.sqrt(
        share * (1 - share) / total + z2 / (4 * total * total))
    return Interval(share, max(0.0, centre - spread), min(1.0, centre + spread))


def pass_at_k(tried: int, proved: int, k: int) -> float:
    """The unbiased estimate of the chance that one of ``k`` attempts succeeds.

    Chen et al., "Evaluating Large Language Models Trained on Code" (2021). Needs ``k ≤ tried``.
    """
    if not 1 <= k <= tried:
        raise ValueError(f"pass@{k} needs at least {k} attempts, not {tried}")
    if tried - proved < k:
        return 1.0
    return 1.0 - math.comb(tried - proved, k) / math.comb(tried, k)


def coverage(attempts: Sequence[Attempts], k: int, *, seed: int = 0) -> Interval:
    """Mean pass@k over problems; the interval is a percentile bootstrap over the problems.

    With one attempt a problem it is a plain proportion, and Wilson's interval is used.
    """
    if k == 1 and all(a.tried == 1 for a in attempts):
        return proportion(sum(a.proved for a in attempts), len(attempts))
    values = [pass_at_k(a.tried, a.proved, k) for a in attempts]
    if not values:
        return Interval(0.0, 0.0, 1.0)
    rng = random.Random(seed)
    means = sorted(math.fsum(rng.choices(values, k=len(values))) / len(values)
                   for _ in range(_RESAMPLES))
    low, high = means[int(0.025 * _RESAMPLES)], means[int(0.975 * _RESAMPLES) - 1]
    return Interval(math.fsum(values) / len(values), low, high)


def curve(costs: Sequence[float], total: int) -> list[tuple[float, float]]:
    """Share of ``total`` problems proved over cost: a step function as its corners.

    ``costs`` are those of the proved problems (seconds, tactic calls, …).
    """
    points = [(0.0, 0.0)]
    ordered = sorted(costs)
    for done, cost in enumerate(ordered, 1):
        if done == len(ordered) or ordered[done] != cost:
            points.append((cost, done / total))
    return points


def power_law(attempts: Sequence[Attempts]) -> PowerLaw | None:
    """The law that fits coverage at k = 1, 2, 4, … up to the least number of attempts.

    A least-squares line through log(-log coverage) over log k; None with fewer than three points
    strictly between 0 and 1.
    """
    most = min((a.tried for a in attempts), default=0)
    points: list[tuple[int, float]] = []
    k = 1
    while k <= most:
        share = math.fsum(pass_at_k(a.tried, a.proved, k) for a in attempts) / len(attempts)
        if 0.0 < share < 1.0:
            points.append((k, share))
        k *= 2
    if len(points) < 3:
        return None
    xs = [math.log(k) for k, _ in points]
    ys = [math.log(-math.log(share)) for _, share in points]
    mean_x, mean_y = math.fsum(xs) / len(xs), math.fsum(ys) / len(ys)
    slope = (math.fsum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
             / math.fsum((x - mean_x) ** 2 for x in xs))
    law = PowerLaw(-math.exp(mean_y - slope * mean_x), slope, 0.0)
    error = max(abs(law(k) - share) for k, share in points)
    return PowerLaw(law.a, law.b, error)


def compare(before: Mapping[str, bool], after: Mapping[str, bool]) -> Paired:
    """Compare two runs on the problems that both tried (name → proved)."""
    common = sorted(before.keys() & after.keys())

    def those(first: bool, second: bool) -> tuple[str, ...]:
        return tuple(n for n in common if before[n] is first and after[n] is second)

    gained, lost = those(False, True), those(True, False)
    return Paired(those(True, True), gained, lost, those(False, False),
                  _sign_test(len(gained), len(lost)))


def _sign_test(wins: int, losses: int) -> float:
    """Two-sided exact binomial test of ``wins`` against ``losses`` at even odds."""
    n, k = wins + losses, min(wins, losses)
    if n == 0:
        return 1.0
    tail = sum(math.comb(n, i) for i in range(k + 1))
    return min(1.0, 2.0 * (tail / 2**n if n < 1000 else math.exp(math.log(tail) - n * math.log(2))))

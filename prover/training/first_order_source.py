"""First-order problems to explore: TPTP files, and what ``lemma generate saturate`` has written."""

from __future__ import annotations

import json
import random
from collections.abc import Container, Generator, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from prover.contracts import Goal, InputError
from prover.environments.fol.environment import FolEnvironment, load_problem
from prover.environments.fol.theorem import FolTheorem
from prover.generators.small.slots import Slots
from prover.training.collecting import Item
from prover.training.exploration import Explorer, Plan
from retrieval.contracts import ScoredPremise

_SUFFIXES = (".p", ".tptp")
_RULES_FIRST = 4


class FirstOrderRules:
    """What is tried on a first-order goal: the best of the rules' proposals, then some others."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def draw(self, slots: Slots, count: int) -> Iterator[str]:
        """At most ``count`` different tactics."""
        tactics = list(dict.fromkeys(p.tactic for p in slots.rules()))
        others = tactics[_RULES_FIRST:]
        self._random.shuffle(others)
        yield from [*tactics[:_RULES_FIRST], *others][:count]

    def tell(self, tactic: str, *, closed: bool) -> None:
        """Nothing is learnt: what applies to a goal is told by its connectives."""


class FirstOrderSource:
    """The theorems of problem files.

    Args:
        paths: TPTP files, folders of them, or the output of ``lemma generate saturate``.
        plan: what is tried.
        seed: the same seed tries the same tactics.
    """

    def __init__(self, paths: Sequence[Path], *, plan: Plan | None = None, seed: int = 0) -> None:
        self._paths, self._plan, self._seed = paths, plan or Plan(), seed

    def items(self, done: Container[str]) -> Generator[Item, None, None]:
        """See `prover.training.collecting.Source`. Raises `InputError` for files that are none."""
        environment = FolEnvironment(seconds=self._plan.seconds)
        explorer = Explorer(environment, _no_premises, self._plan, seed=self._seed,
                            draws=FirstOrderRules(self._seed), first_order=True)
        try:
            for name, module, theorem in self._theorems():
                if name not in done:
                    yield Item(name, partial(explorer.explore, theorem, "train", module))
        finally:
            environment.close()

    def _theorems(self) -> Iterator[tuple[str, str, FolTheorem]]:
        """With a name that tells each from all others, and what it is about."""
        for path in self._paths:
            if path.suffix == ".jsonl":
                yield from _made(path)
                continue
            files = [path] if path.is_file() else sorted(
                file for file in path.rglob("*") if file.suffix in _SUFFIXES)
            if not files:
                raise InputError("no first-order problems", file=path,
                                 remedy="name .p or .tptp files, or a .jsonl of "
                                 "lemma generate saturate")
            for file in files:
                for theorem in load_problem(file):
                    yield f"{file.resolve()}:{theorem.name}", f"fol.{file.stem}", theorem


def _no_premises(_theorem: object, _goal: Goal) -> tuple[ScoredPremise, ...]:
    """A problem's axioms are hypotheses of its goal."""
    return ()


def _made(path: Path) -> Iterator[tuple[str, str, FolTheorem]]:
    """What follows from axioms, of the items of a data file; only those to be learnt from."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"cannot be read: {problem}", file=path) from problem
    with TemporaryDirectory() as folder:
        for number, line in enumerate(lines, 1):
            item = _item(path, number, line)
            if not _follows(item):
                continue
            file = Path(folder, "problem.p")
            file.write_text(item["problem"], encoding="utf-8")
            for theorem in load_problem(file):
                yield f"{path.stem}:{item['id']}", f"fol.{item['theory']}", theorem


def _item(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        item = json.loads(line)
        if isinstance(item["problem"], str) and isinstance(item["id"], str) and item["theory"]:
            return dict(item)
    except (ValueError, KeyError, TypeError):
        pass
    raise InputError("not an item of first-order data", file=path, line=number,
                     remedy="lemma generate saturate --out FILE.jsonl writes such files")


def _follows(item: dict[str, Any]) -> bool:
    """Reconstruction has its goal among the axioms, and of some entailments the answer is no."""
    wanted = item.get("task") == "selection" or item.get("answer") == "yes"
    return wanted and item.get("split", "train") == "train"

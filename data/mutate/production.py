"""A producer of mutated theorems: one source theorem an index."""

from __future__ import annotations

import gc
import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from data.contracts import Batch, Item, item_random
from data.mutate import library as libraries
from data.mutate.attempts import Rejected, Statement, Workbench
from data.mutate.library import Constant
from data.mutate.mutations import mutations, ranked
from data.mutate.proofs import Chain
from data.mutate.rules import Rules
from data.mutate.terms import canonical
from data.mutate.verification import AUTOMATION, TRIVIAL, closed_by, verify
from prover.environments.lean.backend import EmbeddedLauncher
from prover.environments.lean.server import CommandError, LeanServer, ServerLost

MAX_PARAMETERS, MAX_SEXP = 12, 4000  # of a source
IN_LIBRARY = "stated by the library"

_BRANCHES = 2  # theorems of one depth that are mutated further
_STARTS = 2  # Lean may be lost once at an index


@dataclass(frozen=True)
class Settings:
    """What a producer is asked for: see the options of `data.mutate.kind.MutateKind`."""

    imports: tuple[str, ...]
    depth: int
    attempts: int
    keep_trivial: bool
    seed: int


@dataclass(frozen=True)
class _Accepted:
    """A chain whose theorem Lean has accepted; ``identity`` is its statement as Lean read it from
    the text, ``closed_by`` what makes it trivial, if anything does."""

    chain: Chain
    identity: str
    closed_by: str


class MutationProducer:
    """A `data.contracts.Producer`. Index ``i`` is a source theorem, the ``i``-th of a shuffled
    library; when all have been visited, the next mutations of each are tried in turn."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._name, self._settings = name, settings
        self._server = LeanServer(EmbeddedLauncher(), settings.imports)
        with _no_garbage_collection():
            self._library = libraries.load(self._server)
            self._rules = Rules(self._library)
            self._stated = {_digest(canonical(c.type)) for c in self._library.constants.values()
                            if c.kind == "t"}
        self._workbench = Workbench(self._server, self._library)
        self._order = [c for c in self._library.theorems if len(c.type) <= MAX_SEXP]
        item_random(name, settings.seed, -1).shuffle(self._order)

    def produce(self, index: int) -> Batch:
        visit, number = divmod(index, len(self._order))
        for _ in range(_STARTS):
            try:
                return self._produced(index, self._order[number], number, visit)
            except (ServerLost, CommandError):  # memory, most likely
                self._server.kill()  # the next request starts Lean anew
        return Batch(rejected={"Lean was lost": 1})

    def close(self) -> None:
        self._server.close()

    def _produced(self, index: int, source: Constant, number: int, visit: int) -> Batch:
        rng = item_random(self._name, self._settings.seed, index)
        rejected: Counter[str] = Counter()
        start = Chain(Statement.of(self._library, "", source.type, source.name))
        if len(start.source.telescope.parameters) > MAX_PARAMETERS:
            return Batch(rejected={"the source has too many variables": 1})
        seen = {start.source.canonical}
        order = item_random(self._name, self._settings.seed, number)
        chains = self._mutated(start, order, rejected, seen, self._settings.attempts, visit)
        items: list[Item] = []
        for depth in range(1, self._settings.depth + 1):
            accepted = self._accepted(chains, rejected)
            automatic = closed_by(self._server, [a.chain.theorem for a in accepted], AUTOMATION)
            items += [self._item(a, source, tactic)
                      for a, tactic in zip(accepted, automatic, strict=True)]
            further = [found.chain for found in accepted if not found.closed_by]
            if depth < self._settings.depth:
                chosen = rng.sample(further, min(_BRANCHES, len(further)))
                share = max(self._settings.attempts // _BRANCHES, 1)
                chains = [
                    longer for chain in chosen
                    for longer in self._mutated(chain, rng, rejected, seen, share)
                ]
        return Batch(tuple(items), rejected)

    def _mutated(
        self, chain: Chain, rng: random.Random, rejected: Counter[str], seen: set[str],
        count: int, visit: int = 0,
    ) -> list[Chain]:
        """``chain`` made longer by one of ``count`` mutations, each that gives a statement not
        ``seen`` yet."""
        statement = chain.statement
        exclude = {chain.source.theorem, *chain.invoked}
        found = ranked(mutations(self._rules, statement.telescope, exclude), rng)
        tried = found[visit * count : (visit + 1) * count]
        longer: list[Chain] = []
        for outcome in self._workbench.steps(statement, tried):
            if isinstance(outcome, Rejected):
                rejected[outcome.reason] += 1
            elif outcome.statement.canonical in seen:
                rejected["duplicate"] += 1
            else:
                seen.add(outcome.statement.canonical)
                longer.append(Chain(chain.source, (*chain.steps, outcome)))
        return longer

    def _accepted(self, chains: Sequence[Chain], rejected: Counter[str]) -> list[_Accepted]:
        """The chains whose theorems Lean accepts; trivial ones only if they are wanted."""
        reports = verify(self._server, [chain.theorem for chain in chains])
        proved = [
            (chain, canonical(report.sexp))
            for chain, report in zip(chains, reports, strict=True) if report.sexp is not None
        ]
        rejected.update(report.reason for report in reports if report.sexp is None)
        closed = closed_by(self._server, [chain.theorem for chain, _ in proved], TRIVIAL)
        accepted = []
        for (chain, identity), tactic in zip(proved, closed, strict=True):
            why = IN_LIBRARY if _digest(identity) in self._stated else tactic
            if why and not self._settings.keep_trivial:
                rejected[why if why == IN_LIBRARY else f"trivial: {why}"] += 1
            else:
                accepted.append(_Accepted(chain, identity, why))
        return accepted

    def _item(self, found: _Accepted, source: Constant, automatic: str) -> Item:
        chain, theorem = found.chain, found.chain.theorem
        header = "\n".join(f"import {module}" for module in self._settings.imports)
        stem, _, last = source.name.rpartition(".")
        parameters = chain.statement.telescope.parameters
        return Item(
            topic=stem.partition(".")[0] or "root", family=last, difficulty=chain.difficulty,
            prompt=_PROMPT.format(header=header, head=theorem.head),
            answer="\n".join(theorem.tactics), identity=found.identity,
            content=theorem.statement,
            tactics=tuple(dict.fromkeys(step.mutation.rule.use.tactic for step in chain.steps)),
            fields={
                "name": theorem.name, "statement": theorem.head, "header": header,
                "source": source.name, "module": source.module,
                "imports": list(self._settings.imports),
                "invoked": list(chain.invoked),
                "uses": [str(step.mutation.rule.use) for step in chain.steps],
                "places": [step.place for step in chain.steps],
                "depth": len(chain.steps), "size": chain.size,
                "hypotheses": sum(p.is_hypothesis for p in parameters),
                "trivial": found.closed_by, "automatic": automatic,
            },
        )  # fmt: skip


_PROMPT = """Prove this theorem in Lean 4, with Lean's core library and nothing else.

```lean
{header}

{head} := by
  sorry
```

Answer with the tactics that take the place of `sorry`, or with the whole theorem."""


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=12).digest()


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Millions of small values that stay are made: looking through them for garbage again and
    again would take two thirds of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()

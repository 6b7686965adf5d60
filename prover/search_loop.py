"""The loop of one search: ask the strategy, ask the generator, try, tell.

Any strategy is driven by ask and tell; the generator is asked about all states of a turn at once;
the workplace tries the tactics. The loop ends with a proof, with nothing left to try, or with the
budget, and tells a listener what happened on the way.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from prover import events
from prover.budget import Budget, Progress
from prover.checkpoint import Checkpoint, Keeper, restore, snapshot
from prover.contracts import FailureKind, Feedback, Proposal, Status, Theorem
from prover.credit import credited
from prover.doubt import doubted
from prover.events import Listener
from prover.proposing import FROM_MEMORY, Offer, Proposer
from prover.script import render
from prover.workplace import Trial, Workplace
from search.contracts import Expansion, Outcome, ProofTree, State, Strategy
from search.nodes import Change

StrategyFactory = Callable[[Sequence[State]], Strategy]

_LASTING = (None, FailureKind.PARSE, FailureKind.ELABORATION)  # failures that time has no part in
_MOST_LEMMAS = 500


@dataclass(frozen=True)
class Settings:
    """How the loop works: tactics a round, proposals a goal, states asked for at once (``None``:
    as many as suits the generator), whether what failed on a state is tried later on those that
    follow from it, whether a step counts by what it has led to (`prover.credit`), and whether a
    round ends behind a tactic that nothing speaks against (`round_of`)."""

    tactics_per_round: int = 8
    proposals: int = 96
    batch: int | None = None
    doubt: bool = True
    credit: bool = True
    commit: bool = True


_SURE = -0.12  # a log-probability: ``intro`` has it, and what closes a goal by its looks
_PASSED = 2.5  # log-probability that the other tactics lose, when one that is sure has worked


def round_of(proposals: Sequence[Proposal], most: int) -> Sequence[Proposal]:
    """The proposals of one round, at most ``most``. Behind one that is next to certain a round
    ends: what comes after it is tried sooner on the state that it leaves, where more is known."""
    if proposals and proposals[0].log_prob >= _SURE:
        return proposals[:1]
    return proposals[:most]


@dataclass(frozen=True)
class Limits:
    """When a search has to end. ``deadline`` is a time of `time.monotonic`; ``stop`` is set from
    outside to end it at the next tactic."""

    budget: Budget
    deadline: float
    stop: threading.Event

    def reached(self, progress: Progress) -> tuple[Status, str] | None:
        """How the search ends if it has to, and why."""
        if self.stop.is_set():
            return Status.FAILED, "interrupted"
        if time.monotonic() >= self.deadline:
            return Status.TIMEOUT, f"no proof within {self.budget.seconds:g} s"
        spent = progress.spent(self.budget)
        return None if spent is None else (Status.TIMEOUT, spent)

    def allow(self, further: int, progress: Progress) -> bool:
        """Whether one tactic may be tried beside ``further`` that are not counted yet."""
        most = self.budget.tactic_calls
        return (not self.stop.is_set() and time.monotonic() < self.deadline
                and (most is None or progress.tactic_calls + further < most))

    def seconds_left(self) -> float:
        """How much time there is until the deadline."""
        return max(0.0, self.deadline - time.monotonic())

    def tactic_seconds(self) -> float:
        """How long the next tactic may take."""
        return min(self.seconds_left(), self.budget.tactic_seconds)


@dataclass(frozen=True)
class Ended:
    """How a search ended: with a proof for each root, or with a status and its reason."""

    proof: tuple[ProofTree, ...] | None
    status: Status = Status.PROVED
    reason: str | None = None


@dataclass
class Search:
    """The search for a proof of one theorem.

    Args:
        theorem: what is to be proved.
        workplace: where tactics are tried.
        proposer: who says which.
        limits: when to end.
        settings: how wide to work.
        progress: counts, which are added to.
        listen: is told what happens.
    """

    theorem: Theorem
    workplace: Workplace
    proposer: Proposer
    limits: Limits
    settings: Settings
    progress: Progress
    listen: Listener | None = None
    offers: dict[int, Offer] = field(default_factory=dict)
    states: dict[int, State] = field(default_factory=dict)
    proved: list[int] = field(default_factory=list)
    useful: dict[tuple[int, str], Proposal] = field(default_factory=dict)

    def run(
        self, make: StrategyFactory, attempt: int = 0, checkpoint: Checkpoint | None = None
    ) -> Ended:
        """Search until something ends it, from where ``checkpoint`` says, if it has something.

        A search that was stopped or has used up its budget is kept there, and one at work from
        time to time.

        Raises:
            InputError: the theorem is not accepted.
            CannotResumeError: what was kept does not fit any more.
        """
        saved = checkpoint.read() if checkpoint else None
        strategy = self._begin(make, attempt, resumed=saved is not None)
        if saved is not None:
            restore(self, strategy, saved)
        finished = False
        try:
            keeper = Keeper(checkpoint, lambda: snapshot(self, strategy)) if checkpoint else None
            ended = self._until_ended(strategy, keeper)
            finished = ended.proof is not None or strategy.exhausted
            return ended
        finally:
            self._keep_lemmas(strategy)
            if checkpoint is not None and finished:
                checkpoint.remove()
            elif checkpoint is not None:
                checkpoint.write(snapshot(self, strategy))

    def _until_ended(self, strategy: Strategy, keeper: Keeper | None) -> Ended:
        if owed := strategy.pending:
            self._turn(strategy, owed)
        while (proof := strategy.solution) is None:
            reached = self.limits.reached(self.progress)
            if reached is not None:
                return Ended(None, *reached)
            expansions = strategy.ask(self.settings.batch or self.proposer.batch)
            if not expansions:
                return Ended(None, Status.FAILED, "no tactic is left to try")
            self._turn(strategy, expansions)
            if keeper is not None:
                keeper.perhaps()
        return Ended(proof)

    def _begin(self, make: StrategyFactory, attempt: int, *, resumed: bool) -> Strategy:
        roots = self.workplace.open(self.theorem)
        strategy = make(roots)
        distinct = {root.key: root for root in roots}
        numbers = {key: number for number, key in enumerate(distinct)}
        self._tell(events.Opened(attempt, self.workplace.merging.value,
                                 tuple(numbers[root.key] for root in roots), resumed))
        for number, root in enumerate(distinct.values()):
            self._reach(number, root, None, None, 0)
        return strategy

    # -- a turn ------------------------------------------------------------------------------

    def _turn(self, strategy: Strategy, expansions: Sequence[Expansion]) -> None:
        new = [e for e in expansions if e.node not in self.offers]
        goals = [self.workplace.goals(e.state) for e in new]
        offers = self.proposer.offers(self.theorem, goals, [e.depth for e in new],
                                      self.limits.seconds_left())
        for expansion, offer in zip(new, offers, strict=True):
            self.offers[expansion.node] = self._doubted(strategy, expansion.node, offer)
            self.progress.tokens += offer.tokens
        for expansion in expansions:
            if strategy.solution is not None or self.limits.reached(self.progress):
                return
            self._expand(strategy, expansion, self.offers[expansion.node])

    def _doubted(self, strategy: Strategy, node: int, offer: Offer) -> Offer:
        if not self.settings.doubt:
            return offer
        route = strategy.route(node)
        return replace(offer, proposals=doubted(offer.proposals, route, strategy.failed))

    def _expand(self, strategy: Strategy, expansion: Expansion, offer: Offer) -> None:
        started = time.perf_counter()
        most = self.settings.tactics_per_round
        trials = self.workplace.trials(
            expansion.state,
            round_of(offer.proposals, most) if self.settings.commit else offer.proposals[:most],
            lambda further: self.limits.allow(further, self.progress),
        )
        left = offer.after(len(trials))
        self.progress.tactic_calls += len(trials)
        self.progress.expansions += 1
        self.progress.depth = max(self.progress.depth, expansion.depth)
        outcomes = [Outcome(t.proposal.tactic, self._cost(t), t.children, t.error)
                    for t in trials]
        change = strategy.tell(expansion, outcomes, more=bool(left.proposals),
                               bound=self._bound(trials, left))
        if left.proposals:
            self.offers[expansion.node] = left
        else:
            del self.offers[expansion.node]  # in a long search they take more room than the graph
        self._note(expansion, offer, trials, change, time.perf_counter() - started)
        self._learn(expansion, trials)
        self._credit(strategy, expansion.node, trials, change)

    def _bound(self, trials: Sequence[Trial], left: Offer) -> float | None:
        """What the tactics still to be tried are worth at most, where a sure one has led on: where
        it leads the same may be tried, and more."""
        sure = (self.settings.commit and len(trials) == 1 and trials[0].children is not None
                and trials[0].proposal.log_prob >= _SURE)
        return left.proposals[0].log_prob - _PASSED if sure and left.proposals else None

    def _cost(self, trial: Trial) -> float:
        """What a tactic adds to the log-probability of the path."""
        if trial.children is None or not self.settings.credit:
            return trial.proposal.log_prob
        return credited(trial.proposal, len(trial.children))

    # -- memory ------------------------------------------------------------------------------

    def _learn(self, expansion: Expansion, trials: Sequence[Trial]) -> None:
        """Remember which tactics are of no use on this goal."""
        memory = self.proposer.memory
        if memory is None:
            return
        goals = self.workplace.goals(expansion.state)
        useless = [t for t in trials if t.error is not None and t.failure in _LASTING]
        memory.learn_failures(goals, [t.proposal.tactic for t in useless
                                      if t.proposal.origin != FROM_MEMORY])
        if any(t.proposal.origin == FROM_MEMORY for t in useless):
            memory.unlearn_proof(goals)

    def _credit(
        self, strategy: Strategy, node: int, trials: Sequence[Trial], change: Change
    ) -> None:
        """Tell a generator that learns which of its tactics led on, and which proved a state."""
        if not self.proposer.learns:
            return
        useful = {(node, t.proposal.tactic): t.proposal for t in trials if t.children is not None}
        self.useful.update(useful)
        statement = self.theorem.statement
        feedback = [Feedback(t.proposal, t.children is not None, theorem=statement)
                    for t in trials]
        for proved in change.proved:
            proposal = self.useful.get((proved, strategy.proof(proved).tactic))
            if proposal is not None:
                feedback.append(Feedback(proposal, True, True, statement))
        self.proposer.learn(feedback)

    def _keep_lemmas(self, strategy: Strategy) -> None:
        """Remember how goals were proved, whatever becomes of the theorem."""
        memory = self.proposer.memory
        if memory is None or self.workplace.renamed:  # scripts may mix names then
            return
        for node in self.proved[:_MOST_LEMMAS]:
            script = render([strategy.proof(node)])
            memory.learn_proof(self.workplace.goals(self.states[node]), str(script))

    # -- events ------------------------------------------------------------------------------

    def _note(
        self, expansion: Expansion, offer: Offer, trials: Sequence[Trial], change: Change,
        seconds: float,
    ) -> None:
        """Keep the states by number, and tell what the expansion brought."""
        reached = {t.proposal.tactic: t.children for t in trials if t.children is not None}
        for edge in change.edges:
            states = reached[edge.tactic]
            for number, state in zip(edge.children, states, strict=True):
                self._reach(number, state, edge.source, edge.tactic, expansion.depth + 1)
        self.proved += change.proved
        self.progress.proved = len(self.proved)
        if self.listen is not None:
            self._tell(_expanded(expansion, offer, trials, change, seconds))
            for node in change.proved:
                self._tell(events.Proved(node))
            for node in change.failed:
                self._tell(events.Failed(node))

    def _reach(
        self, number: int, state: State, parent: int | None, tactic: str | None, depth: int
    ) -> None:
        if number in self.states:
            return
        self.states[number] = state
        self.progress.nodes += 1
        if self.listen is not None:
            goals = tuple(map(str, self.workplace.goals(state)))
            self.listen(events.Reached(number, parent, tactic, depth, goals, state.value))

    def _tell(self, event: events.Event) -> None:
        if self.listen is not None:
            self.listen(event)


def _expanded(
    expansion: Expansion, offer: Offer, trials: Sequence[Trial], change: Change, seconds: float
) -> events.Expanded:
    children = {edge.tactic: edge.children for edge in change.edges}
    attempts = tuple(
        events.Attempt(t.proposal.tactic, t.proposal.log_prob, t.proposal.origin, t.seconds,
                       children.get(t.proposal.tactic), t.error, t.failure)
        for t in trials
    )
    return events.Expanded(expansion.node, expansion.round, expansion.depth,
                           offer.total, offer.skipped, offer.premises, attempts, seconds)

"""The checker of the first-order environment: the only place where *proved* is decided.

The problem is read again from its file and the script replayed on the fresh goal. Structural
tactics are sound by construction. What a prover decided is not believed on its word: a prover of
another family must decide it again from the premises used, or else E's derivation must pass,
step by step, a verification by an SMT solver. So every accepted step rests on the rules of
`tactics` or on two provers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from prover.contracts import InputError, ProofScript, Verdict
from prover.environments.fol.consultation import (
    Answers,
    Oracle,
    default_oracle,
    oracle_of,
    others,
    smt_oracle,
)
from prover.environments.fol.derivation import Derivation, verify
from prover.environments.fol.environment import load_problem
from prover.environments.fol.notation import display_name
from prover.environments.fol.provers.contracts import Limits, ProverAnswer, SzsStatus
from prover.environments.fol.provers.portfolio import family
from prover.environments.fol.script import ProofNode, ScriptError, run_script
from prover.environments.fol.syntax import FALSE, Problem, alpha_equivalent
from prover.environments.fol.tactic_context import Ask, ByProver, ByRule, TacticContext
from prover.environments.fol.theorem import FolTheorem

NAME = "lemma-fol"
CONTRADICTORY = "the axioms contradict each other: they prove everything"
_CONTRADICTION_SECONDS = 1.0
_SHORT_SECONDS = 1.0


@dataclass(frozen=True)
class Confirmation:
    """Who confirmed a prover's step: its name and version, or how a derivation was verified."""

    by: str
    derivation: Derivation | None = None


@dataclass(frozen=True)
class Verification:
    """A verdict with its grounds: the proof tree, and who confirmed each prover's step.

    ``confirmations`` are in the order of those steps in the tree.
    """

    verdict: Verdict
    tree: ProofNode | None = None
    confirmations: tuple[Confirmation, ...] = ()


class _Refused(Exception):
    """The proof is not accepted; the message says why."""


class FolChecker:
    """Verifies scripts of first-order theorems.

    ``prover`` is asked when a script is replayed; ``answers`` may hold what it said in the search,
    since others confirm it. ``seconds`` is the limit of one question to a prover; a script's own
    time-outs are multiplied by ``patience``, because what was found in a given time need not be
    found as fast again. So many ``workers`` may use the processor cores at the same time.
    """

    def __init__(
        self, *, prover: Oracle | None = None, seconds: float = 10.0, patience: float = 3.0,
        memory_mb: int = 2000, workers: int = 1, answers: Answers | None = None,
    ) -> None:
        self._workers, self._answers = workers, answers or Answers()
        self._prover = prover or default_oracle(workers)
        self._smt = smt_oracle(workers)
        self._consistency = smt_oracle(workers)  # it is remembered also where it did not find out
        self._confirming: dict[str, Oracle] = {}
        self._limits = Limits(seconds, memory_mb)
        self._patience = patience
        self._stop = threading.Event()

    def check(self, theorem: FolTheorem, script: ProofScript) -> Verdict:
        """Whether ``script`` proves ``theorem``, as its file states it now."""
        return self.verify(theorem, script).verdict

    def verify(
        self, theorem: FolTheorem, script: ProofScript, ask: Ask | None = None
    ) -> Verification:
        """As `check`, with the grounds of the verdict. ``ask`` answers in place of the provers
        (from a certificate); its answers are confirmed like theirs."""
        try:
            fresh = self._reread(theorem)
            tree = self._replay(fresh, script, ask)
            confirmations = tuple(self._confirm(fresh, step) for step in prover_steps(tree))
        except _Refused as refused:
            return Verification(self._verdict(False, (), (), str(refused)))
        except ScriptError as error:
            return Verification(
                self._verdict(False, (), (), f"line {error.line}: {error.message}")
            )
        axioms = used_axioms(tree, fresh)
        reason = CONTRADICTORY if self._contradictory(fresh, tree, axioms) else None
        return Verification(
            self._verdict(True, axioms, confirmations, reason), tree, confirmations
        )

    def close(self) -> None:
        """Stop every prover at work for this checker. Idempotent."""
        self._stop.set()

    # -------------------------------------------------------------------------------------- steps

    def _reread(self, theorem: FolTheorem) -> FolTheorem:
        """The theorem as the file has it now; it must still be the same."""
        try:
            found = [t for t in load_problem(theorem.file, errors=[]) if t.name == theorem.name]
        except InputError as error:
            raise _Refused(f"the problem cannot be read again: {error}") from None
        if not found:
            raise _Refused(f"{theorem.file} has no theorem {theorem.name} any more")
        if found[0] == theorem:
            return theorem  # what has been worked out about it need not be again
        if not same_theorem(found[0], theorem):
            raise _Refused(f"the statement of {theorem.name} or its axioms have changed in "
                           f"{theorem.file}")
        return found[0]

    def _replay(
        self, theorem: FolTheorem, script: ProofScript, ask: Ask | None
    ) -> ProofNode:
        if len(script.blocks) != 1:
            raise _Refused(f"the theorem has one hole, the script {len(script.blocks)} blocks")
        context = TacticContext(
            theorem, ask or self._ask(theorem, self._prover),
            ask or self._ask(theorem, self._smt),
            self._limits.seconds, self._patience,
        )
        tree = run_script(theorem.sequent, script.blocks[0], context)
        left = tree.open_leaves()
        if left:
            raise _Refused(f"unsolved goals\n{left[0].sequent.goal()}")
        return tree

    def _confirm(self, theorem: FolTheorem, step: ProofNode) -> Confirmation:
        """Have another family of provers confirm what one decided; raises `_Refused`."""
        justification = step.justification
        assert isinstance(justification, ByProver)
        answer = justification.answer
        problem = reduced(justification.problem, answer)
        derivation, failure = None, ""
        for seconds in (min(_SHORT_SECONDS, self._limits.seconds), self._limits.seconds):
            again = self._asked_again(theorem, problem, answer, seconds)
            if again.status.proved:
                return Confirmation(f"{again.prover} {again.version}")
            if answer.derivation is not None and not failure:
                derivation, failure = self._verified(answer, justification.problem)
            if derivation is not None:
                return Confirmation(
                    f"{len(derivation.steps)} derivation steps verified with "
                    f"{self._smt.available().version}", derivation,
                )
        tried = [f"{again.prover}: {again.status}"]
        if failure:
            tried.append(f"its derivation: {failure}")
        raise _Refused(
            f"line {step.line}: '{step.text}' was proved by {answer.prover} {answer.version} but "
            f"not confirmed ({'; '.join(tried)})"
        )

    def _asked_again(
        self, theorem: FolTheorem, problem: Problem, answer: ProverAnswer, seconds: float
    ) -> ProverAnswer:
        """What the provers of the other families say."""
        finder = family(answer.prover)
        if finder not in self._confirming:
            self._confirming[finder] = oracle_of(others(finder), self._workers)
        oracle = self._answers.about(theorem, self._confirming[finder])
        return oracle.prove(problem, Limits(seconds, self._limits.memory_mb), self._stop)

    def _verified(
        self, answer: ProverAnswer, problem: Problem
    ) -> tuple[Derivation | None, str]:
        """E's derivation if every step of it is verified by an SMT solver, or why not."""
        try:
            derivation = Derivation.parse(answer.derivation or "").pruned()
        except InputError as error:
            return None, str(error)
        verifier = oracle_of(name for name in ("z3", "cvc5") if name != family(answer.prover))
        report = verify(derivation, problem, verifier, self._limits, self._stop)
        if report.verified:
            return derivation, ""
        failures = [f"{f.step.name} ({f.step.rule}): {f.reason}" for f in report.failures]
        return None, "; ".join(failures[:3]) or "it does not end in $false"

    def _contradictory(
        self, theorem: FolTheorem, tree: ProofNode, axioms: tuple[str, ...]
    ) -> bool:
        """Whether the axioms used prove False by themselves (where that is not the question)."""
        if theorem.conjecture is None or not axioms:
            return False
        whole = tree.justification
        if (isinstance(whole, ByProver)
                and whole.answer.status is SzsStatus.CONTRADICTORY_AXIOMS):
            return True
        wanted = set(axioms)
        named = [(f"axiom_{i}", theorem.axioms[name].closed)
                 for i, name in enumerate(theorem.axioms) if name in wanted]  # fmt: skip
        question = Problem(Problem.of(named, FALSE).formulas, theorem.problem.types)
        limits = Limits(min(_CONTRADICTION_SECONDS, self._limits.seconds), self._limits.memory_mb)
        oracle = self._answers.about(theorem, self._consistency, undecided=True)
        return oracle.prove(question, limits, self._stop).status.proved

    # -------------------------------------------------------------------------------------- parts

    def _ask(
        self, theorem: FolTheorem, oracle: Oracle
    ) -> Callable[[Problem, float], ProverAnswer]:
        remembering = self._answers.about(theorem, oracle)

        def ask(problem: Problem, seconds: float) -> ProverAnswer:
            limits = Limits(max(seconds, 0.1), self._limits.memory_mb)
            return remembering.prove(problem, limits, self._stop)

        return ask

    def _verdict(
        self, accepted: bool, axioms: tuple[str, ...], confirmations: Iterable[Confirmation],
        reason: str | None,
    ) -> Verdict:
        who = dict.fromkeys(confirmation.by for confirmation in confirmations)
        versions = "; ".join([own_version(), *(f"confirmed by {by}" for by in who)])
        return Verdict(accepted, NAME, versions, tuple(map(display_name, axioms)), reason)


def own_version() -> str:
    """The version of this distribution."""
    try:
        return version("lemma-prover")
    except PackageNotFoundError:
        return "development"


def prover_steps(tree: ProofNode) -> list[ProofNode]:
    """The steps of the tree that a prover decided, in the order of the script."""
    return [node for node in tree.walk() if isinstance(node.justification, ByProver)]


def same_theorem(left: FolTheorem, right: FolTheorem) -> bool:
    """Whether both state the same: conjecture and axioms, names and types included."""
    ours, theirs = left.problem.formulas, right.problem.formulas
    return left.problem.types == right.problem.types and len(ours) == len(theirs) and all(
        (a.name, a.role) == (b.name, b.role) and alpha_equivalent(a.closed, b.closed)
        for a, b in zip(ours, theirs, strict=True)
    )


def reduced(problem: Problem, answer: ProverAnswer) -> Problem:
    """``problem`` with only the premises that the answer says were used."""
    if answer.used_premises is None:
        return problem
    used = set(answer.used_premises)
    return problem.restricted(lambda formula: formula.name in used)


def used_axioms(tree: ProofNode, theorem: FolTheorem) -> tuple[str, ...]:
    """The axioms of the problem that the proof looks at, in the order of the problem."""
    found: set[str] = set()
    for node in tree.walk():
        if not isinstance(node.justification, ByRule | ByProver):
            continue
        for name in node.justification.used:
            hypothesis = node.sequent.find(name)
            axiom = name if hypothesis is None else hypothesis.axiom
            if axiom is not None and axiom in theorem.axioms:
                found.add(axiom)
    return tuple(name for name in theorem.axioms if name in found)

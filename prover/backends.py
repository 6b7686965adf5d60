"""The two worlds of the agent, each with what a session needs of it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import ClassVar

from prover.contracts import (
    Checker,
    Environment,
    Goal,
    InputError,
    ProofScript,
    Result,
    TacticGenerator,
    Verdict,
)
from prover.environments.fol.certificate import SUFFIX, certificate_of
from prover.environments.fol.checker import FolChecker, Verification
from prover.environments.fol.consultation import Answers, default_oracle, smt_oracle
from prover.environments.fol.environment import FolEnvironment, load_problem
from prover.environments.fol.premise_ranking import guided_oracle
from prover.environments.fol.theorem import FolTheorem
from prover.environments.lean import (
    FileProblem,
    LeanPool,
    LeanTheorem,
    assemble,
    load_lean_file,
    load_records,
)
from prover.environments.lean.assembly import fill
from prover.environments.lean.context import file_premises
from prover.environments.lean.declarations import TARGETS
from prover.environments.lean.source import read_source
from prover.environments.lean.theory import theory_of
from prover.generators.cleaning import World
from prover.generators.factory import GeneratorFactory
from prover.generators.symbolic import FirstOrderGenerator, SymbolicGenerator
from prover.lean_export import LeanExporter, lean_file
from prover.minimise import FIRST_ORDER, LEAN, Dialect
from prover.planning import Planner
from prover.planning.factory import model_planner, with_model, with_rules
from prover.premises import LeanPremises, Premises, premise_choice
from prover.proof_cache import Theory
from prover.session import Backend, Loaded
from retrieval.contracts import ScoredPremise

_REFUTATION_SECONDS = 2.0
_LIBRARY_PREMISES = 16  # for each goal


def make_backends(
    workers: int, *, lean: bool = False, premises: str = Premises.AUTO, independent: bool = False,
    strict_generator: bool = False, notify: Callable[[str], None] | None = None,
    planner: str = "symbolic", read_library: bool = False,
) -> tuple[Backend, ...]:
    """All backends; with ``lean`` first-order proofs are also written in Lean. ``premises`` is one
    of `Premises`, which is about Lean, or the folder of a trained retriever, which selects the
    premises of first-order problems. Theorems that are ``independent`` are not offered what was
    proved before them, so that their order does not matter. A generator or planner that fails is
    an error if ``strict_generator``, else the rules stand in for it and ``notify`` is told.
    ``planner`` is as for ``lemma prove --planner``; it is about Lean. With ``read_library`` what
    files import of the standard library is read if it was not before, of which ``notify`` hears.
    Nothing is started before a file needs it.

    Raises:
        InputError: ``premises`` is neither, or there is no such planner.
    """
    mode, model = premise_choice(premises)
    generators = GeneratorFactory(workers=workers, strict=strict_generator, notify=notify)
    sketches = model_planner(planner, notify, strict=strict_generator)
    reading = (notify or (lambda _: None)) if read_library else None
    return (LeanBackend(workers, mode, generators, independent=independent,
                        planner=planner, sketches=sketches, reading=reading),
            FolBackend(lean=lean, model=model, generators=generators, workers=workers))


class LeanBackend:
    """Lean files and miniF2F-style records, proved in a pool of Lean processes."""

    suffixes: ClassVar[tuple[str, ...]] = (".lean", ".jsonl")
    dialect: ClassVar[Dialect] = LEAN

    def __init__(
        self, workers: int, premises: Premises | LeanPremises = Premises.AUTO,
        generators: GeneratorFactory | None = None, *, independent: bool = False,
        planner: str = "symbolic", sketches: Planner | None = None,
        reading: Callable[[str], None] | None = None,
    ) -> None:
        self._planner, self._sketches = planner, sketches
        self._pool, self._independent = LeanPool(workers), independent
        self._generators = generators or GeneratorFactory(workers=workers)
        self._premises = premises if isinstance(premises, LeanPremises) else LeanPremises(
            premises, launcher=self._pool.launcher, reading=reading)
        self._lock = threading.Lock()
        self._proved: defaultdict[Path, set[str]] = defaultdict(set)

    @property
    def checker(self) -> Checker[LeanTheorem]:
        """The pool's checker, by way of `check`, which keeps count of what is proved."""
        return self

    def load(self, path: Path, *, reprove: bool) -> Loaded:
        """The theorems with holes of a Lean file, or the records of a ``.jsonl`` file."""
        if path.suffix == ".jsonl":
            found = load_records(path, pool=self._pool)
        elif not any(token.is_(*TARGETS) for token in read_source(path).tokens):
            return Loaded(notes=(f"{path}: no theorem in this file",))
        else:
            found = load_lean_file(path, pool=self._pool, reprove=reprove)
        imports = dict.fromkeys(theorem.source.modules for theorem in found.theorems)
        notes = [note for modules in imports for note in self._premises.prepare(modules)]
        return Loaded(found.theorems, tuple(map(_input_error, found.problems)),
                      (*found.notes, *notes))

    def environment(
        self, theorem: LeanTheorem
    ) -> AbstractContextManager[Environment[LeanTheorem]]:
        """An idle Lean process."""
        return self._pool.environment(theorem)

    def generator(self, name: str, seed: int = 0) -> TacticGenerator:
        """The tactic generator called ``name``."""
        found = self._generators.make(
            name, World.LEAN, lambda: with_rules(self._planner, SymbolicGenerator()), seed)
        return with_model(self._sketches, found)

    def premises(
        self, theorem: LeanTheorem, goals: Sequence[tuple[Goal, ...]]
    ) -> Sequence[Sequence[ScoredPremise]]:
        """Definitions and theorems before ``theorem`` in its file, of those with holes only what
        was proved in this session; then, for each goal, what fits of the library."""
        with self._lock:
            proved = frozenset(self._proved[theorem.file])
        texts = [str(group[0]) if group else "" for group in goals]
        return self._premises.retrieve_for(theorem, texts, _LIBRARY_PREMISES,
                                           file_premises(theorem, proved))

    def check(self, theorem: LeanTheorem, script: ProofScript) -> Verdict:
        """The checker's verdict; what was proved may be used from then on in its file."""
        verdict = self._pool.checker.check(theorem, script)
        if verdict.accepted and not self._independent:
            with self._lock:
                self._proved[theorem.file].add(theorem.name)
        return verdict

    def guidance(self, theorem: LeanTheorem) -> str:
        """Where premises come from, and the planner."""
        return f"premises {self._premises.source(theorem.source.modules)}\0" \
            f"planner {self._planner}"

    def theory(self, theorem: LeanTheorem) -> Theory:
        """The library that Lean loads, and the text before the theorem."""
        return theory_of(theorem, self._library)

    @cached_property
    def _library(self) -> str:
        return self._pool.launcher.fingerprint

    def refutation(self, theorem: LeanTheorem, seconds: float) -> str | None:
        """Lean does not look for counter-models."""
        del theorem, seconds
        return None

    def proof_files(
        self, path: Path, folder: Path, results: Sequence[tuple[LeanTheorem, Result]]
    ) -> dict[str, str]:
        """The file with its holes filled; for records one Lean file each."""
        del folder
        proofs = [(theorem, r.script) for theorem, r in results if r.script is not None]
        if path.suffix == ".jsonl":
            return {f"{path.stem}/{theorem.name}.lean": assemble(theorem, script)
                    for theorem, script in proofs}
        return {path.name: fill(proofs[0][0].source.text, proofs)}

    def fill(
        self, path: Path, original: str, results: Sequence[tuple[LeanTheorem, Result]]
    ) -> str | None:
        """The text of a ``.lean`` file with the proofs in the places of their holes."""
        if path.suffix != ".lean":
            return None
        return fill(original, [(t, r.script) for t, r in results if r.script is not None])

    def close(self) -> None:
        """End all Lean processes."""
        self._generators.close()
        self._pool.close()


def _input_error(problem: FileProblem) -> InputError:
    return InputError(problem.message, file=problem.file, line=problem.line,
                      theorem=problem.theorem)


class FolBackend:
    """TPTP problems, proved with tactics and the automated provers."""

    suffixes: ClassVar[tuple[str, ...]] = (".p", ".tptp")
    dialect: ClassVar[Dialect] = FIRST_ORDER

    def __init__(
        self, *, lean: bool = False, model: Path | None = None,
        generators: GeneratorFactory | None = None, workers: int = 1,
    ) -> None:
        self._generators, self._model = generators or GeneratorFactory(), model
        self._exporter = LeanExporter() if lean else None
        self._answers, prover = Answers(), default_oracle(workers)
        self._environment = FolEnvironment(
            prover if model is None else guided_oracle(model, workers), smt=smt_oracle(workers),
            answers=self._answers)
        self._checker = FolChecker(prover=prover, workers=workers, answers=self._answers)
        self._verified: dict[FolTheorem, Verification] = {}

    @property
    def checker(self) -> Checker[FolTheorem]:
        """Replays scripts and has every prover's step confirmed by another prover."""
        return self

    def check(self, theorem: FolTheorem, script: ProofScript) -> Verdict:
        """The checker's verdict; its grounds are kept for the certificate."""
        verification = self._checker.verify(theorem, script)
        if verification.verdict.accepted or theorem not in self._verified:
            self._verified[theorem] = verification
        return verification.verdict

    def load(self, path: Path, *, reprove: bool) -> Loaded:
        """One theorem for each conjecture of a TPTP file."""
        del reprove
        problems: list[InputError] = []
        theorems = load_problem(path, errors=problems)
        if any(t.conjecture is None and not t.problem.negated_conjectures for t in theorems):
            problems.append(InputError(
                "no conjecture: there are only axioms", file=path, line=theorems[0].line,
                remedy="give one formula the role `conjecture`"))
            theorems = []
        return Loaded(tuple(theorems), tuple(problems))

    @contextmanager
    def _shared(self) -> Iterator[Environment[FolTheorem]]:
        yield self._environment

    def environment(self, theorem: FolTheorem) -> AbstractContextManager[Environment[FolTheorem]]:
        """One environment serves all threads: its states are plain values."""
        del theorem
        return self._shared()

    def generator(self, name: str, seed: int = 0) -> TacticGenerator:
        """The tactic generator called ``name``."""
        return self._generators.make(name, World.FIRST_ORDER, FirstOrderGenerator, seed)

    def premises(
        self, theorem: FolTheorem, goals: Sequence[tuple[Goal, ...]]
    ) -> Sequence[Sequence[ScoredPremise]]:
        """Axioms are hypotheses of the sequent or known to ``auto``; nothing more is offered."""
        del theorem
        return [()] * len(goals)

    def guidance(self, theorem: FolTheorem) -> str:
        """The model that selects axioms for the provers."""
        del theorem
        return f"premises {self._model and self._model.resolve()}"

    def theory(self, theorem: FolTheorem) -> Theory:
        """The problem's axioms: provers may use all of them."""
        types = map(str, theorem.problem.types)
        axioms = (f"{name}: {axiom.formula}" for name, axiom in theorem.axioms.items())
        text = "\n".join(["fol", *types, *axioms])
        digest = blake2b(text.encode(), digest_size=16).hexdigest()
        return Theory(digest, digest)

    def refutation(self, theorem: FolTheorem, seconds: float) -> str | None:
        """That the conjecture does not follow, with a finite counter-model if there is one; with
        this question an attempt begins."""
        self._answers.forget(theorem)
        found = self._environment.refute(theorem, min(seconds, _REFUTATION_SECONDS))
        return None if found is None else str(found)

    def proof_files(
        self, path: Path, folder: Path, results: Sequence[tuple[FolTheorem, Result]]
    ) -> dict[str, str]:
        """For the theorem proved last its certificate and, if wanted, its proof in Lean; the
        others have theirs already."""
        theorem, _ = results[-1]
        several = len(load_problem(path, errors=[])) > 1
        stem = f"{path.stem}.{theorem.name}" if several else path.stem
        verification = self._verified[theorem]
        files = {f"{stem}{SUFFIX}": str(certificate_of(theorem, verification, folder))}
        if self._exporter is not None and verification.tree is not None:
            exported = self._exporter.export(theorem, verification.tree)
            files[f"{stem}.lean"] = lean_file(exported, path)
        return files

    def fill(
        self, path: Path, original: str, results: Sequence[tuple[FolTheorem, Result]]
    ) -> str | None:
        """TPTP files have no holes."""
        del path, original, results
        return None

    def close(self) -> None:
        """Stop every prover at work."""
        self._generators.close()
        self._environment.close()
        self._checker.close()
        if self._exporter is not None:
            self._exporter.close()

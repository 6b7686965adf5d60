"""The first-order room, measured on MPTP2078 (Mizar theorems; Alama et al., 2014).

* how fast TPTP is read and printed;
* on a seeded sample of problems, with the problem's own premises (*bushy*) and with every earlier
  formula of the library as a premise (*chainy*): how many each single prover solves, and how many
  Lemma's portfolio does, in the same wall-clock time;
* milliseconds per verified step for each prover, and the share of the steps of E's derivations
  that provers other than E re-verify;
* how many proofs Lean's kernel accepts: of the repository's examples, and of the sample's problems
  that Lemma solved with their own premises (the first ``--lean`` of them);
* wrong verdicts on random conjectures that are invalid by construction (a random finite model
  satisfies the axioms and not the conjecture).

    python -m tests.benchmarks.bench_fol [--data DIR] [--sample 60] [--seconds 5] [--seed 0]

Progress goes to standard error; the last line of the output is JSON. A problem is given to the
provers as it is in memory; translating it counts as their time, reading the file does not. The
portfolio's provers and selections for many premises were chosen on problems other than those of
``--seed 0``, its strategies for few premises (clauses, parts of the conjecture and the like) on
problems other than those of ``--seed 1``, which is the one to report. Another seed draws problems
of which some were used in choosing.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prover.contracts import LemmaError, ProofScript, Verdict
from prover.environments.fol.checker import FolChecker
from prover.environments.fol.consultation import oracle_of, others
from prover.environments.fol.derivation import Derivation, Step, StepStatus, Verifier, verify
from prover.environments.fol.environment import load_problem
from prover.environments.fol.provers.contracts import Limits, ProverAnswer
from prover.environments.fol.provers.eprover import EProver
from prover.environments.fol.provers.portfolio import quick, single, strong
from prover.environments.fol.provers.smt import SmtProver
from prover.environments.fol.syntax import AnnotatedFormula, Problem, Role
from prover.environments.fol.tptp import format_problem, read_problem
from prover.lean_export import LeanExporter
from tests.fol.worlds import RandomWorld

DEFAULT_DATA = Path(__file__).parents[3] / "shared" / "benchmarks" / "mptp2078"
EXAMPLES = Path(__file__).parents[2] / "lean_project" / "Examples"
ENGINES: dict[str, Verifier] = {
    "E": single(EProver("auto-schedule", ("--auto-schedule",))),
    "z3": single(SmtProver("z3", "mbqi")),
    "cvc5": single(SmtProver("cvc5", "enum-inst", (("enum-inst", "true"),))),
}
Figures = dict[str, Any]


def say(text: str) -> None:
    """Tell about the progress."""
    print(text, file=sys.stderr, flush=True)


@dataclass
class Library:
    """The formulas of the benchmark in library order, and its problems."""

    formulas: tuple[AnnotatedFormula, ...]
    problems: list[dict[str, Any]]

    def __post_init__(self) -> None:
        self.position = {formula.name: i for i, formula in enumerate(self.formulas)}

    def bushy(self, record: dict[str, Any]) -> Problem:
        """The problem with its own premises."""
        positions = sorted(self.position[name] for name in record["premises"])
        return self._problem(record, [self.formulas[position] for position in positions])

    def chainy(self, record: dict[str, Any]) -> Problem:
        """The problem with all earlier formulas as premises."""
        return self._problem(record, self.formulas[: self.position[record["name"]]])

    def _problem(self, record: dict[str, Any], premises: Iterable[AnnotatedFormula]) -> Problem:
        theorem = self.formulas[self.position[record["name"]]]
        conjecture = AnnotatedFormula(theorem.name, Role.CONJECTURE, theorem.formula)
        return Problem((*premises, conjecture))


def reading(path: Path) -> tuple[tuple[AnnotatedFormula, ...], Figures]:
    """The formulas of the library, and how long reading and printing them takes."""
    begun = time.perf_counter()
    problem = read_problem(path)
    read = time.perf_counter()
    text = format_problem(problem)
    printed = time.perf_counter()
    figures = {
        "formulas": len(problem.formulas),
        "read_s": round(read - begun, 3),
        "print_s": round(printed - read, 3),
        "megabytes": round(len(text) / 1e6, 2),
    }
    return problem.formulas, figures


def solving(
    problems: list[tuple[str, Problem]], provers: dict[str, Verifier], seconds: float
) -> tuple[Figures, list[tuple[Problem, ProverAnswer]]]:
    """How many of ``problems`` each prover solves, and E's answers with a derivation."""
    figures: Figures = {}
    derivations = []
    for name, prover in provers.items():
        solved, spent, longest = [], 0.0, 0.0
        for problem_name, problem in problems:
            begun = time.perf_counter()
            answer = prover.prove(problem, Limits(seconds))
            took = time.perf_counter() - begun
            spent, longest = spent + took, max(longest, took)
            if answer.status.proved:
                solved.append(problem_name)
                if answer.derivation is not None and name == "E":
                    derivations.append((problem, answer))
        figures[name] = {
            "solved": len(solved), "seconds": round(spent, 1), "longest_s": round(longest, 2),
            "names": solved,
        }  # fmt: skip
        say(f"  {name}: {len(solved)} of {len(problems)} in {spent:.0f} s")
    return figures, derivations


def gain(figures: Figures) -> float:
    """How much more Lemma solves than the best single prover, as a share of the latter."""
    best = max(figures[name]["solved"] for name in ENGINES)
    return round(figures["Lemma"]["solved"] / best - 1, 3) if best else 0.0


def steps(derivations: list[tuple[Problem, ProverAnswer]]) -> Figures:
    """The share of re-verified steps, and milliseconds per entailment for each prover."""
    verifier = oracle_of(others("E"))
    total = verified = proofs = 0
    entailments: list[tuple[Derivation, Step]] = []
    for problem, answer in derivations:
        derivation = Derivation.parse(answer.derivation or "")
        report = verify(derivation, problem, verifier, Limits(5.0))
        total += len(report.steps)
        verified += len(report.steps) - len(report.failures)
        proofs += report.verified
        entailments += [(derivation, r.step) for r in report.steps if _is_entailment(r.step)]
    say(f"  {verified} of {total} steps re-verified")
    return {
        "steps": total,
        "verified": verified,
        "share": round(verified / total, 4) if total else None,
        "derivations": len(derivations),
        "derivations_verified": proofs,
        "per_prover": {name: _pace(engine, entailments[:200]) for name, engine in ENGINES.items()},
    }


def _is_entailment(step: Step) -> bool:
    plain = step.status is StepStatus.THEOREM and step.inference is not None
    return plain and "cth" not in str(step.inference)


def _pace(engine: Verifier, entailments: list[tuple[Derivation, Step]]) -> Figures:
    took, proved = [], 0
    for derivation, step in entailments:
        premises = [(name, derivation.by_name[name].formula) for name in step.parents]
        begun = time.perf_counter()
        answer = engine.prove(Problem.of(premises, step.formula), Limits(2.0))
        if answer.status.proved:
            proved += 1
            took.append(time.perf_counter() - begun)
    median = round(statistics.median(took) * 1000, 2) if took else None
    return {"asked": len(entailments), "proved": proved, "median_ms": median}


# ------------------------------------------------------------------------------ Lean's kernel


def kernel(files: Iterable[Path]) -> Figures:
    """Of the theorems in ``files`` that are proved, how many Lean proofs the kernel accepts."""
    theorems = proved = accepted = 0
    refused: list[str] = []
    checker, exporter = FolChecker(), LeanExporter()
    for theorem in (theorem for file in files for theorem in load_problem(file)):
        theorems += 1
        verification = checker.verify(theorem, ProofScript(("auto",)))
        if verification.tree is None or not verification.verdict.accepted:
            continue
        proved += 1
        try:
            verdict = exporter.export(theorem, verification.tree).verdict
        except LemmaError as error:
            verdict = Verdict(False, "export", "", reason=str(error))
        accepted += verdict.accepted
        if not verdict.accepted:
            refused.append(f"{theorem.name}: {(verdict.reason or '')[:120]}")
    checker.close()
    exporter.close()
    say(f"  Lean accepts {accepted} of {proved} proved")
    share = round(accepted / proved, 3) if proved else None
    return {"theorems": theorems, "proved": proved, "accepted": accepted, "share": share,
            "refused": refused}


def solved_files(problems: list[tuple[str, Problem]], names: list[str], folder: Path) -> list[Path]:
    """The problems of these names as files."""
    files = []
    for name, problem in problems:
        if name in names:
            files.append(folder / f"{name}.p")
            files[-1].write_text(format_problem(problem), encoding="utf-8")
    return files


# ---------------------------------------------------------------------------- invalid conjectures


def invalid(count: int, seed: int, seconds: float) -> Figures:
    """How the provers judge ``count`` invalid conjectures; ``wrong`` must be 0."""
    rng = random.Random(seed)
    problems = [RandomWorld(rng).invalid(rng.randint(0, 5)) for _ in range(count)]
    figures: Figures = {"conjectures": count}
    for name, prover in (*ENGINES.items(), ("Lemma", quick())):
        answers = [prover.prove(problem, Limits(seconds)) for problem in problems]
        figures[name] = {
            "wrong": sum(answer.status.proved for answer in answers),
            "refuted": sum(answer.status.refuted for answer in answers),
            "with_model": sum(answer.model is not None for answer in answers),
        }
        say(f"  {name}: {figures[name]}")
    return figures


# -------------------------------------------------------------------------------------------- main


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the figures as JSON."""
    parser = argparse.ArgumentParser(description="Benchmark of the first-order environment.")
    parser.add_argument("--data", type=Path, default=DEFAULT_DATA, help="the folder of MPTP2078")
    parser.add_argument("--sample", type=int, default=60, help="problems drawn")
    parser.add_argument("--seconds", type=float, default=5.0, help="wall-clock time a problem")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--modes", default="bushy,chainy")
    parser.add_argument("--lean", type=int, default=20, help="proofs of the sample put to Lean")
    parser.add_argument("--invalid", type=int, default=100, help="invalid conjectures")
    given = parser.parse_args(arguments)
    if not (given.data / "formulas.p").is_file():
        parser.error(f"no formulas.p in {given.data}: name the folder of MPTP2078 with --data")
    formulas, figures = reading(given.data / "formulas.p")
    say(f"read {figures['formulas']} formulas in {figures['read_s']} s")
    records = [json.loads(line) for line in (given.data / "train.jsonl").open()]
    library = Library(formulas, records)
    drawn = random.Random(given.seed).sample(records, given.sample)
    results: Figures = {"reading": figures, "sample": given.sample, "seconds": given.seconds,
                        "seed": given.seed}  # fmt: skip
    derivations: list[tuple[Problem, ProverAnswer]] = []
    for mode in given.modes.split(","):
        say(mode)
        pose: Callable[[dict[str, Any]], Problem] = getattr(library, mode)
        problems = [(record["name"], pose(record)) for record in drawn]
        provers = {**ENGINES, "Lemma": strong()}
        results[mode], found = solving(problems, provers, given.seconds)
        results[mode]["gain"] = gain(results[mode])
        derivations += found
        if mode == "bushy":
            say("Lean proofs of the sample")
            with tempfile.TemporaryDirectory() as folder:
                names = results[mode]["Lemma"]["names"][: given.lean]
                results["lean_sample"] = kernel(solved_files(problems, names, Path(folder)))
    say("Lean proofs of the examples")
    results["lean_examples"] = kernel(sorted(EXAMPLES.glob("*.p")))
    say("derivations")
    results["steps"] = steps(derivations)
    say("invalid conjectures")
    results["invalid"] = invalid(given.invalid, given.seed, 1.0)
    print(json.dumps(results))


if __name__ == "__main__":
    main()

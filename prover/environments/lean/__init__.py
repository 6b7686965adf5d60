"""The Lean environment: theorem files in, proof states and tactics, kernel-checked verdicts out.

The whole of it in a few lines::

    from prover.environments.lean import LeanPool, fill_file, load_lean_file, load_records

    with LeanPool(workers=2) as pool:                 # nothing is started before it is needed
        loaded = load_lean_file(path, pool=pool)      # LoadedFile(file, theorems, problems)
        for theorem in loaded.theorems:               # LeanTheorem, a prover.contracts.Theorem
            with pool.environment(theorem) as env:    # an idle worker, an Environment[LeanTheorem]
                state = env.open(theorem)             # goals of all holes
                roots = env.split(state)              # one state for each hole, in source order
                after = env.apply(roots[0], "simp")   # ProofState | TacticFailure
            verdict = pool.checker.check(theorem, ProofScript(("simp",)))   # fresh process
        fill_file(path, [(theorem, script)])          # `--write`: only these `sorry`s, atomically

* ``load_lean_file(path, *, pool, reprove=False) -> LoadedFile``; ``load_records`` does the same
  for miniF2F-style ``.jsonl`` files. What cannot be used at all (missing, binary, unknown import)
  raises `prover.contracts.InputError`; what is wrong with single theorems is in
  ``LoadedFile.problems`` (`FileProblem`: file, line, column, message, theorem name if known), and
  the other theorems still go.
* `LeanPool.environment` blocks until a worker is idle. It may be called from many threads; the
  environment handed out belongs to its thread until the ``with`` ends. One worker takes about
  1 GB and 3 s to start.
* `LeanPool.checker` is one `LeanChecker` for the whole pool, thread-safe, in processes of its own.
  A proof that uses an earlier theorem of its file is accepted once that one has been; until then
  the verdict's reason says that it rests on ``sorry``, and it can be asked again.
* `LeanChecker.check_file` judges finished texts (``lemma check``).
* `assemble` gives the source text with a script put in the place of the holes.

``LEMMA_LEAN=embedded|native|auto`` chooses the server (see `prover.environments.lean.backend`).
"""

from __future__ import annotations

from pathlib import Path

from prover.environments.lean.assembly import assemble, fill, fill_file
from prover.environments.lean.backend import Launcher, choose_launcher
from prover.environments.lean.checker import LeanChecker
from prover.environments.lean.environment import LeanEnvironment
from prover.environments.lean.pool import LeanPool
from prover.environments.lean.records import read_records, theorems_from_records
from prover.environments.lean.theorem import FileProblem, Hole, LeanTheorem, LoadedFile
from prover.environments.lean.theorem_file import load_path, load_text

__all__ = [
    "FileProblem",
    "Hole",
    "Launcher",
    "LeanChecker",
    "LeanEnvironment",
    "LeanPool",
    "LeanTheorem",
    "LoadedFile",
    "assemble",
    "choose_launcher",
    "fill",
    "fill_file",
    "load_lean_file",
    "load_lean_text",
    "load_records",
]


def load_lean_file(
    path: Path, *, pool: LeanPool | LeanEnvironment, reprove: bool = False
) -> LoadedFile:
    """The theorems of a ``.lean`` file whose proof is or contains ``sorry``; with ``reprove`` all
    of its theorems, their proofs taken away (in memory).

    Raises `InputError` if the file cannot be read, is not text, imports what does not exist, or
    is not elaborated within the limit of the pool.
    """
    if isinstance(pool, LeanEnvironment):
        return load_path(path, pool, reprove=reprove)
    with pool.environment() as environment:
        return load_path(path, environment, reprove=reprove)


def load_lean_text(
    text: str, *, pool: LeanPool | LeanEnvironment, file: Path = Path("<text>"),
    reprove: bool = False,
) -> LoadedFile:  # fmt: skip
    """As `load_lean_file`, for a text; ``file`` is what messages call it."""
    if isinstance(pool, LeanEnvironment):
        return load_text(text, pool, file=file, reprove=reprove)
    with pool.environment() as environment:
        return load_text(text, environment, file=file, reprove=reprove)


def load_records(path: Path, *, pool: LeanPool | LeanEnvironment) -> LoadedFile:
    """The theorems of a miniF2F-style ``.jsonl`` file (``name``, ``formal_statement``, optional
    ``header``), each named as its record. Broken lines and statements that this Lean cannot
    elaborate are problems.

    Raises `InputError` if the file cannot be read.
    """
    records, broken = read_records(path)
    if not records:
        return LoadedFile(path, (), tuple(broken))
    if isinstance(pool, LeanEnvironment):
        theorems, invalid, notes = theorems_from_records(records, pool)
    else:
        with pool.environment() as environment:
            theorems, invalid, notes = theorems_from_records(records, environment)
    problems = sorted([*broken, *invalid], key=lambda problem: problem.line)
    return LoadedFile(path, tuple(theorems), tuple(problems), tuple(notes))

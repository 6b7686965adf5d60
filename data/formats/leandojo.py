"""Traced Lean files in the format of LeanDojo Benchmark (Yang et al., NeurIPS 2023).

A folder with

* ``corpus.jsonl``: a line for each file or library module, after those that it imports: ``path``,
  ``imports`` (paths) and ``premises`` (``full_name``, ``code``, ``start``, ``end``, ``kind``);
* ``random`` and ``novel_premises``, each with ``train.json``, ``val.json`` and ``test.json``: lists
  of theorems with ``url``, ``commit``, ``file_path``, ``full_name``, ``theorem_statement``,
  ``start``, ``end`` and ``traced_tactics`` (``tactic``, ``annotated_tactic``, ``state_before``,
  ``state_after``);
* ``metadata.json``.

In ``novel_premises`` every theorem of ``val`` and ``test`` uses a premise that no theorem of
``train`` uses. Places are lines and columns, both from 1. The library's source text is not at
hand: its premises are given by their statements, and their places are those in a list of them,
one a line.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.formats.annotation import Provenance, annotated
from data.trace.lean_files import TracedFile
from data.trace.steps import TracedStep, TracedTheorem
from prover.contracts import InputError
from prover.environments.lean.library_view import Library, imported_first
from prover.environments.lean.source import Place
from prover.files import replace_text

# Where LeanDojo has the files of Lean's own library.
_LIBRARY = ".lake/packages/lean4/src/lean"
_SPLITS = ("train", "val", "test")
_SHARE = 0.1  # of the theorems, in each of val and test
_NO_GOALS = "no goals"


@dataclass(frozen=True)
class Repository:
    """What the files are said to be from."""

    url: str
    commit: str


def export(
    files: Sequence[TracedFile], library: Library, root: Path, repository: Repository, out: Path
) -> dict[str, int]:
    """Write the benchmark into the folder ``out``; the numbers of what it holds.

    ``root`` is the folder that paths and modules of ``files`` are relative to.

    Raises:
        InputError: there are no traced proofs, or files import each other in a circle.
    """
    ordered = _imported_first(files, root)
    provenance = _provenance(ordered, library, root)
    theorems = [
        _theorem(theorem, place, _path(file.path, root), provenance, repository)
        for file in ordered
        for theorem, place in zip(file.theorems, file.places, strict=True)
    ]
    if not theorems:
        raise InputError("no theorem has a proof by tactics", file=root,
                         remedy="give Lean files with finished proofs")
    lines = [*_library_lines(library), *_file_lines(ordered, library, root)]
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "corpus.jsonl", "".join(json.dumps(x, ensure_ascii=False) + "\n" for x in lines))
    for name, split in (("random", _random(theorems)), ("novel_premises", _novel(theorems))):
        (out / name).mkdir(exist_ok=True)
        for part in _SPLITS:
            text = json.dumps(split[part], ensure_ascii=False, indent=1)
            _write(out / name / f"{part}.json", text + "\n")
    _write(out / "metadata.json", json.dumps(_metadata(repository, library), indent=1) + "\n")
    return {
        "files": len(lines), "premises": sum(len(line["premises"]) for line in lines),
        "theorems": len(theorems),
        "tactics": sum(len(theorem["traced_tactics"]) for theorem in theorems),
    }  # fmt: skip


def _write(path: Path, text: str) -> None:
    replace_text(path, text)


def _metadata(repository: Repository, library: Library) -> dict[str, Any]:
    return {
        "from_repo": {"url": repository.url, "commit": repository.commit},
        "lean_version": library.lean, "generator": "lemma data leandojo",
    }  # fmt: skip


# ----------------------------------------------------------------------------------------- corpus


def _library_path(module: str) -> str:
    return f"{_LIBRARY}/{module.replace('.', '/')}.lean"


def _path(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _module(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts)


def _imported_first(files: Sequence[TracedFile], root: Path) -> list[TracedFile]:
    by_module = {_module(file.path, root): file for file in files}
    imports = {
        module: tuple(m for m in file.modules if m in by_module)
        for module, file in by_module.items()
    }
    return [by_module[module] for module in imported_first(imports, sorted(by_module))]


def _library_lines(library: Library) -> Iterator[dict[str, Any]]:
    premises: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for theorem in library.theorems:
        line, code = theorem.position + 1, _code(theorem.kind, theorem.name, theorem.statement)
        premises[theorem.module].append({
            "full_name": theorem.name, "code": code, "start": [line, 1],
            "end": [line, len(code) + 1], "kind": theorem.kind,
        })  # fmt: skip
    for module in imported_first(library.imports, sorted(library.imports)):
        yield {
            "path": _library_path(module),
            "imports": [_library_path(m) for m in library.imports[module]],
            "premises": premises[module],
        }


def _code(kind: str, name: str, statement: str) -> str:
    return f"{'def' if kind == 'definition' else kind} {name} : {statement}"


def _file_lines(
    files: Sequence[TracedFile], library: Library, root: Path
) -> Iterator[dict[str, Any]]:
    own = {_module(file.path, root): _path(file.path, root) for file in files}
    for file in files:
        known = [own[m] if m in own else _library_path(m)
                 for m in file.modules if m in own or m in library.imports]  # fmt: skip
        yield {
            "path": _path(file.path, root), "imports": known,
            "premises": [
                {"full_name": d.name, "code": d.code, "start": _pair(d.start), "end": _pair(d.end),
                 "kind": "declaration"}
                for d in file.declared
            ],
        }  # fmt: skip


def _pair(place: Place) -> list[int]:
    return [place.line, place.column]


def _provenance(
    files: Sequence[TracedFile], library: Library, root: Path
) -> dict[str, Provenance]:
    found: dict[str, Provenance] = {}
    for theorem in library.theorems:
        line = theorem.position + 1
        code = _code(theorem.kind, theorem.name, theorem.statement)
        found[theorem.name] = Provenance(
            theorem.name, _library_path(theorem.module), (line, 1), (line, len(code) + 1)
        )
    for file in files:
        for declared in file.declared:
            start, end = declared.start, declared.end
            for constant in declared.constants:
                found[constant] = Provenance(
                    constant, _path(file.path, root), (start.line, start.column),
                    (end.line, end.column),
                )  # fmt: skip
    return found


# --------------------------------------------------------------------------------------- theorems


def _theorem(
    theorem: TracedTheorem, place: tuple[Place, Place], path: str,
    provenance: Mapping[str, Provenance], repository: Repository,
) -> dict[str, Any]:
    return {
        "url": repository.url, "commit": repository.commit, "file_path": path,
        "full_name": theorem.name, "theorem_statement": theorem.statement,
        "start": _pair(place[0]), "end": _pair(place[1]),
        "traced_tactics": [_tactic(step, provenance) for step in theorem.steps],
    }  # fmt: skip


def _tactic(step: TracedStep, provenance: Mapping[str, Provenance]) -> dict[str, Any]:
    text, used = annotated(step.tactic, step.goals, step.premises, provenance)
    return {
        "tactic": step.tactic, "annotated_tactic": [text, [p.as_json() for p in used]],
        "state_before": "\n\n".join(step.goals),
        "state_after": "\n\n".join(step.after) or _NO_GOALS,
    }  # fmt: skip


# ----------------------------------------------------------------------------------------- splits

_Split = dict[str, list[dict[str, Any]]]


def _random(theorems: Sequence[dict[str, Any]]) -> _Split:
    """By a hash of the name, so that a theorem stays in its split when others are added."""
    size = _held_out(theorems)
    ordered = sorted(theorems, key=_hash)
    return _parted(theorems, ordered[:size], ordered[size : 2 * size])


def _novel(theorems: Sequence[dict[str, Any]]) -> _Split:
    """Premise after premise, the rarest first, all theorems that use it are held out."""
    users: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for number, theorem in enumerate(theorems):
        for premise in _premises(theorem):
            users[premise].append(number)
    size, held = _held_out(theorems), dict[int, None]()
    for premise in sorted(users, key=lambda p: (len(users[p]), p)):
        new = [n for n in users[premise] if n not in held]
        if len(held) + len(new) <= 2 * size:
            held.update(dict.fromkeys(new))
    chosen = sorted((theorems[n] for n in held), key=_hash)
    return _parted(theorems, chosen[::2], chosen[1::2])


def _held_out(theorems: Sequence[dict[str, Any]]) -> int:
    return min(max(1, round(_SHARE * len(theorems))), (len(theorems) - 1) // 2)


def _parted(
    theorems: Sequence[dict[str, Any]], val: Sequence[dict[str, Any]],
    test: Sequence[dict[str, Any]],
) -> _Split:
    held = {id(theorem) for theorem in (*val, *test)}
    train = [theorem for theorem in theorems if id(theorem) not in held]
    return {"train": train, "val": list(val), "test": list(test)}


def _premises(theorem: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {
        (p["def_path"], p["full_name"])
        for tactic in theorem["traced_tactics"] for p in tactic["annotated_tactic"][1]
    }  # fmt: skip


def _hash(theorem: Mapping[str, Any]) -> bytes:
    name = f"{theorem['file_path']} {theorem['full_name']} {theorem['start']}"
    return hashlib.blake2b(name.encode(), digest_size=8).digest()

"""What the agent's own proofs used, as examples for training a retriever.

A line of ``results.jsonl`` that says *proved* has a script in which premises stand by their names
(``simp [List.map_map]``), and for a first-order problem the axioms on which its certificate rests.
These are often far fewer than a library's own proof lists, which tells a retriever more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prover.contracts import InputError
from prover.environments.fol.environment import load_problem
from retrieval.corpus import Corpus
from retrieval.questions import Question

_WORD = re.compile(r"'(?:[^'\\\n]|\\.)*'|[^\W\d](?:[\w'!?]|\.(?=[^\W\d]))*")
_TPTP = (".p", ".tptp")


def is_results(path: Path) -> bool:
    """Whether a file is what ``lemma prove --out`` writes, by its first line."""
    try:
        with path.open(encoding="utf-8") as stream:
            record = json.loads(stream.readline())
    except (OSError, ValueError):  # whoever reads it then says what is wrong
        return False
    return isinstance(record, dict) and {"theorem", "status", "script"} <= record.keys()


def own_proofs(path: Path, corpus: Corpus) -> list[Question]:
    """The proved theorems of a ``results.jsonl`` with the premises of ``corpus`` that their proofs
    name and that are accessible to them.

    Theorems that are neither in the corpus nor in a TPTP file that is still there are left out:
    nobody knows their goals.

    Raises:
        InputError: with the line, if one is no result.
    """
    found = []
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            try:
                record = json.loads(line)
                proved = record["status"] == "proved" and record["script"]
                question = _question(record, corpus) if proved else None
            except (ValueError, TypeError, KeyError) as problem:
                raise InputError(f"not a result: {problem!r}", file=path, line=number) from problem
            if question is not None:
                found.append(question)
    return found


def _question(record: Mapping[str, Any], corpus: Corpus) -> Question | None:
    name = str(record["theorem"])
    own = corpus.ids(name)
    if own:
        premise = corpus.premises[own[0]]
        asked = Question(name, premise.statement, (), (premise.module, premise.position))
    else:
        goal = _goal(Path(record["file"]), name)
        if goal is None:
            return None
        asked = Question(name, goal, ())
    mask = asked.mask(corpus)
    used = {i for word in _named(record) for i in corpus.ids(word)[:1] if mask is None or mask[i]}
    return Question(name, asked.goal, tuple(sorted(used)), asked.place)


def _named(record: Mapping[str, Any]) -> Iterator[str]:
    """Words of the script, and axioms of a first-order problem (Lean's are those of its logic)."""
    for block in record["script"]:
        yield from _WORD.findall(block)
    if Path(record["file"]).suffix in _TPTP:
        yield from (record.get("verdict") or {}).get("axioms", ())


def _goal(file: Path, name: str) -> str | None:
    """The conjecture called ``name`` of a TPTP file, as printed."""
    if file.suffix not in _TPTP or not file.is_file():
        return None
    theorems = load_problem(file, errors=[])
    return next((str(t.statement) for t in theorems if t.name == name), None)

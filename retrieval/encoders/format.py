"""How texts are laid out for an encoder: what a Hugging Face folder does not say itself.

A folder may hold ``lemma_encoder.json`` with these fields; trained encoders always do. Folders of
sentence-transformers say it in files of their own, which are read too.
"""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from retrieval.contracts import Premise, RetrievalError

FILE_NAME = "lemma_encoder.json"
_KEYWORDS = {"definition": "def"}


class Pooling(StrEnum):
    """How token vectors become one vector."""

    MEAN = "mean"
    CLS = "cls"


@dataclass(frozen=True)
class EncoderFormat:
    """The layout of texts, the pooling and the greatest length in tokens.

    ``premise`` may use ``{name}``, ``{statement}`` and ``{module}``; ``query`` uses ``{goal}``.
    With ``marked`` the premise's full name stands in ``<a>…</a>`` where its text declares it; with
    ``brief`` statements are given without their implicit binders.
    """

    premise: str = "{name} : {statement}"
    query: str = "{goal}"
    pooling: Pooling = Pooling.MEAN
    max_length: int = 256
    marked: bool = False
    brief: bool = False

    def premise_text(self, premise: Premise) -> str:
        """The text that stands for ``premise``."""
        if self.marked:
            return _marked(premise)
        statement = without_implicit(premise.statement) if self.brief else premise.statement
        return self.premise.format(name=premise.name, statement=statement, module=premise.module)

    def query_text(self, goal: str) -> str:
        """The text that stands for a goal."""
        return self.query.format(goal=goal)

    def save(self, folder: Path) -> None:
        """Write ``lemma_encoder.json`` into a model folder."""
        text = json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False)
        (folder / FILE_NAME).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, default: EncoderFormat | None = None) -> EncoderFormat:
        """The format of a model folder: its own, else ``default``, else that of
        sentence-transformers' files, else the usual one.

        Raises:
            RetrievalError: one of the files is there and is not what it should be.
        """
        fields = _json(folder / FILE_NAME)
        if fields is None:
            return default or _sentence_transformers(folder)
        try:
            made = cls(**{**fields, "pooling": Pooling(fields.get("pooling", Pooling.MEAN))})
            made.premise_text(Premise("a", "b"))
            made.query_text("c")
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as problem:
            raise RetrievalError(f"not an encoder format: {problem}",
                                 file=folder / FILE_NAME) from problem
        return made


# Yang et al., "LeanDojo: Theorem Proving with Retrieval-Augmented Language Models", 2023: a state
# is given as printed, a premise as its source text with its full name marked.
REPROVER = EncoderFormat(max_length=1024, marked=True)


def _marked(premise: Premise) -> str:
    mark = f"<a>{premise.name}</a>"
    parts = premise.name.split(".")
    # The text may declare the name in full or, inside a namespace, by its last components.
    for first in range(len(parts)):
        written = re.escape(".".join(parts[first:]))
        text, count = re.subn(rf"(?<=\s)(?:_root_\.)?«?{written}»?(?![\w'])",
                              lambda _: mark, premise.statement)
        if count:
            return text
    return f"{_KEYWORDS.get(premise.kind, premise.kind)} {mark} : {premise.statement}"


_CLOSING = {"{": "}", "[": "]", "(": ")", "⦃": "⦄", "⟨": "⟩"}
_BRACKET = re.compile(r"[{}\[\]()⦃⦄⟨⟩]")


def without_implicit(statement: str) -> str:
    """A statement of Lean without the implicit and instance binders at its beginning: four tokens
    of ten, and the same ones in hundreds of statements. Other texts stay as they are."""
    quantified = statement.startswith("∀ ")
    rest, kept = statement.removeprefix("∀ "), []
    while rest[:1] in ("{", "[", "(", "⦃"):
        size = _group(rest)
        group, after = rest[:size], rest[size:].lstrip()
        if not quantified:
            if not after.startswith("→ "):
                break
            after = after.removeprefix("→ ")
        if group[0] == "(":
            kept.append(group)
        rest = after
    if not quantified:
        return " → ".join([*kept, rest])
    if rest.startswith(", "):
        return f"∀ {' '.join(kept)}{rest}" if kept else rest.removeprefix(", ")
    return f"∀ {' '.join([*kept, rest])}"


def _group(text: str) -> int:
    """Where the bracket that ``text`` begins with is closed."""
    open_ = 0
    for bracket in _BRACKET.finditer(text):
        open_ += 1 if bracket[0] in _CLOSING else -1
        if not open_:
            return bracket.end()
    return len(text)


def _sentence_transformers(folder: Path) -> EncoderFormat:
    made = EncoderFormat()
    pooling = _json(folder / "1_Pooling" / "config.json") or {}
    if pooling.get("pooling_mode_cls_token"):
        made = dataclasses.replace(made, pooling=Pooling.CLS)
    lengths = _json(folder / "sentence_bert_config.json") or {}
    if isinstance(lengths.get("max_seq_length"), int):
        made = dataclasses.replace(made, max_length=lengths["max_seq_length"])
    return made


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        raise RetrievalError(f"cannot be read: {problem}", file=path) from problem
    if not isinstance(found, dict):
        raise RetrievalError("not a JSON object", file=path)
    return found

"""A Lean text as the user wrote it, and as Lean is to see it.

Lean is sent the text with a few edits: its imports are blanked (they are the server's business),
``lemma`` (which the core language does not have) becomes ``theorem``, line ends become ``\\n``,
and proofs that are to be found anew become ``sorry``. Every edit is a replacement in the user's
text, so that any place that Lean speaks of can be told as a place in the user's file, and a
proof goes back exactly where its hole is.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path

from prover.contracts import InputError
from prover.environments.lean.lexer import Kind, Token, tokens

MAX_BYTES = 8 << 20
"""A longer file is not a theorem file but a mistake."""


@dataclass(frozen=True, order=True)
class Edit:
    """Put ``text`` in the place of the code points from ``start`` to ``end`` (exclusive)."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Place:
    """A place for people: line and column, both counted from 1."""

    line: int
    column: int


class Rewritten:
    """The result of edits to a text, with a way back from its offsets to the text's.

    The edits must not overlap. Offsets are in code points, unless bytes are said.
    """

    def __init__(self, original: str, edits: Iterable[Edit]) -> None:
        pieces: list[str] = []
        self._starts: list[int] = []  # offset in the result at which each piece begins
        self._origins: list[tuple[int, bool]] = []  # its origin, and whether it was replaced
        position = length = 0

        def add(piece: str, origin: int, replaced: bool) -> None:
            nonlocal length
            self._starts.append(length)
            self._origins.append((origin, replaced))
            pieces.append(piece)
            length += len(piece)

        for edit in sorted(edits):
            if edit.start < position or not edit.start <= edit.end <= len(original):
                raise ValueError(f"{edit} overlaps another edit or the ends of the text")
            add(original[position : edit.start], position, False)
            add(edit.text, edit.start, True)
            position = edit.end
        add(original[position:], position, False)
        self.text = "".join(pieces)

    def original(self, offset: int) -> int:
        """The offset in the original of an offset in the result; inside of a replacement, that
        of what was replaced."""
        index = bisect_right(self._starts, offset) - 1
        origin, replaced = self._origins[index]
        return origin if replaced else origin + offset - self._starts[index]

    def from_bytes(self, offset: int) -> int:
        """The offset in code points of an offset in bytes of UTF-8."""
        if self._byte_ends is None:
            return offset
        return bisect_right(self._byte_ends, offset)

    def from_position(self, line: int, column: int) -> int:
        """The offset of a line (counted from 1) and a column (from 0, in code points)."""
        starts = self._line_starts
        return min(starts[min(max(line, 1), len(starts)) - 1] + column, len(self.text))

    @cached_property
    def _byte_ends(self) -> list[int] | None:
        if self.text.isascii():
            return None
        return list(accumulate(len(character.encode(errors="replace")) for character in self.text))

    @cached_property
    def _line_starts(self) -> list[int]:
        return line_starts(self.text)


def line_starts(text: str) -> list[int]:
    """The offsets at which the lines of ``text`` begin."""
    return [0, *(match.end() for match in re.finditer("\n", text))]


@dataclass(frozen=True)
class Import:
    """A module that a text imports, and the line on which it does."""

    module: str
    line: int


@dataclass(frozen=True, eq=False)
class LeanSource:
    """A text with its imports. Compared by identity: theorems of one text share its source.

    ``first_line`` is the line of ``file`` on which the text begins; ``one_line`` says that the
    whole text stands on that line (a record of a ``.jsonl`` file). ``edits`` are what Lean is to
    see otherwise beyond what every text needs; ``dropped`` are modules that are not imported
    although the text says so; ``notes`` tell people what was left out.
    """

    file: Path
    text: str = field(repr=False)
    edits: tuple[Edit, ...] = field(repr=False, default=())
    first_line: int = 1
    one_line: bool = False
    dropped: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens of the text, without comments."""
        return tuple(tokens(self.text))

    def tokens_between(self, start: int, end: int) -> list[Token]:
        """The tokens that begin between two offsets, without those of the header."""
        first = bisect_left(self._token_starts, max(start, self.header_end))
        return list(self.tokens[first : bisect_left(self._token_starts, end)])

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """The modules that the text imports, as written."""
        return self._header[0]

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """What a server must import for this text: its own imports, and ``Init`` unless the text
        begins with ``prelude``."""
        wanted = [item.module for item in self.imports if item.module not in self.dropped]
        return tuple(dict.fromkeys(wanted if self.is_prelude else ("Init", *wanted)))

    @property
    def is_prelude(self) -> bool:
        """Whether the text begins with ``prelude``, so that only what it imports is there."""
        return any(token.is_("prelude") for token in self._header[1])

    @property
    def header_end(self) -> int:
        """The offset at which the imports end."""
        return self._header[1][-1].end if self._header[1] else 0

    @cached_property
    def view(self) -> Rewritten:
        """The text as Lean is to see it, holes as they stand."""
        return self.render(())

    def render(self, fills: Iterable[Edit], *, until: int | None = None) -> Rewritten:
        """The text as Lean is to see it after ``fills``, up to the offset ``until``."""
        fills = tuple(fills)
        base = [edit for edit in self._base_edits if not _hidden(edit, fills)]
        cut = [] if until is None else [Edit(until, len(self.text), "")]
        edits = [e for e in (*base, *fills) if until is None or e.end <= until]
        return Rewritten(self.text, [*edits, *cut])

    def place(self, offset: int) -> Place:
        """Line and column in ``file`` of an offset in the text."""
        index = bisect_right(self._line_starts, offset) - 1
        column = offset - self._line_starts[index] + 1
        return Place(self.first_line, 1) if self.one_line else Place(
            self.first_line + index, column
        )

    def with_edits(self, edits: Sequence[Edit], notes: Sequence[str] = ()) -> LeanSource:
        """The same text with further edits (and notes)."""
        return replace(self, edits=(*self.edits, *edits), notes=(*self.notes, *notes))

    def _named_examples(self) -> Iterator[Edit]:
        lines: set[int] = set()
        for before, token in pairwise((None, *self.tokens)):
            if token is not None and token.is_("example") and token.depth == 0:
                place = self.place(token.start)
                name = f"example@{place.line}"
                if place.line in lines:
                    name += f":{place.column}"
                lines.add(place.line)
                marked = before is not None and before.is_("noncomputable", "unsafe", "partial")
                kind = "def" if marked else "noncomputable def"
                yield _keyword(token, f"{kind} «{name}»", self.text)

    @cached_property
    def _line_starts(self) -> list[int]:
        return line_starts(self.text)

    @cached_property
    def _token_starts(self) -> list[int]:
        return [token.start for token in self.tokens]

    @cached_property
    def _header(self) -> tuple[tuple[Import, ...], tuple[Token, ...]]:
        return _header(self)

    @cached_property
    def _base_edits(self) -> tuple[Edit, ...]:
        own = [
            *(Edit(t.start, t.end, " " * len(t.text)) for t in self._header[1]),
            *(_keyword(t, "theorem", self.text) for t in _lemmas(self.tokens, self.text)),
            *self._named_examples(),
            *(Edit(m.start(), m.end(), "\n") for m in re.finditer("\r\n", self.text)),
        ]
        if self.text.startswith("\ufeff"):
            own.append(Edit(0, 1, ""))
        return (*self.edits, *(edit for edit in own if not _hidden(edit, self.edits)))


_MODIFIERS = ("private", "protected", "noncomputable", "nonrec", "public", "in", "]", "local")


def _hidden(edit: Edit, by: Iterable[Edit]) -> bool:
    """Whether ``edit`` lies within what one of ``by`` replaces."""
    return any(other.start <= edit.start and edit.end <= other.end for other in by)


def _lemmas(found: Sequence[Token], text: str) -> Iterable[Token]:
    """The words ``lemma`` that are commands: at the beginning of a line or after modifiers, and
    before a name."""
    for index, token in enumerate(found):
        if not token.is_("lemma") or token.depth > 0 or index + 1 == len(found):
            continue
        line = text[text.rfind("\n", 0, token.start) + 1 : token.start]
        first = not line.strip() or line.rstrip().endswith("-/")
        after_modifier = index > 0 and found[index - 1].is_(*_MODIFIERS)
        if (first or after_modifier) and found[index + 1].kind is Kind.WORD:
            yield token


def _keyword(word: Token, by: str, text: str) -> Edit:
    """Put ``by`` in the place of a shorter keyword. What follows goes to the next line to stay in
    its column, because Lean's layout is made of columns."""
    column = word.end - (text.rfind("\n", 0, word.start) + 1)
    return Edit(word.start, word.end, f"{by}\n" + " " * column)


def _header(source: LeanSource) -> tuple[tuple[Import, ...], tuple[Token, ...]]:
    """The imports of a text, and the tokens of its header."""
    imports: list[Import] = []
    header: list[Token] = []
    found, index = source.tokens, 0
    prelude: Token | None = None
    if source.text.startswith("\ufeff"):
        index = 1
    while index < len(found):
        end = index
        while end < len(found) and found[end].is_("public", "private", "meta"):
            end += 1
        word = found[end] if end < len(found) else None
        if word is not None and word.is_("module", "prelude") and end == index and not imports:
            prelude = word if word.text == "prelude" else prelude
        elif word is not None and word.is_("import"):
            end += 1
            while end < len(found) and found[end].is_("all", "runtime"):
                end += 1
            if end == len(found) or found[end].kind is not Kind.WORD:
                line = source.place(word.start).line
                raise InputError(
                    "`import` without the name of a module", file=source.file, line=line
                )
            imports.append(Import(found[end].text, source.place(found[end].start).line))
        else:
            break
        header += found[index : end + 1]
        index = end + 1
    if prelude is not None and not imports:
        raise InputError(
            "a `prelude` file without imports is not supported", file=source.file,
            line=source.place(prelude.start).line, remedy="remove `prelude`",
        )  # fmt: skip
    return tuple(imports), tuple(header)


def read_source(path: Path) -> LeanSource:
    """Read a ``.lean`` file. Raises `InputError` if it is missing, too long or not text."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", file=path) from error
    if len(data) > MAX_BYTES:
        raise InputError(f"longer than {MAX_BYTES >> 20} MiB", file=path, remedy="split it")
    return LeanSource(path, decode(data, path))


def decode(data: bytes, path: Path) -> str:
    """The text of a file. Raises `InputError`, with the line, if it is not UTF-8 text."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"not UTF-8 text (byte 0x{data[error.start]:02x})", file=path, line=line,
            remedy="save it as UTF-8",
        ) from error  # fmt: skip
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError("not a text file (a NUL character)", file=path, line=line)
    return text


def unknown_import(source: LeanSource, module: str, launcher: str) -> InputError:
    """The error that a module which a text imports does not exist."""
    line = next((item.line for item in source.imports if item.module == module), 1)
    remedy = (
        "the embedded Lean has the modules of Init, Std and Lean; for others, Mathlib among them, "
        "set up a native Lean (see lean_project/)"
        if launcher == "embedded"
        else "build the module with `lake build`, or name its project with `--project`"
    )
    return InputError(f"unknown import `{module}`", file=source.file, line=line, remedy=remedy)

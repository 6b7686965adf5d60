"""Pictures of what is in a dataset: difficulty, lengths, topics and tactics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from data.statistics import DIFFICULTY_BINS, Statistics
from prover.contracts import LemmaError

_BARS = 20
_SIZE_INCHES = (12.0, 9.0)
_DPI = 120


def draw(statistics: Statistics, title: str, path: Path) -> None:
    """Write a picture (in the format that the name of ``path`` says, ``.png`` for one).

    Raises `LemmaError` if matplotlib is not installed or does not know the format.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise LemmaError("plots need matplotlib",
                         remedy="pip install matplotlib, or use --svg") from None
    figure = Figure(figsize=_SIZE_INCHES, layout="constrained")
    figure.suptitle(title, parse_math=False)
    panels = [(name, counts) for name, counts in _panels(statistics).items() if counts]
    places = list(figure.subplots(2, 3).flat)
    for unused in places[len(panels) :]:
        unused.set_axis_off()
    for panel, (name, counts) in zip(places, panels, strict=False):
        labels = [_shortened(label) for label in counts]
        panel.barh(range(len(labels)), list(counts.values()))
        panel.set_yticks(range(len(labels)), labels, fontsize=7, parse_math=False)
        panel.invert_yaxis()
        panel.set_title(f"{name} ({statistics.records} records)", fontsize=9)
    try:
        figure.savefig(path, dpi=_DPI)
    except ValueError as problem:
        raise LemmaError(f"cannot be drawn: {problem}", file=path,
                         remedy="name it something.png") from None


def _panels(statistics: Statistics) -> dict[str, Mapping[str, int]]:
    """The counts behind each panel, by labels, in the order in which they are drawn."""
    width = 1 / DIFFICULTY_BINS
    return {
        "difficulty": {
            f"{n * width:.1f} – {(n + 1) * width:.1f}": statistics.difficulty[n]
            for n in range(DIFFICULTY_BINS)
        },
        "words of the prompt": _powers(statistics.prompt_words),
        "words of the answer": _powers(statistics.answer_words),
        "topics": dict(statistics.topics.most_common(_BARS)),
        "tactics": dict(statistics.tactics.most_common(_BARS)),
        "splits": dict(statistics.splits.most_common(_BARS)),
    }  # fmt: skip


def _powers(counts: Mapping[int, int]) -> dict[str, int]:
    return {f"{n} – {2 * n - 1}" if n > 1 else str(n): counts[n] for n in sorted(counts)}


def _shortened(label: str, limit: int = 28) -> str:
    return label if len(label) <= limit else f"{label[: limit - 1]}…"

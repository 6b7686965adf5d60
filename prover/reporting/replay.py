"""A past search told step by step, from its trace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from prover import events
from prover.contracts import Status
from prover.reporting.view import counted
from prover.trace import Record

_GOOD, _BAD, _FAINT = "green", "red", "dim"


@dataclass
class Story:
    """All that a trace says about one theorem, in order."""

    theorem: str
    file: str
    line: int | None
    records: list[Record] = field(default_factory=list)

    @property
    def finished(self) -> events.Finished | None:
        """How it ended; ``None`` if the run was stopped before."""
        last = self.records[-1].event
        return last if isinstance(last, events.Finished) else None


def stories(records: Iterable[Record]) -> list[Story]:
    """The records by theorem, in the order in which the work on them began."""
    found: dict[tuple[str, str, int | None], Story] = {}
    for record in records:
        key = record.file, record.theorem, record.line
        if key not in found or isinstance(record.event, events.Started):
            found[key] = Story(record.theorem, record.file, record.line)
        found[key].records.append(record)
    return list(found.values())


class Teller:
    """Prints a story.

    Args:
        console: where to.
        pause: is called after each step; false ends the story.
    """

    def __init__(self, console: Console, pause: Callable[[], bool] = lambda: True) -> None:
        self._console, self._pause = console, pause
        self._goals: dict[int, tuple[str, ...]] = {}

    def tell(self, story: Story) -> bool:
        """Print all of it; false if it was ended before."""
        where = story.file if story.line is None else f"{story.file}:{story.line}"
        self._console.print(Text.assemble((story.theorem, "bold"), "  ", (where, _FAINT)))
        step = 0
        for record in story.records:
            if isinstance(record.event, events.Reached):
                self._goals[record.event.node] = record.event.goals
            elif isinstance(record.event, events.Expanded):
                step += 1
                self._say(self._expansion(step, record.time, record.event))
                if not self._pause():
                    return False
            else:
                self._say(_lines(record.event))
        if story.finished is None:
            self._say([Text("  the run was stopped here", style="yellow")])
        return True

    def _say(self, lines: Iterable[Text]) -> None:
        for line in lines:
            self._console.print(line, soft_wrap=True)

    def _expansion(self, step: int, time: float, event: events.Expanded) -> Iterator[Text]:
        yield Text.assemble(
            "\n", (f"step {step}", "bold cyan"), f": node {event.node}",
            (f"  depth {event.depth}, round {event.round + 1}, {time:.2f} s", _FAINT))
        for goal in self._goals.get(event.node, ()):
            yield from (Text(f"  │ {line}") for line in goal.split("\n"))
        if event.premises:
            shown = ", ".join(event.premises[:8]) + (" …" if len(event.premises) > 8 else "")
            yield Text(f"  premises: {shown}", style=_FAINT)
        for attempt in event.attempts:
            yield _attempt(attempt)
        rest = event.proposals - len(event.attempts)
        if event.skipped:
            yield Text(f"  {event.skipped} tactics are known to fail here", style=_FAINT)
        if rest > 0 and not any(a.children == () for a in event.attempts):
            yield Text(f"  {len(event.attempts)} of {event.proposals} proposals tried",
                       style=_FAINT)


def _attempt(attempt: events.Attempt) -> Text:
    tactic = attempt.tactic.replace("\n", "\n      ")
    facts = (f"  ({attempt.origin}, {attempt.log_prob:.2f}, {attempt.seconds:.3f} s)", _FAINT)
    if attempt.children == ():
        return Text.assemble(("  ✓ ", _GOOD), tactic, facts, ("  closes the goal", _GOOD))
    if attempt.children is not None:
        nodes = ", ".join(map(str, attempt.children))
        return Text.assemble(("  → ", "cyan"), tactic, facts, f"  leaves {nodes}")
    reason = (attempt.error or "known already").split("\n", 1)[0]
    return Text.assemble(("  ✗ ", _BAD), tactic, facts, "  ", (reason, _FAINT))


def _lines(event: events.Event) -> Iterator[Text]:
    match event:
        case events.Started(statement=statement):
            yield Text(f"  {statement}", style=_FAINT)
        case events.Opened(attempt=attempt, merging=merging) if attempt:
            yield Text(f"\nthe search begins anew; states are merged: {merging}", style="yellow")
        case events.Proved(node=node):
            yield Text(f"  node {node} is proved", style=_GOOD)
        case events.Failed(node=node):
            yield Text(f"  node {node} has failed", style=_BAD)
        case events.ScriptFound(blocks=blocks):
            yield Text("\nthe script:", style="bold")
            for block in blocks:
                yield from (Text(f"    {line}") for line in block.split("\n"))
        case events.Checked(accepted=accepted, checker=checker, reason=reason):
            said = "accepted" if accepted else f"refused: {reason}"
            yield Text(f"{checker}: {said}", style=_GOOD if accepted else _BAD)
        case events.Finished(status=status, seconds=seconds, error=error):
            counts = f"{counted(event.tactic_calls, 'tactic call')}, " \
                f"{counted(event.expansions, 'expansion')}"
            why = f": {error}" if error else ""
            yield Text(f"{status.value} after {seconds:.2f} s, {counts}{why}",
                       style=_GOOD if status is Status.PROVED else _BAD)

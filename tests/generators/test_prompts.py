"""What a model is shown, and what is cut when it is too much."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.contracts import Goal, Hypothesis, InputError, Request
from prover.generators.errors import GeneratorError
from prover.generators.prompts import FORMATS, View, fit, read_template, state_text, view_of
from retrieval.contracts import Premise, ScoredPremise

GOAL = Goal((Hypothesis("a", "Nat"), Hypothesis("b", "Nat"), Hypothesis("x", "Nat", "a + 1"),
             Hypothesis("h", "a = b")), "b = a", case="inl")
BEST, SECOND = Premise("Eq.symm", "a = b → b = a"), Premise("Nat.add_comm", "n + m = m + n")
REQUEST = Request((GOAL,), (ScoredPremise(BEST, 2.0), ScoredPremise(SECOND, 1.0)),
                  theorem="theorem t : …")
STATE = "case inl\na b : Nat\nx : Nat := a + 1\nh : a = b\n⊢ b = a"


def encode(text: str) -> list[int]:
    return list(map(ord, text))


def test_a_state_reads_as_lean_prints_it() -> None:
    assert state_text([GOAL, Goal((), "True")]) == STATE + "\n\n⊢ True"


def test_the_formats_of_the_field() -> None:
    view = view_of(REQUEST)
    assert FORMATS["bfs-prover"].render(view) == STATE + ":::"
    assert FORMATS["reprover"].render(view) == (
        "theorem <a>Nat.add_comm</a> : n + m = m + n\n\n"
        "theorem <a>Eq.symm</a> : a = b → b = a\n\n" + STATE)


def test_a_template_is_filled_and_its_other_braces_stay(tmp_path: Path) -> None:
    file = tmp_path / "prompt.txt"
    file.write_text('{"facts": "{premises}", "of": "{theorem}"}\n{state}|', encoding="utf-8")
    expected = ('{"facts": "Eq.symm : a = b → b = a\nNat.add_comm : n + m = m + n\n", '
                '"of": "theorem t : …"}\n' + STATE + "|")
    assert read_template(str(file)).render(view_of(REQUEST)) == expected
    assert read_template("{state}\\nTACTIC:").render(view_of(REQUEST)) == STATE + "\nTACTIC:"


def test_values_are_not_filled_in_again() -> None:
    assert read_template("{state}{theorem}").render(View("{theorem}", (), "t")) == "{theorem}t"


@pytest.mark.parametrize("text", ["no/such/file.txt", "{goal}"])
def test_what_is_no_template_is_told(text: str) -> None:
    with pytest.raises(InputError):
        read_template(text)


@given(st.lists(st.text(min_size=1, max_size=12), max_size=6), st.text(min_size=1, max_size=40),
       st.integers(4, 120), st.sampled_from(list(FORMATS)))
def test_what_is_cut_is_premises_first_then_the_state_from_the_left(
    names: list[str], state: str, limit: int, layout: str
) -> None:
    premises = tuple(Premise(name, "") for name in names)
    render = FORMATS[layout].render
    fitted = fit(View(state, premises), render, encode, limit)
    text = "".join(map(chr, fitted.tokens))
    assert len(text) <= limit
    if fitted.cut:
        assert fitted.dropped == len(premises)
        kept = text.removesuffix(":::") if layout == "bfs-prover" else text
        assert state.endswith(kept)
        # one more character would have been too much
        assert len(render(View(state[-len(kept) - 1 :]))) > limit
    else:
        left = premises[: len(premises) - fitted.dropped]
        assert text == render(View(state, left))


def test_a_prompt_without_room_for_a_goal_is_an_error() -> None:
    render = read_template("a very long introduction {state}").render
    with pytest.raises(GeneratorError, match="no room"):
        fit(View("⊢ p"), render, encode, 10)

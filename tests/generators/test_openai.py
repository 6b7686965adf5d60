"""``openai:``: a small model behind a real local server, which also fails as servers do."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from prover.cli.app import app
from prover.contracts import Goal, Hypothesis, InputError, LemmaError, Request
from prover.generators.cleaning import World
from prover.generators.factory import GeneratorFactory
from prover.generators.openai.client import _retry_after
from prover.generators.openai.generator import OpenAIOptions, OpenAISource
from prover.generators.prompts import LANGUAGES, View, chat_format, state_text, view_of
from prover.generators.symbolic import SymbolicGenerator
from tests.generators.models import llama, make, teach
from tests.generators.openai_server import Behaviour, ModelServer

AND = Goal((Hypothesis("p", "Prop"), Hypothesis("q", "Prop"), Hypothesis("h", "p ∧ q")), "q ∧ p")
ARROW = Goal((), "∀ (p q : Prop), p ∧ q → q ∧ p")
SWAP = "fof(goal, conjecture, ((p & q) => (q & p))).\n"
SWAP_GOAL = Goal((), "p ∧ q → q ∧ p")
KEY = "sk-secret-0123456789"
RULES = SymbolicGenerator().propose([Request((AND,))])[0]


@pytest.fixture(scope="module")
def taught() -> tuple[Any, Any]:
    """A model that answers the chat prompt and the BFS-Prover prompt."""
    torch.manual_seed(0)
    _, words = make("llama")
    model = llama(len(words), context=1024)
    lessons = []
    for goal, tactic in ((AND, "exact ⟨h.2, h.1⟩"), (ARROW, "intro p q h")):
        view = view_of(Request((goal,)))
        lessons.append((chat_format(LANGUAGES[World.LEAN]).render(view), f"```lean\n{tactic}\n```"))
        lessons.append((state_text([goal]) + ":::", tactic))
    lessons.append((state_text([SWAP_GOAL]) + ":::", "auto"))
    return teach(model, words, lessons), words


@pytest.fixture
def server(taught: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with ModelServer(*taught, Behaviour()) as running:
        yield running


class Opened:
    """A generator with what its user was told."""

    def __init__(self, server: ModelServer, options: str = "", *, strict: bool = False,
                 model: str = "tiny") -> None:
        self.told: list[str] = []
        self.factory = GeneratorFactory(strict=strict, notify=self.told.append)
        extra = "&".join(filter(None, ["pause=0.01", options]))
        self.generator = self.factory.make(
            f"openai:{model}@{server.url}?{extra}", World.LEAN, SymbolicGenerator)

    def tactics(self, *goals: Goal) -> list[list[str]]:
        found = self.generator.propose([Request((goal,)) for goal in goals])
        return [[p.tactic for p in proposals] for proposals in found]

    def source(self) -> OpenAISource:
        (source,) = self.factory._sources.values()
        assert isinstance(source, OpenAISource)
        return source

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.factory.close()


# ----------------------------------------------------------------------------------- what it does


@pytest.mark.parametrize("api", ["chat", "completions"])
@pytest.mark.parametrize("change", [
    {}, {"single": True}, {"logprobs": False}, {"usage": False},
    {"refused": frozenset({"logprobs", "seed", "top_p"})}, {"refused": frozenset({"n"})},
    {"refused": frozenset({"max_tokens"})},
])
def test_a_model_behind_any_dialect_of_server_says_what_it_has_learnt(
    server: ModelServer, api: str, change: dict[str, Any]
) -> None:
    server.behaviour = Behaviour(**change)
    with Opened(server, f"n=4&api={api}") as opened:
        found = opened.generator.propose([Request((AND,)), Request((ARROW,))])
    assert [proposals[0].tactic for proposals in found] == ["exact ⟨h.2, h.1⟩", "intro p q h"]
    assert all(-3 < proposals[0].log_prob <= 0 for proposals in found)
    assert all(sum(p.tokens for p in proposals) >= 4 for proposals in found)
    assert [line for line in opened.told if "requests" not in line] == []


def test_requests_run_at_the_same_time_but_not_more_than_allowed(server: ModelServer) -> None:
    server.behaviour = Behaviour(together=3)  # nothing is answered before three are there
    with Opened(server, "n=2&concurrency=3") as opened, ThreadPoolExecutor(4) as pool:
        goals = [AND, ARROW] * 4
        found = list(pool.map(lambda goal: opened.tactics(goal)[0][0], goals))
    assert found == ["exact ⟨h.2, h.1⟩", "intro p q h"] * 4
    assert server.most_at_once == 3


def test_tokens_and_dollars_are_counted(server: ModelServer) -> None:
    with Opened(server, "n=3&price_in=2&price_out=10") as opened:
        found = opened.generator.propose([Request((AND,))])[0]
        usage = opened.source().account.usage
        assert usage.requests == 1
        assert usage.generated_tokens == sum(p.tokens for p in found)
        dollars = (2 * usage.prompt_tokens + 10 * usage.generated_tokens) / 1e6
        assert opened.source().account.dollars == pytest.approx(dollars)
    assert opened.told == [
        f"openai:tiny: 1 requests, {usage.prompt_tokens:,} tokens read and "
        f"{usage.generated_tokens:,} generated, ${dollars:.4f}"]


@pytest.mark.parametrize("limit", ["max_total_tokens=50", "max_dollars=0.001&price_in=1000"])
def test_a_budget_that_is_used_up_is_told_and_the_rules_go_on(
    server: ModelServer, limit: str
) -> None:
    with Opened(server, f"n=2&{limit}") as opened:
        assert opened.tactics(AND)[0][0] == "exact ⟨h.2, h.1⟩"
        for _ in range(2):
            assert opened.tactics(AND)[0] == [p.tactic for p in RULES]
        assert len(opened.told) == 1
        assert "budget is used up" in opened.told[0]
    assert len(server.bodies) == 1


def test_the_key_comes_from_the_environment(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.behaviour = Behaviour(key=KEY)
    monkeypatch.setenv("MY_KEY", KEY)
    with Opened(server, "n=2&key=MY_KEY", strict=True) as opened:
        assert opened.tactics(AND)[0][0] == "exact ⟨h.2, h.1⟩"
        assert KEY not in repr(vars(opened.source())) + "".join(opened.told)


# -------------------------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("fault", [
    500, 503, (429, "0.01"), "malformed", "garbage", "hangup",
    (503, format_datetime(datetime.now(UTC) - timedelta(seconds=5), usegmt=True)),
])
def test_what_passes_is_tried_again_and_nobody_is_bothered(
    server: ModelServer, fault: Any
) -> None:
    server.behaviour = Behaviour(faults=deque([fault, fault]))
    with Opened(server, "n=2&retries=3") as opened:
        assert opened.tactics(AND)[0][0] == "exact ⟨h.2, h.1⟩"
        assert opened.told == []
    assert len(server.bodies) == 3


@pytest.mark.parametrize(("fault", "message"), [
    (500, "answers 500: something is wrong here (3 tries)"),
    ((429, "3600"), "answers 429: slow down"),
    ("malformed", "what is no completion"),
    ("hangup", "cannot be reached"),
    ("slow", "has not answered within 0.2 s"),
])
def test_what_does_not_pass_is_told_once_and_the_rules_go_on(
    server: ModelServer, fault: Any, message: str
) -> None:
    server.behaviour = Behaviour(faults=deque([fault] * 50))
    patience = "retries=2&timeout=0.2" if fault == "slow" else "retries=2"
    opened = Opened(server, f"n=2&{patience}")
    goals = [Request((AND,), seconds=60.0)]
    for _ in range(3):
        assert opened.generator.propose(goals)[0] == RULES
    assert len(opened.told) == 1
    assert message in opened.told[0]
    assert "goes on with symbolic" in opened.told[0]
    opened.factory.close()


def test_an_unreachable_server_is_told(server: ModelServer) -> None:
    server.__exit__()
    with Opened(server, "retries=1") as opened:
        assert opened.tactics(AND)[0] == [p.tactic for p in RULES]
        assert len(opened.told) == 1
        assert "cannot be reached" in opened.told[0]
    with pytest.raises(LemmaError, match="cannot be reached"):
        Opened(server, "retries=0", strict=True)


def test_a_server_that_comes_back_is_used_again(server: ModelServer) -> None:
    now = [0.0]
    server.behaviour = Behaviour(faults=deque([500]))
    with Opened(server, "n=2&retries=0") as opened:
        opened.generator._clock = lambda: now[0]  # type: ignore[attr-defined]
        assert opened.tactics(AND)[0] == [p.tactic for p in RULES]
        assert opened.tactics(AND)[0] == [p.tactic for p in RULES]  # not asked for a while
        assert len(server.bodies) == 1
        now[0] = 60.0
        assert opened.tactics(AND)[0][0] == "exact ⟨h.2, h.1⟩"
        assert [line for line in opened.told if "works again" in line]


@pytest.mark.parametrize(("key", "message"), [
    ("", "wants a key"), ("sk-wrong-key-987", "refuses the key")])
def test_a_wrong_key_is_told_without_the_key(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch, key: str, message: str
) -> None:
    server.behaviour = Behaviour(key=KEY)
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with Opened(server) as opened:
        for _ in range(2):
            assert opened.tactics(AND)[0] == [p.tactic for p in RULES]
        assert len(opened.told) == len(server.bodies) == 1  # this does not pass
        assert message in opened.told[0]
        assert "OPENAI_API_KEY" in opened.told[0]
        assert not key or key not in opened.told[0]


def test_an_unknown_model_is_told(server: ModelServer) -> None:
    with pytest.raises(LemmaError, match="does not have the model huge"):
        Opened(server, strict=True, model="huge")


def test_answers_without_text_give_nothing(server: ModelServer) -> None:
    server.behaviour = Behaviour(faults=deque(["empty"]))
    with Opened(server, "n=3", strict=False) as opened:
        assert opened.tactics(AND) == [[]]


def test_a_prompt_that_is_too_long_is_cut_with_one_message(server: ModelServer) -> None:
    server.behaviour = Behaviour(context=200)
    long = Goal(tuple(Hypothesis(f"h{i}", f"p{i} ∧ q") for i in range(60)), "q")
    with Opened(server, "n=1&api=completions") as opened:
        for _ in range(2):
            opened.generator.propose([Request((long,))])
        assert server.bodies[-1]["prompt"].endswith("⊢ q:::")
        assert len([line for line in opened.told if "is longer than" in line]) == 1
        assert not [line for line in opened.told if "goes on" in line]


def test_the_time_of_a_theorem_ends_a_request(server: ModelServer) -> None:
    server.behaviour = Behaviour(faults=deque(["slow"]))
    with Opened(server, "timeout=600") as opened:
        found = opened.generator.propose([Request((AND,), seconds=0.2)])[0]
        assert found == RULES
        assert "has not answered within" in opened.told[0]


def test_closing_breaks_off_what_is_waited_for(server: ModelServer) -> None:
    server.behaviour = Behaviour(faults=deque(["slow"]))
    opened = Opened(server, "timeout=600")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(opened.tactics, AND)
        while not server.bodies:
            time.sleep(0.01)
        opened.factory.close()
        assert waiting.result(timeout=60) == [[]]
    assert opened.told == []


def test_retry_after_may_be_a_date_or_nonsense() -> None:
    class Response:
        def __init__(self, text: str) -> None:
            self.headers = {"retry-after": text}

    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 80 < (_retry_after(Response(later)) or 0) <= 90
    assert _retry_after(Response("2.5")) == 2.5
    assert _retry_after(Response("soon")) is None
    assert _retry_after(Response("")) is None


def test_a_key_in_the_options_is_refused_and_not_repeated() -> None:
    with pytest.raises(InputError) as caught:
        OpenAISource("m", "http://localhost/v1", OpenAIOptions(key=KEY))
    assert KEY not in str(caught.value)


# ------------------------------------------------------------------------------------ real proofs


def test_the_command_line_proves_with_a_server_and_keeps_the_key_to_itself(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.behaviour = Behaviour(key=KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("LEMMA_HOME", str(tmp_path / "home"))
    problem, trace = tmp_path / "swap.p", tmp_path / "trace.jsonl"
    problem.write_text(SWAP)
    spec = f"openai:tiny@{server.url}?api=completions&n=4"
    done = CliRunner().invoke(app, [
        "prove", str(problem), "--json", "--strict-generator", "--no-cache", "--trace", str(trace),
        "--generator", spec])
    assert done.exit_code == 0, done.output
    (record,) = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert record["status"] == "proved"
    assert record["proof"] == "auto"
    assert record["tokens"] > 0
    assert "tokens read and" in done.output
    assert KEY not in done.output + trace.read_text()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-key-987")
    done = CliRunner().invoke(app, ["prove", str(problem), "--no-cache", "--generator", spec])
    assert done.exit_code == 0, done.output  # by the rules
    assert done.output.count("refuses the key") == 1
    assert "sk-wrong-key-987" not in done.output
    done = CliRunner().invoke(app, ["prove", str(problem), "--no-cache", "--generator", spec,
                                    "--strict-generator"])
    assert done.exit_code == 2


def test_the_view_of_a_chat_prompt_has_all_that_is_known() -> None:
    text = chat_format("Lean 4").render(View("⊢ p", (), "theorem t : p"))
    assert "Lean 4" in text
    assert "theorem t : p" in text
    assert "⊢ p" in text

"""How generators are named, and what is said about names that are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prover.contracts import InputError
from prover.generators.neural.generator import HuggingFaceOptions
from prover.generators.openai.generator import OpenAIOptions
from prover.generators.options import describe, read_options
from prover.generators.spec import GeneratorSpec, parse_spec


def test_every_kind_is_read() -> None:
    assert parse_spec("symbolic") == GeneratorSpec("symbolic", "symbolic")
    small = parse_spec("small?n=8")
    assert (small.kind, small.options) == ("small", {"n": "8"})
    model = parse_spec("hf:org/name@rev?n=4&template=%7Bstate%7D%26%0A")
    assert (model.target, model.options) == ("org/name@rev", {"n": "4", "template": "{state}&\n"})
    server = parse_spec("openai:org/m@2@https://host:8000/v1/?n=4")
    assert (server.target, server.url) == ("org/m@2", "https://host:8000/v1")


def test_a_mixture_is_split_at_generators_only() -> None:
    mixed = parse_spec("mixture:symbolic+small?n=4+hf:a+b/c?n=2+openai:m@http://h/v1?api=chat")
    assert [part.kind for part in mixed.parts] == ["symbolic", "small", "hf", "openai"]
    assert mixed.parts[2].target == "a+b/c"
    assert mixed.parts[1].options == {"n": "4"}


@pytest.mark.parametrize(("text", "message"), [
    ("", "unknown generator"), ("symbolc", "did you mean symbolic"), ("HF:x", "unknown"),
    ("hf", "did you mean hf:"), ("hf:", "names no model"), ("hf:?n=3", "names no model"),
    ("hf:m?n", "is no option"), ("hf:m?n=1&n=2", "given twice"), ("symbolic?n=3", "no options"),
    ("openai:m", "no model or no address"), ("openai:@http://h", "no model or no address"),
    ("openai:m@ftp://h", "is no address"), ("openai:m@http://", "is no address"),
    ("openai:m@http://h:port/v1", "is no address"),
    ("mixture:symbolic", "at least two parts"), ("mixture:", "at least two parts"),
    ("mixture:small+small", "given twice"), ("mixture:symbolic+nothing", "unknown generator"),
    ("mixture", "unknown generator"), ("symbolic:x", "unknown generator"),
])  # fmt: skip
def test_what_is_no_generator_is_told(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_spec(text)
    assert message in str(caught.value)


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(InputError) as caught:
        parse_spec("openai:m@https://me:hunter2@host/v1")
    assert "hunter2" not in str(caught.value)


@given(st.text(max_size=30) | st.builds("{}:{}?{}".format, st.sampled_from(
    ["hf", "openai", "mixture", "small"]), st.text(max_size=20), st.text(max_size=20)))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        said = parse_spec(text).kind
    except InputError as problem:
        said = str(problem)
    assert any(part in said for part in (
        "symbolic", "small", "hf", "openai", "mixture", "write it like", "OPENAI_API_KEY"))
    assert "\n" not in said.replace(text, "")


@pytest.mark.parametrize(("given_", "message"), [
    ({"m": "3"}, "unknown option"), ({"temprature": "1"}, "did you mean temperature"),
    ({"n": "0"}, "at least 1"), ({"n": "two"}, "a whole number"), ({"n": "1.5"}, "a whole number"),
    ({"top_p": "2"}, "at most 1"), ({"top_p": "nan"}, "a number"),
    ({"decode": "greedy"}, "choose one of sample, beam"), ({"dtype": "int4"}, "choose one of"),
])  # fmt: skip
def test_options_that_are_none_are_told(given_: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_options(HuggingFaceOptions, given_, "hf:m")


def test_options_are_read_by_their_type() -> None:
    read = read_options(HuggingFaceOptions, {"n": "4", "context": "1_024", "top_p": "0.5",
                                             "dtype": "bf16"}, "hf:m")
    assert (read.n, read.context, read.top_p, read.dtype) == (4, 1024, 0.5, "bf16")
    assert read_options(OpenAIOptions, {"max_total_tokens": "1e6"}, "x").max_total_tokens == 10**6


@pytest.mark.parametrize("kind", [HuggingFaceOptions, OpenAIOptions])
def test_every_option_says_what_it_means(kind: type) -> None:
    assert all(name and len(meaning) > 5 for name, meaning in describe(kind))

"""Corpora: written and read, LeanDojo Benchmark's read, mistakes told with their lines."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.contracts import Premise, RetrievalError
from retrieval.corpus import Corpus, leandojo_position, read_corpus
from tests.retrieval.worlds import ARITHMETIC

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(st.lists(st.builds(
    Premise, texts, texts, st.sampled_from(["a", "b", "ä.c"]), st.frozensets(texts, max_size=3),
    st.sampled_from(["theorem", "axiom", "definition"]), st.integers(0, 9))))
def test_what_is_saved_is_read(tmp_path_factory, premises):
    corpus = Corpus(premises, {"a": ("b",), "b": (), "ä.c": ("a",)})
    path = tmp_path_factory.mktemp("corpus") / "corpus.jsonl"
    corpus.save(path)
    read = read_corpus(path)
    assert read.premises == corpus.premises
    assert read.imports == corpus.imports
    assert read.version == corpus.version
    assert Counter(premises) == Counter(read.premises)


def test_the_version_tells_every_change():
    first = ARITHMETIC.premises[0]
    versions = {ARITHMETIC.version}
    for changed in (
        Premise("other", first.statement, first.module),
        Premise(first.name, "other", first.module),
        Premise(first.name, first.statement, first.module, frozenset({"s"})),
        Premise(first.name, first.statement, first.module, kind="axiom"),
    ):
        versions.add(Corpus([changed, *ARITHMETIC.premises[1:]], ARITHMETIC.imports).version)
    versions.add(Corpus(ARITHMETIC.premises, {**ARITHMETIC.imports, "Mul": ()}).version)
    assert len(versions) == 6


def leandojo_line(**premise):
    return json.dumps({"path": "Mathlib/A.lean", "imports": ["Mathlib/B.lean"], "premises": [{
        "full_name": "A.one", "code": "@[simp]\ntheorem one : 1 = 1 := rfl", "start": [3, 1],
        "end": [4, 9], "kind": "commanddeclaration", **premise}]})


def test_leandojo_benchmark_is_read(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_text("\n".join([
        leandojo_line(),
        leandojo_line(full_name="A.two", code="/-- a theorem -/ def two := 2")
        .replace("A.lean", "B.lean").replace('["Mathlib/B.lean"]', "[]"),
        leandojo_line(full_name=None).replace("A.lean", "C.lean"),
        leandojo_line(code="").replace("A.lean", "D.lean"),
    ]))
    corpus = read_corpus(path)
    assert {(p.name, p.kind) for p in corpus.premises} == {
        ("A.one", "theorem"), ("A.two", "definition")}
    assert corpus.imports["Mathlib/A.lean"] == ("Mathlib/B.lean",)
    # The premise can be used from its end on, and not before.
    own = corpus.ids("A.one")[0]
    assert not corpus.graph.before("Mathlib/A.lean", leandojo_position([4, 9]))[own]
    assert corpus.graph.before("Mathlib/A.lean", leandojo_position([5, 1]))[own]


@pytest.mark.parametrize(("text", "line", "message"), [
    ("", None, "no modules"),
    ('{"module": "a", "premises": []}\nnonsense', 2, "not a module"),
    ('{"module": "a", "premises": [{"name": "x"}]}', 1, "'statement' is missing"),
    ('{"module": "a", "premises": [{"name": 1, "statement": "s"}]}', 1, "not a string"),
    ('{"module": "a", "premises": []}\n\n{"module": "a", "premises": []}', 3, "twice"),
    ("[1]", 1, "not a module"),
])
def test_mistakes_are_told_with_their_line(tmp_path, text, line, message):
    path = tmp_path / "corpus.jsonl"
    path.write_text(text)
    with pytest.raises(RetrievalError, match=message) as caught:
        read_corpus(path)
    assert (caught.value.file, caught.value.line) == (path, line)


def test_files_that_are_no_text_are_told(tmp_path):
    path = tmp_path / "corpus.jsonl"
    with pytest.raises(RetrievalError, match="cannot be read"):
        read_corpus(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(RetrievalError, match="cannot be read"):
        read_corpus(path)

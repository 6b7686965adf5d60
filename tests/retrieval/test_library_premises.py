"""What Lean goals are offered, from a library view on disk; no Lean is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from prover.contracts import InputError, LemmaError
from prover.corpora import (
    file_recipe,
    index_store,
    library_recipe,
    project_corpus,
    recipe_named,
    tptp_corpus,
)
from prover.environments.lean.library import library_key
from prover.environments.lean.library_view import Library, LibraryTheorem
from prover.environments.lean.source import LeanSource
from prover.environments.lean.theorem import Hole, LeanTheorem
from prover.premises import LeanPremises, Premises, premise_choice
from retrieval.contracts import Premise

pytest.importorskip("pyarrow")

GOAL = "n m : Nat\n⊢ n + m = m + n"
NEARBY = [Premise("helper", "n = n", "file.lean")]
LIBRARY = Library(
    theorems=[
        LibraryTheorem("Nat.add_comm", "∀ (n m : Nat), n + m = m + n", "Init.Nat", 0,
                       ("Nat", "Eq")),
        LibraryTheorem("Nat.add", "Nat → Nat → Nat", "Init.Nat", 1, kind="definition"),
        LibraryTheorem("Nat.plus_comm", "∀ (n m : Nat), n + m = m + n", "Init.Nat", 2,
                       deprecated=True),
        LibraryTheorem("Lean.Omega.add_comm", "∀ (n m : Nat), n + m = m + n", "Init.Nat", 3),
        LibraryTheorem("Nat.mul_comm", "∀ (n m : Nat), n * m = m * n", "Init", 0),
        LibraryTheorem("Std.add_comm", "∀ (n m : Nat), n + m = m + n", "Std", 0),
    ],
    imports={"Init.Nat": (), "Init": ("Init.Nat",), "Std": ("Init",)}, lean="4.28",
    ordered=False)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A cache with nothing in it, and the embedded Lean as the one that would run."""
    monkeypatch.setenv("LEMMA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEMMA_LEAN", "embedded")
    return tmp_path / "home"


def write_view(library=LIBRARY, imports=("Init",)):
    from prover.environments.lean.library_file import write_library

    key = library_key(imports)
    key.path().parent.mkdir(parents=True, exist_ok=True)
    write_library(key.path(), key, library)


def theorem(header=""):
    text = f"{header}theorem t : True := by sorry\n"
    return LeanTheorem("t", "True", Path("file.lean"), 1, LeanSource(Path("file.lean"), text),
                       "theorem", "t", (Hole(len(text) - 6, len(text) - 1, 0, 0),), len(text))


def offered(premises, goals=(GOAL,), k=5, header=""):
    return [[scored.premise.name for scored in found]
            for found in premises.retrieve_for(theorem(header), goals, k, NEARBY)]


def test_the_library_offers_what_fits_after_the_files_own():
    write_view()
    premises = LeanPremises(Premises.LEXICAL)
    [found, other] = offered(premises, [GOAL, "⊢ p * q = q * p"])
    assert found[:2] == ["helper", "Nat.add_comm"]
    assert other[:2] == ["helper", "Nat.mul_comm"]
    # No definitions, nothing deprecated, nothing of Lean's own tactics, nothing not imported.
    assert set(found) <= {"helper", "Nat.add_comm", "Nat.mul_comm"}
    scores = [s.score for s in premises.retrieve_for(theorem(), [GOAL], 5, NEARBY)[0]]
    assert scores == sorted(scores, reverse=True)
    assert premises.prepare(("Init",)) == []


def test_more_imports_offer_more():
    write_view()
    write_view(imports=("Init", "Std"))
    [found] = offered(LeanPremises(Premises.LEXICAL), header="import Std\n")
    assert {"Nat.add_comm", "Std.add_comm"} <= set(found)


def test_a_library_that_has_been_read_serves_for_parts_of_it():
    write_view(imports=("Init", "Std"))
    premises = LeanPremises()
    [found] = offered(premises, header="prelude\nimport Init.Nat\n")
    assert found == ["helper", "Nat.add_comm"]  # nothing of what is not imported
    assert premises.prepare(("Init.Nat",)) == []
    [note] = premises.prepare(("Init.Other",))
    assert "no index of Init.Other" in note


def test_a_part_of_the_imports_serves_and_once_it_is_said():
    write_view()
    premises = LeanPremises()
    [note] = premises.prepare(("Init", "Lean"))
    assert "no index of Init, Lean" in note
    assert premises.prepare(("Init", "Lean")) == []
    [found] = offered(premises, header="import Lean\n")
    assert {"helper", "Nat.add_comm"} <= set(found)
    with pytest.raises(LemmaError, match="no index of Init, Lean"):
        LeanPremises(Premises.LEXICAL).prepare(("Init", "Lean"))


def test_small_parts_of_the_library_are_read_on_request(monkeypatch):
    write_view(LIBRARY.below(["Init"]))
    said = []
    premises = LeanPremises(reading=said.append)
    monkeypatch.setattr("prover.corpora.load_library", lambda modules, **_: LIBRARY.below(modules))
    assert premises.prepare(("Init", "Std")) == []
    assert said == ["reading what Init, Std states, once"]
    [found] = offered(premises, header="import Std\n")
    assert {"Nat.add_comm", "Std.add_comm"} <= set(found)
    assert len(premises.prepare(("Init", "Lean"))) == 1  # takes minutes, so on demand only
    assert len(said) == 1


def test_answers_repeat_and_are_remembered(monkeypatch):
    write_view()
    premises = LeanPremises()
    first = premises.retrieve_for(theorem(), [GOAL, GOAL], 2)
    monkeypatch.setattr("retrieval.retriever.CorpusRetriever.retrieve_masked",
                        lambda *_: pytest.fail("asked again") if _[1] else [])
    assert premises.retrieve_for(theorem(), [GOAL], 2) == first[:1]


def test_without_a_library_the_file_is_left_and_once_it_is_said_why():
    premises = LeanPremises(Premises.AUTO)
    [note] = premises.prepare(("Init",))
    assert "lemma index build" in note
    assert premises.prepare(("Init",)) == []
    assert offered(premises) == [["helper"]]


@pytest.mark.parametrize("mode", [Premises.LEXICAL, Premises.FUSED])
def test_what_is_asked_for_by_name_must_be_there(mode):
    with pytest.raises(LemmaError, match=r"no index of Init.*lemma index build"):
        LeanPremises(mode).prepare(("Init",))
    write_view()
    if mode is Premises.FUSED:
        with pytest.raises(LemmaError, match=r"no vectors.*lemma index build"):
            LeanPremises(mode).prepare(("Init",))


def test_off_offers_nothing_and_file_only_the_file():
    write_view()
    assert offered(LeanPremises(Premises.OFF)) == [[]]
    assert offered(LeanPremises(Premises.FILE)) == [["helper"]]


def test_a_changed_library_is_noticed():
    write_view()
    store = index_store()
    recipe = library_recipe()
    store.index(recipe.name).open(recipe.source, recipe.make)
    assert recipe_named("lean:Init").source == store.index("lean:Init").source
    # A view of another Lean has another key, so the index is of another source.
    assert library_recipe(("Std",)).source != recipe.source


def test_ways_of_choosing_are_read(tmp_path):
    assert premise_choice("fused") == (Premises.FUSED, None)
    assert premise_choice(str(tmp_path)) == (Premises.AUTO, tmp_path)
    with pytest.raises(InputError, match="no such way"):
        premise_choice("everything")


# --------------------------------------------------------------------------------------- corpora


def test_lean_files_are_corpora(tmp_path):
    (tmp_path / "Sub").mkdir()
    (tmp_path / ".lake").mkdir()
    (tmp_path / ".lake" / "Other.lean").write_text("theorem hidden : True := trivial\n")
    (tmp_path / "Base.lean").write_text(
        "namespace N\ndef two := 2\ntheorem two_eq : two = 2 := rfl\nend N\n"
        "-- theorem comment : False\ntheorem last : 1 = 1 := rfl\n")
    (tmp_path / "Sub" / "Top.lean").write_text("import Base\n\ntheorem top : N.two = 2 := rfl\n")
    corpus = project_corpus(tmp_path)
    assert [(p.name, p.kind, p.module) for p in corpus.premises] == [
        ("N.two", "definition", "Base"), ("N.two_eq", "theorem", "Base"),
        ("last", "theorem", "Base"), ("top", "theorem", "Sub.Top")]
    assert corpus.imports == {"Base": (), "Sub.Top": ("Base",)}
    last = corpus.premises[2]
    assert corpus.graph.before("Base", last.position).tolist() == [True, True, False, False]
    assert corpus.graph.before("Sub.Top", 0).tolist() == [True, True, True, False]


def test_tptp_files_are_corpora_with_their_includes(tmp_path):
    (tmp_path / "base.ax").write_text("fof(first, axiom, ! [X] : p(X)).\n")
    (tmp_path / "main.p").write_text(
        "include('base.ax').\nfof(second, lemma, q(a) => p(a)).\nfof(goal, conjecture, p(b)).\n")
    corpus = tptp_corpus(tmp_path / "main.p")
    assert [(p.name, p.kind, p.symbols) for p in corpus.premises] == [
        ("first", "axiom", {"p"}), ("second", "theorem", {"p", "q", "a"}),
        ("goal", "theorem", {"p", "b"})]
    [goal] = corpus.ids("goal")
    premise = corpus.premises[goal]
    assert corpus.graph.before("main.p", premise.position).tolist() == [True, True, False]


def test_recipes_tell_when_a_file_has_changed(tmp_path):
    path = tmp_path / "a.p"
    path.write_text("fof(a, axiom, p).\n")
    first = file_recipe(path)
    assert file_recipe(path).source == first.source
    assert recipe_named(first.name).source == first.source
    path.write_text("fof(a, axiom, q).\n")
    assert file_recipe(path).source != first.source
    for wrong in (tmp_path / "none.p", tmp_path / "none"):
        with pytest.raises(InputError, match="no such file"):
            file_recipe(wrong)
    (tmp_path / "x.txt").write_text("x")
    with pytest.raises(InputError, match="no corpus"):
        file_recipe(tmp_path / "x.txt")

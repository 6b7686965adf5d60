"""``lemma data leandojo``: Lean files in the format of LeanDojo Benchmark."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from data.formats import leandojo as benchmark
from data.trace.lean_files import TracedFile, source_files, trace_file
from data.trace.servers import Servers
from prover.cli.errors import INTERRUPTED, clear_errors, complain, fail
from prover.contracts import InputError
from prover.environments.lean.source import read_source


def leandojo(
    sources: Annotated[list[Path], typer.Argument(
        help="Lean files with finished proofs, or folders of them.", show_default=False)],
    out: Annotated[Path, typer.Option(
        help="The folder to write.", show_default=False)],
    url: Annotated[str, typer.Option(
        help="The repository that the files are from.")] = "https://example.invalid/local",
    commit: Annotated[str, typer.Option(help="Its commit.")] = "0" * 40,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Trace Lean files and write them as LeanDojo Benchmark has it: corpus.jsonl, and the splits
    random and novel_premises."""
    with clear_errors():
        try:
            made = _made(sources, out, benchmark.Repository(url, commit))
        except KeyboardInterrupt:
            fail("interrupted; nothing is written", INTERRUPTED)
        except OSError as problem:
            raise InputError(f"cannot be written: {problem.strerror or problem}",
                             file=problem.filename or out) from problem
    if as_json:
        print(json.dumps({"out": str(out), **made}))
        return
    print(f"{out}: {made['theorems']} theorems with {made['tactics']} tactics; "
          f"{made['premises']} premises in {made['files']} files")


def _made(sources: list[Path], out: Path, repository: benchmark.Repository) -> dict[str, int]:
    from prover.environments.lean.library import load_library

    paths = source_files(sources, ".lean")
    if not paths:
        raise InputError("no .lean file", file=sources[0], remedy="name Lean files or folders")
    root = sources[0] if len(sources) == 1 and sources[0].is_dir() else Path(
        os.path.commonpath([path.parent for path in paths]))
    traced = _traced(paths)
    own = {".".join(path.relative_to(root).with_suffix("").parts) for path in paths}
    modules = {module for file in traced for module in file.modules} - own
    library = load_library(sorted(modules))
    return benchmark.export(traced, library, root, repository, out)


def _traced(paths: list[Path]) -> list[TracedFile]:
    servers, console = Servers(), Console(stderr=True)
    found = []
    try:
        for path in track(paths, "tracing", console=console, transient=True,
                          disable=not console.is_terminal):  # fmt: skip
            source = read_source(path)
            file = trace_file(servers.of(source), source)
            found.append(file)
            for reason, number in file.left_out.items():
                complain(f"{path}: {number} left out ({reason})")
    finally:
        servers.close()
    return found

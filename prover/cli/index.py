"""``lemma index``: what premise retrieval keeps in the cache."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from prover.cli.corpus_options import (
    DEFAULT_IMPORTS,
    CorpusFile,
    Imports,
    Json,
    Threads,
    clear_retrieval_errors,
    embedding_bar,
    reading_bar,
    recipe_of,
    show_json,
    use_threads,
)
from prover.cli.errors import complain
from prover.contracts import InputError

if TYPE_CHECKING:
    from prover.corpora import Recipe
    from retrieval.store import CorpusIndex

index = typer.Typer(no_args_is_help=True,
                    help="Build, update and describe the indexes of premise retrieval.")

_MEGABYTE = 1e6
Encoders = Annotated[list[str] | None, typer.Option(
    "--encoder", show_default="minilm", metavar="NAME",
    help="minilm, hf:FOLDER_OR_ID or reprover:FOLDER_OR_ID; may be repeated; none: words only.")]


@index.command()
def build(
    imports: Imports = DEFAULT_IMPORTS, corpus: CorpusFile = None, encoder: Encoders = None,
    threads: Threads = 1, as_json: Json = False,
) -> None:
    """Build the index of a library or of a corpus; what is there and fits is kept.

    An interrupted build goes on where it was.
    """
    with clear_retrieval_errors():
        from prover.corpora import index_store

        names = [name for name in encoder or ["minilm"] if name != "none"]
        with reading_bar() as reading:
            recipe = recipe_of(imports, corpus, reading)
            found = index_store().index(recipe.name)
            started = time.monotonic()
            found.open(recipe.source, recipe.make)
        _build(found, names, threads)
        _report([found], as_json, time.monotonic() - started)


@index.command()
def update(threads: Threads = 1, as_json: Json = False) -> None:
    """Bring all indexes up to date with their files and libraries."""
    with clear_retrieval_errors():
        from prover.corpora import index_store, recipe_named

        started = time.monotonic()
        done = []
        for found in index_store().all():
            with reading_bar() as reading:
                try:
                    recipe = recipe_named(found.name, progress=reading)
                except InputError as problem:
                    complain(f"note: {found.name} is left as it is: {problem}")
                    continue
                names = found.encoders
                found.open(recipe.source, recipe.make)
            _build(found, names, threads)
            done.append(found)
        if not done:
            raise InputError("there is no index to update", remedy="run lemma index build")
        _report(done, as_json, time.monotonic() - started)


@index.command()
def info(as_json: Json = False) -> None:
    """Say which indexes there are, how big, and whether they are up to date."""
    with clear_retrieval_errors():
        from prover.corpora import index_store

        _report(index_store().all(), as_json)


def _build(found: CorpusIndex, encoders: Sequence[str], threads: int) -> None:
    from prover.corpora import index_store
    from retrieval.encoders import load_encoder

    _ = found.lexical
    for name in encoders:
        loaded = load_encoder(name, cache=index_store().root)
        if not found.has_dense(loaded):
            use_threads(threads)
        with embedding_bar() as bar:
            found.dense(loaded, bar)


def _report(
    indexes: Sequence[CorpusIndex], as_json: bool, seconds: float | None = None
) -> None:
    described = [_described(found) for found in indexes]
    if as_json:
        show_json({"indexes": described} | ({} if seconds is None else {"seconds": seconds}))
        return
    if not described:
        print("there is no index yet; lemma index build makes one")
        return
    table = Table("index", "premises", "encoders", "MB", "state", box=None)
    for item in described:
        table.add_row(item["name"], str(item["premises"]), " ".join(item["encoders"]) or "none",
                      f"{item['bytes'] / _MEGABYTE:.0f}", item["state"])
    Console().print(table)
    if seconds is not None:
        print(f"{seconds:.1f} s")


def _described(found: CorpusIndex) -> dict[str, Any]:
    return {"name": found.name, "premises": found.premises, "encoders": found.encoders,
            "bytes": sum(part.size for part in found.parts()), "state": _state(found),
            "folder": str(found.folder)}


def _state(found: CorpusIndex) -> str:
    """Whether the index is of the present library or file."""
    from prover.corpora import recipe_named

    try:
        recipe: Recipe = recipe_named(found.name)
    except InputError:
        return "its file is gone"
    return "up to date" if recipe.source == found.source else "to be updated"

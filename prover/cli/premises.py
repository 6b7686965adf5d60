"""``lemma premises``: which lemmas may help with a goal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
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
    from retrieval.contracts import Mask, ScoredPremise
    from retrieval.corpus import Corpus
    from retrieval.store import CorpusIndex

_NOTHING_FOUND = 1


def premises(
    goal: Annotated[str, typer.Argument(
        help='A goal as Lean prints it, such as "⊢ a + b = b + a", or a TPTP formula.',
        show_default=False)],
    count: Annotated[int, typer.Option("--count", "-k", min=1, help="How many.")] = 10,
    encoder: Annotated[str | None, typer.Option(
        metavar="NAME", show_default="fused if its vectors are there, else lexical",
        help="Who ranks: bm25, symbols, lexical, minilm, fused, hf:FOLDER_OR_ID, "
             "reprover:FOLDER_OR_ID, or several joined by +.")] = None,
    rerank: Annotated[str | None, typer.Option(
        help="A second stage over the first hundred: late, late:ENCODER or cross:FOLDER.")] = None,
    imports: Imports = DEFAULT_IMPORTS, corpus: CorpusFile = None,
    at: Annotated[str | None, typer.Option(
        metavar="THEOREM", help="Only what may be used in the proof of this theorem of the "
        "corpus.")] = None,
    threads: Threads = 1, as_json: Json = False,
) -> None:
    """Show the premises that fit a goal best, of those that are accessible.

    What is not built yet is built. Exit code 0, or 1 if nothing fits.
    """
    with clear_retrieval_errors():
        from prover.corpora import index_store
        from prover.premises import vectors_ready
        from retrieval.rankers import make_ranker
        from retrieval.retriever import CorpusRetriever

        if not goal.strip():
            raise InputError("the goal is empty")
        store = index_store()
        with reading_bar() as reading:
            recipe = recipe_of(imports, corpus, reading)
            index = store.index(recipe.name)
            found = index.open(recipe.source, recipe.make)
        mask = None if at is None else _accessible(found, at)
        name = encoder or _default(index, vectors_ready(index))
        if name not in ("lexical", "bm25", "symbols"):
            use_threads(threads)
        with embedding_bar() as bar:
            ranker = make_ranker(name, index, rerank=rerank, cache=store.root, progress=bar)
        [best] = CorpusRetriever(found, ranker).retrieve_masked([goal], count, mask)
        _show(best, as_json)
    raise typer.Exit(0 if best else _NOTHING_FOUND)


def _default(index: CorpusIndex, vectors: bool) -> str:
    if vectors:
        return "fused"
    complain(f"note: ranked by words only; lemma index build adds vectors ({index.name})")
    return "lexical"


def _accessible(corpus: Corpus, theorem: str) -> Mask:
    ids = corpus.ids(theorem)
    if not ids:
        raise InputError(f"no theorem {theorem!r} in the corpus")
    premise = corpus.premises[ids[0]]
    return corpus.graph.before(premise.module, premise.position)


def _show(best: Sequence[ScoredPremise], as_json: bool) -> None:
    if as_json:
        show_json([{"name": each.premise.name, "statement": each.premise.statement,
                    "module": each.premise.module, "kind": each.premise.kind,
                    "score": round(each.score, 6)} for each in best])
        return
    if not best:
        complain("nothing fits this goal")
        return
    table = Table("score", "premise", "statement", "module", box=None, show_lines=False)
    for each in best:
        table.add_row(f"{each.score:.4f}", escape(each.premise.name),
                      escape(each.premise.statement), escape(each.premise.module))
    Console().print(table)

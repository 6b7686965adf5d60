"""``lemma eval-retrieval``: how well rankers find the premises that proofs used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from prover.cli.corpus_options import (
    DEFAULT_IMPORTS,
    Bar,
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
    from retrieval.contracts import Ranker
    from retrieval.questions import Question, Questions

_RANKERS = ("bm25", "symbols", "lexical", "minilm", "fused")
_SPLITS = ("random", "novel-premises", "all")
_PARTS = ("test", "validation", "train")
_SHOWN = {
    **{f"recall@{cut}": f"Recall@{cut}" for cut in (1, 10, 32, 64, 100)}, "mrr": "MRR",
    "ndcg": "nDCG", **{f"coverage@{cut}": f"coverage@{cut}" for cut in (10, 32, 64, 100, 128)},
    "ms_per_question": "CPU ms a question",
}


def evaluate_retrieval(
    data: Annotated[Path, typer.Argument(
        help="JSON lines with name, premises and perhaps goal, or LeanDojo Benchmark's JSON.",
        show_default=False)],
    encoder: Annotated[list[str] | None, typer.Option(
        metavar="NAME", show_default=", ".join(_RANKERS),
        help="Rankers, as in lemma premises; may be repeated.")] = None,
    rerank: Annotated[str | None, typer.Option(
        help="A second stage: late, late:ENCODER or cross:FOLDER.")] = None,
    imports: Imports = DEFAULT_IMPORTS, corpus: CorpusFile = None,
    split: Annotated[list[str] | None, typer.Option(
        show_default="random, novel-premises", help="random, novel-premises or all.")] = None,
    part: Annotated[str, typer.Option(help="test, validation or train.")] = "test",
    share: Annotated[float, typer.Option(
        min=0.0, max=0.5, help="The share of the theorems in test, and in validation.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Of the splits.")] = 0,
    limit: Annotated[int | None, typer.Option(
        min=1, help="Ask at most so many questions of each split.")] = None,
    threads: Threads = 1, as_json: Json = False,
) -> None:
    """Measure rankers on goals whose premises are known: Recall, MRR, nDCG, coverage.

    Coverage@k is the share of the goals all of whose premises are among the first k. Only what
    is accessible to a theorem is ranked.
    """
    with clear_retrieval_errors():
        from prover.corpora import index_store
        from retrieval.questions import read_questions
        from retrieval.rankers import make_ranker

        _check(split or [], part)
        use_threads(threads)
        store = index_store()
        with reading_bar() as reading:
            recipe = recipe_of(imports, corpus, reading)
            index = store.index(recipe.name)
            found = index.open(recipe.source, recipe.make)
        questions = read_questions(data, found)
        for count, why in ((questions.unknown, "not in the corpus"),
                           (questions.inaccessible, "not accessible where they were used")):
            if count:
                complain(f"note: {count} used premises are {why} and are left out")
        rankers = []
        for name in encoder or _RANKERS:
            with embedding_bar() as bar:
                rankers.append(make_ranker(name, index, rerank=rerank, cache=store.root,
                                           progress=bar))
        results = []
        for name, chosen in _chosen(questions, split or _SPLITS[:2], part, share, seed):
            results += [{"split": name, "part": "all" if name == "all" else part,
                         **_measured(ranker, found, chosen[:limit])} for ranker in rankers]
        _show(results, questions, as_json)


def _check(splits: Sequence[str], part: str) -> None:
    for name in splits:
        if name not in _SPLITS:
            raise InputError(f"unknown split {name!r}", remedy="use " + ", ".join(_SPLITS))
    if part not in _PARTS:
        raise InputError(f"unknown part {part!r}", remedy="use " + ", ".join(_PARTS))


def _chosen(
    questions: Questions, splits: Sequence[str], part: str, share: float, seed: int
) -> Iterator[tuple[str, list[Question]]]:
    """The questions of the part in question of each split."""
    from retrieval.splits import make_split

    asked = questions.asked
    for name in splits:
        if name == "all":
            yield name, list(asked)
            continue
        made = make_split(name, [question.used for question in asked], validation=share,
                          test=share, seed=seed)
        yield name, [asked[i] for i in getattr(made, part)]


def _measured(ranker: Ranker, corpus: Any, questions: Sequence[Question]) -> dict[str, Any]:
    from retrieval.evaluation import evaluate

    with Bar(ranker.name, "questions") as bar:
        return evaluate(ranker, corpus, questions, bar).as_json()


def _show(results: Sequence[dict[str, Any]], questions: Questions, as_json: bool) -> None:
    if as_json:
        show_json({"questions": len(questions.asked), "unknown": questions.unknown,
                   "inaccessible": questions.inaccessible, "results": list(results)})
        return
    for split in dict.fromkeys(result["split"] for result in results):
        columns = [result for result in results if result["split"] == split]
        table = Table(f"{split}: {columns[0]['queries']} questions", box=None)
        for result in columns:
            table.add_column(result["ranker"], justify="right")
        for name, text in _SHOWN.items():
            table.add_row(text, *(f"{r[name]:.3f}" if name in r else "" for r in columns))
        Console().print(table)

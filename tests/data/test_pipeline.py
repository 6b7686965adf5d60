"""The pipeline: the same bytes however a run goes, and no leaks between splits."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.pipeline import minhash
from data.pipeline.contamination import Benchmark, Contamination
from data.pipeline.generation import Plan, Tally, generate
from data.pipeline.reading import read_records
from data.pipeline.sieve import NearDuplicates
from data.pipeline.splits import Splits
from prover.contracts import InputError
from tests.data.toy import ToyKind

COUNT = 120


def plan(out: Path, count: int = COUNT, **more: object) -> Plan:
    return Plan(out=out, count=count, seed=3, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """The file and the manifest of an uninterrupted run."""
    out = tmp_path_factory.mktemp("reference") / "data.jsonl"
    generate(ToyKind(), plan(out))
    return out.read_bytes(), plan(out).manifest.read_bytes()


class _StoppedError(Exception):
    pass


def stopped_after(out: Path, indices: int) -> bytes:
    """Run until so many indices are in the journal; what the journal then holds."""

    def watch(tally: Tally) -> None:
        if tally.indices >= indices:
            raise _StoppedError

    with pytest.raises(_StoppedError):
        generate(ToyKind(), plan(out), watch=watch, overwrite=True)
    return plan(out).journal.read_bytes()


def test_the_file_is_what_the_manifest_says(reference: tuple[bytes, bytes]) -> None:
    content, manifest = reference[0], json.loads(reference[1])
    records = [json.loads(line) for line in content.splitlines()]
    assert len(records) == manifest["counts"]["records"] == COUNT
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert manifest["bytes"] == len(content)
    assert len({record["id"] for record in records}) == COUNT
    assert len({record["prompt"] for record in records}) == COUNT
    assert sum(manifest["counts"]["splits"].values()) == COUNT
    assert manifest["counts"]["dropped"]["unlucky"] > 0
    assert manifest["counts"]["dropped"]["duplicate"] > 0
    assert all(list(record) == list(manifest["columns"]) for record in records)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow,
          HealthCheck.function_scoped_fixture])
@given(indices=st.integers(0, 80), cut=st.integers(0, 700), garbage=st.binary(max_size=3))
def test_a_run_torn_at_any_byte_is_resumed_to_the_same_file(
    indices: int, cut: int, garbage: bytes, reference: tuple[bytes, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "data.jsonl"
    out.unlink(missing_ok=True)
    journal = stopped_after(out, indices)
    plan(out).journal.write_bytes(journal[: len(journal) - cut] + (garbage if cut else b""))
    generate(ToyKind(), plan(out), resume=True)
    assert (out.read_bytes(), plan(out).manifest.read_bytes()) == reference
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.jsonl", "data.jsonl.manifest.json"]


def test_the_number_of_workers_does_not_matter(
    reference: tuple[bytes, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "data.jsonl"
    stopped_after(out, 17)
    generate(ToyKind(), plan(out, workers=2), resume=True)
    assert out.read_bytes() == reference[0]


def test_a_run_that_died_after_writing_the_file_is_finished(
    reference: tuple[bytes, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "data.jsonl"
    journal = stopped_after(out, 60)
    out.write_bytes(b"from another run")
    plan(out).journal.write_bytes(journal)
    generate(ToyKind(), plan(out), resume=True)
    assert (out.read_bytes(), plan(out).manifest.read_bytes()) == reference


_RUN = """
import sys
from pathlib import Path
from data.pipeline.generation import Plan, generate
from data.sat.kind import SatKind
generate(SatKind(), Plan(Path(sys.argv[1]), 400, 5, workers=2), resume=True)
"""


def test_killed_processes_leave_nothing_behind_and_lose_nothing(tmp_path: Path) -> None:
    from data.sat.kind import SatKind

    whole = tmp_path / "whole.jsonl"
    generate(SatKind(), Plan(whole, 400, 5))
    out = tmp_path / "killed.jsonl"
    journal = Plan(out, 400, 5).journal
    kills = 0
    for target in (0, 100_000, 400_000):
        with subprocess.Popen([sys.executable, "-c", _RUN, str(out)], start_new_session=True,
                              stderr=subprocess.DEVNULL) as process:
            while process.poll() is None:
                if journal.exists() and journal.stat().st_size > target:
                    process.send_signal(signal.SIGKILL)
                    kills += 1
                    break
                time.sleep(0.002)
        _await_end_of_group(process.pid)
    assert kills >= 1  # a fast machine may be done before the later ones
    subprocess.run([sys.executable, "-c", _RUN, str(out)], check=True)
    assert out.read_bytes() == whole.read_bytes()


def _await_end_of_group(group: int) -> None:
    for _ in range(600):
        with contextlib.suppress(PermissionError):
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                return
        time.sleep(0.05)
    pytest.fail("workers outlive the process that started them")


def test_parquet_and_jsonl_hold_the_same(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    lines, table = tmp_path / "a.jsonl", tmp_path / "a.parquet"
    generate(ToyKind(), plan(lines))
    generate(ToyKind(), plan(table))
    assert list(read_records(lines)) == list(read_records(table))
    first = table.read_bytes()
    generate(ToyKind(), plan(table), overwrite=True)
    assert table.read_bytes() == first


def test_resuming_with_other_options_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "data.jsonl"
    stopped_after(out, 5)
    with pytest.raises(InputError, match=r"options: .*400.*then.*300.*now.*--overwrite"):
        generate(ToyKind(vocabulary=300), plan(out), resume=True)
    with pytest.raises(InputError, match="--resume to go on"):
        generate(ToyKind(), plan(out))


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    out = tmp_path / "data.jsonl"
    out.write_text("mine")
    with pytest.raises(InputError, match="exists"):
        generate(ToyKind(), plan(out))
    with pytest.raises(InputError, match="no readable manifest"):
        generate(ToyKind(), plan(out), resume=True)
    assert out.read_text() == "mine"


def test_resuming_what_is_complete_changes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "data.jsonl"
    manifest = generate(ToyKind(), plan(out))
    before = out.stat().st_mtime_ns
    assert generate(ToyKind(), plan(out), resume=True) == manifest
    assert out.stat().st_mtime_ns == before


@pytest.mark.parametrize("workers", [1, 2])
def test_a_kind_may_come_to_its_end(workers: int, tmp_path: Path) -> None:
    out = tmp_path / "data.jsonl"
    manifest = generate(ToyKind(last=30), plan(out, workers=workers))
    assert manifest["counts"]["indices"] == 30
    assert 0 < manifest["counts"]["records"] < COUNT


def test_a_kind_that_repeats_itself_is_left(tmp_path: Path) -> None:
    out = tmp_path / "data.jsonl"
    manifest = generate(ToyKind(vocabulary=3), plan(out, patience=50))
    assert 1 <= manifest["counts"]["records"] <= 6


def test_near_duplicates_never_cross_splits(tmp_path: Path) -> None:
    out = tmp_path / "data.jsonl"
    halves = Splits.parse("train=0.5,test=0.5")
    kind = ToyKind(vocabulary=60)
    manifest = generate(kind, plan(out, 80, splits=halves, patience=200))
    assert manifest["counts"]["near_duplicates"] > 0
    assert manifest["counts"]["dropped"]["near-duplicate in another split"] > 0
    by_text: dict[str, set[str]] = {}
    for record in read_records(out):
        by_text.setdefault(" ".join(record["words"][:-1]), set()).add(record["split"])
    assert all(len(splits) == 1 for splits in by_text.values())
    kept = plan(out, 80, splits=halves, patience=200, near_duplicates=NearDuplicates.DROP)
    assert generate(kind, kept, overwrite=True)["counts"]["near_duplicates"] == 0


def test_what_is_in_a_benchmark_is_left_out(tmp_path: Path) -> None:
    everything = tmp_path / "all.jsonl"
    generate(ToyKind(), plan(everything))
    benchmark = tmp_path / "benchmark.jsonl"
    some = [record["prompt"] for record in read_records(everything)][:20]
    benchmark.write_text("".join(json.dumps({"nested": [text]}) + "\n" for text in some))
    out = tmp_path / "clean.jsonl"
    manifest = generate(ToyKind(), plan(out, benchmarks=(Benchmark.of(benchmark),)))
    assert manifest["counts"]["dropped"]["contaminated"] >= 20
    assert not {record["prompt"] for record in read_records(out)} & set(some)
    assert manifest["decontaminated_against"][0]["file"] == "benchmark.jsonl"


def test_short_texts_are_contaminated_only_as_a_whole(tmp_path: Path) -> None:
    benchmark = tmp_path / "benchmark.lean"
    benchmark.write_text("a + b = b + a")
    known = Contamination([Benchmark.of(benchmark)])
    assert "A + b  = b + a" in known
    assert "a + b" not in known


@settings(deadline=None)
@given(st.sets(st.integers(0, 60), min_size=1), st.sets(st.integers(0, 60), min_size=1))
def test_minhash_estimates_jaccard_similarity(left: set[int], right: set[int]) -> None:
    a, b = (minhash.signature(map(str, numbers)) for numbers in (left, right))
    true = len(left & right) / len(left | right)
    assert minhash.similarity(a, b) == pytest.approx(true, abs=0.3)  # six standard errors
    assert (minhash.decode(minhash.encode(a)) == a).all()
    index = minhash.SimilarityIndex()
    index.add(a)
    assert index.near(a) == [0]
    assert index.near(b) == ([0] if minhash.similarity(a, b) >= minhash.THRESHOLD else [])


def test_splits_have_their_shares_and_do_not_depend_on_order() -> None:
    splits = Splits.parse("train=0.8, test=0.2")
    found = [splits.of(f"family {n}") for n in range(5000)]
    assert 0.78 < found.count("train") / 5000 < 0.82
    assert splits.of("family 7") == found[7]


@pytest.mark.parametrize("text", ["train", "train=0.5", "a=0.5,a=0.5", "a=x", "a=2,b=-1", "=1"])
def test_bad_splits_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        Splits.parse(text)


def test_a_broken_dataset_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"a": 1}\n\n{"a": \n')
    with pytest.raises(InputError, match=r"data.jsonl:3: not JSON"):
        list(read_records(path))

"""A kind at work over the cores, its batches coming back in the order of their indices.

One worker works in this process, more of them in processes of their own, each with its own
producer. Those ignore an interrupt from the keyboard, which is the parent's to handle, and end
when the parent is gone, however it came to its end.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from multiprocessing.connection import wait

from data.contracts import Batch, Kind, Producer
from data.pipeline.minhash import Signature, shingles, signature
from prover.contracts import LemmaError

Outcome = tuple[int, Batch, tuple[Signature, ...]]

_CHUNK = 4  # indices that a worker takes at once
_AHEAD = 4  # chunks for each worker that may wait for an earlier one
_ATTEMPTS = 2  # a worker may be killed once for want of memory without ending the run


def outcomes(kind: Kind, seed: int, workers: int, start: int) -> Generator[Outcome, None, None]:
    """The batches of the indices from ``start`` on, with the signatures of their items."""
    if workers == 1:
        with closing(kind.open(seed)) as producer:
            for index in _indices(kind, start):
                yield _outcome(producer, index)
        return
    failures = 0
    while True:
        try:
            for outcome in _from_pool(kind, seed, workers, start):
                yield outcome
                start, failures = outcome[0] + 1, 0
            return
        except BrokenProcessPool:
            failures += 1
            if failures == _ATTEMPTS:
                raise LemmaError(
                    f"a worker process was killed near index {start}",
                    remedy="most likely memory ran out: go on with --resume and fewer --workers",
                ) from None


def _from_pool(kind: Kind, seed: int, workers: int, start: int) -> Iterator[Outcome]:
    indices = _indices(kind, start)
    with _pool(kind, seed, workers) as pool:
        pending: deque[Future[list[Outcome]]] = deque()
        while True:
            while len(pending) < workers * _AHEAD:
                chunk = list(itertools.islice(indices, _CHUNK))
                if not chunk:
                    break
                with _interrupts_held():
                    pending.append(pool.submit(_work, chunk))
            if not pending:
                return
            yield from pending.popleft().result()


@contextmanager
def _pool(kind: Kind, seed: int, workers: int) -> Iterator[ProcessPoolExecutor]:
    # Forking would copy whatever threads and locks this process has.
    pool = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin,
        initargs=(kind, seed),
    )
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold an interrupt back: a worker that starts meanwhile inherits that, so that it is deaf to
    the keyboard from its very beginning."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _indices(kind: Kind, start: int) -> Iterator[int]:
    index = start
    while kind.size is None or index < kind.size:
        yield index
        index += 1


def _outcome(producer: Producer, index: int) -> Outcome:
    batch = producer.produce(index)
    return index, batch, tuple(signature(shingles(item.content)) for item in batch.items)


# ------------------------------------------------------------------------------- in the worker

_producer: Producer | None = None


def _begin(kind: Kind, seed: int) -> None:
    global _producer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _producer = kind.open(seed)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work(indices: list[int]) -> list[Outcome]:
    assert _producer is not None
    return [_outcome(_producer, index) for index in indices]

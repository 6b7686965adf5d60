"""A run over a cluster: `--ray ADDRESS|local`.

The driver (this process) reads the benchmark, hands out problems and is the only one that writes
results. Environments, the generator and the retriever are separate pools of Ray actors (Moritz et
al., "Ray: A Distributed Framework for Emerging AI Applications", 2018); see `cluster_actors`. An
actor or a node may be lost at any time: Ray starts the actor again, here or on another node, its
problem counts as crashed and so is tried once more by whoever is free, and the others go on.

The nodes need the same Lemma, and the files of the benchmark under the same paths.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from prover.contracts import InputError, LemmaError, Result, Status
from prover.evaluation.benchmarks import Problem
from prover.evaluation.provers import Attempted, Equipment
from prover.premises import premise_choice
from prover.session import Backend, SessionOptions

LOCAL = "local"
_OBJECT_STORE_BYTES = 100_000_000  # what is passed around are texts
_STARTS = 3
_PATIENCE_SECONDS = 300.0
_POLL_SECONDS = 0.5
_KNOCK_SECONDS = 30.0
_QUIET: Mapping[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}


def _ray() -> Any:
    """Ray, which is imported only where it is needed."""
    return import_module("ray")


@contextmanager
def connected(address: str, workers: int) -> Iterator[None]:
    """A connection to the Ray cluster at ``address``; ``local`` starts one on this machine, with
    room for ``workers``, that ends with the ``with``.

    Ray's own messages go to standard error meanwhile.

    Raises:
        InputError: Ray is not installed, or there is no cluster at ``address``.
        LemmaError: Ray cannot be started here.
    """
    if find_spec("ray") is None:
        raise InputError("--ray needs Ray", remedy="pip install 'lemma-prover[ray]'")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    with redirect_stdout(sys.stderr):
        folder = None
        if address == LOCAL:
            folder = _start(workers)
        else:
            _join(address)
        try:
            yield
        finally:
            _ray().shutdown()
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)


def _start(workers: int) -> Path:
    """Start Ray on this machine; the folder of its logs.

    Its daemons have 15 s to start, whatever else the machine does, and are given several chances.
    """
    ray = _ray()
    # Ray makes sockets in it, whose names must be short.
    folder = Path(tempfile.mkdtemp(prefix="lemma-", dir="/tmp" if os.name == "posix" else None))
    for left in reversed(range(_STARTS)):
        try:
            ray.init(
                address=LOCAL, num_cpus=workers, include_dashboard=False,
                object_store_memory=_OBJECT_STORE_BYTES, _temp_dir=str(folder), **_QUIET)
            return folder
        except Exception as problem:  # Ray raises plain Exceptions here
            ray.shutdown()
            if not left:
                shutil.rmtree(folder, ignore_errors=True)
                raise LemmaError(f"Ray cannot be started: {_line(problem)}", remedy="try it with "
                                 "less load on the machine, or without --ray") from problem
    raise AssertionError("unreachable")


def _join(address: str) -> None:
    try:
        _knock(address)
        _ray().init(address=address, **_QUIET)
    except (OSError, ValueError, RuntimeError) as problem:
        raise InputError(f"--ray {address}: no cluster can be reached there: {_line(problem)}",
                         remedy="give HOST:PORT of `ray start --head`, auto or local") from problem


def _knock(address: str) -> None:
    """See whether anybody listens at HOST:PORT: Ray itself would try for minutes. Raises
    `OSError`."""
    place = re.fullmatch(r"(?:ray://)?([^/]+):(\d+)", address)
    if place is not None:
        socket.create_connection((place[1], int(place[2])), timeout=_KNOCK_SECONDS).close()


def _line(problem: BaseException) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0]


@dataclass(frozen=True)
class Layout:
    """How many actors each pool has. Generators take a GPU each where the cluster has GPUs; a run
    without models, or without library premises, needs nobody to ask for them."""

    environments: int
    generators: int
    retrievers: int
    gpus: int

    @classmethod
    def of(
        cls, workers: int, resources: Mapping[str, float], *, models: bool = True,
        premises: bool = True,
    ) -> Layout:
        """The layout for so many workers on a cluster with these resources."""
        gpus = min(workers, int(resources.get("GPU", 0))) if models else 0
        return cls(workers, max(1, gpus) if models else 0,
                   1 + (workers - 1) // 16 if premises else 0, gpus)


class ClusterProvers:
    """The environments of a cluster, each working on one problem at a time.

    Args:
        backends: those that the problems' tasks belong to.
        options: of every attempt; the seed rises by one with each.
        folder: where the proof files will be put.
        equipment: what the environments have beside these options.
    """

    def __init__(
        self, backends: Sequence[Backend], options: SessionOptions, folder: Path,
        equipment: Equipment | None = None,
    ) -> None:
        equipment = equipment or Equipment()
        self._backends, self._seed = tuple(backends), options.seed
        self.layout = Layout.of(
            options.workers, _ray().cluster_resources(),
            models=options.generator != "symbolic"
            or equipment.planner not in ("symbolic", "none"),
            premises=equipment.premises not in ("off", "file"))
        options = replace(options, workers=1, cache=None, trace=None)
        pools = _Pools.of(self.layout, options, folder, equipment)
        self._helpers = dict(zip(pools.environments, pools.helpers(), strict=True))
        self._idle: list[Any] = []
        self._coming = {actor.ready.remote(): actor for actor in pools.environments}

    def prove(self, problems: Sequence[Problem], attempt: int) -> Iterator[Attempted]:
        """Prove with all environments that there are at the time.

        Raises:
            LemmaError: none is there, and none comes.
        """
        todo = deque(problems)
        at_work: dict[Any, tuple[Any, Problem]] = {}
        while todo or at_work:
            while todo and self._idle:
                actor, problem = self._idle.pop(), todo.popleft()
                at_work[self._begin(actor, problem, attempt)] = actor, problem
            for reference in self._changed(list(at_work)):
                actor, problem = at_work.pop(reference)
                yield self._finished(reference, actor, problem)

    def _begin(self, actor: Any, problem: Problem, attempt: int) -> Any:
        task = problem.task
        assert task is not None
        place = self._backends.index(task.backend)
        return actor.prove.remote(
            place, task.theorem, self._seed + attempt, self._helpers[actor])

    def _changed(self, at_work: Sequence[Any]) -> list[Any]:
        """Wait until something happens: actors that come are idle, attempts that end are
        returned."""
        ray = _ray()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            # A bounded wait keeps the main thread open to ctrl-C.
            done, _ = ray.wait([*at_work, *self._coming], timeout=_POLL_SECONDS)
            ended = [reference for reference in done if reference not in self._coming]
            came = [reference for reference in done if reference in self._coming]
            for reference in came:
                self._came(reference)
            if ended or (self._idle and came):
                return ended
            if not at_work and time.monotonic() > deadline:
                raise LemmaError("no worker of the cluster is left, and none came in "
                                 f"{_PATIENCE_SECONDS:.0f} s", remedy="see `ray status`; then "
                                 "go on with --resume")

    def _came(self, reference: Any) -> None:
        ray = _ray()
        actor = self._coming.pop(reference)
        try:
            ray.get(reference)
            self._idle.append(actor)
        except ray.exceptions.RayActorError as problem:
            if isinstance(problem, ray.exceptions.ActorDiedError):
                raise LemmaError(f"a worker of the cluster cannot start: {_reason(problem)}",
                                 remedy="the nodes need the same Lemma") from problem
            time.sleep(_POLL_SECONDS)
            self._coming[actor.ready.remote()] = actor

    def _finished(self, reference: Any, actor: Any, problem: Problem) -> Attempted:
        """What came of an attempt; if its actor was lost, that it crashed."""
        ray = _ray()
        try:
            made = ray.get(reference)
        except ray.exceptions.RayTaskError as failed:
            if isinstance(failed.cause, LemmaError):
                raise failed.cause from failed  # such as a model that cannot be loaded
            raise
        except (ray.exceptions.RayActorError, ray.exceptions.WorkerCrashedError) as lost:
            self._coming[actor.ready.remote()] = actor
            return Attempted(problem, _crashed(problem, lost))
        self._idle.append(actor)
        return Attempted(problem, made.result, made.proofs, made.trace)


@dataclass(frozen=True)
class _Pools:
    """The actors, as Ray's handles; they live as long as these do."""

    environments: list[Any]
    generators: list[Any]
    retrievers: list[Any]

    @classmethod
    def of(
        cls, layout: Layout, options: SessionOptions, folder: Path, equipment: Equipment
    ) -> _Pools:
        """Start all pools. An actor comes when the cluster has room for it."""
        from prover.evaluation import cluster_actors as actors

        # Answers of generators and retrievers depend on nothing but the question, so that Ray
        # may ask again; an attempt at a problem is begun again by the runner.
        ray, again = _ray(), {"max_restarts": -1, "max_task_retries": -1}
        gpus = 1 if layout.gpus else 0
        generator = ray.remote(num_cpus=0, num_gpus=gpus, **again)(actors.GeneratorActor)
        retriever = ray.remote(num_cpus=0, **again)(actors.RetrieverActor)
        environment = ray.remote(num_cpus=1, max_restarts=-1)(actors.EnvironmentActor)
        askers = -(-layout.environments // max(1, layout.generators))
        mode, _ = premise_choice(equipment.premises)
        return cls(
            [environment.remote(options, folder, equipment) for _ in range(layout.environments)],
            [generator.remote(askers) for _ in range(layout.generators)],
            [retriever.remote(mode) for _ in range(layout.retrievers)])

    def helpers(self) -> Iterator[Any]:
        """For each environment whom it asks: the other pools' actors in turn."""
        from prover.evaluation.cluster_actors import Helpers

        return map(Helpers, islice(cycle(self.generators or [None]), len(self.environments)),
                   cycle(self.retrievers or [None]))


def _crashed(problem: Problem, lost: BaseException) -> Result:
    assert problem.task is not None
    theorem = problem.task.theorem
    return Result(theorem.name, str(theorem.file), Status.FAILED, line=theorem.line, crashed=True,
                  error=f"its worker was lost: {type(lost).__name__}")


def _reason(problem: BaseException) -> str:
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()]
    return (lines or [type(problem).__name__])[-1]

"""Training of the small model: vocabulary, fine-tuning with the value head, preferences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from prover.contracts import InputError
from prover.generators.small.model import Shape, SmallModel, load_model, new_model
from prover.generators.small.vocabulary import Vocabulary
from prover.training.loop import Pace, Watch
from prover.training.options import Run
from prover.training.records import StateRecord
from prover.training.runs import GENERATOR, Report, Stages, digest
from prover.training.small_data import Example, examples, set_aside, vocabulary_of, written
from prover.training.small_objective import SmallObjective, SmallPreference

TUNED, PREFERRED = SmallObjective.name, SmallPreference.name


def train_small(
    run: Run, kind: str, records: Sequence[StateRecord], watch: Watch, *, resume: bool
) -> Report:
    """Train the small model and write it to ``run.out``.

    Raises:
        InputError: too little data, or a model to start from that is none.
    """
    if kind != GENERATOR:
        raise InputError("the small model's value head is trained with its generator",
                         file=run.file, remedy="lemma train generator does both")
    watch("reading", 0, 0)
    states = list(written(records, run.data.per_state))
    learnt, aside = set_aside(states, run.data.validation)
    if not learnt or not aside:
        raise InputError("too few states to set some of them aside", file=run.file,
                         remedy="more records, of several modules")
    model = _begun(run, vocabulary_of([states[i] for i in learnt], run.model.vocabulary))
    train, validation = (examples([states[i] for i in part], model.vocabulary)
                         for part in (learnt, aside))
    report = Report(run.out, kind, len(train), len(validation), parameters=model.parameters)
    stages = Stages(run, report, watch, resume=resume)
    data = digest(list(records))
    model = _tuned(run, model, train, validation, stages, data)
    last = TUNED
    if run.dpo.epochs:
        if not stages.finished(PREFERRED):
            objective = SmallPreference(model, train, validation, run.training, run.dpo)
            stages.train(objective, Pace(run.dpo.epochs, run.dpo.learning_rate), data)
        last = PREFERRED
    load_model(stages.folder(last)).save(run.out)
    stages.close()
    return report


def _tuned(
    run: Run, model: SmallModel, train: list[Example], validation: list[Example], stages: Stages,
    data: str,
) -> SmallModel:
    """The model after the fine-tuning, as it was at its best."""
    if not stages.finished(TUNED):
        objective = SmallObjective(model, train, validation, run.training)
        stages.train(objective, Pace(run.training.epochs, run.training.learning_rate), data)
    return load_model(stages.folder(TUNED))


def _begun(run: Run, vocabulary: Vocabulary) -> SmallModel:
    """A new network, or the one that is to be gone on with."""
    if run.model.start:
        folder = Path(run.file.parent, run.model.start)
        try:
            return load_model(folder)
        except (OSError, ValueError) as problem:
            raise InputError(f"model.start: {problem}", file=run.file,
                             remedy="name a folder that lemma train generator has written"
                             ) from problem
    shape = Shape(run.model.hidden, run.model.layers, run.model.heads, run.model.feed_forward)
    return new_model(vocabulary, shape, run.training.seed)

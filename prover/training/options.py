"""A training run as one TOML file.

::

    out = "out/my-generator"          # the folder to write; relative paths are the file's own

    [data]
    records = ["records.jsonl"]       # see prover.training.records
    validation = 0.1                  # share of the modules (or theorems) that is set aside

    [model]
    base = "small"                    # from scratch with slots; or a Hugging Face folder or id
    # layers = 6 …                    # sizes, for "small"
    # format = "bfs-prover"           # of prompts, for others

    [training]
    epochs = 8
    learning_rate = 2e-3

    [dpo]                             # after the fine-tuning: prefer what worked to what failed
    epochs = 1

    [lora]                            # train few weights beside those of a large model
    rank = 16

    [curation]                        # leave out what is not worth it; see Rules there
    most_of_one = 0.3

Every section but ``data`` may be left out; without ``curation`` all records are learnt from. What
is not known, or of another type, is an error that names the file and the key.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from prover.contracts import InputError
from prover.training.curation import Rules

T = TypeVar("T")
SMALL = "small"


@dataclass(frozen=True)
class DataOptions:
    """What is learnt from.

    Attributes:
        records: files of training records.
        validation: the share of the modules that is set aside (of the theorems, where records
            name no modules); which ones depends on their names alone.
        max_steps: tactics known to be followed by more than so many others are left out.
        per_state: of the tactics tried on a state at most so many are looked at.
    """

    records: tuple[str, ...] = ()
    validation: float = 0.1
    max_steps: int = 8
    per_state: int = 24


@dataclass(frozen=True)
class ModelOptions:
    """What is trained.

    Attributes:
        base: ``small``, or a Hugging Face folder or id (causal or sequence-to-sequence).
        start: for ``small``: a folder whose weights and vocabulary are gone on with.
        scratch: for others: random weights of the same configuration.
        format: of the prompts of others: ``bfs-prover``, ``reprover``; or a template.
        max_length: of prompt and tactic in tokens; longer prompts are cut (of others).
        dtype: ``auto`` is bf16 on a GPU that has it, else fp32.
        vocabulary, hidden, layers, heads, feed_forward: sizes of ``small``.
    """

    base: str = SMALL
    start: str = ""
    scratch: bool = False
    format: str = "bfs-prover"
    max_length: int = 640
    device: str = "auto"
    dtype: str = "auto"
    vocabulary: int = 1536
    hidden: int = 192
    layers: int = 6
    heads: int = 6
    feed_forward: int = 512


@dataclass(frozen=True)
class TrainingOptions:
    """How it is trained.

    Attributes:
        epochs: at most so many times through the data.
        batch_size: states (or tactics, for Hugging Face models) in a step.
        accumulate: steps whose gradients are added up before the weights change.
        learning_rate: of AdamW, after a linear rise over the share ``warmup`` of all steps and
            before a cosine fall to a tenth.
        evaluate_every: steps between two measurements on what was set aside, after which a
            checkpoint is written; 0 is once an epoch.
        patience: measurements without a lower loss after which training stops.
        ranking_weight: of telling what worked from what failed, beside the likelihood of what
            worked (of ``small``).
        value_weight: of the value head's loss.
        prompt_weight: of predicting the prompt itself.
        mixed: products of matrices in bfloat16 (autocast), which processors with instructions for
            it, and GPUs, do faster.
        shuffle_premises: the share of states whose premises are put into another order, so that
            the model reads them and does not trust their rank.
        accelerate: let Hugging Face's accelerate spread the work over several GPUs.
    """

    epochs: float = 8.0
    batch_size: int = 12
    accumulate: int = 1
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warmup: float = 0.05
    clip: float = 1.0
    dropout: float = 0.0
    evaluate_every: int = 0
    patience: int = 4
    ranking_weight: float = 1.0
    value_weight: float = 1.0
    prompt_weight: float = 0.1
    mixed: bool = False
    shuffle_premises: float = 0.5
    seed: int = 0
    threads: int = 1
    tensorboard: bool = False
    accelerate: bool = False


@dataclass(frozen=True)
class DpoOptions:
    """Direct preference optimisation (Rafailov et al., 2023) on pairs of tactics of one state.

    Attributes:
        epochs: 0 leaves it out.
        beta: how dear it is to leave the fine-tuned model.
        pairs: at most so many of one state.
        anchor: weight of the log-likelihood of what worked beside the preference (so that its
            probability does not fall with the other's).
    """

    epochs: float = 0.0
    beta: float = 0.1
    pairs: int = 4
    anchor: float = 0.2
    learning_rate: float = 2e-5


@dataclass(frozen=True)
class LoraOptions:
    """Low-rank adaptation (Hu et al., 2022): ``rank`` 0 trains all weights."""

    rank: int = 0
    alpha: int = 32
    dropout: float = 0.05
    modules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """Everything that one training is told; ``file`` is where it stands."""

    file: Path
    out: Path
    data: DataOptions = field(default_factory=DataOptions)
    model: ModelOptions = field(default_factory=ModelOptions)
    training: TrainingOptions = field(default_factory=TrainingOptions)
    dpo: DpoOptions = field(default_factory=DpoOptions)
    lora: LoraOptions = field(default_factory=LoraOptions)
    curation: Rules | None = None

    @property
    def small(self) -> bool:
        """Whether it is a model with slots."""
        return self.model.base == SMALL

    @property
    def records(self) -> list[Path]:
        """The files of `DataOptions.records`."""
        return [self.file.parent / name for name in self.data.records]

    def as_json(self) -> dict[str, Any]:
        """What makes two runs the same."""
        sections = ("data", "model", "training", "dpo", "lora")
        found = {name: dataclasses.asdict(getattr(self, name)) for name in sections}
        for name in ("threads", "tensorboard"):
            del found["training"][name]
        del found["data"]["records"]
        if self.curation is not None:
            found["curation"] = dataclasses.asdict(self.curation)
        return found


def read_run(
    path: Path, out: Path | None = None, records: Sequence[Path] | None = None
) -> Run:
    """The run of a TOML file; ``out`` and ``records`` take the place of what it says.

    Raises:
        InputError: with the file and the key of what is wrong.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise InputError(f"cannot be read: {problem.strerror}", file=path) from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise InputError(f"not TOML: {problem}", file=path) from problem
    written = given.pop("out", None)
    if out is None and not isinstance(written, str):
        raise InputError("out: the folder to write is missing", file=path,
                         remedy='add out = "FOLDER" as the first line, or give --out')
    sections = {"data": DataOptions, "model": ModelOptions, "training": TrainingOptions,
                "dpo": DpoOptions, "lora": LoraOptions, "curation": Rules}
    known_keys(given, sections, path, "")
    values: dict[str, Any] = {
        name: section(kind, given.get(name, {}), path, name) for name, kind in sections.items()
        if name in given or name != "curation"}
    if records:
        values["data"] = dataclasses.replace(
            values["data"], records=tuple(str(file.absolute()) for file in records))
    folder = out if out is not None else path.parent / str(written)
    run = Run(path, folder, **values)
    _check(run)
    return run


def section(kind: type[T], given: Any, path: Path, name: str) -> T:
    """The options of a section of a TOML file. Raises `InputError`, with the key."""
    if not isinstance(given, dict):
        raise InputError(f"{name}: not a section", file=path, remedy=f"write [{name}]")
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    known_keys(given, fields, path, f"{name}.")
    hints = typing.get_type_hints(kind)
    return kind(**{key: _value(value, hints[key], path, f"{name}.{key}")
                   for key, value in given.items()})


def known_keys(
    given: Mapping[str, Any], known: Mapping[str, Any], path: Path, prefix: str
) -> None:
    """Raise `InputError` for a key that is not known, with the most similar one."""
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            raise InputError(f"{prefix}{key}: there is no such key", file=path,
                             remedy=f"did you mean {prefix}{near[0]}?" if near
                             else "choose from " + ", ".join(known))


def _value(value: Any, hint: Any, path: Path, key: str) -> Any:
    if typing.get_origin(hint) is tuple:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise InputError(f"{key} = {value!r} is not a list of texts", file=path,
                         remedy=f'write {key.partition(".")[2]} = ["…"]')
    fits = isinstance(value, bool) if hint is bool else (
        isinstance(value, (int, float) if hint is float else hint)
        and not isinstance(value, bool))
    if not fits:
        names = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
        raise InputError(f"{key} = {value!r} is not {names[hint]}", file=path)
    return hint(value)


_LEAST_ONE = ("training.batch_size", "training.accumulate", "training.patience",
              "training.threads", "data.per_state", "model.max_length", "model.layers",
              "model.heads", "model.hidden", "dpo.pairs")
_POSITIVE = ("training.learning_rate", "training.epochs", "dpo.learning_rate", "dpo.beta")
_SHARES = ("data.validation", "training.warmup", "training.shuffle_premises",
           "training.dropout", "lora.dropout")


def _check(run: Run) -> None:
    def value(key: str) -> Any:
        section, _, name = key.partition(".")
        return getattr(getattr(run, section), name)

    if not run.data.records:
        raise InputError("data.records: nothing to learn from", file=run.file,
                         remedy='write [data] and records = ["records.jsonl"]')
    wrong = [*((key, "at least 1") for key in _LEAST_ONE if value(key) < 1),
             *((key, "greater than 0") for key in _POSITIVE if value(key) <= 0),
             *((key, "a share between 0 and 1") for key in _SHARES if not 0 <= value(key) <= 1)]
    for key, what in wrong:
        raise InputError(f"{key} = {value(key)} is not {what}", file=run.file)
    if run.model.hidden % run.model.heads:
        raise InputError(f"model.hidden = {run.model.hidden} is not a multiple of model.heads = "
                         f"{run.model.heads}", file=run.file)
    if run.small and run.lora.rank:
        raise InputError("lora.rank: the small model is trained whole", file=run.file,
                         remedy="leave [lora] out")

"""Training of any Hugging Face model: prompts and tactics as text.

Causal models and sequence-to-sequence ones, whole or by low-rank adaptation (Hu et al., 2022);
supervised fine-tuning, then, if wanted, direct preference optimisation (Rafailov et al., 2023) on
pairs of a tactic that worked and one that failed at the same state, as BFS-Prover does (Xin et
al., 2025). A *value* model is the same network as a sequence classifier with one output, trained
to estimate the remaining tactics.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prover.contracts import InputError, LemmaError
from prover.generators.prompts import (
    FORMATS,
    TEMPLATE_FILE,
    PromptFormat,
    View,
    read_template,
    state_text,
)
from prover.training.loop import Pace, Watch
from prover.training.options import Run
from prover.training.records import StateRecord
from prover.training.runs import VALUE, Report, Stages, digest
from prover.training.small_data import set_aside_names
from prover.training.text_objective import (
    Pair,
    TextExample,
    TextModel,
    TextObjective,
    TextPreference,
    TextValue,
    ValueExample,
)

_MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "q", "k", "v", "o", "c_attn", "c_proj",
            "query_key_value")


def train_text(
    run: Run, kind: str, records: Sequence[StateRecord], watch: Watch, *, resume: bool
) -> Report:
    """Train a Hugging Face model and write it to ``run.out``.

    Raises:
        InputError: too little data, or a model that cannot be loaded.
    """
    layout = prompt_format(run)
    learnt, aside = set_aside_names(records, run.data.validation)
    watch("loading", 0, 0)
    model = load_text_model(run, kind)
    report = Report(run.out, kind, len(learnt), len(aside), parameters=model.parameters)
    stages = Stages(run, report, watch, resume=resume)
    data = digest(list(records))
    pace = Pace(run.training.epochs, run.training.learning_rate)
    if kind == VALUE:
        parts = [value_examples(part, layout) for part in (learnt, aside)]
        last = TextValue(model, _some(parts[0], run), parts[1], run.training)
        stages.train(last, pace, data)
        return _finished(run, model, layout, stages, report, last.name)
    tuned = [text_examples(part, layout, run.data.per_state) for part in (learnt, aside)]
    objective = TextObjective(model, _some(tuned[0], run), tuned[1], run.training)
    if not stages.finished(objective.name):
        stages.train(objective, pace, data)
    if not run.dpo.epochs:
        return _finished(run, model, layout, stages, report, objective.name)
    model.load(stages.folder(objective.name))
    pairs = [pairs_of(part, layout, run.dpo.pairs) for part in (learnt, aside)]
    preference = TextPreference(model, _some(pairs[0], run), pairs[1], run.training, run.dpo)
    if not stages.finished(preference.name):
        stages.train(preference, Pace(run.dpo.epochs, run.dpo.learning_rate), data)
    return _finished(run, model, layout, stages, report, preference.name)


def _finished(
    run: Run, model: TextModel, layout: PromptFormat, stages: Stages, report: Report, last: str
) -> Report:
    model.load(stages.folder(last))
    model.save(run.out)
    if run.model.format not in FORMATS:
        text = (read_text_of(run) or run.model.format)
        (run.out / TEMPLATE_FILE).write_text(text, encoding="utf-8")
    del layout
    stages.close()
    return report


def read_text_of(run: Run) -> str | None:
    """The text of a template that is a file."""
    if "{" in run.model.format:
        return run.model.format.replace("\\n", "\n")
    return (run.file.parent / run.model.format).read_text(encoding="utf-8")


def prompt_format(run: Run) -> PromptFormat:
    """The format of prompts that ``model.format`` names. Raises `InputError`."""
    name = run.model.format
    if name in FORMATS:
        return FORMATS[name]
    return read_template(name if "{" in name else str(run.file.parent / name))


def view(record: StateRecord) -> View:
    """What a prompt may show of a record."""
    from prover.generators.small.slots import parse_goal

    return View(state_text([parse_goal(record.goal)]), record.premises)


def text_examples(
    records: Sequence[StateRecord], layout: PromptFormat, per_state: int
) -> list[TextExample]:
    """(prompt, tactic that worked), those with the shortest proofs first, each state's together."""
    found = []
    for record in records:
        worked = sorted((t for t in record.tries if t.worked), key=lambda t: t.remaining or 0)
        prompt = layout.render(view(record))
        found += [TextExample(prompt, tried.tactic) for tried in worked[:per_state]]
    return found


def pairs_of(records: Sequence[StateRecord], layout: PromptFormat, most: int) -> list[Pair]:
    """(prompt, worked, failed) of the same state."""
    found = []
    for record in records:
        won = [t.tactic for t in record.tries if t.worked]
        lost = [t.tactic for t in record.tries if t.outcome == "failed"]
        prompt = layout.render(view(record))
        found += [Pair(prompt, won[i % len(won)], lost[i]) for i in range(min(most, len(lost)))
                  if won]
    return found


def value_examples(records: Sequence[StateRecord], layout: PromptFormat) -> list[ValueExample]:
    """(prompt, what is to be estimated): ``log(1 / (1 + remaining))``, as for a proof that is so
    far away; states without a known proof count as ten tactics away."""
    found = []
    for record in records:
        remaining = record.remaining if record.remaining is not None else 10
        found.append(ValueExample(layout.render(view(record)), float(remaining)))
    return found


def _some(examples: list[Any], run: Run) -> list[Any]:
    if not examples:
        raise InputError("the records have nothing to learn from for this", file=run.file,
                         remedy="records with tactics that worked are needed (and, for "
                         "preferences, with others that failed)")
    return examples


def load_text_model(run: Run, kind: str) -> TextModel:
    """The model of ``run.model``, with adapters if wanted.

    Raises:
        InputError: it cannot be loaded.
        LemmaError: a package is missing.
    """
    from transformers import AutoConfig, AutoTokenizer

    base = str(run.file.parent / run.model.base)
    base = base if (run.file.parent / run.model.base).is_dir() else run.model.base
    try:
        config = AutoConfig.from_pretrained(base)
        tokenizer = AutoTokenizer.from_pretrained(base)
        network = _network(run, kind, base, config)
    except (OSError, ValueError, KeyError) as problem:
        raise InputError(f"model.base: {str(problem).splitlines()[0]}", file=run.file,
                         remedy="give \"small\", a Hugging Face folder, or an id that the hub "
                         "knows") from problem
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    network.config.pad_token_id = tokenizer.pad_token_id
    if run.lora.rank:
        network = _with_lora(run, kind, network)
    device, dtype = _place(run)
    return TextModel(network.to(device=device, dtype=dtype), tokenizer,
                     bool(config.is_encoder_decoder), run.model.max_length)


def _network(run: Run, kind: str, base: str, config: Any) -> Any:
    from transformers import (
        AutoModelForCausalLM,
        AutoModelForSeq2SeqLM,
        AutoModelForSequenceClassification,
    )

    auto: Any = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    if kind == VALUE:
        config.num_labels = 1
        auto = AutoModelForSequenceClassification
    if run.model.scratch:
        import torch

        torch.manual_seed(run.training.seed)
        return auto.from_config(config)
    return auto.from_pretrained(base, config=config)


def _with_lora(run: Run, kind: str, network: Any) -> Any:
    try:
        from peft import LoraConfig, TaskType, get_peft_model
    except ImportError as problem:
        raise LemmaError("the package peft is not installed",
                         remedy="pip install peft, or leave [lora] out") from problem
    names = {name.rpartition(".")[2] for name, _ in network.named_modules()}
    targets = list(run.lora.modules) or [name for name in _MODULES if name in names]
    if not targets or not set(targets) <= names:
        raise InputError("lora.modules: the model has no such layers", file=run.file,
                         remedy="choose from " + ", ".join(sorted(names)[:30]))
    task = (TaskType.SEQ_CLS if kind == VALUE else
            TaskType.SEQ_2_SEQ_LM if network.config.is_encoder_decoder else TaskType.CAUSAL_LM)
    return get_peft_model(network, LoraConfig(
        r=run.lora.rank, lora_alpha=run.lora.alpha, lora_dropout=run.lora.dropout,
        target_modules=targets, task_type=task))


def _place(run: Run) -> tuple[str, Any]:
    import torch

    gpu = torch.cuda.is_available()
    device = run.model.device if run.model.device != "auto" else ("cuda" if gpu else "cpu")
    kinds = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    if run.model.dtype == "auto":
        bf16 = device.startswith("cuda") and torch.cuda.is_bf16_supported()
        return device, torch.bfloat16 if bf16 else torch.float32
    if run.model.dtype not in kinds:
        raise InputError(f"model.dtype = {run.model.dtype!r} is unknown", file=run.file,
                         remedy="choose auto, " + ", ".join(kinds))
    return device, kinds[run.model.dtype]

"""``hf:``: folders of each architecture, what is wrong with folders, memory, and real proofs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

from prover.backends import make_backends
from prover.budget import Budget
from prover.contracts import Goal, Hypothesis, LemmaError, Proposal, Request, Result, Status
from prover.environments.fol.environment import FolEnvironment, load_problem
from prover.generators.cleaning import World
from prover.generators.factory import GeneratorFactory
from prover.generators.neural.generator import HuggingFaceOptions, SharedModel
from prover.generators.neural.placement import choose
from prover.generators.prompts import FORMATS, View, state_text
from prover.generators.symbolic import FirstOrderGenerator, SymbolicGenerator
from prover.session import Session, SessionOptions
from tests.generators.models import ARCHITECTURES, gpt2, make, save, teach, tokenizer

AND = Goal((Hypothesis("p", "Prop"), Hypothesis("q", "Prop"), Hypothesis("h", "p ∧ q")), "q ∧ p")
ARROW = Goal((), "∀ (p q : Prop), p ∧ q → q ∧ p")
LESSONS = ((AND, "exact ⟨h.2, h.1⟩"), (ARROW, "intro p q h"))


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Measurements belong into a throw-away cache."""
    patch = pytest.MonkeyPatch()
    folder = tmp_path_factory.mktemp("home")
    patch.setattr("prover.generators.neural.placement.cache_root", lambda: folder)
    yield folder
    patch.undo()


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of each architecture that has learnt `LESSONS`."""
    found = {}
    for name in ARCHITECTURES:
        model, words = make(name)
        render = FORMATS["reprover" if name == "t5" else "bfs-prover"].render
        teach(model, words, [(render(View(state_text([goal]))), tactic)
                             for goal, tactic in LESSONS])
        found[name] = save(tmp_path_factory.mktemp(name) / "model", model, words)
    return found


@pytest.fixture
def llama(folders: dict[str, Path], tmp_path: Path) -> Path:
    """A copy that may be damaged."""
    return Path(shutil.copytree(folders["llama"], tmp_path / "damaged"))


def generator(
    spec: str, told: list[str] | None = None, *, strict: bool = False, seed: int = 0
) -> Any:
    factory = GeneratorFactory(strict=strict, notify=(told if told is not None else []).append)
    return factory.make(spec, World.LEAN, SymbolicGenerator, seed)


def tactics(proposals: Sequence[Proposal]) -> list[str]:
    return [p.tactic for p in proposals]


# ----------------------------------------------------------------------------------- what it does


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("options", ["n=6", "n=3&decode=beam", "n=4&dtype=bf16",
                                     "n=4&temperature=0.5&top_p=0.9"])
def test_each_architecture_says_what_it_has_learnt(
    folders: dict[str, Path], name: str, options: str
) -> None:
    told: list[str] = []
    asked = [Request((goal,)) for goal, _ in LESSONS]
    found = generator(f"hf:{folders[name]}?{options}", told).propose(asked)
    assert told == []
    for (_, tactic), proposals in zip(LESSONS, found, strict=True):
        assert proposals[0].tactic == tactic
        assert proposals[0].origin == "hf:model"
        assert -1.0 < proposals[0].log_prob <= 0.0
        assert sum(p.tokens for p in proposals) > 0
        assert len(set(tactics(proposals))) == len(proposals)


def test_proposals_repeat_with_the_seed_and_are_at_most_as_many_as_wanted(
    folders: dict[str, Path]
) -> None:
    def drawn(seed: int) -> list[Proposal]:
        spec = f"hf:{folders['gpt2']}?n=12&temperature=3&max_new_tokens=12"
        found: list[Proposal] = generator(spec, seed=seed).propose([Request((AND,), count=5)])[0]
        return found

    assert drawn(1) == drawn(1)
    assert len(drawn(1)) <= 5
    assert len({tuple(tactics(drawn(seed))) for seed in range(4)}) > 1


def test_requests_without_goals_get_nothing(folders: dict[str, Path]) -> None:
    found = generator(f"hf:{folders['gpt2']}?n=2").propose([Request(()), Request((AND,))])
    assert found[0] == []
    assert found[1]


def test_a_length_penalty_divides_log_probabilities(folders: dict[str, Path]) -> None:
    plain = generator(f"hf:{folders['gpt2']}?decode=beam&n=1").propose([Request((AND,))])[0][0]
    mean = generator(f"hf:{folders['gpt2']}?decode=beam&n=1&length_penalty=1").propose(
        [Request((AND,))])[0][0]
    assert mean.log_prob == pytest.approx(plain.log_prob / plain.tokens)


def test_a_folder_may_bring_its_own_template(tmp_path: Path) -> None:
    model, words = make("gpt2")
    teach(model, words, [("G: q ∧ p\nT:", "simp")])
    folder = save(tmp_path / "own", model, words)
    (folder / "prompt_template.txt").write_text("G: {state}\nT:", encoding="utf-8")
    told: list[str] = []
    goal = Goal((), "q ∧ p")
    shared = SharedModel(str(folder), HuggingFaceOptions(n=4), notify=told.append)
    assert shared.engine.model.tokenizer.decode(shared.prompt(Request((goal,)), World.LEAN)) \
        == "G: ⊢ q ∧ p\nT:"
    asked = SharedModel(str(folder), HuggingFaceOptions(template="G: q ∧ p\\nT:{state}"))
    assert asked.engine.model.template == "G: {state}\nT:"
    assert asked.prompt_format(World.LEAN).render(View("")) == "G: q ∧ p\nT:"


def test_chat_models_are_asked_with_their_own_template(folders: dict[str, Path]) -> None:
    shared = SharedModel(str(folders["llama"]), HuggingFaceOptions(format="chat"))
    words = shared.engine.model.tokenizer
    words.chat_template = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{% endfor %}|"
    text = words.decode(shared.prompt(Request((AND,)), World.LEAN))
    assert text.startswith("<user>")
    assert "⊢ q ∧ p" in text
    assert text.endswith("|")


def test_threads_share_a_model_and_get_their_own_answers(folders: dict[str, Path]) -> None:
    made = generator(f"hf:{folders['gpt2']}?n=2&batch=3")
    goals = [goal for goal, _ in LESSONS] * 6

    def ask(goal: Goal) -> str:
        return str(made.propose([Request((goal,))])[0][0].tactic)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, goals)) == [tactic for _, tactic in LESSONS] * 6


def test_the_number_type_is_measured_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    measured: list[str] = []

    def seconds(dtype: str, *_: object) -> float:
        measured.append(dtype)
        return {"float32": 1.0, "bfloat16": 0.5, "float16": 0.48}[dtype]

    monkeypatch.setattr("prover.generators.neural.placement._seconds", seconds)
    for _ in range(2):  # float16 is not clearly faster than bfloat16
        assert choose(64, 1000, device="cpu", cache=tmp_path).dtype == "bfloat16"
    assert measured == ["float32", "bfloat16", "float16"]
    assert choose(64, 1000, device="cpu", dtype="float16", cache=tmp_path).dtype == "float16"


def test_a_lora_adapter_changes_what_is_proposed(folders: dict[str, Path], tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    from transformers import AutoModelForCausalLM

    base = AutoModelForCausalLM.from_pretrained(folders["llama"])
    tuned = peft.get_peft_model(base, peft.LoraConfig(
        r=16, lora_alpha=16, target_modules=["q_proj", "v_proj", "up_proj", "down_proj"],
        task_type="CAUSAL_LM"))
    teach(tuned, tokenizer(), [(state_text([AND]) + ":::", "intro p q h")])
    tuned.save_pretrained(tmp_path / "adapter")
    for spec in (f"hf:{folders['llama']}?decode=beam&n=2&adapter={tmp_path / 'adapter'}",
                 f"hf:{tmp_path / 'adapter'}?decode=beam&n=2"):
        assert generator(spec, strict=True).propose([Request((AND,))])[0][0].tactic == "intro p q h"


# -------------------------------------------------------------------------------- what goes wrong


def _truncate(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])


def _another_architecture(folder: Path) -> None:
    gpt2(300).config.save_pretrained(folder)


def _classifier(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    config["architectures"] = ["LlamaForSequenceClassification"]
    (folder / "config.json").write_text(json.dumps(config))


def _other_tokenizer(folder: Path) -> None:
    words = tokenizer()
    words.add_tokens([f"<extra{i}>" for i in range(400)])
    words.save_pretrained(folder)


def _missing_shard(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}))


def _no_tokenizer(folder: Path) -> None:
    for file in folder.glob("tokenizer*"):
        file.unlink()


DAMAGES: list[tuple[Callable[[Path], object], str]] = [
    (_truncate, "damaged or cut off"),
    (lambda folder: (folder / "model.safetensors").unlink(), "no weights"),
    (lambda folder: (folder / "config.json").write_text("{ not json"), "cannot be loaded"),
    (lambda folder: (folder / "config.json").unlink(), "no config.json"),
    (_another_architecture, "weights are not those of a GPT2LMHeadModel"),
    (_classifier, "does not generate text"),
    (_other_tokenizer, "the tokenizer has"),
    (_missing_shard, "1 of 2 files of weights are missing"),
    (_no_tokenizer, "cannot be loaded"),
    (lambda folder: (folder / "adapter_config.json").write_text("{}"), "does not say to which"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES)
def test_a_damaged_model_is_told_once_and_the_rules_go_on(
    llama: Path, damage: Callable[[Path], object], message: str
) -> None:
    damage(llama)
    told: list[str] = []
    made = generator(f"hf:{llama}", told)
    for _ in range(3):
        found = made.propose([Request((AND,))])[0]
        assert found == SymbolicGenerator().propose([Request((AND,))])[0]
    assert len(told) == 1
    assert message in told[0]
    assert "goes on with symbolic" in told[0]
    assert "\n" not in told[0]
    with pytest.raises(LemmaError, match=message):
        generator(f"hf:{llama}", strict=True)


@pytest.mark.parametrize(("name", "message"), [
    ("/no/such/folder", "no such model folder"),
    (__file__, "a model is a folder"),
    ("no-one/no-such-model", "hub cannot be reached|no model of this name"),
])
def test_a_missing_model_is_told(
    name: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    told: list[str] = []
    assert generator(f"hf:{name}", told).propose([Request((AND,))])[0]
    assert len(told) == 1
    with pytest.raises(LemmaError, match=message):
        generator(f"hf:{name}", strict=True)


def test_a_goal_that_is_too_long_is_cut_with_one_warning(folders: dict[str, Path]) -> None:
    told: list[str] = []
    made = generator(f"hf:{folders['gpt2']}?n=2", told, strict=True)
    long = Goal(tuple(Hypothesis(f"h{i}", f"p{i} ∧ q") for i in range(200)), "q")
    for _ in range(2):
        made.propose([Request((long,)), Request((AND,))])
    assert len(told) == 1
    assert "longer than the" in told[0]


def limited(model: Any, rows: int) -> Any:
    """Have a model run out of memory when a batch has more than ``rows`` rows."""

    def check(_: Any, __: Any, kwargs: dict[str, Any]) -> None:
        if len(kwargs["input_ids"]) > rows:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    return model.register_forward_pre_hook(check, with_kwargs=True)


def test_out_of_memory_halves_the_batch_then_the_candidates_then_gives_up(
    folders: dict[str, Path]
) -> None:
    told: list[str] = []
    factory = GeneratorFactory(notify=told.append)
    spec = f"hf:{folders['gpt2']}?n=8&temperature=5&max_new_tokens=8"
    made = factory.make(spec, World.LEAN, SymbolicGenerator)
    (source,) = factory._sources.values()
    assert isinstance(source, SharedModel)
    handle = limited(source.engine.model.model, 2)
    found = made.propose([Request((goal,)) for goal, _ in LESSONS] * 2)
    assert len(found) == 4
    handle.remove()
    assert any("goals at once" in line for line in told)
    assert source.engine.decoding.candidates < 8
    assert not any("goes on with" in line for line in told)
    limited(source.engine.model.model, 0)
    assert made.propose([Request((AND,))])[0] == SymbolicGenerator().propose([Request((AND,))])[0]
    assert sum("goes on with symbolic" in line for line in told) == 1
    assert len(told) == len(set(told))


def test_the_time_of_a_theorem_ends_decoding(folders: dict[str, Path]) -> None:
    made = generator(f"hf:{folders['gpt2']}?n=4&max_new_tokens=200", strict=True)
    assert made.propose([Request((AND,), seconds=0.0)]) == [[]]


# ------------------------------------------------------------------------------------ real proofs


def prove(path: Path, spec: str, *, workers: int = 1, **options: Any) -> list[Result]:
    backends = make_backends(workers, premises="off", strict_generator=True)
    with Session(backends, SessionOptions(generator=spec, workers=workers, **options)) as session:
        tasks, _ = session.load(path)
        return [result for _, result in session.run(tasks)]


def test_a_model_proves_a_first_order_problem(tmp_path: Path) -> None:
    problem = tmp_path / "swap.p"
    problem.write_text("fof(goal, conjecture, ((p & q) => (q & p))).\n")
    environment = FolEnvironment()
    root = environment.open(load_problem(problem)[0])
    after = environment.apply(root, "intro h")
    environment.close()
    assert not hasattr(after, "kind"), after
    lessons = [(root.goals, "intro h"), (after.goals, "exact ⟨h.2, h.1⟩")]  # type: ignore[union-attr]
    model, words = make("gpt2")
    teach(model, words, [(state_text(goals) + ":::", tactic) for goals, tactic in lessons])
    folder = save(tmp_path / "model", model, words)
    (result,) = prove(problem, f"hf:{folder}?n=4", budget=Budget(tokens=100_000))
    assert result.status is Status.PROVED
    assert result.proof == "intro h\nexact ⟨h.2, h.1⟩"
    assert result.tokens > 0
    (stopped,) = prove(problem, f"hf:{folder}?n=4", budget=Budget(tokens=1))
    assert stopped.status is Status.TIMEOUT
    assert stopped.error == "no proof within 1 generator tokens"


def test_a_model_of_noise_spends_tokens_and_proves_nothing(tmp_path: Path) -> None:
    problem = tmp_path / "swap.p"
    problem.write_text("fof(goal, conjecture, ((p & q) => (q & p))).\n")
    folder = save(tmp_path / "model", *make("gpt2"))
    (result,) = prove(problem, f"hf:{folder}?n=4&max_new_tokens=8")
    assert result.status is Status.FAILED
    assert result.tokens >= 4  # though no proposal is left to carry them


def test_first_order_rules_stand_in_for_a_missing_model() -> None:
    told: list[str] = []
    factory = GeneratorFactory(notify=told.append)
    made = factory.make("hf:/no/such", World.FIRST_ORDER, FirstOrderGenerator)
    goal = Goal((), "p → p")
    assert made.propose([Request((goal,))]) == FirstOrderGenerator().propose([Request((goal,))])
    assert len(told) == 1

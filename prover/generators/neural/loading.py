"""A model folder or a name on the Hugging Face hub becomes a model that can be asked.

Everything that may be wrong with it is found here and told in one line: no such folder or name,
no network, a file that is missing or cut off, weights that belong to another architecture, a
model that is no generator. Code that comes with a model is never run, pickled weights are read
as tensors only, and weights that a file does not have are an error, not noise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prover.contracts import LemmaError
from prover.generators.errors import GeneratorError
from prover.generators.neural.memory import is_out_of_memory
from prover.generators.neural.placement import Placement, choose, dtype_name, torch_dtype
from prover.generators.prompts import TEMPLATE_FILE

_REMEDY = "pip install 'lemma-prover[neural]'"
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?(@[\w./-]+)?")
_SMALL_FILES = ("*.json", "*.txt", "*.model", "*.jinja")
_WEIGHTS = ("*.safetensors", "*.bin")
_GENERATES = re.compile(r"(ForCausalLM|LMHeadModel|ForConditionalGeneration|ForSeq2SeqLM)$")
_LONGEST_WITHOUT_LIMIT = 2048  # for models whose positions are relative
_UNLIMITED = 1_000_000


@dataclass(frozen=True)
class LoadedModel:
    """A model with its tokenizer. ``context`` is how many tokens a prompt (of decoder-only models
    with its continuation) may have; ``template`` is the prompt template in the model's folder."""

    name: str
    model: Any
    tokenizer: Any
    placement: Placement
    context: int
    ends: frozenset[int]
    pad: int
    template: str | None = None

    @property
    def encoder_decoder(self) -> bool:
        """Whether the prompt is encoded apart from its continuation."""
        return bool(self.model.config.is_encoder_decoder)

    def encode(self, text: str) -> list[int]:
        """The tokens of a prompt; an end token that the tokenizer adds is left out where the
        model is to go on behind it."""
        ids: list[int] = self.tokenizer(text)["input_ids"]
        while not self.encoder_decoder and ids and ids[-1] in self.ends:
            ids = ids[:-1]
        return ids

    def decode(self, tokens: tuple[int, ...]) -> str:
        """The text of a continuation."""
        return str(self.tokenizer.decode(list(tokens), skip_special_tokens=True))


def load_model(
    path_or_name: str, *, adapter: str = "", device: str = "auto", dtype: str = "auto",
    context: int | None = None, cache: Path | None = None,
) -> LoadedModel:
    """Load a causal or an encoder–decoder language model.

    Args:
        path_or_name: a folder in Hugging Face format, or a name on the hub (``org/model``, with
            ``@revision`` if wanted). The folder of a LoRA adapter names its model itself.
        adapter: folder or name of a LoRA adapter to be merged into the weights.
        device, dtype: see `placement.choose`.
        context: fewer tokens than the model allows.
        cache: where measurements are kept.

    Raises:
        GeneratorError: it cannot be used; the message says why.
    """
    folder = _folder(path_or_name)
    if not adapter and (folder / "adapter_config.json").is_file():
        adapter, folder = str(folder), _folder(_base_of(folder))
    config = _config(folder)
    weights = _check_weights(folder)
    placement = choose(_width(config), weights, device=device, dtype=dtype_name(dtype),
                       cache=cache)
    with _loading(folder) as library:
        tokenizer = library.AutoTokenizer.from_pretrained(str(folder))
        model = _weights_into(library, config, folder, placement)
    if adapter:
        model = _adapted(model, _folder(adapter))
    with _loading(folder):
        model = model.to(placement.device).eval()
    _check_vocabulary(model, tokenizer, folder)
    longest = _context(config, tokenizer)
    ends = _ends(model, tokenizer)
    pad = next((t for t in (tokenizer.pad_token_id, *sorted(ends)) if t is not None), 0)
    template = folder / TEMPLATE_FILE
    return LoadedModel(
        Path(path_or_name).name, model, tokenizer, placement, min(context or longest, longest),
        ends, pad, template.read_text(encoding="utf-8") if template.is_file() else None)


# ------------------------------------------------------------------------------------- the folder


def _folder(path_or_name: str) -> Path:
    path = Path(path_or_name).expanduser()
    if path.is_dir():
        return path
    if path.exists():
        raise GeneratorError("a model is a folder, and this is a file", file=path,
                             remedy="give the folder with config.json and the weights")
    if path_or_name.startswith(("/", ".", "~")) or _HUB_NAME.fullmatch(path_or_name) is None:
        raise GeneratorError("there is no such model folder", file=path,
                             remedy="give the folder with config.json and the weights")
    return _fetched(path_or_name)


def _fetched(name: str) -> Path:
    """The folder into which a model of the hub was fetched; what is there already stays."""
    try:
        import huggingface_hub
        from huggingface_hub import errors
    except ImportError as problem:
        raise GeneratorError("the package huggingface_hub is not installed",
                             remedy=_REMEDY) from problem
    repository, _, revision = name.partition("@")

    def fetch(*patterns: str) -> Path:
        return Path(huggingface_hub.snapshot_download(
            repository, revision=revision or None, allow_patterns=list(patterns)))

    try:
        folder = fetch(*_SMALL_FILES, _WEIGHTS[0])
        return folder if any(folder.glob(_WEIGHTS[0])) else fetch(*_SMALL_FILES, *_WEIGHTS)
    except errors.GatedRepoError as problem:
        raise GeneratorError(f"the model {name} is only given to those who have accepted its "
                             "terms", remedy="accept them on the model's page, then log in with "
                             "`hf auth login`") from problem
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError,
            errors.HFValidationError) as problem:
        raise GeneratorError(f"there is no folder {name} here, and no model of this name on the "
                             "hub", remedy="check the spelling; private models need `hf auth "
                             "login`") from problem
    except Exception as problem:  # hub, http and socket errors of several libraries
        raise GeneratorError(f"there is no folder {name} here, and the hub cannot be reached "
                             f"({type(problem).__name__})", remedy="check the network, or give "
                             "the folder of a model that is here already") from problem


def _base_of(adapter: Path) -> str:
    file = adapter / "adapter_config.json"
    try:
        base = json.loads(file.read_text(encoding="utf-8"))["base_model_name_or_path"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise GeneratorError("the adapter does not say to which model it belongs", file=file,
                             remedy="name the model, and the adapter as an option: "
                             "hf:MODEL?adapter=FOLDER") from problem
    return str(base)


def _config(folder: Path) -> Any:
    file = folder / "config.json"
    if not file.is_file():
        raise GeneratorError("no config.json: this is not a model in Hugging Face format",
                             file=folder, remedy="save it with save_pretrained")
    with _loading(file) as library:
        config = library.AutoConfig.from_pretrained(str(folder))
    architecture = (getattr(config, "architectures", None) or [""])[0]
    if architecture and not _GENERATES.search(architecture):
        raise GeneratorError(f"{architecture} does not generate text", file=file,
                             remedy="give a causal or an encoder–decoder language model")
    return config


def _check_weights(folder: Path) -> int:
    """How many weights there are, about; every file must be there and whole."""
    found = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin"))
    index = next(iter(sorted(folder.glob("*.safetensors.index.json"))), None)
    if index is not None:
        _check_index(index)
    if not found:
        raise GeneratorError("the folder has no weights (*.safetensors or *.bin)", file=folder,
                             remedy="copy or download the model again")
    for file in found:
        if file.suffix == ".safetensors":
            _check_safetensors(file)
    return sum(file.stat().st_size for file in found) // 2


def _check_index(index: Path) -> None:
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise GeneratorError("the index of the weights cannot be read", file=index,
                             remedy="copy or download the model again") from problem
    missing = sorted(name for name in names if not (index.parent / name).is_file())
    if missing:
        raise GeneratorError(f"{len(missing)} of {len(names)} files of weights are missing",
                             file=index.parent / missing[0],
                             remedy="copy or download the model again")


def _check_safetensors(file: Path) -> None:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(file), framework="pt"):
            pass
    except (SafetensorError, OSError, ValueError) as problem:
        raise GeneratorError("the weights are damaged or cut off", file=file,
                             remedy="copy or download the model again") from problem


# -------------------------------------------------------------------------------------- the model


def _weights_into(library: Any, config: Any, folder: Path, placement: Placement) -> Any:
    kind = library.AutoModelForSeq2SeqLM if config.is_encoder_decoder \
        else library.AutoModelForCausalLM
    model, found = kind.from_pretrained(
        str(folder), config=config, dtype=torch_dtype(placement.dtype), output_loading_info=True,
        ignore_mismatched_sizes=True)  # they are an error below, with a message of one line
    missing = sorted([*found["missing_keys"], *(key for key, *_ in found["mismatched_keys"])])
    if missing:
        raise GeneratorError(f"the weights are not those of a {type(model).__name__}: "
                             f"{len(missing)} tensors are missing or of another shape, such as "
                             f"{missing[0]}",
                             file=folder, remedy="are config.json and the weights of one model?")
    return model


def _adapted(model: Any, folder: Path) -> Any:
    """The model with a LoRA adapter merged into its weights, as fast as without."""
    try:
        import peft
    except ImportError as problem:
        raise GeneratorError("an adapter needs the package peft, which is not installed",
                             remedy="pip install peft") from problem
    with _loading(folder, "the adapter"):
        return peft.PeftModel.from_pretrained(model, str(folder)).merge_and_unload()


def _check_vocabulary(model: Any, tokenizer: Any, folder: Path) -> None:
    rows = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > rows:
        raise GeneratorError(f"the tokenizer has {len(tokenizer)} tokens, the model knows {rows}",
                             file=folder, remedy="are tokenizer and weights of one model?")


def _width(config: Any) -> int:
    for name in ("hidden_size", "d_model", "n_embd"):
        if isinstance(width := getattr(config, name, None), int):
            return width
    return 512


def _context(config: Any, tokenizer: Any) -> int:
    places = None if config.is_encoder_decoder and config.model_type.endswith("t5") else getattr(
        config, "max_position_embeddings", None)
    limits = [limit for limit in (places, tokenizer.model_max_length)
              if isinstance(limit, int) and 0 < limit < _UNLIMITED]
    return min(limits, default=_LONGEST_WITHOUT_LIMIT)


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    named = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    every = [tokenizer.eos_token_id, *(named if isinstance(named, list) else [named])]
    return frozenset(token for token in every if token is not None)


@contextmanager
def _loading(place: Path, what: str = "the model") -> Iterator[Any]:
    """The transformers library; what goes wrong with a model becomes one clear error."""
    try:
        import transformers
    except ImportError as problem:
        raise GeneratorError("the package transformers is not installed",
                             remedy=_REMEDY) from problem
    library: Any = transformers
    library.logging.set_verbosity_error()
    library.logging.disable_progress_bar()
    try:
        yield library
    except LemmaError:
        raise
    except Exception as problem:  # transformers raises whatever its dependencies raise
        if is_out_of_memory(problem):
            raise GeneratorError("the model does not fit into the memory", file=place,
                                 remedy="take a smaller one, dtype=bf16, or a server of its own "
                                 "(openai:MODEL@URL)") from problem
        reason = (str(problem).strip().splitlines() or [type(problem).__name__])[0][:200]
        raise GeneratorError(f"{what} cannot be loaded: {reason}", file=place) from problem

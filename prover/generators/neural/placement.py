"""Where a model runs, and in which numbers: measured once for each machine and width of model.

No flag tells reliably whether half precision pays: some processors have matrix units for
bfloat16, others emulate it. So the two operations that decoding consists of, a prompt's matrix
product and a token's, are timed in each number type, and the answer is kept in the cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from prover.cache import cache_root
from prover.generators.errors import GeneratorError

if TYPE_CHECKING:
    import torch

DTYPES = ("float32", "bfloat16", "float16")
_SHORT = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}
_GAIN = 0.9  # what is less exact must take less than this share of the time
_PROMPT, _CANDIDATES, _ROUNDS = 256, 16, 3
_OVERHEAD = 1.2  # a model takes more memory than its weights


@dataclass(frozen=True)
class Placement:
    """A device (torch's name of it) and a number type (torch's name of it)."""

    device: str
    dtype: str


def dtype_name(text: str) -> str:
    """Torch's name of a number type, which may be given in short; ``auto`` stays."""
    return _SHORT.get(text, text)


def choose(
    width: int, weights: int, *, device: str = "auto", dtype: str = "auto",
    cache: Path | None = None,
) -> Placement:
    """Where to run a model.

    Args:
        width: of its hidden layers.
        weights: how many there are.
        device, dtype: what the user wants, or ``auto``.
        cache: where measurements are kept; the product's cache folder if None.

    Raises:
        GeneratorError: the device that is wanted is not there.
    """
    device = _device(weights) if device == "auto" else _existing(device)
    if dtype == "auto":
        dtype = _fastest(width, device, cache or cache_root() / "placement")
    return Placement(device, dtype)


def _existing(device: str) -> str:
    import torch

    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as problem:
        raise GeneratorError(f"there is no device {device!r} here: {_first_line(problem)}",
                             remedy="choose device=cpu, or leave it out") from problem
    return device


def _device(weights: int) -> str:
    """The accelerator, if there is one and the model fits into its free memory."""
    import torch

    if torch.cuda.is_available():
        free, _ = torch.cuda.mem_get_info()
        return "cuda" if weights * 2 * _OVERHEAD < free else "cpu"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _fastest(width: int, device: str, cache: Path) -> str:
    file = cache / f"{_digest(width, device)}.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))["dtype"]
        if found in DTYPES:
            return str(found)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    found = _measure(width, device)
    _keep(file, found)
    return found


def _measure(width: int, device: str) -> str:
    """The fastest type; of those about as fast the most exact, and bfloat16 before float16, which
    overflows."""
    seconds = {name: _seconds(name, width, device) for name in DTYPES}
    best = "float32"
    for name in DTYPES[1:]:
        if seconds[name] < _GAIN * seconds[best]:
            best = name
    return best


def _seconds(dtype: str, width: int, device: str) -> float:
    """How long a layer's work takes: one prompt, then a token for each candidate."""
    import torch

    kind = getattr(torch, dtype)
    try:
        weights = torch.ones(width, 4 * width, device=device, dtype=kind)
        prompt = torch.ones(_PROMPT, width, device=device, dtype=kind)
        tokens = torch.ones(_CANDIDATES, width, device=device, dtype=kind)
        best = float("inf")
        for _ in range(_ROUNDS):  # the best: another process may be at work meanwhile
            started = time.perf_counter()
            total = (prompt @ weights).float().sum() + (tokens @ weights).float().sum()
            total.item()  # waits for the device
            best = min(best, time.perf_counter() - started)
    except RuntimeError:  # the device does not have this type
        return float("inf")
    return best


def _digest(width: int, device: str) -> str:
    import torch

    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    kept = sorted({line for line in lines if line.startswith(("model name", "flags"))})
    name = torch.cuda.get_device_name() if device.startswith("cuda") else ""
    facts = [str(width), device, name, torch.__version__, platform.machine(), *kept]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:16]


def _keep(file: Path, dtype: str) -> None:
    partial = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps({"dtype": dtype}) + "\n", encoding="utf-8")
        partial.replace(file)
    except OSError:
        return  # it is measured again next time


def _first_line(problem: BaseException) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0]


def torch_dtype(name: str) -> torch.dtype:
    """The number type of this name."""
    import torch

    found: torch.dtype = getattr(torch, name)
    return found

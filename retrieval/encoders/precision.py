"""Whether bfloat16 is worth it: measured once for each machine and model.

Processors with matrix units for bfloat16 encode twice as fast with it, others slower; no flag
tells reliably which is the case, so both are tried.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_GAIN = 0.85  # bfloat16 must take less than this share of float32's time
_ROUNDS = 3


def faster_dtype(
    work: Callable[[], object], *, key: str, device: str, cache: Path | None
) -> torch.dtype:
    """bfloat16 if ``work`` is clearly faster under autocast to it, else float32.

    Args:
        work: one forward pass.
        key: what the answer depends on besides the machine and torch's version.
        device: torch's name of the device.
        cache: a folder in which the answer is kept; None asks anew in every process.
    """
    import torch

    found = _remembered(cache, key)
    if found is None:
        found = "bfloat16" if _bfloat16_is_faster(work, device) else "float32"
        _remember(cache, key, found)
    return torch.bfloat16 if found == "bfloat16" else torch.float32


def known_dtype(*, key: str, cache: Path | None) -> torch.dtype | None:
    """What `faster_dtype` found before, without any work; None if it has not been asked."""
    import torch

    found = _remembered(cache, key)
    return None if found is None else getattr(torch, found)


def _bfloat16_is_faster(work: Callable[[], object], device: str) -> bool:
    import torch

    plain = cast = float("inf")
    # In turns, and the best of each: another process may be at work meanwhile.
    for _ in range(_ROUNDS):
        plain = min(plain, _seconds(work))
        try:
            with torch.autocast(device, torch.bfloat16):
                cast = min(cast, _seconds(work))
        except RuntimeError:  # the device has no bfloat16
            return False
    return cast < _GAIN * plain


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _machine() -> str:
    """This machine's processor, as far as it can be told."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        kept = sorted({line for line in lines if line.startswith(("model name", "flags"))})
    except OSError:
        kept = []
    return "\n".join([platform.machine(), platform.processor(), *kept])


def _file(cache: Path, key: str) -> Path:
    import torch

    digest = hashlib.sha256("\n".join([key, torch.__version__, _machine()]).encode()).hexdigest()
    return cache / f"dtype-{digest[:16]}.json"


def _remembered(cache: Path | None, key: str) -> str | None:
    if cache is None:
        return None
    try:
        found = json.loads(_file(cache, key).read_text(encoding="utf-8"))["dtype"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found in ("float32", "bfloat16") else None


def _remember(cache: Path | None, key: str, dtype: str) -> None:
    if cache is None:
        return
    path = _file(cache, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps({"dtype": dtype}) + "\n", encoding="utf-8")
    partial.replace(path)

"""When memory runs out, whichever way torch says so."""

from __future__ import annotations

_SIGNS = ("out of memory", "can't allocate memory", "cannot allocate memory", "not enough memory")


def is_out_of_memory(problem: BaseException) -> bool:
    """Whether ``problem`` says that there was no memory left, on the processor or a device."""
    if isinstance(problem, MemoryError):
        return True
    text = str(problem).lower()
    return isinstance(problem, RuntimeError) and any(sign in text for sign in _SIGNS)


def free_cached_memory() -> None:
    """Have torch give back what it holds for later use."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()

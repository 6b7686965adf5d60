"""What transformers call the key-value cache: ``past_key_values``, from 5.24 on ``cache``."""

from __future__ import annotations

import inspect
from typing import Any

_NEW, _OLD = "cache", "past_key_values"


def cache_argument(model: Any, cache: Any) -> dict[str, Any]:
    """The keyword argument by which ``model``'s forward takes ``cache``."""
    takes = inspect.signature(type(model).forward).parameters
    return {_NEW if _NEW in takes else _OLD: cache}


def cache_of(output: Any) -> Any:
    """The cache that a model has given back."""
    return output[_NEW] if _NEW in output else output[_OLD]

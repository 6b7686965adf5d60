"""The folder in which Lemma keeps what it has downloaded or computed for this user."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

HOME_VARIABLE = "LEMMA_HOME"


def cache_root() -> Path:
    """The absolute path of the cache: ``$LEMMA_HOME`` if set, else the platform's cache folder.

    The folder is not created.
    """
    override = os.environ.get(HOME_VARIABLE)
    if override:
        return Path(override).expanduser().absolute()
    return platformdirs.user_cache_path("lemma").absolute()

"""Settings of all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# A run of the tests repeats exactly; HYPOTHESIS_PROFILE=explore looks for new counterexamples.
settings.register_profile("repeatable", derandomize=True)
settings.register_profile("explore", settings.get_profile("default"))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

"""How hard Hypothesis tries: `dev` by default, `ci` under CI, `soak` by hand.

HYPOTHESIS_PROFILE names one of them and wins over CI. No profile has a deadline:
a slow machine is not a wrong answer.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci", max_examples=100, deadline=None, derandomize=True, print_blob=True
)
settings.register_profile("soak", max_examples=10_000, deadline=None)

DEFAULT = "ci" if os.environ.get("CI") else "dev"
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", DEFAULT))

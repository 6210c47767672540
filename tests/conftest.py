"""Hypothesis profiles: `dev` by default, `ci` if CI is set, `soak` by hand.

nox takes `brief` for the sessions that are about versions and not about values.

HYPOTHESIS_PROFILE selects one and has priority over CI. In no profile does a test
fail because the machine is slow.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings

UNTIMED: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
}
settings.register_profile("dev", max_examples=50, **UNTIMED)
settings.register_profile(
    "ci", max_examples=30, derandomize=True, print_blob=True, **UNTIMED
)
settings.register_profile("brief", max_examples=10, **UNTIMED)
settings.register_profile(
    "mutants",  # of tests.mutation: what fails is not shrunk
    max_examples=20,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    **UNTIMED,
)
settings.register_profile("soak", max_examples=10_000, **UNTIMED)

DEFAULT = "ci" if os.environ.get("CI") else "dev"
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", DEFAULT))

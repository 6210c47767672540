"""What tests share: a source of few octets, and the profiles of Hypothesis.

A test that repeats for long what other tests cover uses the fixture `unmeasured`:
measuring coverage takes as long as the test itself.

The profile is `dev` by default, `ci` if CI is set, and `soak` by hand.
nox takes `brief` for the sessions that are about versions and not about values.

HYPOTHESIS_PROFILE selects one and has priority over CI. In no profile does a test
fail because the machine is slow.
"""

from __future__ import annotations

import os
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

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


class Trickle:
    """A source that hands out so many octets at most, whatever it is asked for."""

    def __init__(self, octets: bytes, most: int) -> None:
        self._octets = BytesIO(octets)
        self._most = most

    def read(self, size: int) -> bytes:
        """Return some octets, none at the end."""
        return self._octets.read(min(size, self._most))


@pytest.fixture
def trickle() -> type[Trickle]:
    """Return the class of a source that gives few octets at once."""
    return Trickle


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Measure no coverage in a test, nor in the processes that it starts."""
    if "COVERAGE_PROCESS_START" not in os.environ:
        yield
        return
    monkeypatch.delenv("COVERAGE_PROCESS_START")
    trace = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(trace)

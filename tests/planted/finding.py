"""What the vectors and the strategies say about a codec."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, settings

from xep0184.conformance import (
    SUITES,
    VectorLevel,
    VectorStatus,
    explanation,
    run,
    select,
)

from .by_strategies import LAWS, reading
from .by_vectors import answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from xep0184.conformance import Answer

    from .codec import Codec

ROMEO = "romeo@montague.lit/orchard"
ELSEWHERE = "me@home.example/x"  # no generated message comes from here
CHOSEN = [it for it in SUITES if it != "restricted"]  # that is about XML
LEVELS = (VectorLevel.XEP, VectorLevel.SECURITY, VectorLevel.OURS)
QUICKLY = (Phase.generate,)


def adapter(codec: type[Codec]) -> Callable[[str, Mapping[str, Any]], Answer]:
    """Return what is put to the vectors: a new codec for each."""
    return lambda ask, given_: answer(
        codec(given_.get("account") or ELSEWHERE), ask, given_
    )


def failed_vectors(
    codec: type[Codec], levels: Sequence[VectorLevel] = LEVELS
) -> dict[str, str]:
    """Return the vectors that a codec fails, with the explanations, by level."""
    vectors = (select(suites=CHOSEN, levels=[level]) for level in levels)
    results = run(adapter(codec), chain.from_iterable(vectors))
    return {
        it.vector.name: explanation(it)
        for it in results
        if it.status is VectorStatus.FAILED
    }


def failed_law(
    codec: type[Codec],
    name: str,
    examples: int = 1_000,
    phases: Sequence[Phase] = tuple(Phase),
) -> str | None:
    """Return what Hypothesis says about a law that a codec breaks."""
    law, cases = next(it for it in LAWS.items() if it[0].__name__ == name)
    account = ELSEWHERE if law is reading else ROMEO

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=True,
        phases=phases,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(cases)
    def check(case: Any) -> None:  # noqa: ANN401  # each law has cases of its own
        law(codec(account), case)

    try:
        check()
    except AssertionError as error:
        return "\n".join([f"AssertionError: {error}", *error.__notes__])
    return None

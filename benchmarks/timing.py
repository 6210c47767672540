"""Time spans that can be compared on a machine that drifts.

Every round times each contender once, in an order drawn anew, so that what slows
the machine down for a while slows all of them down. Only spans of one round are
divided by each other, and a span is the processor's, not the wall's: nobody is
charged for waiting until somebody else's work is done. Peers under other
interpreters time themselves with `seconds`, so this module needs the standard
library only.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
import timeit
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


def seconds(call: Callable[[], object], count: int) -> float:
    """Return how long so many calls take, with the garbage collector off."""
    return timeit.Timer(call, timer=time.process_time).timeit(count)


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody who does the work.

    Attributes:
        name: What to call it.
        seconds: Does the work so many times; returns how long that took.
    """

    name: str
    seconds: Callable[[int], float]


def contender(name: str, call: Callable[..., object], *arguments: Any) -> Contender:  # noqa: ANN401  # whatever the call takes
    """Return a contender that calls a function of this process."""
    return Contender(name, partial(seconds, partial(call, *arguments)))


@dataclass(frozen=True, slots=True)
class Spread:
    """A median and the quartiles on either side of it."""

    low: float
    median: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Return the median of some values with their quartiles."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])
    return Spread(*statistics.quantiles(values, n=4, method="inclusive"))


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds an operation, of each contender, round by round."""

    rounds: Mapping[str, Sequence[float]]

    def span(self, name: str) -> Spread:
        """Return how long one contender takes."""
        return spread(self.rounds[name])

    def ratio(self, name: str, base: str) -> Spread:
        """Return how many times as long as another one a contender takes."""
        pairs = zip(self.rounds[name], self.rounds[base], strict=True)
        return spread([span / other for span, other in pairs])


def race(contenders: Iterable[Contender], *, rounds: int, least: float) -> Times:
    """Time contenders against each other.

    Args:
        contenders: Whom to compare.
        rounds: How often each of them is timed.
        least: How many seconds one timing lasts at least, so that a clock's
            resolution and the call around the loop do not count.
    """
    counts = {contender: _calibrated(contender, least) for contender in contenders}
    times: dict[str, list[float]] = {contender.name: [] for contender in counts}
    order = list(counts)
    draw = random.Random(184)  # noqa: S311  # an order, no secret
    gc.freeze()  # or each collection below would look at a million entries again
    for _ in range(rounds):
        draw.shuffle(order)
        gc.collect()
        for contender in order:
            span = contender.seconds(counts[contender])
            times[contender.name].append(span / counts[contender])
    gc.unfreeze()
    return Times(times)


def _calibrated(contender: Contender, least: float) -> int:
    """Return how many times to do the work, once it is warm."""
    contender.seconds(1)
    count = 1
    while (span := contender.seconds(count)) < least:
        count = max(2 * count, int(1.1 * count * least / max(span, 1e-9)))
    return count

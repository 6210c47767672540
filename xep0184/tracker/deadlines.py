"""When something is due: points in time, and the waits of a resending policy."""

from __future__ import annotations

import sys
from itertools import count
from typing import TYPE_CHECKING, Final

from xep0184.tracker.queue import Item, Queue
from xep0184.tracker.results import Resend, TrackCode, TrackError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.tracker.entry import Waiting

__all__ = ["Agenda", "ensure_sensible", "later", "moment", "wait"]

_SLACK: Final = 64
_NEVER: Final = sys.float_info.max
_SHORTEST: Final = sys.float_info.min  # of what is more than nothing


class Agenda:
    """The deadlines of pending messages, the earliest first.

    What was settled is left in the queue until it comes up, or until it is most
    of the queue when something is added: so a step is logarithmic, and memory
    follows the number of pending messages.

    Args:
        pending: The messages that are waited for, by id.
        timeout: After how many seconds one is given up.
        resend: When one is sent again.
    """

    def __init__(
        self,
        pending: Mapping[str, Waiting],
        timeout: float | None,
        resend: Resend | None,
    ) -> None:
        self._pending = pending
        self._timeout = timeout
        self._resend = resend
        self._queue = Queue()
        self._serials = count()

    def __len__(self) -> int:
        return len(self._queue)

    def first(self) -> float | None:
        """Return the earliest deadline, if there is one."""
        while (item := self._queue.first()) and not self._is_alive(item):
            self._queue.drop(item)
        return item[0] if item else None

    def take(self, now: float) -> tuple[str, ...]:
        """Take out the ids whose deadline has come, in order."""
        items: list[Item] = []
        while (item := self._queue.first()) and item[0] <= now:
            self._queue.drop(item)
            items.append(item)
        return tuple(item[2] for item in items if self._is_alive(item))

    def plan(self, id_: str) -> None:
        """Plan the next deadline of a pending message, if it has one."""
        waiting = self._pending[id_]
        if self._resend is None:  # it may have been planned under another policy
            waiting.resend_at = None
        deadlines = (waiting.resend_at, self._expiry(waiting))
        known = [deadline for deadline in deadlines if deadline is not None]
        if known:
            waiting.serial = next(self._serials)
            self._queue.put((min(known), waiting.serial, id_))
            self._trim()

    def next_resend(self, attempts: int, now: float) -> float | None:
        """Return when to send again after so many attempts, if ever."""
        if self._resend is None or attempts >= self._resend.count:
            return None
        return later(now, wait(self._resend, attempts))

    def is_over(self, waiting: Waiting, now: float) -> bool:
        """Whether a message has been waited for long enough."""
        expiry = self._expiry(waiting)
        return expiry is not None and expiry <= now

    def _trim(self) -> None:
        if len(self._queue) > 2 * len(self._pending) + _SLACK:
            self._queue.keep(self._is_alive)

    def _expiry(self, waiting: Waiting) -> float | None:
        return None if self._timeout is None else later(waiting.sent_at, self._timeout)

    def _is_alive(self, item: Item) -> bool:
        waiting = self._pending.get(item[2])
        return waiting is not None and waiting.serial == item[1]


def moment(time: float, field: str = "now", /) -> float:
    """Refuse what is no point in time: it would never come, or never compare.

    Args:
        time: Seconds, of any clock.
        field: Which argument it is.

    Raises:
        TrackError: TIME.

    >>> moment(1.5)
    1.5
    """
    # Comparing is right for a NaN and for an int that no float can hold.
    if not -_NEVER <= time <= _NEVER:
        raise TrackError(TrackCode.TIME, field)
    return time


def later(time: float, seconds: float, /) -> float:
    """Return a finite point in time that is so much later.

    Args:
        time: A point in time.
        seconds: How much later.

    >>> later(1.0, 60)
    61.0
    """
    return min(time + seconds, _NEVER)


def wait(resend: Resend, attempts: int, /) -> float:
    """Return how long to wait for a receipt before sending again.

    Args:
        resend: The policy.
        attempts: How often the message was sent again already.

    >>> [wait(Resend(delay=10, max_delay=30), attempts) for attempts in range(4)]
    [10.0, 20.0, 30.0, 30.0]
    """
    try:
        seconds = min(resend.delay * resend.factor**attempts, resend.max_delay)
    except OverflowError:
        seconds = resend.max_delay
    # Written so that a NaN counts as nothing.
    jitter = 0.0 if resend.jitter is None else min(1.0, max(0.0, resend.jitter()))
    return seconds * (1 + jitter)


def ensure_sensible(resend: Resend, /) -> None:
    """Refuse a policy that waits for no time, for ever or ever less.

    Args:
        resend: The policy.

    Raises:
        TrackError: RESEND.

    >>> ensure_sensible(Resend(delay=30))
    """
    least = {"delay": _SHORTEST, "max_delay": _SHORTEST, "factor": 1.0}
    for field, value in least.items():
        if not value <= getattr(resend, field) <= _NEVER:
            raise TrackError(TrackCode.RESEND, field)
    if resend.count < 1:
        raise TrackError(TrackCode.RESEND, "count")

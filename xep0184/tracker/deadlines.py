"""When the pending messages expire and when they are sent again."""

from __future__ import annotations

import sys
from heapq import heapify, heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from xep0184.tracker.results import Resend, TrackCode, TrackError

if TYPE_CHECKING:
    from xep0184.recent import Recent
    from xep0184.tracker.entries import Key, PendingMessage

__all__ = ["Deadlines", "ensure_number", "ensure_type", "resend_delay"]

_SLACK: Final = 64
_LAST: Final = sys.float_info.max
_SHORTEST: Final = sys.float_info.min  # the smallest normal number above 0
_LEAST: Final = {"delay": _SHORTEST, "max_delay": _SHORTEST, "factor": 1.0, "count": 1}

_Item: TypeAlias = tuple[float, int, "Key"]  # a deadline, a unique serial number


class Deadlines:
    """The deadlines of pending messages: a heap with lazy deletion.

    An item is current while its message is pending and has the serial number of
    the item. The others are removed when they reach the top of the heap, or all
    together when they are more than half of it. So a step takes logarithmic time
    (amortised), and the heap holds at most twice the largest number of pending
    messages, and 64 more.
    """

    def __init__(
        self,
        pending: Recent[Key, PendingMessage],
        timeout: float | None,
        resend: Resend | None,
    ) -> None:
        if timeout is not None:
            ensure_number(timeout, "timeout", least=_SHORTEST)
        if resend is not None:
            for field, least in _LEAST.items():
                ensure_number(getattr(resend, field), field, TrackCode.RESEND, least)
        self._timeout = timeout
        self._resend = resend
        self._serials = count()
        self.restart(pending)

    def restart(self, pending: Recent[Key, PendingMessage]) -> None:
        """Replace the pending messages."""
        self._pending = pending
        self._heap: list[_Item] = []
        for entry in pending.values():
            self.plan(entry)

    def next_deadline(self) -> float | None:
        """Return the earliest deadline, if there is one."""
        while self._heap and self._current(self._heap[0]) is None:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, now: float) -> list[PendingMessage]:
        """Remove and return the messages whose deadline has come, in order."""
        items: list[_Item] = []
        while self._heap and self._heap[0][0] <= now:
            items.append(heappop(self._heap))
        return list(filter(None, map(self._current, items)))

    def plan(self, entry: PendingMessage) -> None:
        """Set the next deadline of a pending message, if it has one."""
        if self._resend is None:  # it may have been planned under another policy
            entry.resend_at = None
        times = (entry.resend_at, self._expiry(entry))
        deadline = min((time for time in times if time is not None), default=None)
        if deadline is None:
            entry.serial = -1  # an earlier deadline is void
            return
        entry.serial = next(self._serials)
        heappush(self._heap, (deadline, entry.serial, entry.key))
        if len(self._heap) > 2 * len(self._pending) + _SLACK:
            self._heap = list(filter(self._current, self._heap))
            heapify(self._heap)

    def next_resend(self, attempts: int, now: float) -> float | None:
        """Return when to send a message again after some attempts, if ever."""
        if self._resend is None or attempts >= self._resend.count:
            return None
        return min(now + resend_delay(self._resend, attempts), _LAST)

    def limit_resends(self, pending: Recent[Key, PendingMessage], now: float) -> None:
        """Limit how long messages wait to be sent again to what the policy says."""
        for entry in pending.values():
            latest = self.next_resend(entry.attempts, now)
            if entry.resend_at is not None and latest is not None:
                entry.resend_at = min(entry.resend_at, latest)

    def was_missed(self, entry: PendingMessage) -> bool:
        """Check whether a message was to be sent again before its timeout was over.

        This happens if `due` was not called in time, for example without a connection
        or after a restart.
        """
        expiry = self._expiry(entry)
        return (
            entry.resend_at is not None
            and expiry is not None
            and entry.resend_at < expiry
        )

    def is_expired(self, entry: PendingMessage, now: float) -> bool:
        """Check whether the timeout of a message is over."""
        expiry = self._expiry(entry)
        return expiry is not None and expiry <= now

    def _expiry(self, entry: PendingMessage) -> float | None:
        if self._timeout is None:
            return None
        begin = entry.sent_at if entry.waits_from is None else entry.waits_from
        return min(begin + self._timeout, _LAST)

    def _current(self, item: _Item) -> PendingMessage | None:
        entry = self._pending.peek(item[2])
        return entry if entry and entry.serial == item[1] else None


def ensure_number(
    number: object,
    field: str = "now",
    code: TrackCode = TrackCode.TIME,
    least: float = -_LAST,
) -> None:
    """Raise TrackError if this is not a finite number or is too small."""
    # A comparison is also right for a NaN, and for an int too large for a float.
    if not (isinstance(number, (int, float)) and least <= number <= _LAST):
        raise TrackError(code, field)


def ensure_type(value: object, kind: Any, code: TrackCode, field: str) -> None:  # noqa: ANN401  # what isinstance takes
    """Raise TrackError if this is no instance of a class or union."""
    if not isinstance(value, kind):
        raise TrackError(code, field)


def resend_delay(resend: Resend, attempts: int, /) -> float:
    """Return how long to wait before the next repetition, in seconds.

    Args:
        resend: The policy.
        attempts: How often the message was sent again already.

    >>> resend = Resend(delay=10, max_delay=30)
    >>> [resend_delay(resend, attempts) for attempts in range(4)]
    [10.0, 20.0, 30.0, 30.0]
    """
    try:
        seconds = min(resend.delay * resend.factor**attempts, resend.max_delay)
    except OverflowError:
        seconds = resend.max_delay
    # In this order of arguments, max replaces a NaN by 0.
    jitter = 0.0 if resend.jitter is None else min(1.0, max(0.0, resend.jitter()))
    return seconds * (1 + jitter)

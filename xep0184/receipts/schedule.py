"""The next deadlines of many accounts, for a program that holds them in one process."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Schedule"]

_Name = TypeVar("_Name")
_SLACK: Final = 64


class Schedule(Generic[_Name]):
    """The next deadline of each account, in one heap.

    A step takes logarithmic time in the number of accounts. Accounts without a deadline
    take no place.

    >>> schedule = Schedule()
    >>> schedule.set("romeo", 30.0)
    >>> schedule.set("juliet", 20.0)
    >>> schedule.set("romeo", 10.0)
    >>> schedule.next_deadline
    10.0
    >>> list(schedule.take(20.0))
    ['romeo', 'juliet']
    """

    def __init__(self) -> None:
        self._deadlines: dict[_Name, tuple[float, int]] = {}
        self._heap: list[tuple[float, int, _Name]] = []
        self._serials = count()

    def __len__(self) -> int:
        return len(self._deadlines)

    @property
    def next_deadline(self) -> float | None:
        """The earliest deadline; None if there is none."""
        while self._heap and not self._is_current(self._heap[0]):
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def set(self, name: _Name, deadline: float | None) -> None:
        """Set the deadline of an account: `Receipts.next_deadline` after each call.

        Args:
            name: What the program finds the account by.
            deadline: The time in seconds; None for no deadline.
        """
        known = self._deadlines.get(name)
        if deadline is None:
            self._deadlines.pop(name, None)
        elif known is None or known[0] != deadline:
            serial = next(self._serials)
            self._deadlines[name] = (deadline, serial)
            heappush(self._heap, (deadline, serial, name))
        if len(self._heap) > 2 * len(self._deadlines) + _SLACK:
            self._heap = list(filter(self._is_current, self._heap))
            heapify(self._heap)

    def take(self, now: float) -> Iterator[_Name]:
        """Remove and yield the accounts whose deadline has come, the earliest first.

        Each is removed when it is yielded: if the loop raises, the others are left.

        Args:
            now: The time in seconds.
        """
        while (first := self.next_deadline) is not None and first <= now:
            _, _, name = heappop(self._heap)
            del self._deadlines[name]
            yield name

    def _is_current(self, item: tuple[float, int, _Name]) -> bool:
        return self._deadlines.get(item[2]) == item[:2]

"""Waiting for events, each time with a bound."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PATIENCE", "Record", "wait_until"]

PATIENCE: Final = 20.0  # seconds
_INTERVAL: Final = 0.05  # seconds between two looks at what sends no event

Item = TypeVar("Item")


class Record(Generic[Item]):
    """A list that threads append to and a test waits on."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._changed = threading.Condition()

    def append(self, item: Item) -> None:
        """Add an item and wake the threads that wait."""
        with self._changed:
            self._items.append(item)
            self._changed.notify_all()

    def matching(self, matches: Callable[[Item], bool]) -> list[Item]:
        """Return the items so far that match."""
        with self._changed:
            return [item for item in self._items if matches(item)]

    def wait(
        self, matches: Callable[[Item], bool], what: str, *, count: int = 1
    ) -> Item:
        """Wait until there are `count` items that match; return the last of these.

        Raises:
            AssertionError: They did not come in time; it shows the whole record.
        """
        with self._changed:
            in_time = self._changed.wait_for(
                lambda: len(self.matching(matches)) >= count, PATIENCE
            )
        assert in_time, f"waited for {what}, got:\n{self}"
        return self.matching(matches)[count - 1]

    def __str__(self) -> str:
        return "\n".join(map(str, self.matching(lambda _: True)))


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition is true.

    Raises:
        AssertionError: It is not true in time.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(_INTERVAL)

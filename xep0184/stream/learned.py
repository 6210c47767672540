"""What was looked for in vain, lest it be looked for there again.

A hostile recording is made of beginnings without an end. Each of them alone may
be followed as far as there is anything; all of them together may not. A place is
counted from where the recording begins, so it stays true as reading goes on.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["Gaps", "Leap", "Leaps", "Step"]

_MOST_GAPS: Final = 256
_MOST_LEAPS: Final = 65_536


class Gaps:
    """Where something does not begin: of each needle the longest stretch.

    Two ways lead through a recording, and one of them looks for more than the
    other. So what lies before `now` makes no difference to what is remembered.
    """

    def __init__(self) -> None:
        self._gaps: dict[bytes, tuple[int, int]] = {}

    def behind(self, needle: bytes, place: int) -> int:
        """Return the first place from this one on that is still to be looked at."""
        since, until = self._gaps.get(needle, (place, place))
        return until if since <= place < until else place

    def learn(self, needle: bytes, since: int, until: int, now: int) -> None:
        """Remember that it does not begin between two places."""
        if since == until:
            return
        begin, end = self._gaps.get(needle, (since, since))
        if begin <= since <= end:
            self._set(needle, begin, max(until, end), now)
        elif until - since > end - max(begin, now):
            self._set(needle, since, until, now)

    def _set(self, needle: bytes, since: int, until: int, now: int) -> None:
        if len(self._gaps) >= _MOST_GAPS:
            self._gaps = {key: gap for key, gap in self._gaps.items() if gap[1] > now}
        if len(self._gaps) >= _MOST_GAPS and needle not in self._gaps:
            self._gaps.clear()
        self._gaps[needle] = (since, until)


class Leap(NamedTuple):
    """Over a stretch in which the elements that are open do not all end.

    Attributes:
        least: How many have to be open.
        place: Where the stretch ends.
        more: How many more are open there.
    """

    least: int
    place: int
    more: int


class Step(NamedTuple):
    """A place on a walk.

    Attributes:
        place: Where.
        opened: How many elements were open.
        least: How many were always open since the step before.
    """

    place: int
    opened: int
    least: int


class Leaps:
    """The stretches that were walked in vain, each for the name looked for."""

    def __init__(self) -> None:
        self._leaps: dict[tuple[bytes, int], Leap] = {}

    def find(self, name: bytes, place: int, opened: int) -> Leap | None:
        """Return the leap from a place, if as many are open as it takes."""
        leap = self._leaps.get((name, place))
        return leap if leap and leap.least <= opened else None

    def learn(self, name: bytes, steps: list[Step], now: int) -> None:
        """Remember the way from each step to the last, at which it went no further."""
        if len(self._leaps) + len(steps) > _MOST_LEAPS:
            self._make_room(now)
        last = steps[-1]
        least = last.opened
        for step in reversed(steps):
            least = min(least, step.opened)
            if step.place < last.place:
                leap = Leap(
                    step.opened - least + 1, last.place, last.opened - step.opened
                )
                self._leaps[name, step.place] = leap
            least = min(least, step.least)

    def _make_room(self, now: int) -> None:
        """Forget what lies behind, and what saves least."""
        ahead = [(key, leap) for key, leap in self._leaps.items() if key[1] >= now]
        ahead.sort(key=lambda each: each[0][1] - each[1].place)
        self._leaps = dict(ahead[: _MOST_LEAPS // 2])

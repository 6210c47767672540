"""Reads the times that tools write in front of stanzas, and the stamps of servers."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from xep0184._value import value

if TYPE_CHECKING:
    from xep0184.recordings.entry import Entry

__all__ = ["Moment", "moment_of", "seconds_between"]

_DAY: Final = 86_400
_NO_DATE: Final = "1900-01-01"  # as in `time.strptime`
_TIME: Final = re.compile(
    rb"(?:\b(\d{4})-?(\d\d)-?(\d\d)[T ])?(?<![\d:])(\d\d:\d\d:\d\d)(?!\d)"
    rb"(?:[.,](\d{1,9}))?(?:Z|([+-]\d\d):?(\d\d)?)?"
)


@value(kw_only=True)
class Moment:
    """When something happened, as far as the recording says.

    Attributes:
        file: The file that says it: the clocks of two may differ.
        logged: The time in the text before the stanza, if there is one; its year is
            1900 if there is no date.
        stamped: When a server first saw the message (XEP-0203), if that is known.
    """

    file: str
    logged: datetime | None = None
    stamped: datetime | None = None

    def with_stamp(self, stamp: datetime | None) -> Moment:
        """Return the same moment with the stamp of a server, if it has none."""
        if stamp is None or self.stamped is not None:
            return self
        return replace(self, stamped=stamp)

    def __str__(self) -> str:
        if (time := self.logged) is not None:
            return str(time if _is_dated(time) else time.time())
        return "" if self.stamped is None else f"{self.stamped} (stamp)"


def moment_of(entry: Entry, stamp: str | None = None, /) -> Moment:
    """Return when an entry was written.

    Args:
        entry: The entry.
        stamp: The stamp of a server in it.
    """
    return Moment(
        file=entry.place.file, logged=_last_time(entry.before), stamped=_stamped(stamp)
    )


def seconds_between(first: Moment, second: Moment, /) -> float | None:
    """Return the seconds from one moment to another; None if it is not known.

    >>> from datetime import datetime
    >>> first, second = (
    ...     Moment(file="a.log", logged=datetime.fromisoformat(f"1900-01-01T{time}"))
    ...     for time in ("23:59:59", "00:00:01.500"))
    >>> seconds_between(first, second)
    2.5
    """
    is_one_clock = first.file == second.file or _is_absolute(first.logged)
    logged = _difference(first.logged, second.logged) if is_one_clock else None
    return _difference(first.stamped, second.stamped) if logged is None else logged


def _difference(first: datetime | None, second: datetime | None) -> float | None:
    if first is None or second is None:
        return None
    are_dated = _is_dated(first)
    if _is_absolute(first) != _is_absolute(second) or are_dated != _is_dated(second):
        return None
    seconds = (second - first).total_seconds()
    return seconds if are_dated else seconds % _DAY


def _is_dated(time: datetime) -> bool:
    return time.year != int(_NO_DATE[:4])


def _is_absolute(time: datetime | None) -> bool:
    return time is not None and time.tzinfo is not None


def _last_time(text: bytes) -> datetime | None:
    """Return the time that stands last in a text, in any of the usual forms."""
    found = next(iter(deque(_TIME.finditer(text), maxlen=1)), None)
    if found is None:
        return None
    year, month, day, time, fraction, hours, minutes = (
        (it or b"").decode() for it in found.groups()
    )
    date = f"{year}-{month}-{day}" if year else _NO_DATE
    zone = f"{hours}:{minutes or '00'}" if hours else "+00:00" * found[0].endswith(b"Z")
    return _parsed(f"{date}T{time}.{fraction or 0}{zone}")


def _stamped(stamp: str | None) -> datetime | None:
    """Return a point in time (XEP-0082); None if it cannot be compared."""
    time = _parsed(stamp or "")
    return time if _is_absolute(time) else None


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None

"""Reads the times that tools write in front of stanzas, and the stamps of servers."""

from __future__ import annotations

import re
from collections import deque
from datetime import datetime
from typing import Final

__all__ = ["is_absolute", "is_dated", "last_time", "seconds_between", "stamped_time"]

_DAY: Final = 86_400
_NO_DATE: Final = "1900-01-01"  # as in `time.strptime`
_TIME: Final = re.compile(
    rb"(?:\b(\d{4})-?(\d\d)-?(\d\d)[T ])?(?<![\d:])(\d\d:\d\d:\d\d)(?!\d)"
    rb"(?:[.,](\d{1,9}))?(?:Z|([+-]\d\d):?(\d\d)?)?"
)


def seconds_between(first: datetime | None, second: datetime | None, /) -> float | None:
    """Return the seconds from one time to another; None if it is not known.

    >>> first, second = (last_time(it) for it in (b"23:59:59", b"00:00:01.500"))
    >>> seconds_between(first, second)
    2.5
    """
    if first is None or second is None:
        return None
    are_dated = is_dated(first)
    if is_absolute(first) != is_absolute(second) or are_dated != is_dated(second):
        return None
    seconds = (second - first).total_seconds()
    return seconds if are_dated else seconds % _DAY


def is_dated(time: datetime, /) -> bool:
    """Check whether a time has a date."""
    return time.year != int(_NO_DATE[:4])


def is_absolute(time: datetime | None, /) -> bool:
    """Check whether a time is known, with its zone."""
    return time is not None and time.tzinfo is not None


def last_time(text: bytes, /) -> datetime | None:
    """Return the time that stands last in a text; its year is 1900 without a date."""
    found = next(iter(deque(_TIME.finditer(text), maxlen=1)), None)
    if found is None:
        return None
    year, month, day, time, fraction, hours, minutes = (
        (it or b"").decode() for it in found.groups()
    )
    date = f"{year}-{month}-{day}" if year else _NO_DATE
    zone = f"{hours}:{minutes or '00'}" if hours else "+00:00" * found[0].endswith(b"Z")
    return _parsed(f"{date}T{time}.{fraction or 0}{zone}")


def stamped_time(stamp: str | None, /) -> datetime | None:
    """Return a point in time (XEP-0082); None if it cannot be compared."""
    time = _parsed(stamp or "")
    return time if is_absolute(time) else None


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None

"""Where and when messages were seen: by the log, or by the stamp of a server."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from xep0184.envelope import EnvelopeKind

if TYPE_CHECKING:
    from xep0184.envelope import Envelope
    from xep0184.recordings.entry import Entry, Place

__all__ = ["Sighting"]

_DAY: Final = 86_400
_NO_DATE: Final = "1900-01-01"  # as in `time.strptime`
_TIME: Final = re.compile(
    rb"(?:\b(\d{4})-?(\d\d)-?(\d\d)[T ])?(?<![\d:])(\d\d:\d\d:\d\d)(?!\d)"
    rb"(?:[.,](\d{1,9}))?(?:Z|([+-]\d\d):?(\d\d)?)?"
)


@dataclass(slots=True, kw_only=True)
class Sighting:
    """Where, when and how a message was seen, as far as the recording says.

    Attributes:
        place: The entry of the recording.
        kind: Whether it is the message itself, or how it is wrapped.
        logged: The time in the text before the stanza.
        stamped: When a server first saw the message (XEP-0203).
    """

    place: Place
    kind: EnvelopeKind = EnvelopeKind.DIRECT
    logged: datetime | None = None
    stamped: datetime | None = None

    @classmethod
    def of(cls, entry: Entry, envelope: Envelope | None = None) -> Sighting:
        """Return where a message was seen, perhaps in an envelope."""
        logged = _last_time(entry.before)
        if envelope is None:
            return cls(place=entry.place, logged=logged)
        # For an archived message, the log says when the archive gave it.
        return cls(
            place=entry.place,
            kind=envelope.kind,
            logged=None if envelope.kind is EnvelopeKind.ARCHIVED else logged,
            stamped=_stamped_time(envelope.stamp),
        )

    @property
    def time(self) -> str:
        """The time in words; '' if it is not known."""
        if self.logged is not None:
            return str(self.logged if _is_dated(self.logged) else self.logged.time())
        return "" if self.stamped is None else f"{self.stamped} (stamp)"

    def seconds_until(self, later: Sighting) -> float | None:
        """Return the seconds to another sighting; None if they are not known."""
        is_same_clock = self.place.file == later.place.file or _is_absolute(self.logged)
        seconds = _seconds_between(self.logged, later.logged) if is_same_clock else None
        if seconds is None:
            seconds = _seconds_between(self.stamped, later.stamped)
        return seconds


def _seconds_between(first: datetime | None, second: datetime | None) -> float | None:
    """Return the seconds from one time to another, perhaps over midnight."""
    if first is None or second is None or _form(first) != _form(second):
        return None
    seconds = (second - first).total_seconds()
    return seconds if _is_dated(first) else seconds % _DAY


def _form(time: datetime) -> tuple[bool, bool]:
    """Return what two times must have in common to be compared."""
    return _is_absolute(time), _is_dated(time)


def _is_dated(time: datetime) -> bool:
    return time.year != int(_NO_DATE[:4])


def _is_absolute(time: datetime | None) -> bool:
    return time is not None and time.tzinfo is not None


def _last_time(text: bytes) -> datetime | None:
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


def _stamped_time(stamp: str | None) -> datetime | None:
    """Return a point in time (XEP-0082); None if it cannot be compared."""
    time = _parsed(stamp or "")
    return time if _is_absolute(time) else None


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None

"""Values for a trace: what was seen when, messages, confirmations, refusals, events."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184._value import value
from xep0184.envelope import EnvelopeKind

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from xep0184.envelope import Envelope
    from xep0184.jid import JID
    from xep0184.message import MessageType
    from xep0184.recordings.entry import Entry, Place
    from xep0184.recordings.reasons import Reason
    from xep0184.rules import Ruling

__all__ = [
    "Confirmation",
    "Counts",
    "Refused",
    "Sighting",
    "TraceEvent",
    "TracedMessage",
]

_DAY: Final = 86_400
_NO_DATE: Final = "1900-01-01"  # as in `time.strptime`
_TIME: Final = re.compile(
    rb"(?:\b(\d{4})-?(\d\d)-?(\d\d)[T ])?(?<![\d:])(\d\d:\d\d:\d\d)(?!\d)"
    rb"(?:[.,](\d{1,9}))?(?:Z|([+-]\d\d):?(\d\d)?)?"
)

Counts: TypeAlias = "Mapping[str, Counter[str]]"
"""How much there is of what, in groups: each group is there as soon as it is used."""


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


@dataclass(slots=True, kw_only=True)
class Confirmation:
    """The receipts of one sender for a message.

    Attributes:
        sender: Who sent them.
        first: The first one.
        copies: How many more there were.
    """

    sender: JID
    first: Sighting
    copies: int = 0


@dataclass(slots=True, kw_only=True)
class TracedMessage:
    """A message that asked for a receipt.

    Attributes:
        first: Where it was first seen.
        id: Its id.
        to: Its addressee.
        type: Its type.
        client: The client of the account that sent it, if only a copy was recorded.
        digest: What distinguishes it from another message with its id.
        ruling: Whether it may ask, and the rule that says so.
        received: How many stanzas were received before it.
        state: delivered, bounced, unconfirmed, or untracked.
        reason: Why it is not confirmed; None if it is.
        condition: The error condition of its bounce.
        times: How often it was sent.
        confirmations: The receipts, by their senders.
    """

    first: Sighting
    id: str | None
    to: str | None
    type: MessageType
    client: str | None
    digest: str
    ruling: Ruling
    received: int
    state: str = "unconfirmed"
    reason: Reason | None = None
    condition: str | None = None
    times: int = 1
    confirmations: list[Confirmation] = field(default_factory=list[Confirmation])


@value(kw_only=True)
class Refused:
    """A receipt or an error that proves nothing.

    Attributes:
        place: The entry of the recording.
        id: The id that it names.
        sender: Who sent it, if that is known.
        reason: Why, one of `REFUSALS`.
        is_forged: Whether it came from an address that was not asked.
    """

    place: Place
    id: str | None
    sender: str | None
    reason: Reason
    is_forged: bool = False


@value(kw_only=True)
class TraceEvent:
    """Something that happened to the messages with an id.

    Attributes:
        seen: Where it stands.
        what: What happened.
        from_: Who sent the receipt, the error, or a message of which only a copy was
            recorded, if that is known.
        to: Whom the message was sent to.
        asked: The message, if it is known which one.
    """

    seen: Sighting
    what: str
    from_: str | None = None
    to: str | None = None
    asked: TracedMessage | None = None

    @property
    def after(self) -> float | None:
        """How many seconds after the message was sent, if that is known."""
        first = self.seen if self.asked is None else self.asked.first
        return None if first is self.seen else first.seconds_until(self.seen)


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

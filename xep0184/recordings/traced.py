"""Values for a trace: messages that asked, confirmations, refused receipts, events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xep0184._value import value
from xep0184.envelope import EnvelopeKind
from xep0184.recordings.times import (
    is_absolute,
    is_dated,
    last_time,
    seconds_between,
    stamped_time,
)

if TYPE_CHECKING:
    from datetime import datetime

    from xep0184.envelope import Envelope
    from xep0184.jid import JID
    from xep0184.message import MessageType
    from xep0184.recordings.entry import Entry, Place
    from xep0184.recordings.reasons import Reason
    from xep0184.rules import Ruling

__all__ = ["Confirmation", "Refused", "Sighting", "TraceEvent", "TracedMessage"]


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
        logged = last_time(entry.before)
        if envelope is None:
            return cls(place=entry.place, logged=logged)
        # For an archived message, the log says when the archive gave it.
        return cls(
            place=entry.place,
            kind=envelope.kind,
            logged=None if envelope.kind is EnvelopeKind.ARCHIVED else logged,
            stamped=stamped_time(envelope.stamp),
        )

    @property
    def time(self) -> str:
        """The time in words; '' if it is not known."""
        if self.logged is not None:
            return str(self.logged if is_dated(self.logged) else self.logged.time())
        return "" if self.stamped is None else f"{self.stamped} (stamp)"

    def seconds_until(self, later: Sighting) -> float | None:
        """Return the seconds to another sighting; None if they are not known."""
        # The clocks of two files may differ.
        if self.place.file == later.place.file or is_absolute(self.logged):
            seconds = seconds_between(self.logged, later.logged)
            if seconds is not None:
                return seconds
        return seconds_between(self.stamped, later.stamped)


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
        from_: Who sent the receipt or the error, if that is known.
        to: Whom the message was sent to.
        asked: The message, if it is known which one.
    """

    seen: Sighting
    what: str
    from_: str | None
    to: str | None
    asked: TracedMessage | None

    @property
    def after(self) -> float | None:
        """How many seconds after the message was sent, if that is known."""
        first = self.seen if self.asked is None else self.asked.first
        return None if first is self.seen else first.seconds_until(self.seen)

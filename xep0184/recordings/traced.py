"""Values for a trace: messages that asked, confirmations, refused receipts, events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from xep0184._value import value

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from xep0184.jid import JID
    from xep0184.message import MessageType
    from xep0184.recordings.entry import Place
    from xep0184.recordings.reasons import Reason
    from xep0184.recordings.sightings import Sighting
    from xep0184.rules import Ruling

__all__ = ["Confirmation", "Counts", "Refused", "TraceEvent", "TracedMessage"]

Counts: TypeAlias = "Mapping[str, Counter[str]]"
"""How much there is of what, in groups: each group is there as soon as it is used."""


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

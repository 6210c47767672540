"""What is remembered of one message, and what an event makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184.message import Annotation, Message, MessageType
from xep0184.tracker.results import ReceiptOutcome, TrackCode, TrackError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xep0184.jid import JID

__all__ = [
    "FITS",
    "MAX_SENDERS",
    "TRANSITIONS",
    "Audience",
    "Event",
    "State",
    "TrackedMessage",
    "Waiting",
    "ensure_trackable",
    "scope_of",
]

MAX_SENDERS: Final = 64
"""How many of those who confirm a message are recorded; later ones are not."""


class Audience(StrEnum):
    """Who was asked."""

    ACCOUNT = "account"
    OCCUPANT = "occupant"
    ROOM = "room"


class State(StrEnum):
    """How far a message is known to have come."""

    PENDING = "pending"
    UNCONFIRMED = "unconfirmed"
    BOUNCED = "bounced"
    DELIVERED = "delivered"


class Event(StrEnum):
    """What a fitting sender can say of a message."""

    CONFIRMED = "confirmed"
    BOUNCED = "bounced"


@dataclass(slots=True, kw_only=True)
class TrackedMessage:
    """What is remembered of every message.

    Attributes:
        to: Whom it was sent to.
        scope: Who of them may confirm it.
        sent_at: When it was first sent.
        state: How far it has come.
        confirmed_by: Who confirmed it, in order, each once.
    """

    to: str
    scope: Audience
    sent_at: float
    state: State = State.PENDING
    confirmed_by: tuple[JID, ...] = ()

    def record(self, sender: JID) -> bool:
        """Add one who confirmed it; False if known or one too many."""
        if sender in self.confirmed_by or len(self.confirmed_by) >= MAX_SENDERS:
            return False
        self.confirmed_by = (*self.confirmed_by, sender)
        return True


@dataclass(slots=True, kw_only=True)
class Waiting(TrackedMessage):
    """A message that is waited for.

    Attributes:
        message: The message itself.
        resend_at: When it is to be sent again; None if it is not.
        attempts: How often it was sent again.
        serial: Which item of the agenda is its own.
    """

    message: Message
    resend_at: float | None = None
    attempts: int = 0
    serial: int = -1


# A receipt beats a bounce, and nothing beats a receipt.
TRANSITIONS: Final[Mapping[tuple[State, Event], tuple[ReceiptOutcome, State]]] = {
    (State.PENDING, Event.CONFIRMED): (ReceiptOutcome.DELIVERED, State.DELIVERED),
    (State.BOUNCED, Event.CONFIRMED): (ReceiptOutcome.DELIVERED, State.DELIVERED),
    (State.UNCONFIRMED, Event.CONFIRMED): (ReceiptOutcome.LATE, State.DELIVERED),
    (State.DELIVERED, Event.CONFIRMED): (ReceiptOutcome.DUPLICATE, State.DELIVERED),
    (State.PENDING, Event.BOUNCED): (ReceiptOutcome.BOUNCED, State.BOUNCED),
    (State.UNCONFIRMED, Event.BOUNCED): (ReceiptOutcome.BOUNCED, State.BOUNCED),
    (State.BOUNCED, Event.BOUNCED): (ReceiptOutcome.DUPLICATE, State.BOUNCED),
    (State.DELIVERED, Event.BOUNCED): (ReceiptOutcome.IGNORED, State.DELIVERED),
}
"""What an event means for a message in a state, and the state afterwards."""

# An error comes from the JID the message was sent to, whichever server made it
# (RFC 6120 §8.3.1). A room answers for its occupants, an occupant for no room.
FITS: Final[Mapping[tuple[Audience, Event], Callable[[JID, JID], bool]]] = {
    (Audience.ACCOUNT, Event.CONFIRMED): lambda sender, to: sender.is_of(to),
    (Audience.OCCUPANT, Event.CONFIRMED): lambda sender, to: sender == to,
    (Audience.ROOM, Event.CONFIRMED): lambda sender, to: (
        sender.is_full and sender.is_of(to)
    ),
    (Audience.ACCOUNT, Event.BOUNCED): lambda sender, to: sender.is_of(to),
    (Audience.OCCUPANT, Event.BOUNCED): lambda sender, to: sender in {to, to.bare},
    (Audience.ROOM, Event.BOUNCED): lambda sender, to: sender == to.bare,
}
"""Whether a sender may say that of a message to somebody."""


def scope_of(message: Message, /, *, room: bool = False) -> Audience:
    """Say who may confirm a message.

    Args:
        message: The message that was sent.
        room: Whether it went to an occupant of a room.

    >>> from xep0184 import Message
    >>> scope_of(Message(to="n@shakespeare.lit"))
    <Audience.ACCOUNT: 'account'>
    """
    if message.type == MessageType.GROUPCHAT:
        return Audience.ROOM
    is_marked = Annotation.MUC_USER in (*message.annotations, *message.extensions)
    return Audience.OCCUPANT if room or is_marked else Audience.ACCOUNT


def ensure_trackable(message: Message, /) -> str:
    """Refuse a message that no receipt can answer.

    Args:
        message: The message that was sent.

    Returns:
        Its id.

    Raises:
        TrackError: NO_REQUEST, NO_ID.

    >>> from xep0184 import Message
    >>> ensure_trackable(Message(id="a", request=True))
    'a'
    """
    is_error = message.type == MessageType.ERROR
    if not message.request or message.is_ack or is_error:
        raise TrackError(TrackCode.NO_REQUEST, "request")
    if not message.id:
        raise TrackError(TrackCode.NO_ID, "id")
    return message.id

"""What a tracker stores of sent messages, and the two tables that hold it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from xep0184.message import Annotation, Message, MessageType
from xep0184.recent import Recent
from xep0184.tracker.results import TrackCode, TrackError

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.jid import JID

    Parse: TypeAlias = Callable[[str | None], JID | None]
    """Parses an address; returns None if it is absent or not a JID."""

__all__ = [
    "MAX_SENDERS",
    "Confirmer",
    "Entries",
    "PendingMessage",
    "State",
    "TrackedMessage",
    "new_entry",
]

MAX_SENDERS: Final = 64
"""The maximum number of recorded senders who confirm one message."""


class Confirmer(StrEnum):
    """Who may confirm a message."""

    ACCOUNT = "account"
    """Any client of the account that the message was sent to."""
    OCCUPANT = "occupant"
    """The occupant of a room that the message was sent to."""
    ROOM = "room"
    """Any occupant of the room that the message was sent to."""


class State(StrEnum):
    """The delivery state of a message, as far as it is known."""

    PENDING = "pending"
    """It waits for a receipt."""
    UNCONFIRMED = "unconfirmed"
    """It no longer waits; it may have been delivered."""
    BOUNCED = "bounced"
    """It came back as an error."""
    DELIVERED = "delivered"
    """A client has confirmed it."""


@dataclass(slots=True, kw_only=True)
class TrackedMessage:
    """A sent message, as far as its receipts need it.

    Attributes:
        to: The address it was sent to.
        confirmer: Who may confirm it, relative to `to`.
        sent_at: When it was first sent.
        state: Its delivery state.
        confirmed_by: Who confirmed it, in order, each sender once.
    """

    to: str
    confirmer: Confirmer
    sent_at: float
    state: State = State.PENDING
    confirmed_by: tuple[JID, ...] = ()

    def add_sender(self, sender: JID) -> bool:
        """Record a sender; return False if it is known or there is no room."""
        if sender in self.confirmed_by or len(self.confirmed_by) >= MAX_SENDERS:
            return False
        self.confirmed_by = (*self.confirmed_by, sender)
        return True


@dataclass(slots=True, kw_only=True)
class PendingMessage(TrackedMessage):
    """A pending message.

    Attributes:
        message: The message itself.
        resend_at: When it is due to be sent again; None if it is not.
        attempts: How often it was sent again.
        serial: The serial number of its current deadline.
    """

    message: Message
    resend_at: float | None = None
    attempts: int = 0
    serial: int = -1

    @property
    def id(self) -> str:
        """The id of the message, which `new_entry` has checked."""
        return cast("str", self.message.id)


def new_entry(
    message: Message, account: JID, parse: Parse, *, room: bool, sent_at: float
) -> PendingMessage:
    """Return the entry of a sent message; raise TrackError if no receipt can follow."""
    if message.type == MessageType.ERROR:
        raise TrackError(TrackCode.NO_REQUEST, "type")
    if not message.request or message.is_ack:
        raise TrackError(TrackCode.NO_REQUEST, "request")
    if not isinstance(message.id, str) or not message.id:
        raise TrackError(TrackCode.NO_ID, "id")
    to = str(account.bare) if message.to is None else message.to
    if parse(to) is None:
        raise TrackError(TrackCode.BAD_JID, "to")
    is_private = Annotation.MUC_USER in (*message.annotations, *message.extensions)
    confirmer = Confirmer.OCCUPANT if room or is_private else Confirmer.ACCOUNT
    if message.type == MessageType.GROUPCHAT:
        confirmer = Confirmer.ROOM
    return PendingMessage(message=message, to=to, confirmer=confirmer, sent_at=sent_at)


class Entries:
    """The pending messages, and as many settled ones, by id.

    Args:
        size: The maximum number of messages of either kind.
    """

    def __init__(self, size: int) -> None:
        self.pending: Recent[str, PendingMessage] = Recent(size, "max_pending")
        self.settled: Recent[str, TrackedMessage] = Recent(size, "max_pending")

    def find(self, id_: str) -> TrackedMessage | None:
        """Return the entry of a message, if there is one."""
        return self.pending.peek(id_) or self.settled.peek(id_)

    def add(self, entry: PendingMessage) -> Message | None:
        """Add a pending message; return the message that it displaces, if any."""
        displaced = self.pending.put(entry.id, entry)
        if displaced is not None:
            self.settle(*displaced, State.UNCONFIRMED)
        self.settled.pop(entry.id)
        return None if displaced is None else displaced[1].message

    def settle(self, id_: str, entry: TrackedMessage, state: State) -> TrackedMessage:
        """Set a state other than PENDING; return the entry of the message."""
        if isinstance(entry, PendingMessage):
            self.pending.pop(id_)
            entry = TrackedMessage(  # which does not hold the message
                to=entry.to, confirmer=entry.confirmer, sent_at=entry.sent_at
            )
            self.settled.put(id_, entry)
        entry.state = state
        return entry

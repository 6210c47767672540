"""What a tracker stores of sent messages, and the two tables that hold it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184.message import Message, MessageType
from xep0184.recent import Recent
from xep0184.tracker.results import TrackCode, TrackError

if TYPE_CHECKING:
    from xep0184.jid import JID
    from xep0184.journal import Changed


__all__ = [
    "MAX_SENDERS",
    "Confirmer",
    "Entries",
    "Key",
    "PendingMessage",
    "State",
    "TrackedMessage",
    "new_entry",
    "peer_of",
    "shifted",
]

Key: TypeAlias = tuple[str, str]
"""A peer and an id."""


MAX_SENDERS: Final = 64
"""The maximum number of recorded senders who confirm one message."""
_MAX_SAME_ID: Final = 64


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
        id: Its id.
        peer: The entity whose receipts name this id: an account, a room, or an
            occupant. Two messages to different ones may have the same id.
        to: The address it was sent to.
        token: The caller's own name for its stanza.
        confirmer: Who may confirm it.
        sent_at: When it was first sent.
        state: Its delivery state.
        confirmed_by: Who confirmed it, in order, each sender once.
    """

    id: str
    peer: str
    to: str
    confirmer: Confirmer
    sent_at: float
    token: str | int | None = None
    state: State = State.PENDING
    confirmed_by: tuple[JID, ...] = ()

    @property
    def key(self) -> Key:
        """What distinguishes it from all other messages."""
        return self.peer, self.id

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
        content: What distinguishes it from another message with its id, if known.
        resend_at: When it is due to be sent again; None if it is not.
        attempts: How often it was sent again.
        waits_from: When its timeout began again; None if it began with `sent_at`.
        serial: The serial number of its current deadline.
    """

    message: Message
    content: str | None = None
    resend_at: float | None = None
    attempts: int = 0
    waits_from: float | None = None
    serial: int = -1


def new_entry(
    message: Message, account: JID, *, room: bool, sent_at: float
) -> PendingMessage:
    """Return the entry of a sent message; raise TrackError if no receipt can follow."""
    if message.type == MessageType.ERROR:
        raise TrackError(TrackCode.NO_REQUEST, "type")
    if not message.request or message.is_ack:
        raise TrackError(TrackCode.NO_REQUEST, "request")
    if not isinstance(message.id, str) or not message.id:
        raise TrackError(TrackCode.NO_ID, "id")
    to = str(account.bare) if message.to is None else message.to
    address = account.parse_other(to)
    if address is None:
        raise TrackError(TrackCode.BAD_JID, "to")
    in_room = room or message.has_muc_user
    confirmer = Confirmer.OCCUPANT if in_room else Confirmer.ACCOUNT
    if message.type == MessageType.GROUPCHAT:
        confirmer = Confirmer.ROOM
    return PendingMessage(
        message=message,
        id=message.id,
        peer=peer_of(address, confirmer),
        to=to,
        confirmer=confirmer,
        sent_at=sent_at,
    )


def peer_of(to: JID, confirmer: Confirmer) -> str:
    """Return the entity whose receipts name a message to an address."""
    return str(to if confirmer is Confirmer.OCCUPANT else to.bare)


def shifted(time: float | None, seconds: float) -> float | None:
    """Return a time, if there is one, moved by some seconds."""
    return None if time is None else time + seconds


class Entries:
    """The pending messages, and as many settled ones, by peer and id.

    Args:
        size: The maximum number of messages of either kind.
        changed: Where to note the keys of the messages that change.
    """

    def __init__(self, size: int, changed: Changed[Key] | None = None) -> None:
        self.changed = changed
        self.pending: Recent[Key, PendingMessage] = Recent(size, "max_pending", changed)
        self.settled: Recent[Key, TrackedMessage] = Recent(size, "max_pending", changed)
        self._keys: dict[str, dict[Key, None]] = {}  # by id, the oldest first

    def find(self, key: Key) -> TrackedMessage | None:
        """Return the entry of a message, if there is one."""
        return self.pending.peek(key) or self.settled.peek(key)

    def with_id(self, id_: str, sender: JID | None) -> list[TrackedMessage]:
        """Return the entries of messages with an id: first those to the sender.

        At most 64 further entries. Only the account itself could give so many messages
        one id.
        """
        if id_ not in self._keys:
            return []
        own = [] if sender is None else [str(sender), str(sender.bare)]
        keys = [(peer, id_) for peer in own]
        keys += islice(self._keys[id_], _MAX_SAME_ID)
        return list(filter(None, map(self.find, keys)))

    def add(self, entry: PendingMessage) -> PendingMessage | None:
        """Add a pending message; return the one that it displaces, if any."""
        self.settled.pop(entry.key)
        self._keys.setdefault(entry.id, {})[entry.key] = None
        displaced = self.pending.put(entry.key, entry)
        if displaced is None:
            return None
        self.settle(displaced[1], State.UNCONFIRMED)
        return displaced[1]

    def add_settled(self, entry: TrackedMessage) -> None:
        """Add a message that is not pending; the oldest may be forgotten for it."""
        self._keys.setdefault(entry.id, {})[entry.key] = None
        forgotten = self.settled.put(entry.key, entry)
        if forgotten is not None:
            self._release(forgotten[0])

    def settle(self, entry: TrackedMessage, state: State) -> TrackedMessage:
        """Set a state other than PENDING; return the entry of the message."""
        if isinstance(entry, PendingMessage):
            self.pending.pop(entry.key)
            entry = TrackedMessage(  # which does not hold the message
                id=entry.id,
                peer=entry.peer,
                to=entry.to,
                confirmer=entry.confirmer,
                sent_at=entry.sent_at,
                token=entry.token,
            )
            self.add_settled(entry)
        if entry.state is not state:
            entry.state = state
            self.note(entry)
        return entry

    def add_sender(self, entry: TrackedMessage, sender: JID) -> bool:
        """Record a sender; return False if it is known or there is no room."""
        is_added = entry.add_sender(sender)
        if is_added:
            self.note(entry)
        return is_added

    def note(self, entry: TrackedMessage) -> None:
        """Note that an entry changes."""
        if self.changed is not None:
            self.changed[entry.key] = None

    def shift(self, seconds: float, latest: float = math.inf) -> None:
        """Add seconds to all times; no message was sent after the latest one."""
        for entry in (*self.pending.values(), *self.settled.values()):
            entry.sent_at = min(entry.sent_at + seconds, latest)
            if isinstance(entry, PendingMessage):
                entry.resend_at = shifted(entry.resend_at, seconds)
                entry.waits_from = shifted(entry.waits_from, seconds)
                if entry.waits_from is not None:
                    entry.waits_from = min(entry.waits_from, latest)

    def forget(self, contact: str) -> None:
        """Remove the messages to an account, or to a room and its occupants."""
        keys = [*self.pending, *self.settled]
        for key in [key for key in keys if key[0].partition("/")[0] == contact]:
            self.pending.pop(key)
            self.settled.pop(key)
            self._release(key)

    def _release(self, key: Key) -> None:
        keys = self._keys[key[1]]
        keys.pop(key, None)
        if not keys:
            del self._keys[key[1]]

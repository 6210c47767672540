"""The values that a tracker takes and returns, and its error.

A receipt proves that a client received a message (XEP-0184 §4). A missing receipt
proves nothing; so there is a word for "unconfirmed" and none for "undelivered".
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184._value import value
from xep0184.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xep0184.jid import JID
    from xep0184.message import Message

__all__ = [
    "IgnoredReason",
    "ReceiptOutcome",
    "ReceiptResult",
    "Resend",
    "ResendMessage",
    "TrackCode",
    "TrackError",
    "Unconfirmed",
]


class ReceiptOutcome(StrEnum):
    """What a received message means for a sent message."""

    DELIVERED = "delivered"
    """The first receipt: a client has received the message."""
    DUPLICATE = "duplicate"
    """Another receipt or error after the first: from another client, or repeated."""
    WRONG_SENDER = "wrong-sender"
    """A receipt or error from an entity that was not asked. Nothing changes."""
    SELF = "self"
    """A receipt from the account itself for a message to another. Nothing changes."""
    UNKNOWN_ID = "unknown-id"
    """The message is not known, or no longer. Nothing is stored."""
    LATE = "late"
    """The first receipt, for a message that had become unconfirmed."""
    BOUNCED = "bounced"
    """The message came back as an error. A receipt may still follow."""
    IGNORED = "ignored"
    """The received message proves nothing; `IgnoredReason` says why."""


class IgnoredReason(StrEnum):
    """Why a received message is ignored."""

    NO_RECEIPT = "no-receipt"
    """It is neither a receipt nor an error."""
    NO_ID = "no-id"
    """It names no message (XEP-0184 §7)."""
    ERROR_TYPE = "error-type"
    """It is a receipt of the account that came back as an error (RFC 6120 §8.3.1)."""
    CONFIRMED = "confirmed"
    """It is an error, but a client has confirmed the message."""
    CARBON_FORGED = "carbon-forged"
    """The sender of the carbon is not the account (XEP-0280 §11)."""
    CARBON_SENT = "carbon-sent"
    """It is a copy of a message that another client of the account sent."""
    ARCHIVED = "archived"
    """It comes from an archive that was not queried (XEP-0313 §8.2), or the result of
    the archive holds no message."""
    WRAPPED = "wrapped"
    """It was only forwarded (XEP-0297 §7.1), or the carbon holds no message."""


@value(kw_only=True)
class ReceiptResult:
    """What a received message means for one id that it names.

    Attributes:
        outcome: What it means.
        id: The id of the sent message; None if none is named.
        sender: The sender of the receipt or error; None if it is unknown. In a
            room this is the occupant.
        message: The sent message, if it was pending and the sender was asked.
            Later only its id and addressee are stored.
        token: What the caller gave with the message, if the sender was asked.
        recorded: Whether the sender was added to `Tracker.confirmed_by`.
        after: Seconds since the message was first sent, never negative; None
            unless the sender was asked.
        condition: The error condition of a bounce, if the caller gave it.
        reason: Why the message is ignored; None unless it is.

    >>> ReceiptResult(outcome=ReceiptOutcome.DELIVERED, id="a").outcome.value
    'delivered'
    """

    outcome: ReceiptOutcome
    id: str | None = None
    sender: JID | None = None
    message: Message | None = None
    token: str | int | None = None
    recorded: bool = False
    after: float | None = None
    condition: str | None = None
    reason: IgnoredReason | None = None


@value()
class Unconfirmed:
    """A message that is no longer pending. It may have been delivered.

    Attributes:
        message: The message.
        token: What the caller gave with it.
    """

    message: Message
    token: str | int | None = None


@value(kw_only=True)
class ResendMessage:
    """A message to send again unchanged, with the same id.

    Attributes:
        message: The message.
        attempt: The number of this repetition, counted from 1.
        token: What the caller gave with it.
    """

    message: Message
    attempt: int
    token: str | int | None = None


@value(kw_only=True)
class Resend:
    """A policy for sending messages without a receipt again.

    XEP-0184 §4: resending is NOT RECOMMENDED unless you have agreed with the peer,
    outside this protocol, that it sends receipts. A peer that does not compare ids
    shows the message twice.

    Attributes:
        delay: Seconds until the first repetition.
        count: The maximum number of repetitions.
        factor: The factor by which each wait is longer than the one before.
        max_delay: The maximum length of a wait in seconds, without jitter.
        jitter: Returns a number from 0 to 1. The wait is multiplied by 1 plus this
            number, so that many messages are not sent at once. None adds nothing.

    >>> Resend(delay=30).max_delay
    3600.0
    """

    delay: float
    count: int = 3
    factor: float = 2.0
    max_delay: float = 3600.0
    jitter: Callable[[], float] | None = None


class TrackCode(StrEnum):
    """Why a tracker refuses an argument."""

    NO_REQUEST = "no-request"
    """The message does not ask for a receipt, or is an ack message or error."""
    NO_ID = "no-id"
    """The message has no id."""
    BAD_JID = "bad-jid"
    """The account or the addressee is not a JID."""
    PENDING = "pending"
    """A message with this id still waits for its receipt."""
    TIME = "time"
    """A time is not a finite number, or the timeout is not positive."""
    LIMIT = "limit"
    """The maximum number of messages is not a number, or is below 1."""
    RESEND = "resend"
    """A value of the resend policy is out of range or has the wrong type."""
    SNAPSHOT = "snapshot"
    """The snapshot is damaged, or is that of another account."""


_TEXT: Final[Mapping[TrackCode, str]] = {
    TrackCode.NO_REQUEST: "no receipt can follow: the message has no request, or is"
    " an ack message or an error (XEP-0184 §5, §5.4)",
    TrackCode.NO_ID: "a receipt names the message by its id (XEP-0184 §7)",
    TrackCode.BAD_JID: "is not a valid JID (RFC 7622 §3); xep0184.jid.parse makes the"
    " JID of the account",
    TrackCode.PENDING: "a message with this id to the same peer is still pending; give"
    " each message a new id",
    TrackCode.TIME: "must be a finite number of seconds, and a timeout positive",
    TrackCode.LIMIT: "must be a finite number and at least 1",
    TrackCode.RESEND: "is out of range, or has the wrong type, in a resend policy",
    TrackCode.SNAPSHOT: "is not what a tracker of this account wrote",
}


class TrackError(ArgumentError[TrackCode]):
    """An argument that a tracker refuses."""

    _texts = _TEXT

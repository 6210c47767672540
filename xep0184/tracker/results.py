"""What a tracker says and is told, as frozen values.

A receipt says that a client got a message (XEP-0184 §4). That a message has
none says nothing at all; so there is a word for "unconfirmed" and none for
"undelivered".
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184._value import value
from xep0184.errors import LocalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xep0184.jid import JID
    from xep0184.message import Message

__all__ = [
    "Again",
    "IgnoredReason",
    "ReceiptOutcome",
    "ReceiptResult",
    "Resend",
    "TrackCode",
    "TrackError",
    "Unconfirmed",
]


class ReceiptOutcome(StrEnum):
    """What a message that came in means for what was asked."""

    DELIVERED = "delivered"
    """The first receipt for the message: a client has it."""
    DUPLICATE = "duplicate"
    """One more of what was known: from another client, or the same again."""
    WRONG_SENDER = "wrong-sender"
    """From somebody who was not asked. Nothing changes."""
    SELF = "self"
    """From one's own account, for a message to somebody else. Nothing changes."""
    UNKNOWN_ID = "unknown-id"
    """For a message that is not known, or no longer. Nothing is kept."""
    LATE = "late"
    """The first receipt for a message that was given up as unconfirmed."""
    BOUNCED = "bounced"
    """The message came back as an error; a receipt may still follow."""
    IGNORED = "ignored"
    """No receipt that counts; `IgnoredReason` says why."""


class IgnoredReason(StrEnum):
    """Why a message that came in is ignored."""

    NO_RECEIPT = "no-receipt"
    """It is neither a receipt nor an error."""
    NO_ID = "no-id"
    """It names no message (XEP-0184 §7)."""
    ERROR_TYPE = "error-type"
    """It is one's own receipt, come back as an error (RFC 6120 §8.3.1)."""
    CONFIRMED = "confirmed"
    """It is an error for a message that a client has all the same."""
    CARBON_FORGED = "carbon-forged"
    """The carbon is not of one's own account (XEP-0280 §11)."""
    CARBON_SENT = "carbon-sent"
    """It is a copy of what another own client sent."""
    ARCHIVED = "archived"
    """The archive was not asked for it (XEP-0313 §8.2)."""
    WRAPPED = "wrapped"
    """It was not received, only shown (XEP-0297 §7.1), or the wrapper is empty."""


@value(kw_only=True)
class ReceiptResult:
    """What one id in a message that came in means.

    Attributes:
        outcome: What it means.
        id: The id of the message it is about; None if it names none.
        sender: Who sent it; None where that cannot be told. In a room this is
            the occupant.
        message: The message it is about, if the sender was asked and it was
            pending until now; afterwards only id and addressee are remembered.
        recorded: Whether the sender was added to those who confirmed it.
        after: Seconds since the message was first sent, never negative; None
            unless the sender was asked.
        condition: The error condition of a bounce, if the caller named it.
        reason: Why it is ignored; None unless it is.
    """

    outcome: ReceiptOutcome
    id: str | None = None
    sender: JID | None = None
    message: Message | None = None
    recorded: bool = False
    after: float | None = None
    condition: str | None = None
    reason: IgnoredReason | None = None


@value()
class Unconfirmed:
    """A message no longer waited for. Whether it was delivered is not known.

    Attributes:
        message: The message.
    """

    message: Message


@value()
class Again:
    """A message to be sent again as it is, with the same id.

    Attributes:
        message: The message.
        attempt: Which repetition this is, counted from 1.
    """

    message: Message
    attempt: int


@value(kw_only=True)
class Resend:
    """When a message without a receipt is sent again.

    XEP-0184 §4 leaves it to the sender; it helps only where the peer is known to
    send receipts, and shows a message once only if the peer compares ids.

    Attributes:
        delay: Seconds until the first repetition.
        count: How many repetitions there are.
        factor: How many times as long each wait is as the one before.
        max_delay: Seconds a wait lasts at most, jitter aside.
        jitter: A source of numbers from 0 to 1: each wait is longer by that part
            of itself, so that many messages do not come at once; None adds
            nothing.
    """

    delay: float
    count: int = 3
    factor: float = 2.0
    max_delay: float = 3600.0
    jitter: Callable[[], float] | None = None


class TrackCode(StrEnum):
    """Why a tracker refuses what it is told."""

    NO_REQUEST = "no-request"
    NO_ID = "no-id"
    BAD_JID = "bad-jid"
    PENDING = "pending"
    TIME = "time"
    LIMIT = "limit"
    RESEND = "resend"
    SNAPSHOT = "snapshot"


_TEXT: Final[Mapping[TrackCode, str]] = {
    TrackCode.NO_REQUEST: "nobody answers: the message asks for no receipt, or is an"
    " ack message or an error (XEP-0184 §5, §5.4)",
    TrackCode.NO_ID: "a receipt names the message by its id (XEP-0184 §7)",
    TrackCode.BAD_JID: "a receipt is matched to the JID it was asked of (RFC 7622 §3)",
    TrackCode.PENDING: "a receipt for this id is still awaited; give each message a"
    " fresh id",
    TrackCode.TIME: "is no finite number of seconds, or not a positive one",
    TrackCode.LIMIT: "at least one message has to be remembered",
    TrackCode.RESEND: "is outside what a policy for sending again may be",
    TrackCode.SNAPSHOT: "is not what a tracker of this account wrote",
}


class TrackError(LocalError):
    """Something a tracker cannot be told.

    Attributes:
        code: Why.
        field: Which argument or part of it.
    """

    def __init__(self, code: TrackCode, field: str) -> None:
        super().__init__(code, field)
        self.code = code
        self.field = field

    def __str__(self) -> str:
        return f"{self.code}: {self.field}: {_TEXT[self.code]}"

"""What `Receipts` asks the stack to do, and what it tells the application."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from xep0184._value import value

if TYPE_CHECKING:
    from xep0184.jid import JID
    from xep0184.rules import Ruling

__all__ = [
    "Action",
    "Bounced",
    "Delivered",
    "NotAnswered",
    "Repeated",
    "ResendStanza",
    "Send",
    "SendReason",
    "Token",
    "UnconfirmedMessage",
    "UnprovenReceipt",
]

Token: TypeAlias = "str | int"  # noqa: S105  # no password
"""What the stack finds the stanza of a message by; plain data."""


class SendReason(StrEnum):
    """Why a stanza is to be sent."""

    ACK = "ack"
    """It acknowledges a message that was processed (XEP-0184 §7)."""
    QUERY = "query"
    """It asks an entity whether it supports receipts (XEP-0184 §6)."""


@value(kw_only=True)
class Send:
    """A stanza to send now.

    Attributes:
        octets: The stanza in UTF-8. Send the octets themselves where the stack can:
            some stacks write TAB, LF and CR in an id so that they do not survive.
            `xep0184.xml.parse` makes an element of them.
        to: The address it goes to.
        reason: Why it is sent.
    """

    octets: bytes
    to: str
    reason: SendReason


@value(kw_only=True)
class ResendStanza:
    """The stack's own stanza to send again, unchanged, because no receipt came.

    Attributes:
        token: What was given to `Receipts.outgoing` with the stanza.
        id: The id of the message.
        to: The address it was sent to.
        attempt: The number of this repetition, counted from 1.
    """

    token: Token
    id: str
    to: str
    attempt: int


@value(kw_only=True)
class Delivered:
    """A client has received a message (XEP-0184 §4).

    Attributes:
        id: The id of the message.
        sender: The client that confirms it; in a room, the occupant.
        token: The token of the message; None if it had none or is long gone.
        first: Whether no other client confirmed it before.
        elsewhere: Whether another resource of the account sent the message. Only the
            first receipt for such a message is reported.
    """

    id: str
    sender: JID
    token: Token | None = None
    first: bool = True
    elsewhere: bool = False


@value(kw_only=True)
class Bounced:
    """A message came back as an error. A receipt may still follow.

    Attributes:
        id: The id of the message.
        sender: Who sent the error.
        token: The token of the message, if it had one.
        condition: The defined condition of the error (RFC 6120 §8.3.3), if it has one.
    """

    id: str
    sender: JID
    token: Token | None = None
    condition: str | None = None


@value(kw_only=True)
class UnconfirmedMessage:
    """No receipt came in time. The message may have been delivered.

    Attributes:
        id: The id of the message.
        to: The address it was sent to.
        token: The token of the message, if it had one.
    """

    id: str
    to: str
    token: Token | None = None


@value()
class Repeated:
    """A message came again that was processed before. Do not show it again.

    Attributes:
        id: The id of the message.
        sender: Its sender.
    """

    id: str
    sender: JID


@value()
class UnprovenReceipt:
    """A receipt or error of an entity that was not asked. Nothing changes.

    Attributes:
        id: The id that it names.
        sender: Who sent it; None if that is unknown.
    """

    id: str
    sender: JID | None


@value(kw_only=True)
class NotAnswered:
    """A message asked for a receipt and gets none.

    Attributes:
        id: The id of the message, if it has one.
        sender: Its sender, as it stands in the message.
        ruling: The rule that says no.
    """

    id: str | None
    sender: str | None
    ruling: Ruling


Action: TypeAlias = (
    Send
    | ResendStanza
    | Delivered
    | Bounced
    | UnconfirmedMessage
    | Repeated
    | UnprovenReceipt
    | NotAnswered
)
"""Whatever `Receipts.actions` yields."""

"""What a received message claims about sent messages, and what the claims prove.

A claim counts only if the way in which the message was received proves its sender.
An address that is missing inside a wrapper is not taken from the outside.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from xep0184 import codec
from xep0184.envelope import Envelope, EnvelopeKind
from xep0184.message import Message, MessageType
from xep0184.tracker.entries import Confirmer, State, TrackedMessage
from xep0184.tracker.results import IgnoredReason, ReceiptOutcome
from xep0184.xml import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xep0184.jid import JID

__all__ = [
    "MAY_REPORT",
    "TRANSITIONS",
    "Claim",
    "Event",
    "claims_of",
    "outcome_of",
    "sender_of",
]


class Event(StrEnum):
    """What can happen to a message."""

    CONFIRMED = "confirmed"
    """A receipt names it."""
    BOUNCED = "bounced"
    """It came back as an error."""


# A receipt outweighs a bounce, and nothing outweighs a receipt.
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

# An error comes from the address that the message was sent to, whichever server
# makes it (RFC 6120 §8.3.1). A room may answer for its occupants, but an occupant
# may not answer for the room.
MAY_REPORT: Final[Mapping[tuple[Confirmer, Event], Callable[[JID, JID], bool]]] = {
    (Confirmer.ACCOUNT, Event.CONFIRMED): lambda sender, to: sender.is_of(to),
    (Confirmer.OCCUPANT, Event.CONFIRMED): lambda sender, to: sender == to,
    (Confirmer.ROOM, Event.CONFIRMED): lambda sender, to: (
        sender.is_full and sender.is_of(to)
    ),
    (Confirmer.ACCOUNT, Event.BOUNCED): lambda sender, to: sender.is_of(to),
    (Confirmer.OCCUPANT, Event.BOUNCED): lambda sender, to: sender in {to, to.bare},
    (Confirmer.ROOM, Event.BOUNCED): lambda sender, to: sender == to.bare,
}
"""Whether a sender may report an event of a message to an address."""

_UNPROVEN: Final[Mapping[EnvelopeKind, IgnoredReason]] = {
    EnvelopeKind.CARBON_SENT: IgnoredReason.CARBON_SENT,
    EnvelopeKind.FORWARDED: IgnoredReason.WRAPPED,
    EnvelopeKind.FORGED: IgnoredReason.CARBON_FORGED,
}


class Claim(NamedTuple):
    """What a received message claims about one sent message.

    Attributes:
        id: The id of the sent message; None if none is named.
        event: What happened to it; None if the claim proves nothing.
        reason: Why it is ignored. If there is an `event`, the reason applies only if no
            sent message has the id; None if there is no such reason.
    """

    id: str | None
    event: Event | None
    reason: IgnoredReason | None


def sender_of(envelope: Envelope, account: JID) -> JID | None:
    """Return the sender of a received message; None if it is unknown."""
    if envelope.message is None:
        return None
    from_ = envelope.message.from_
    if from_ is None and envelope.kind is EnvelopeKind.DIRECT:
        return account.bare  # RFC 6120 §8.1.2.1
    return account.parse_other(from_)


def claims_of(envelope: Envelope, *, legacy: bool) -> list[Claim]:
    """List what a received message claims about sent messages, at least one claim."""
    kind, message = envelope.kind, envelope.message
    reason = _UNPROVEN.get(kind)
    if message is None:
        is_archive = kind is EnvelopeKind.ARCHIVED
        empty = IgnoredReason.ARCHIVED if is_archive else IgnoredReason.WRAPPED
        return [Claim(None, None, reason or empty)]
    stated = codec.acknowledged_ids(message)[: DEFAULT_LIMITS.receipts]
    if reason is not None:
        return [Claim(id_, None, reason) for id_ in stated or (None,)]
    if message.type == MessageType.ERROR:
        return [_of_error(message)]
    if not message.is_ack:
        return [Claim(None, None, IgnoredReason.NO_RECEIPT)]
    ids = codec.acknowledged_ids(message, legacy=True) if legacy else stated
    # The id of the ack message itself counts only if a message with this id was sent:
    # since revision 1.1 an ack message usually has a new id.
    return [
        Claim(id_, Event.CONFIRMED, None if id_ in stated else IgnoredReason.NO_ID)
        for id_ in ids[: DEFAULT_LIMITS.receipts]
    ] or [Claim(None, None, IgnoredReason.NO_ID)]


def _of_error(message: Message) -> Claim:
    if message.is_ack:
        return Claim(message.id, None, IgnoredReason.ERROR_TYPE)
    if not message.id:
        return Claim(None, None, IgnoredReason.NO_ID)
    return Claim(message.id, Event.BOUNCED, None)


def outcome_of(
    event: Event, sender: JID | None, entry: TrackedMessage, account: JID
) -> tuple[ReceiptOutcome, State | None]:
    """Return what an event means, and the new state; None if nothing changes."""
    to = account.parse_other(entry.to)
    if sender is None or to is None:
        return ReceiptOutcome.WRONG_SENDER, None
    if MAY_REPORT[entry.confirmer, event](sender, to):
        return TRANSITIONS[entry.state, event]
    # An address without a resource is that of the server (RFC 6120 §8.1.2.1).
    is_own = sender.is_full and sender.is_of(account)
    return (ReceiptOutcome.SELF if is_own else ReceiptOutcome.WRONG_SENDER), None

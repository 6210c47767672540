"""What a message that came in claims about those that were sent, and its worth.

Nothing is believed here but the provenance of the message: a wrapper that
proves nothing claims nothing, and what is missing inside a wrapper is not made
up from the outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184 import codec, jid
from xep0184._value import value
from xep0184.envelope import Envelope, EnvelopeKind
from xep0184.message import Message, MessageType
from xep0184.tracker.entry import FITS, TRANSITIONS, Event, State, TrackedMessage
from xep0184.tracker.results import IgnoredReason, ReceiptOutcome
from xep0184.xml import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xep0184.jid import JID, Normaliser

__all__ = ["Claim", "claims", "outcome_of"]


@value(kw_only=True)
class Claim:
    """What is said of one message.

    Attributes:
        id: Its id; None if none is named.
        sender: Who says so; None where that cannot be told.
        event: What is said; None if it counts for nothing.
        reason: Why it counts for nothing if the id is not known, or at all.
    """

    id: str | None = None
    sender: JID | None = None
    event: Event | None = None
    reason: IgnoredReason | None = None


_UNPROVEN: Final[Mapping[EnvelopeKind, IgnoredReason]] = {
    EnvelopeKind.CARBON_SENT: IgnoredReason.CARBON_SENT,
    EnvelopeKind.FORWARDED: IgnoredReason.WRAPPED,
    EnvelopeKind.FORGED: IgnoredReason.CARBON_FORGED,
}


def claims(
    received: Envelope | Message,
    /,
    *,
    account: JID,
    legacy: bool = False,
    normaliser: Normaliser = jid.normalise,
) -> tuple[Claim, ...]:
    """Take a message that came in for what it claims, at least one thing.

    Args:
        received: The message, and how it came.
        account: One's own address.
        legacy: Whether a receipt without id is one for the id of its stanza.
        normaliser: What makes two spellings of an address equal.

    >>> claims(Message(), account=jid.parse("n@shakespeare.lit"))[0].reason
    <IgnoredReason.NO_RECEIPT: 'no-receipt'>
    """
    if isinstance(received, Message):
        received = Envelope(kind=EnvelopeKind.DIRECT, message=received)
    kind, message = received.kind, received.message
    if message is None:
        return (Claim(reason=_of_nothing(kind)),)
    sender = _sender(message, kind, account, normaliser)
    if reason := _UNPROVEN.get(kind):
        ids = codec.acknowledged_ids(message) or (None,)
        return tuple(Claim(id=id_, sender=sender, reason=reason) for id_ in ids)
    if message.type == MessageType.ERROR:
        return (_of_error(message, sender),)
    found = tuple(_of_receipts(message, sender, legacy=legacy))
    reason = IgnoredReason.NO_ID if message.is_ack else IgnoredReason.NO_RECEIPT
    return found or (Claim(sender=sender, reason=reason),)


def _of_nothing(kind: EnvelopeKind) -> IgnoredReason:
    if kind is EnvelopeKind.ARCHIVED:
        return IgnoredReason.ARCHIVED
    return _UNPROVEN.get(kind, IgnoredReason.WRAPPED)


def _sender(
    message: Message, kind: EnvelopeKind, account: JID, normaliser: Normaliser
) -> JID | None:
    """Return who sent it; nobody means one's own account (RFC 6120 §8.1.2.1)."""
    if message.from_ is None:
        return account.bare if kind is EnvelopeKind.DIRECT else None
    return jid.parse_or_none(message.from_, normaliser=normaliser)


def _of_error(message: Message, sender: JID | None) -> Claim:
    if message.is_ack:
        return Claim(id=message.id, sender=sender, reason=IgnoredReason.ERROR_TYPE)
    if not message.id:
        return Claim(sender=sender, reason=IgnoredReason.NO_ID)
    return Claim(id=message.id, sender=sender, event=Event.BOUNCED)


def _of_receipts(
    message: Message, sender: JID | None, *, legacy: bool
) -> Iterator[Claim]:
    stated = codec.acknowledged_ids(message)
    ids = codec.acknowledged_ids(message, legacy=legacy)
    for id_ in ids[: DEFAULT_LIMITS.receipts]:
        # The id of the stanza is, since 1.1, most often one of its own.
        reason = None if id_ in stated else IgnoredReason.NO_ID
        yield Claim(id=id_, sender=sender, event=Event.CONFIRMED, reason=reason)


def outcome_of(
    claim: Claim,
    entry: TrackedMessage | None,
    /,
    *,
    account: JID,
    normaliser: Normaliser,
) -> tuple[ReceiptOutcome, State | None]:
    """Hold a claim against what is remembered of the message.

    Args:
        claim: What is said, and by whom.
        entry: The message of that id; None if there is none.
        account: One's own address.
        normaliser: What makes two spellings of an address equal.

    Returns:
        What the claim means, and the state of the message afterwards; None if
        nothing changes.

    >>> account = jid.parse("n@shakespeare.lit")
    >>> claim = Claim(id="a", event=Event.CONFIRMED)
    >>> outcome_of(claim, None, account=account, normaliser=jid.normalise)
    (<ReceiptOutcome.UNKNOWN_ID: 'unknown-id'>, None)
    """
    if claim.event is None or entry is None:
        return (
            ReceiptOutcome.UNKNOWN_ID
            if claim.reason is None
            else ReceiptOutcome.IGNORED
        ), None
    sender, to = claim.sender, jid.parse_or_none(entry.to, normaliser=normaliser)
    if sender is None or to is None:
        return ReceiptOutcome.WRONG_SENDER, None
    if FITS[entry.scope, claim.event](sender, to):
        return TRANSITIONS[entry.state, claim.event]
    # Without a resource nobody speaks but the server (RFC 6120 §8.1.2.1).
    is_own = sender.is_full and sender.is_of(account)
    return (ReceiptOutcome.SELF if is_own else ReceiptOutcome.WRONG_SENDER), None

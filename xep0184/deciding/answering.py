"""Decides whether to acknowledge an incoming message (XEP-0184 §5, §7).

The rules are checked in the order of the table in `xep0184.rules`, and the first that
applies is the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xep0184 import ns, rules
from xep0184.envelope import EnvelopeKind
from xep0184.message import Message, MessageType
from xep0184.rules import RuleScope, Ruling
from xep0184.xml import is_writable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.deciding.situation import Situation
    from xep0184.envelope import Envelope
    from xep0184.jid import JID

__all__ = ["ACK_RULINGS", "Incoming", "ack_ruling", "may_acknowledge", "read_incoming"]

# Python 3.11 takes long to look up a member on its class: a third of a decision.
_DIRECT: Final = EnvelopeKind.DIRECT
_ERROR: Final = MessageType.ERROR
_GROUPCHAT: Final = MessageType.GROUPCHAT

_NO_MESSAGE: Final = Message()


@dataclass(slots=True)  # not frozen: that would add a tenth to the time of a decision
class Incoming:
    """An incoming message with all the facts that the rules look at.

    Attributes:
        kind: How the message reached this client.
        message: The message; without any content if the wrapper holds none.
        sender: Its ``from``; None if it is missing or not a JID.
        situation: What only the stack knows about it.
        is_groupchat: Whether it was sent to all occupants of a room.
    """

    kind: EnvelopeKind
    message: Message
    sender: JID | None
    situation: Situation
    is_groupchat: bool


def may_acknowledge(received: Envelope | Message, /, *, situation: Situation) -> Ruling:
    """Decide whether an incoming message is acknowledged.

    Args:
        received: What `xep0184.unwrap` returned, or a message that is known to be
            direct.
        situation: What only the stack knows about the message.

    Returns:
        The answer, with the first rule that applies. For ``repeat`` it is yes: send
        the ack message again, but do not show the content message again.

    >>> from xep0184 import jid
    >>> from xep0184.deciding.situation import Situation
    >>> situation = Situation(
    ...     account=jid.parse("k@royalty.england.lit/throne"),
    ...     authorized=True, enabled=True)
    >>> message = Message(from_="n@shakespeare.lit/x", id="a", request=True)
    >>> may_acknowledge(message, situation=situation).reason
    'requested'
    """
    return ack_ruling(read_incoming(received, situation))


def read_incoming(received: Envelope | Message, situation: Situation, /) -> Incoming:
    """Return the facts that the rules look at.

    Args:
        received: As for `may_acknowledge`.
        situation: What only the stack knows about the message.
    """
    if isinstance(received, Message):
        kind, message = _DIRECT, received
    else:
        kind, message = received.kind, received.message or _NO_MESSAGE
    sender = situation.account.parse_other(message.from_)
    return Incoming(kind, message, sender, situation, message.type == _GROUPCHAT)


def ack_ruling(incoming: Incoming, /) -> Ruling:
    """Return the answer of the first rule that applies.

    Args:
        incoming: The facts about the message.
    """
    reason = (
        _reason_in_message(incoming)
        or _reason_in_id(incoming)
        or _reason_in_sender(incoming)
        or _reason_in_situation(incoming)
        or ("repeat" if incoming.situation.repeat else "requested")
    )
    return ACK_RULINGS[reason]


def _reason_in_message(incoming: Incoming) -> str | None:
    message = incoming.message
    if message.type == _ERROR:
        return "error-type"
    if message.received:
        return "is-ack"
    if incoming.kind is not _DIRECT and (reason := _reason_in_wrapper(incoming)):
        return reason
    if not message.request:
        return "not-requested"
    if incoming.is_groupchat and not ns.DELAYS.isdisjoint(message.extensions):
        return "history"
    return None


def _reason_in_wrapper(incoming: Incoming) -> str | None:
    if incoming.kind is not EnvelopeKind.ARCHIVED:
        return _WRAPPERS[incoming.kind]
    # A result that answers no open query was not read.
    is_read = incoming.message is not _NO_MESSAGE
    return None if is_read and incoming.situation.first_sight else "archived"


def _reason_in_id(incoming: Incoming) -> str | None:
    id_ = incoming.message.id
    if id_ is None:
        return "no-id"
    if id_ == "":
        return "empty-id"
    if len(id_) > incoming.situation.policy.max_id or not is_writable(id_):
        return "bad-id"
    return None


def _reason_in_sender(incoming: Incoming) -> str | None:
    sender, situation = incoming.sender, incoming.situation
    if sender is None:
        return "self" if incoming.message.from_ is None else "bad-sender"
    if sender.is_of(situation.account) and not _is_from_other_client(incoming, sender):
        return "self"
    if incoming.is_groupchat and not situation.policy.groupchat:
        return "groupchat"
    if _may_be_reflected(incoming, sender):
        return "reflected"
    return None


def _is_from_other_client(incoming: Incoming, sender: JID) -> bool:
    """Check whether another client sent it to the account, and the policy allows it.

    A message it sent to somebody else is only a copy.
    """
    account, to = incoming.situation.account, incoming.message.to
    addressee = account.parse_other(to)
    is_to_account = to is None or (addressee is not None and addressee.is_of(account))
    is_other = account.is_full and sender.is_full and sender != account
    return incoming.situation.policy.own_resources and is_to_account and is_other


def _may_be_reflected(incoming: Incoming, sender: JID) -> bool:
    """Check whether it is, or may be, the account's own message (XEP-0045 §7.4)."""
    occupant = incoming.situation.occupant
    is_known = occupant is not None and occupant.is_full and occupant.is_of(sender)
    if incoming.is_groupchat and not is_known:
        return sender.is_full
    return occupant is not None and sender == occupant


def _reason_in_situation(incoming: Incoming) -> str | None:
    situation, policy = incoming.situation, incoming.situation.policy
    if situation.repeat and not (policy.repeats and incoming.kind is _DIRECT):
        return "duplicate"
    for_contact = situation.enabled_for_contact
    if not (situation.enabled if for_contact is None else for_contact):
        return "disabled"
    may_see_presence = situation.authorized is True and not situation.invisible
    if not (may_see_presence or policy.unauthorized):
        return "unauthorized"
    if policy.content_only and not incoming.message.has_content:
        return "no-content"
    if not situation.processed:
        return "not-processed"
    return None


_WRAPPERS: Final[Mapping[EnvelopeKind, str]] = {
    EnvelopeKind.FORGED: "carbon-forged",
    EnvelopeKind.CARBON_SENT: "carbon-sent",
    EnvelopeKind.CARBON_RECEIVED: "carbon-received",
    EnvelopeKind.FORWARDED: "wrapped",
}
ACK_RULINGS: Final[Mapping[str, Ruling]] = {
    rule.id: Ruling(rule.id in {"repeat", "requested"}, rule)
    for rule in rules.in_scope(RuleScope.ACK)
}

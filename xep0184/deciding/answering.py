"""Whether a message that came in is to be acknowledged: the rows of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xep0184 import jid, ns, rules
from xep0184.envelope import EnvelopeKind
from xep0184.message import Message, MessageType
from xep0184.rules import RuleScope, Ruling
from xep0184.xml import is_writable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xep0184.deciding.situation import Situation
    from xep0184.envelope import Envelope
    from xep0184.jid import JID, Normaliser
    from xep0184.rules import Rule

__all__ = ["Facts", "facts_of", "may_acknowledge", "ruling_of"]


@dataclass(slots=True)  # frozen would cost a tenth of a decision
class Facts:
    """Everything a decision is made of."""

    kind: EnvelopeKind
    message: Message
    sender: JID | None
    situation: Situation
    normaliser: Normaliser
    is_groupchat: bool


_NOTHING: Final = Message()


def may_acknowledge(
    received: Envelope | Message,
    /,
    *,
    situation: Situation,
    normaliser: Normaliser = jid.normalise,
) -> Ruling:
    """Say whether a message that came in is to be acknowledged.

    Args:
        received: What `xep0184.envelope.unwrap` returned; or a message that is
            known to have come directly, maybe made of plain values.
        situation: What only the stack knows.
        normaliser: What makes two spellings of an address equal.

    Returns:
        The answer, with the first rule that applies. The reason ``repeat`` is a
        yes for a message that is not to be shown again.

    >>> from xep0184.deciding.situation import Situation
    >>> situation = Situation(
    ...     account=jid.parse("k@royalty.england.lit/throne"),
    ...     authorized=True, enabled=True)
    >>> message = Message(from_="n@shakespeare.lit/x", id="a", request=True)
    >>> may_acknowledge(message, situation=situation).reason
    'requested'
    """
    return ruling_of(facts_of(received, situation, normaliser))


def ruling_of(facts: Facts, /) -> Ruling:
    """Return what the first row that applies has to say.

    Args:
        facts: What the rows look at.
    """
    for stage in _STAGES:
        for reason in stage(facts):
            if reason in _RULINGS:
                return _RULINGS[reason]
    raise LookupError  # never, as the last row always applies


def facts_of(
    received: Envelope | Message, situation: Situation, normaliser: Normaliser, /
) -> Facts:
    """Gather what the rows look at.

    Args:
        received: As for `may_acknowledge`.
        situation: What only the stack knows.
        normaliser: What makes two spellings of an address equal.
    """
    if isinstance(received, Message):
        kind, message = _DIRECT, received
    else:
        kind, message = received.kind, received.message or _NOTHING
    sender = jid.parse_or_none(message.from_, normaliser=normaliser)
    is_groupchat = message.type == _GROUPCHAT  # or a plain str of a host
    return Facts(kind, message, sender, situation, normaliser, is_groupchat)


# The rows that apply, in the order of the table; most messages pass nearly all. A
# function for each row took half as long again.


def _by_the_message(facts: Facts) -> Iterator[str]:
    """Yield what a message that says this, and came so, is not answered for."""
    message = facts.message
    if message.type == _ERROR:
        yield "error-type"
    if message.received:
        yield "is-ack"
    if facts.kind is not _DIRECT:
        yield from _by_the_wrapper(facts)
    if not message.request:
        yield "not-requested"
    if facts.is_groupchat and not ns.DELAYS.isdisjoint(message.extensions):
        yield "history"


def _by_the_wrapper(facts: Facts) -> Iterator[str]:
    if facts.kind is not _ARCHIVED:
        yield _WRAPPED[facts.kind]
    # A result that nobody asked for was not even read: it holds no message.
    elif not facts.situation.first_sight or facts.message is _NOTHING:
        yield "archived"


def _by_the_names(facts: Facts) -> Iterator[str]:
    """Yield what a message of this id, from this sender, is not answered for."""
    message, sender, situation = facts.message, facts.sender, facts.situation
    policy = situation.policy
    if message.id is None:
        yield "no-id"
    elif message.id == "":
        yield "empty-id"
    elif len(message.id) > policy.max_id or not is_writable(message.id):
        yield "bad-id"
    if sender is None:
        yield "self" if message.from_ is None else "bad-sender"
    elif sender.is_of(situation.account) and not _is_for_me(facts, sender):
        yield "self"
    if facts.is_groupchat and not policy.groupchat:
        yield "groupchat"
    has_room = facts.is_groupchat or situation.occupant is not None
    if has_room and _may_be_reflected(facts):
        yield "reflected"


def _by_the_situation(facts: Facts) -> Iterator[str]:
    """Yield what a message is not answered for now; in the end, what for it is."""
    situation, policy = facts.situation, facts.situation.policy
    if situation.repeat and (facts.kind is _ARCHIVED or not policy.repeats):
        yield "duplicate"
    wanted = situation.enabled_for_contact
    if not (situation.enabled if wanted is None else wanted):
        yield "disabled"
    may_see_presence = situation.authorized is True and not situation.invisible
    if not (may_see_presence or policy.unauthorized):
        yield "unauthorized"
    if policy.content_only and not facts.message.has_content:
        yield "no-content"
    if not situation.processed:
        yield "not-processed"
    if situation.repeat:
        yield "repeat"
    yield "requested"


def _is_for_me(facts: Facts, sender: JID) -> bool:
    """Whether another device of one's own wrote to this one, which may answer it.

    A copy of what it sent to somebody else is no note to oneself.
    """
    account, to = facts.situation.account, facts.message.to
    addressee = jid.parse_or_none(to, normaliser=facts.normaliser)
    is_to_own = to is None or (addressee is not None and addressee.is_of(account))
    is_elsewhere = account.is_full and sender.is_full and sender != account
    return facts.situation.policy.own_resources and is_to_own and is_elsewhere


def _may_be_reflected(facts: Facts) -> bool:
    """Whether it may be one's own message; in a room, unknown counts as yes."""
    occupant, sender = facts.situation.occupant, facts.sender
    if facts.is_groupchat and sender is not None and not _is_in(occupant, sender):
        return sender.is_full
    return occupant is not None and sender == occupant


def _is_in(occupant: JID | None, sender: JID) -> bool:
    """Whether this is the occupant JID of one who is in the sender's room."""
    return occupant is not None and occupant.is_full and occupant.is_of(sender)


# Looked up here: as attributes of their classes they cost as much as a row.
_DIRECT: Final = EnvelopeKind.DIRECT
_ARCHIVED: Final = EnvelopeKind.ARCHIVED
_ERROR: Final = MessageType.ERROR
_GROUPCHAT: Final = MessageType.GROUPCHAT

_WRAPPED: Final[Mapping[EnvelopeKind, str]] = {
    EnvelopeKind.FORGED: "carbon-forged",
    EnvelopeKind.CARBON_SENT: "carbon-sent",
    EnvelopeKind.CARBON_RECEIVED: "carbon-received",
    EnvelopeKind.FORWARDED: "wrapped",
}
_STAGES: Final = (_by_the_message, _by_the_names, _by_the_situation)
_YES: Final = frozenset({"repeat", "requested"})


def _rulings(rows: Iterable[Rule]) -> Mapping[str, Ruling]:
    return {rule.id: Ruling(rule.id in _YES, rule) for rule in rows}


_RULINGS: Final = _rulings(rules.of(RuleScope.ACK))
"""What each row would say; one that is not in the table is passed over."""

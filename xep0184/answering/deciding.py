"""Whether a message that came in is to be acknowledged: the rows of the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184 import jid, ns, rules
from xep0184._xml import is_writable
from xep0184.envelope import EnvelopeKind
from xep0184.model import Message, MessageType
from xep0184.rules import Ruling, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from xep0184.envelope import Envelope
    from xep0184.jid import JID, Normaliser
    from xep0184.rules import Rule
    from xep0184.situation import Situation

__all__ = ["Facts", "facts_of", "judge", "may_acknowledge"]


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

    >>> from xep0184.situation import Situation
    >>> situation = Situation(
    ...     account=jid.parse("k@royalty.england.lit/throne"),
    ...     authorized=True, enabled=True)
    >>> message = Message(from_="n@shakespeare.lit/x", id="a", request=True)
    >>> may_acknowledge(message, situation=situation).reason
    'requested'
    """
    return judge(facts_of(received, situation, normaliser))


def judge(facts: Facts, /) -> Ruling:
    """Return what the first row that applies has to say.

    Args:
        facts: What the rows look at.
    """
    is_usual = facts.kind is _DIRECT and not facts.is_groupchat
    for applies, ruling in _RULINGS[is_usual]:
        if applies(facts):
            return ruling
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


def _is_own(facts: Facts) -> bool:
    """Whether it came from one's own account and is not to be answered there."""
    account, sender = facts.situation.account, facts.sender
    if sender is None or not sender.is_of(account):
        return False
    # A copy of what another resource sent to somebody else is no note to oneself.
    to = jid.parse_or_none(facts.message.to, normaliser=facts.normaliser)
    is_to_own = facts.message.to is None or (to is not None and to.is_of(account))
    is_elsewhere = account.is_full and sender.is_full and sender != account
    return not (facts.situation.policy.own_resources and is_to_own and is_elsewhere)


def _may_be_reflected(facts: Facts) -> bool:
    """Whether it may be one's own message; in a room, unknown counts as yes."""
    occupant, sender = facts.situation.occupant, facts.sender
    if occupant is None:
        return facts.is_groupchat and sender is not None and sender.is_full
    return sender == occupant


def _came_as(kind: EnvelopeKind) -> Callable[[Facts], bool]:
    return lambda facts: facts.kind is kind


# A member is looked up here: in each predicate that took longer than the rest of it.
_DIRECT: Final = EnvelopeKind.DIRECT
_ARCHIVED: Final = EnvelopeKind.ARCHIVED
_ERROR: Final = MessageType.ERROR
_GROUPCHAT: Final = MessageType.GROUPCHAT
_YES: Final = frozenset({"repeat", "requested"})

_APPLIES: Final[Mapping[str, Callable[[Facts], bool]]] = {
    "error-type": lambda facts: facts.message.type == _ERROR,
    "is-ack": lambda facts: bool(facts.message.received),
    "carbon-forged": _came_as(EnvelopeKind.FORGED),
    "carbon-sent": _came_as(EnvelopeKind.CARBON_SENT),
    "carbon-received": _came_as(EnvelopeKind.CARBON_RECEIVED),
    "wrapped": _came_as(EnvelopeKind.FORWARDED),
    # A result that nobody asked for was not even read: it holds no message.
    "archived": lambda facts: (
        facts.kind is _ARCHIVED
        and (not facts.situation.first_sight or facts.message is _NOTHING)
    ),
    "not-requested": lambda facts: not facts.message.request,
    "history": lambda facts: (
        facts.is_groupchat and ns.DELAY_TAG in facts.message.extensions
    ),
    "no-id": lambda facts: facts.message.id is None,
    "empty-id": lambda facts: facts.message.id == "",
    "bad-id": lambda facts: (
        facts.message.id is not None
        and (
            len(facts.message.id) > facts.situation.policy.max_id
            or not is_writable(facts.message.id)
        )
    ),
    "bad-sender": lambda facts: (
        facts.sender is None and facts.message.from_ is not None
    ),
    "self": lambda facts: facts.message.from_ is None or _is_own(facts),
    "groupchat": lambda facts: (
        facts.is_groupchat and not facts.situation.policy.groupchat
    ),
    "reflected": _may_be_reflected,
    "duplicate": lambda facts: (
        facts.situation.repeat
        and (facts.kind is _ARCHIVED or not facts.situation.policy.repeats)
    ),
    "disabled": lambda facts: (
        not (
            facts.situation.enabled
            if facts.situation.enabled_for_contact is None
            else facts.situation.enabled_for_contact
        )
    ),
    "unauthorized": lambda facts: (
        (facts.situation.authorized is not True or facts.situation.invisible)
        and not facts.situation.policy.unauthorized
    ),
    "no-content": lambda facts: (
        facts.situation.policy.content_only and not facts.message.has_content
    ),
    "not-processed": lambda facts: not facts.situation.processed,
    "repeat": lambda facts: facts.situation.repeat,
    "requested": lambda _: True,
}

_UNUSUAL: Final = frozenset(
    {
        "carbon-forged",
        "carbon-sent",
        "carbon-received",
        "wrapped",
        "archived",
        "history",
        "groupchat",
    }
)
"""The rows that never apply to a message that came directly and from no room."""

_Rulings: TypeAlias = "list[tuple[Callable[[Facts], bool], Ruling]]"


def _rulings(rows: Iterable[Rule]) -> tuple[_Rulings, _Rulings]:
    every = [(_APPLIES[rule.id], Ruling(rule.id in _YES, rule)) for rule in rows]
    return every, [row for row in every if row[1].reason not in _UNUSUAL]


_RULINGS: Final = _rulings(rules.of(Scope.ACK))
"""The rows and what each would say, joined once: all, and those for usual messages."""

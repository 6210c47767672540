"""When to answer with a receipt, and the answer itself.

`may_acknowledge` is a total function of a message, of how it came and of the
facts only a stack knows; `acknowledge` builds the ack message or says why there
is none. Deciding and sending are separate: an answer is sent once the message
was processed (XEP-0184 §7).

A receipt sent in answer to a message to the bare JID tells the sender which
resource is there (XEP-0184 §8). What only a stack knows is asked for as a
`xep0184.situation.Situation`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from xep0184 import _xml, codec, jid, ns, rules
from xep0184.envelope import EnvelopeKind
from xep0184.errors import BuildCode, BuildError
from xep0184.model import Annotation, Message, MessageType, Received
from xep0184.rules import Ruling, Scope
from xep0184.situation import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from xep0184.envelope import Envelope
    from xep0184.jid import JID, Normaliser
    from xep0184.rules import Rule
    from xep0184.situation import Situation

__all__ = ["acknowledge", "fresh_id", "may_acknowledge"]


@dataclass(slots=True)  # frozen would cost half a microsecond a decision
class _Facts:
    kind: EnvelopeKind
    message: Message
    sender: JID | None
    situation: Situation
    normaliser: Normaliser


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
    return _judge(_facts(received, situation, normaliser))


def _judge(facts: _Facts) -> Ruling:
    for applies, ruling in _RULINGS:
        if applies(facts):
            return ruling
    raise LookupError  # never, as the last row always applies


def _facts(
    received: Envelope | Message, situation: Situation, normaliser: Normaliser
) -> _Facts:
    if isinstance(received, Message):
        kind, message = _DIRECT, received
    else:
        kind, message = received.kind, received.message or _NOTHING
    sender = jid.parse_or_none(message.from_, normaliser=normaliser)
    return _Facts(kind, message, sender, situation, normaliser)


def fresh_id() -> str:
    """Return an id that nobody can guess: 128 random bits (XEP-0359 §3).

    >>> len(fresh_id())
    22
    """
    return secrets.token_urlsafe(16)


def acknowledge(
    received: Envelope | Message,
    /,
    *,
    situation: Situation,
    id: str | None = None,  # noqa: A002  # the wire name
    from_: str | None = None,
    store: bool = False,
    new_id: Callable[[], str] = fresh_id,
    normaliser: Normaliser = jid.normalise,
) -> Message | Ruling:
    """Build the ack message for a message that came in, or say why there is none.

    Args:
        received: As for `may_acknowledge`.
        situation: What only the stack knows.
        id: The stanza id of the ack message; None takes one from `new_id`.
        from_: Its ``from``, which a component has to give and a client leaves to
            its server.
        store: Whether to ask servers to keep it for offline devices.
        new_id: What makes stanza ids; they must not be predictable.
        normaliser: What makes two spellings of an address equal.

    Returns:
        The ack message: of the content message's type, with its id echoed as it
        came, with an id of its own (XEP-0184 §7). Or the ruling that says no.

    Raises:
        BuildError: ECHOED_ID, if `id` or `new_id` gives the id to acknowledge;
            EMPTY_ID, NOT_TEXT, ILLEGAL_CHARACTER for an id of yours; BAD_JID for
            your `from_`, BARE_FROM if a client, whose account is full, gives it.

    >>> from xep0184.situation import Situation
    >>> situation = Situation(
    ...     account=jid.parse("k@royalty.england.lit/throne"),
    ...     authorized=True, enabled=True)
    >>> message = Message(from_="n@shakespeare.lit/x", id="a", request=True)
    >>> acknowledge(message, situation=situation, id="b").received
    (Received(id='a'),)
    """
    facts = _facts(received, situation, normaliser)
    ruling = _judge(facts)
    if not ruling:
        return ruling
    _ensure_from(from_, situation, normaliser)
    ack = Message(
        to=_ack_to(facts),
        from_=from_,
        id=new_id() if id is None else id,
        type=_TYPES.get(facts.message.type, MessageType.NORMAL),
        received=(Received(facts.message.id),),
        annotations=_annotations(facts, store=store),
    )
    codec.ensure_writable(ack)
    return ack


def _ack_to(facts: _Facts) -> str | None:
    """Return where the ack message goes (XEP-0184 §7, XEP-0045 §7.5)."""
    sender = facts.message.from_
    wants_bare = facts.situation.policy.address is _BARE
    to_bare = _is_groupchat(facts) or (wants_bare and not _is_private(facts))
    return sender.partition("/")[0] if sender and to_bare else sender


def _is_private(facts: _Facts) -> bool:
    """Whether an occupant of a room wrote to this user alone (XEP-0045 §7.5)."""
    message = facts.message
    is_muc = (
        facts.situation.room
        or _MUC_USER in message.annotations
        or _MUC_USER in message.extensions
    )
    if not is_muc or facts.sender is None:
        return False
    return facts.sender.is_full and not _is_groupchat(facts)


def _annotations(facts: _Facts, *, store: bool) -> tuple[Annotation, ...]:
    private = (_MUC_USER,) if _is_private(facts) else ()
    return (*private, Annotation.STORE) if store else private


def _ensure_from(
    from_: str | None, situation: Situation, normaliser: Normaliser
) -> None:
    """Refuse the ``from`` that swapping ``from`` and ``to`` would give a client."""
    if from_ is None:
        return
    sender, account = jid.parse_or_none(from_, normaliser=normaliser), situation.account
    if sender is None:
        raise BuildError(BuildCode.BAD_JID, "from")
    if account.is_full and sender == account.bare:
        raise BuildError(BuildCode.BARE_FROM, "from")


def _is_own(facts: _Facts) -> bool:
    """Whether it came from one's own account and is not to be answered there."""
    account, sender = facts.situation.account, facts.sender
    if sender is None or not _is_of(account, sender):
        return False
    # A copy of what another resource sent to somebody else is no note to oneself.
    to = jid.parse_or_none(facts.message.to, normaliser=facts.normaliser)
    is_to_own = facts.message.to is None or _is_of(account, to)
    is_elsewhere = account.is_full and sender.is_full and sender != account
    return not (facts.situation.policy.own_resources and is_to_own and is_elsewhere)


def _is_of(account: JID, address: JID | None) -> bool:
    """Whether an address is one of an account's; at a tenth of comparing `bare`."""
    return (
        address is not None
        and address.domain == account.domain
        and address.local == account.local
    )


def _is_enabled(situation: Situation) -> bool:
    if situation.enabled_for_contact is not None:
        return situation.enabled_for_contact
    return situation.enabled


def _may_see_presence(situation: Situation) -> bool:
    return situation.authorized is True and not situation.invisible


def _is_groupchat(facts: _Facts) -> bool:
    return facts.message.type == _GROUPCHAT  # or a plain str of a host


def _is_archived(facts: _Facts) -> bool:
    return facts.kind is _ARCHIVED


def _came_as(kind: EnvelopeKind) -> Callable[[_Facts], bool]:
    return lambda facts: facts.kind is kind


# A member is looked up here: in each predicate that took longer than the rest of it.
_DIRECT: Final = EnvelopeKind.DIRECT
_ARCHIVED: Final = EnvelopeKind.ARCHIVED
_ERROR: Final = MessageType.ERROR
_GROUPCHAT: Final = MessageType.GROUPCHAT
_BARE: Final = Address.BARE
_TYPES: Final[Mapping[str, MessageType]] = {type_: type_ for type_ in MessageType}
_MUC_USER: Final = Annotation.MUC_USER
_YES: Final = frozenset({"repeat", "requested"})

_APPLIES: Final[Mapping[str, Callable[[_Facts], bool]]] = {
    "error-type": lambda facts: facts.message.type == _ERROR,
    "is-ack": lambda facts: facts.message.is_ack,
    "carbon-forged": _came_as(EnvelopeKind.FORGED),
    "carbon-sent": _came_as(EnvelopeKind.CARBON_SENT),
    "carbon-received": _came_as(EnvelopeKind.CARBON_RECEIVED),
    "wrapped": _came_as(EnvelopeKind.FORWARDED),
    # A result that nobody asked for was not even read: it holds no message.
    "archived": lambda facts: (
        _is_archived(facts)
        and (not facts.situation.first_sight or facts.message is _NOTHING)
    ),
    "not-requested": lambda facts: not facts.message.request,
    "history": lambda facts: (
        _is_groupchat(facts) and ns.DELAY_TAG in facts.message.extensions
    ),
    "no-id": lambda facts: facts.message.id is None,
    "empty-id": lambda facts: facts.message.id == "",
    "bad-id": lambda facts: (
        len(facts.message.id or "") > facts.situation.policy.max_id
        or not _xml.is_writable(facts.message.id or "")
    ),
    "bad-sender": lambda facts: (
        facts.sender is None and facts.message.from_ is not None
    ),
    "self": lambda facts: facts.message.from_ is None or _is_own(facts),
    "groupchat": lambda facts: (
        _is_groupchat(facts) and not facts.situation.policy.groupchat
    ),
    "reflected": lambda facts: (
        facts.sender is not None and facts.sender == facts.situation.occupant
    ),
    "duplicate": lambda facts: (
        facts.situation.repeat
        and (_is_archived(facts) or not facts.situation.policy.repeats)
    ),
    "disabled": lambda facts: not _is_enabled(facts.situation),
    "unauthorized": lambda facts: (
        not (facts.situation.policy.unauthorized or _may_see_presence(facts.situation))
    ),
    "no-content": lambda facts: (
        facts.situation.policy.content_only and not facts.message.has_content
    ),
    "not-processed": lambda facts: not facts.situation.processed,
    "repeat": lambda facts: facts.situation.repeat,
    "requested": lambda _: True,
}


def _rulings(
    rows: Iterable[Rule],
) -> tuple[tuple[Callable[[_Facts], bool], Ruling], ...]:
    return tuple((_APPLIES[rule.id], Ruling(rule.id in _YES, rule)) for rule in rows)


_RULINGS: Final = _rulings(rules.of(Scope.ACK))
"""The rows and what each would say, made once: each decision costs half as much."""

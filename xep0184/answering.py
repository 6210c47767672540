"""When to answer with a receipt, and the answer itself.

`may_acknowledge` is a total function of a message, of how it came and of the
facts only a stack knows; `acknowledge` builds the ack message or says why there
is none. Deciding and sending are separate: an answer is sent once the message
was processed (XEP-0184 §7).

A receipt sent in answer to a message to the bare JID tells the sender which
resource is there (XEP-0184 §8); so the two facts that guard it, `authorized`
and `enabled`, have no default.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184 import _xml, codec, jid, ns, rules
from xep0184.envelope import Envelope, EnvelopeKind
from xep0184.errors import BuildCode, BuildError, FormatError
from xep0184.model import Annotation, Message, MessageType, Received
from xep0184.rules import Ruling, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xep0184.jid import JID, Normaliser

__all__ = [
    "DEFAULT_ACK_POLICY",
    "AckPolicy",
    "Address",
    "SeenIds",
    "Situation",
    "acknowledge",
    "fresh_id",
    "may_acknowledge",
]


class Address(StrEnum):
    """Where a receipt is sent."""

    AS_RECEIVED = "as-received"
    BARE = "bare"


@dataclass(frozen=True, slots=True, kw_only=True)
class AckPolicy:
    """What is left to the user where the XEP says MAY or SHOULD.

    Attributes:
        address: Where a receipt is sent: to the very JID the message came from,
            or to its bare JID and so to all its devices. In a room neither: a
            private message is answered to the occupant, others to the room.
        groupchat: Whether to answer in a room, which is NOT RECOMMENDED.
        own_resources: Whether to answer one's own other resources.
        repeats: Whether to answer a message that came again; its receipt was
            lost, and only answering makes a resending sender stop.
        unauthorized: Whether to answer who may not see one's presence.
        content_only: Whether to answer only messages that have content.
        max_id: How many characters of an id are echoed at most.
    """

    address: Address = Address.AS_RECEIVED
    groupchat: bool = False
    own_resources: bool = False
    repeats: bool = True
    unauthorized: bool = False
    content_only: bool = False
    max_id: int = 1024


DEFAULT_ACK_POLICY: Final = AckPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What only the stack knows about a message.

    Attributes:
        account: One's own address, full where it is known.
        authorized: Whether the sender may see one's presence; None, unknown,
            counts as no.
        enabled: Whether the user wants receipts sent at all.
        enabled_for_contact: The user's setting for this contact, which overrides
            the one before; None if there is none.
        invisible: Whether the user is invisible to the sender.
        first_sight: Whether an archived message is seen by this account for the
            first time, as in a catch-up after being offline.
        repeat: Whether this sender's message of this id was seen before.
        processed: Whether the client has processed it; False while it is not
            decrypted, for instance.
        room: Whether the sender is known to be a room or an occupant of one.
        occupant: One's own occupant JID in that room, if known.
        policy: What the user wants where the XEP leaves it open.
    """

    account: JID
    authorized: bool | None
    enabled: bool
    enabled_for_contact: bool | None = None
    invisible: bool = False
    first_sight: bool = False
    repeat: bool = False
    processed: bool = True
    room: bool = False
    occupant: JID | None = None
    policy: AckPolicy = DEFAULT_ACK_POLICY


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    kind: EnvelopeKind
    message: Message
    sender: JID | None
    situation: Situation


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

    >>> situation = Situation(
    ...     account=jid.parse("k@royalty.england.lit/throne"),
    ...     authorized=True, enabled=True)
    >>> message = Message(from_="n@shakespeare.lit/x", id="a", request=True)
    >>> may_acknowledge(message, situation=situation).reason
    'requested'
    """
    facts = _facts(received, situation, normaliser)
    rule = next(rule for rule in _RULES if _APPLIES[rule.id](facts))
    return Ruling(rule.id in _YES, rule)


def _facts(
    received: Envelope | Message, situation: Situation, normaliser: Normaliser
) -> _Facts:
    if isinstance(received, Message):
        received = Envelope(kind=EnvelopeKind.DIRECT, message=received)
    message = received.message or _NOTHING
    try:
        sender = jid.parse(message.from_ or "", normaliser=normaliser)
    except FormatError:
        sender = None
    return _Facts(
        kind=received.kind, message=message, sender=sender, situation=situation
    )


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
            EMPTY_ID, NOT_TEXT, ILLEGAL_CHARACTER for an id of yours; BAD_JID or
            BARE_FROM for a client's own `from_`.

    >>> situation = Situation(
    ...     account=jid.parse("k@royalty.england.lit/throne"),
    ...     authorized=True, enabled=True)
    >>> message = Message(from_="n@shakespeare.lit/x", id="a", request=True)
    >>> acknowledge(message, situation=situation, id="b").received
    (Received(id='a'),)
    """
    ruling = may_acknowledge(received, situation=situation, normaliser=normaliser)
    if not ruling:
        return ruling
    facts = _facts(received, situation, normaliser)
    _ensure_not_bare(from_, situation, normaliser)
    ack = Message(
        to=_recipient(facts),
        from_=from_,
        id=new_id() if id is None else id,
        type=facts.message.type,
        received=(Received(facts.message.id),),
        annotations=_annotations(facts, store=store),
    )
    codec.ensure_writable(ack)
    return ack


def _recipient(facts: _Facts) -> str | None:
    """Return where the ack message goes (XEP-0184 §7, XEP-0045 §7.5)."""
    sender = facts.message.from_
    is_bare = facts.situation.policy.address is Address.BARE
    if sender is None or not (
        facts.message.type is MessageType.GROUPCHAT
        or (is_bare and not _is_private(facts))
    ):
        return sender
    return sender.partition("/")[0]


def _is_private(facts: _Facts) -> bool:
    """Whether an occupant of a room wrote to this user alone."""
    message = facts.message
    is_marked = Annotation.MUC_USER in (*message.annotations, *message.extensions)
    is_groupchat = message.type is MessageType.GROUPCHAT
    return not is_groupchat and (facts.situation.room or is_marked)


def _annotations(facts: _Facts, *, store: bool) -> tuple[Annotation, ...]:
    private = (Annotation.MUC_USER,) if _is_private(facts) else ()
    return (*private, *((Annotation.STORE,) if store else ()))


def _ensure_not_bare(
    from_: str | None, situation: Situation, normaliser: Normaliser
) -> None:
    """Refuse the ``from`` that swapping ``from`` and ``to`` would give a client."""
    account = situation.account
    if from_ is None or not account.is_full:
        return
    try:
        is_bare = jid.parse(from_, normaliser=normaliser) == account.bare
    except FormatError:
        raise BuildError(BuildCode.BAD_JID, "from") from None
    if is_bare:
        raise BuildError(BuildCode.BARE_FROM, "from")


def _is_own(facts: _Facts) -> bool:
    account, sender = facts.situation.account, facts.sender
    if sender is None or sender.bare != account.bare:
        return False
    is_other = sender.is_full and sender != account
    return not (is_other and facts.situation.policy.own_resources)


def _is_enabled(situation: Situation) -> bool:
    if situation.enabled_for_contact is not None:
        return situation.enabled_for_contact
    return situation.enabled


def _may_see_presence(situation: Situation) -> bool:
    return situation.authorized is True and not situation.invisible


def _is_groupchat(facts: _Facts) -> bool:
    return facts.message.type is MessageType.GROUPCHAT


def _is_archived(facts: _Facts) -> bool:
    return facts.kind is EnvelopeKind.ARCHIVED


_DELAY: Final = f"{{{ns.DELAY}}}delay"
_RULES: Final = rules.of(Scope.ACK)
_YES: Final = frozenset({"repeat", "requested"})

_APPLIES: Final[Mapping[str, Callable[[_Facts], bool]]] = {
    "error-type": lambda facts: facts.message.type is MessageType.ERROR,
    "is-ack": lambda facts: facts.message.is_ack,
    "carbon-forged": lambda facts: facts.kind is EnvelopeKind.FORGED,
    "carbon-sent": lambda facts: facts.kind is EnvelopeKind.CARBON_SENT,
    "carbon-received": lambda facts: facts.kind is EnvelopeKind.CARBON_RECEIVED,
    "wrapped": lambda facts: facts.kind is EnvelopeKind.FORWARDED,
    # A result that nobody asked for was not even read: it holds no message.
    "archived": lambda facts: (
        _is_archived(facts)
        and (not facts.situation.first_sight or facts.message is _NOTHING)
    ),
    "not-requested": lambda facts: not facts.message.request,
    "history": lambda facts: (
        _is_groupchat(facts) and _DELAY in facts.message.extensions
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
        _is_groupchat(facts) and facts.sender == facts.situation.occupant
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


class SeenIds:
    """Remembers which messages came in, within bounds (XEP-0184 §5.5).

    Holds a digest a message, so that a peer's long ids cost no memory.

    Args:
        max_entries: How many messages are remembered; the oldest goes first.
        max_age: For how many seconds; None for as long as there is room.

    >>> seen = SeenIds()
    >>> sender = jid.parse("n@shakespeare.lit/x")
    >>> seen.check(sender, "a", now=0.0), seen.check(sender, "a", now=1.0)
    (False, True)
    """

    def __init__(
        self, *, max_entries: int = 4096, max_age: float | None = None
    ) -> None:
        self._max_entries = max_entries
        self._max_age = max_age
        self._times: OrderedDict[bytes, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._times)

    def check(self, sender: JID, id: str, /, *, now: float) -> bool:  # noqa: A002
        """Say whether a message was seen before, and remember it.

        Args:
            sender: The full JID it came from.
            id: Its stanza id.
            now: The time in seconds, of any clock; it may go backwards.

        Returns:
            What `Situation.repeat` wants to know.
        """
        key = _digest(f"{sender}\0{id}")
        self._forget(now)
        seen = key in self._times
        self._times.setdefault(key, now)
        if len(self._times) > self._max_entries:
            self._times.popitem(last=False)
        return seen

    def _forget(self, now: float) -> None:
        if self._max_age is None:
            return
        while self._times:
            oldest = next(iter(self._times))
            if now - self._times[oldest] <= self._max_age:
                return
            del self._times[oldest]


def _digest(text: str) -> bytes:
    return hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=16
    ).digest()

"""The ack message, for a message that is to be acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184 import jid
from xep0184.codec.refusals import ensure_characters, ensure_may_acknowledge
from xep0184.deciding.answering import facts_of, ruling_of
from xep0184.deciding.situation import Address
from xep0184.errors import BuildCode, BuildError
from xep0184.ids import fresh_id
from xep0184.message import TYPES, Annotation, Message, MessageType, Received

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.deciding.answering import Facts
    from xep0184.deciding.situation import Situation
    from xep0184.envelope import Envelope
    from xep0184.jid import Normaliser
    from xep0184.rules import Ruling

__all__ = ["acknowledge"]

_BARE: Final = Address.BARE
_NORMAL: Final = MessageType.NORMAL
_MUC_USER: Final = Annotation.MUC_USER
_STORE: Final = Annotation.STORE


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

    >>> from xep0184.deciding.situation import Situation
    >>> situation = Situation(
    ...     account=jid.parse("k@royalty.england.lit/throne"),
    ...     authorized=True, enabled=True)
    >>> message = Message(from_="n@shakespeare.lit/x", id="a", request=True)
    >>> acknowledge(message, situation=situation, id="b").received
    (Received(id='a'),)
    """
    facts = facts_of(received, situation, normaliser)
    ruling = ruling_of(facts)
    if not ruling.allowed:
        return ruling
    if from_ is not None:
        _ensure_from(from_, situation, normaliser)
    ack_id = new_id() if id is None else id
    # The characters of the id that it echoes were judged with the message.
    ensure_may_acknowledge(facts.message.type, ack_id, facts.message.id)
    ensure_characters(ack_id, "id")
    private = (_MUC_USER,) if _is_private(facts) else ()
    return Message(
        to=_ack_to(facts, is_private=bool(private)),
        from_=from_,
        id=ack_id,
        type=TYPES.get(facts.message.type, _NORMAL),
        received=(Received(facts.message.id),),
        annotations=(*private, _STORE) if store else private,
    )


def _is_private(facts: Facts) -> bool:
    """Whether an occupant of a room wrote to this user alone (XEP-0045 §7.5)."""
    message = facts.message
    is_muc = (
        facts.situation.room
        or _MUC_USER in message.annotations
        or _MUC_USER in message.extensions
    )
    if not is_muc or facts.sender is None:
        return False
    return facts.sender.is_full and not facts.is_groupchat


def _ack_to(facts: Facts, *, is_private: bool) -> str | None:
    """Return where the ack message goes (XEP-0184 §7, XEP-0045 §7.5)."""
    sender = facts.message.from_
    wants_bare = facts.situation.policy.address is _BARE and not is_private
    to_bare = wants_bare or facts.is_groupchat
    return sender.partition("/")[0] if sender and to_bare else sender


def _ensure_from(from_: str, situation: Situation, normaliser: Normaliser) -> None:
    """Refuse the ``from`` that swapping ``from`` and ``to`` would give a client."""
    sender, account = jid.parse_or_none(from_, normaliser=normaliser), situation.account
    if sender is None:
        raise BuildError(BuildCode.BAD_JID, "from")
    if account.is_full and sender == account.bare:
        raise BuildError(BuildCode.BARE_FROM, "from")

"""Builds the ack message for an incoming message that is acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184._value import value
from xep0184.codec.refusals import ensure_text, ensure_valid_receipt
from xep0184.deciding.answering import ack_ruling, read_incoming
from xep0184.deciding.situation import Address
from xep0184.errors import BuildCode, BuildError
from xep0184.ids import fresh_id
from xep0184.message import TYPES, Annotation, Message, MessageType, Received

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.deciding.answering import Incoming
    from xep0184.deciding.situation import Situation
    from xep0184.envelope import Envelope
    from xep0184.jid import JID
    from xep0184.rules import Ruling

__all__ = ["AckDecision", "acknowledge"]

# Python 3.11 takes long to look up a member on its class.
_BARE: Final = Address.BARE
_MUC_USER: Final = Annotation.MUC_USER
_NORMAL: Final = MessageType.NORMAL

_MAX_ID_ATTEMPTS: Final = 8


@value()
class AckDecision:
    """Whether a message is acknowledged, with the ack message if it is.

    It is true if there is an ack message.

    Attributes:
        ruling: The answer and the rule that gave it.
        ack: The ack message to send; None if the answer is no.
    """

    ruling: Ruling
    ack: Message | None = None

    def __bool__(self) -> bool:
        return self.ack is not None


def acknowledge(
    received: Envelope | Message,
    /,
    *,
    situation: Situation,
    id: str | None = None,  # noqa: A002  # the wire name
    from_: str | None = None,
    store: bool = False,
    new_id: Callable[[], str] = fresh_id,
) -> AckDecision:
    """Decide whether an incoming message is acknowledged, and build the ack message.

    The ack message has the type of the content message, echoes its id exactly, and has
    a different id of its own (XEP-0184 §7).

    Args:
        received: As for `may_acknowledge`.
        situation: What only the stack knows about the message.
        id: The id of the ack message; None takes one from `new_id`.
        from_: The ``from`` of the ack message. Components must give it; clients leave
            it to their server.
        store: Whether to ask servers to keep the ack message for offline clients.
        new_id: Makes ids that nobody can predict. It is called again, at most 8 times
            in all, if it gives the id of the content message.

    Returns:
        The decision. Its `ack` is None if the message is not acknowledged.

    Raises:
        BuildError: ECHOED_ID, if `id` or all ids of `new_id` equal the id of the
            content message; EMPTY_ID, NOT_TEXT, ILLEGAL_CHARACTER, about the id of the
            ack message; BAD_JID, about `from_`; BARE_FROM, if `from_` is the bare JID
            of an account that is given as a full JID, as that of a client is.

    >>> from xep0184 import jid
    >>> from xep0184.deciding.situation import Situation
    >>> situation = Situation(
    ...     account=jid.parse("k@royalty.england.lit/throne"),
    ...     authorized=True, enabled=True)
    >>> message = Message(from_="n@shakespeare.lit/x", id="a", request=True)
    >>> decision = acknowledge(message, situation=situation, id="b")
    >>> decision.ack.received
    (Received(id='a'),)
    >>> decision.ruling.reason
    'requested'
    """
    incoming = read_incoming(received, situation)
    ruling = ack_ruling(incoming)
    if not ruling.allowed:
        return AckDecision(ruling)
    if from_ is not None:
        _ensure_from(from_, situation.account)
    message = incoming.message
    ack_id = _different_id(message.id, new_id) if id is None else id
    ensure_valid_receipt(message.type, ack_id, message.id)
    ensure_text(ack_id, "id")  # the rules have checked the echoed id
    private = (_MUC_USER,) if _is_private(incoming) else ()
    ack = Message(
        to=_ack_to(incoming, is_private=bool(private)),
        from_=from_,
        id=ack_id,
        type=TYPES.get(message.type, _NORMAL),
        received=(Received(message.id),),
        annotations=(*private, Annotation.STORE) if store else private,
    )
    return AckDecision(ruling, ack)


def _different_id(echoed: str | None, new_id: Callable[[], str]) -> str:
    # A peer can choose the id that a counter gives next.
    for _ in range(_MAX_ID_ATTEMPTS):
        if (id_ := new_id()) != echoed:
            return id_
    raise BuildError(BuildCode.ECHOED_ID, "id")


def _is_private(incoming: Incoming) -> bool:
    """Check whether it is a private message of an occupant (XEP-0045 §7.5)."""
    message, sender = incoming.message, incoming.sender
    if sender is None or not sender.is_full or incoming.is_groupchat:
        return False
    return incoming.situation.room or message.has_muc_user


def _ack_to(incoming: Incoming, *, is_private: bool) -> str | None:
    """Return the address that the ack message is sent to (XEP-0184 §7)."""
    sender = incoming.message.from_
    wants_bare = incoming.situation.policy.address is _BARE and not is_private
    to_bare = wants_bare or incoming.is_groupchat
    return sender.partition("/")[0] if sender and to_bare else sender


def _ensure_from(from_: str, account: JID) -> None:
    """Refuse the ``from`` that a client gets by exchanging ``from`` and ``to``."""
    sender = account.parse_other(from_)
    if sender is None:
        raise BuildError(BuildCode.BAD_JID, "from")
    if account.is_full and sender == account.bare:
        raise BuildError(BuildCode.BARE_FROM, "from")

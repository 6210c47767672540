"""Strategies for whole conversations, to test what tracks receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from xep0184._value import value
from xep0184.message import Message, MessageType, Received
from xep0184.strategies.spelling import in_any_order
from xep0184.strategies.texts import ODD_IDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import DrawFn

__all__ = ["GeneratedConversation", "Step", "conversations"]

_CONTACTS: Final = ("juliet@capulet.lit", "nurse@capulet.lit")
_CHANGED: Final = st.sampled_from((" {}", "{} ", "{}'", "x"))


@value(kw_only=True)
class Step:
    """What happens next: one of the two is None.

    Attributes:
        sent: A message of the account, which asks for a receipt.
        received: A message that comes in.
    """

    sent: Message | None = None
    received: Message | None = None


@value(kw_only=True)
class GeneratedConversation:
    """Messages that are sent and come in, and what is true in the end.

    Attributes:
        account: The full JID of the account.
        steps: What happens, in this order.
        confirmed: The bare JID and the id of each message that was confirmed by the
            contact it was sent to, after it was sent.
    """

    account: str
    steps: tuple[Step, ...]
    confirmed: frozenset[tuple[str, str]]


@st.composite
def conversations(draw: DrawFn) -> GeneratedConversation:
    """Generate conversations in which ack messages are lost, repeated and forged.

    Both contacts may be sent the same id. Each ack message may come not at all, twice,
    late, from another client, or in any order; beside them come ack messages of
    strangers and of the other contact, errors that copy one, and changed ids.

    >>> from hypothesis import find
    >>> conversation = find(conversations(), lambda it: it.confirmed)
    >>> [it.received and it.received.from_ for it in conversation.steps]
    [None, 'juliet@capulet.lit/a']
    >>> conversation.confirmed
    frozenset({('juliet@capulet.lit', 'a')})
    """
    sent = draw(st.lists(_SENT, min_size=1, max_size=3, unique=True))
    arrivals = [(to, id_, draw(_ARRIVALS)) for to, id_ in sent]
    changed = draw(_CHANGED)
    first = [Step(sent=_request(*it)) for it in sent]
    later = [
        Step(received=_arrived(to, id_, what, changed))
        for to, id_, whats in arrivals
        for what in whats
    ]
    return GeneratedConversation(
        account="romeo@montague.lit/orchard",
        steps=(*first, *in_any_order(draw, later)),
        confirmed=frozenset(sent) & {it for step in later for it in _confirmed(step)},
    )


_SENT: Final = st.tuples(st.sampled_from(_CONTACTS), st.sampled_from(ODD_IDS[:4]))
_ARRIVALS: Final = st.sampled_from(
    (
        (),
        ("acked",),
        ("acked", "acked"),
        ("acked-elsewhere", "acked"),
        ("forged",),
        ("forged", "acked"),
        ("by-the-other",),
        ("by-nobody", "acked-elsewhere"),
        ("error",),
        ("error", "acked"),
        ("changed",),
    )
)


def _confirmed(step: Step) -> Iterator[tuple[str, str]]:
    """Yield the contact and the id of what a step confirms, if that was sent."""
    message = step.received
    if message and message.from_ and message.type is not MessageType.ERROR:
        contact = message.from_.partition("/")[0]
        yield from ((contact, it.id) for it in message.received if it.id)


def _request(to: str, id_: str) -> Message:
    return Message(to=to, id=id_, type=MessageType.CHAT, body="hi", request=True)


def _arrived(contact: str, id_: str, what: str, changed: str) -> Message:
    other = _CONTACTS[contact == _CONTACTS[0]]
    sender = {
        "acked-elsewhere": f"{contact}/b",
        "forged": "mallory@evil.lit/a",
        "by-the-other": f"{other}/a",
        "by-nobody": None,
    }.get(what, f"{contact}/a")
    type_ = MessageType.ERROR if what == "error" else MessageType.NORMAL
    named = changed.format(id_) if what == "changed" else id_
    return Message(from_=sender, id="r", type=type_, received=(Received(named),))

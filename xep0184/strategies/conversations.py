"""Strategies for whole conversations, to test what tracks receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from xep0184._value import value
from xep0184.message import Message, MessageType, Received
from xep0184.strategies.spelling import in_any_order, stanza

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import DrawFn

__all__ = ["GeneratedConversation", "Step", "conversations"]

_CONTACTS: Final = ("juliet@capulet.lit", "nurse@capulet.lit")
_ALIKE: Final[dict[str, tuple[str | None, ...]]] = {
    "a": (" a", "a'", None, "x"),
    "A": ("a", ""),
    " a ": ("a",),
    "richard2-4.1.247": ("richard2-4.1.247 ", "richard2"),
    "007": ("7",),
    "a%20b": ("a b", "a+b"),
}
"""Ids, and others that they may be taken for."""
_WHICH: Final = st.integers(0, 3)


@value(kw_only=True)
class Step:
    """What happens next: one of the two messages is None.

    Attributes:
        octets: The message as XML.
        sent: A message of the account, which asks for a receipt.
        received: A message that comes in.
    """

    octets: bytes
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
    strangers, of the other contact and of the account, errors that copy one, changed
    ids, and the message itself, returned as an error.

    >>> from hypothesis import find
    >>> conversation = find(conversations(), lambda it: it.confirmed)
    >>> [it.received and it.received.from_ for it in conversation.steps]
    [None, 'juliet@capulet.lit/a']
    >>> conversation.confirmed
    frozenset({('juliet@capulet.lit', 'a')})
    """
    sent = draw(st.lists(_SENT, min_size=1, max_size=3, unique=True))
    arrivals = [(to, id_, draw(_ARRIVALS)) for to, id_ in sent]
    which, client = draw(_WHICH), draw(_CLIENT)
    requests = [_request(to + client, id_) for to, id_ in sent]
    first = [Step(sent=it, octets=_octets(draw, it)) for it in requests]
    answers = [
        _arrived(to, id_, what, which) for to, id_, whats in arrivals for what in whats
    ]
    later = [Step(received=it, octets=_octets(draw, it)) for it in answers]
    return GeneratedConversation(
        account="romeo@montague.lit/orchard",
        steps=(*first, *in_any_order(draw, later)),
        confirmed=frozenset(sent) & {it for step in later for it in _confirmed(step)},
    )


def _octets(draw: DrawFn, message: Message) -> bytes:
    return stanza(draw, message, with_children=False).encode()


_SENT: Final = st.tuples(st.sampled_from(_CONTACTS), st.sampled_from([*_ALIKE]))
_CLIENT: Final = st.sampled_from(("", "", "/a"))
_ARRIVALS: Final = st.sampled_from(
    (
        (),
        ("acked",),
        ("acked", "acked"),
        ("acked-elsewhere", "acked"),
        ("acked-by-the-account",),
        ("acked-in-capitals",),
        ("acked-with-others",),
        ("changed",),
        ("changed", "acked"),
        ("forged",),
        ("by-a-longer-jid",),
        ("by-the-other",),
        ("by-nobody",),
        ("by-another-client-of-the-account",),
        ("error",),
        ("error", "acked"),
        ("returned",),
        ("returned", "acked"),
    )
)


def _confirmed(step: Step) -> Iterator[tuple[str, str]]:
    """Yield the contact and the id of what a step confirms, if that was sent."""
    message = step.received
    if message and message.from_ and message.type is not MessageType.ERROR:
        contact = message.from_.partition("/")[0].lower()
        yield from ((contact, it.id) for it in message.received if it.id)


def _request(to: str, id_: str) -> Message:
    return Message(to=to, id=id_, type=MessageType.CHAT, body="hi", request=True)


def _arrived(contact: str, id_: str, what: str, which: int) -> Message:
    other = _CONTACTS[contact == _CONTACTS[0]]
    sender = {
        "acked-elsewhere": f"{contact}/b",
        "acked-by-the-account": contact,
        "acked-in-capitals": f"{contact.title()}/a",
        "forged": "mallory@evil.lit/a",
        "by-the-other": f"{other}/a",
        "by-a-longer-jid": f"{contact}.example/a",
        "by-nobody": None,
        "by-another-client-of-the-account": "romeo@montague.lit/b",
    }.get(what, f"{contact}/a")
    error, normal = MessageType.ERROR, MessageType.NORMAL
    if what == "returned":
        return Message(from_=sender, id=id_, type=error, body="hi", request=True)
    alike = _ALIKE[id_]
    named = alike[which % len(alike)] if what == "changed" else id_
    echoed = ("x", named, "y") if what == "acked-with-others" else (named,)
    receipts = tuple(map(Received, echoed))
    type_ = error if what == "error" else normal
    return Message(from_=sender, id="r", type=type_, received=receipts)

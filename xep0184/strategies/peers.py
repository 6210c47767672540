"""Strategies for messages as peers send them, polite or not."""

from __future__ import annotations

from functools import cache
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

from xep0184 import ns
from xep0184.message import TYPES, Annotation, Message, MessageType, Received
from xep0184.strategies.spelling import stanza
from xep0184.strategies.texts import JIDS, ODD_IDS, ids, jids, mostly, texts

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["acks", "incoming", "messages", "not_messages", "wire"]

_NOT_ERRORS: Final = [type_ for type_ in MessageType if type_ is not MessageType.ERROR]
_BODIES: Final = (
    None,
    "hi",
    "",
    " ",
    "a<b>&c\r\n]]>\t",
    "\U0001f4ec e\u0301\u00a0",
    "<received/>",
)
_CONTENTS: Final[list[tuple[str | None, tuple[Annotation, ...]]]] = [
    *((body, ()) for body in _BODIES),
    *((None, (it,)) for it in Annotation),
    *(("hi", (it,)) for it in Annotation),
]
_RECEIVED: Final = (
    (Received("a"),),
    (Received(None),),
    (Received(""),),
    (Received("a"), Received("A")),
    (Received("a"), Received(None)),
    (Received(""), Received("a"), Received(" a ")),
)
_A: Final = (Received("a"),)
# The simplest value is the first of each list, so that what fails shrinks to it. What
# decides whether a message is acknowledged or was confirmed comes often.
_IDS: Final = (*("a",) * 8, *(None, "") * 3, "A", "A", *ODD_IDS)
_RAW_TYPES: Final = (
    *(None,) * 5,
    *("error", "groupchat", "Chat") * 4,
    *(it.value for it in MessageType),
    *("", " chat", "x"),
)
_RECEIPTS: Final = (
    (False, ()),
    *((True, ()),) * 9,
    *((False, _A),) * 3,
    (True, _A),
    *((False, received) for received in _RECEIVED),
)
"""Whether a message asks for a receipt, and the receipts that it holds."""
_ADDRESSES: Final[list[tuple[str | None, str | None]]] = [
    (None, None),
    *((it, None) for it in JIDS[:3]),
    *((None, it) for it in JIDS),
    *zip(JIDS, reversed(JIDS), strict=True),
    *pairwise(JIDS),
]


@cache
def _fields() -> dict[str, SearchStrategy[Any]]:
    return {
        "addresses": mostly(_ADDRESSES, st.tuples(jids(), jids())),
        "content": mostly(_CONTENTS, st.tuples(texts(), st.just(()))),
    }


def _message(
    *,
    addresses: tuple[str | None, str | None],
    content: tuple[str | None, tuple[Annotation, ...]],
    **fields: Any,  # noqa: ANN401  # those of a message
) -> Message:
    (to, from_), (body, annotations) = addresses, content
    return Message(to=to, from_=from_, body=body, annotations=annotations, **fields)


@cache
def messages() -> SearchStrategy[Message]:
    """Generate messages that can be serialized, with and without receipts.

    >>> from hypothesis import given
    >>> from xep0184 import parse, serialize
    >>> @given(messages())
    ... def serialized_messages_are_parsed_again(message: Message) -> None:
    ...     assert parse(serialize(message)) == message
    >>> serialized_messages_are_parsed_again()
    """
    plain = st.builds(
        _message,
        **_fields(),
        id=mostly((None, "", "a", "A"), ids()),
        type=st.sampled_from(MessageType),
    )
    requests = st.builds(
        _message,
        **_fields(),
        id=ids(),
        type=st.sampled_from(_NOT_ERRORS),
        request=st.just(value=True),
    )
    return plain | requests | acks()


@cache
def acks() -> SearchStrategy[Message]:
    """Generate ack messages that can be serialized.

    >>> from hypothesis import given
    >>> @given(acks())
    ... def an_ack_has_no_request(message: Message) -> None:
    ...     assert message.is_ack and not message.request
    >>> an_ack_has_no_request()
    """
    return st.builds(
        _ack,
        id_=ids(),
        own=mostly((None, "own"), ids()),
        type=st.sampled_from(_NOT_ERRORS),
        **_fields(),
    )


def _ack(*, id_: str, own: str | None, **fields: Any) -> Message:  # noqa: ANN401
    """Return an ack message, whose own id differs from the one it echoes."""
    return _message(
        id=own and own + "'" * (own == id_), received=(Received(id_),), **fields
    )


@cache
def incoming(*, polite: bool = False) -> SearchStrategy[Message]:
    """Generate messages that a stack may be sent.

    Peers are not polite: a message may have both elements, several receipts, an id
    that is missing or empty, a type that nobody knows, or be an error that copies all
    of it.

    Args:
        polite: Whether to generate only what `messages` generates.

    >>> from hypothesis import find
    >>> both = find(incoming(), lambda it: it.request and it.is_ack)
    >>> both.request, both.received
    (True, (Received(id='a'),))
    """
    return messages() if polite else _impolite()


@st.composite
def _impolite(draw: DrawFn) -> Message:
    fields = {name: draw(it) for name, it in _impolite_fields().items()}
    request, received = fields.pop("receipts")
    type_ = TYPES.get(fields["raw_type"], MessageType.NORMAL)
    return _message(type=type_, request=request, received=received, **fields)


@cache
def _impolite_fields() -> dict[str, SearchStrategy[Any]]:
    received = st.just(()) | ids().map(lambda it: (Received(it),))
    return {
        **_fields(),
        "id": mostly(_IDS, ids()),
        "raw_type": st.sampled_from(_RAW_TYPES),
        "receipts": mostly(_RECEIPTS, st.tuples(st.booleans(), received)),
    }


@st.composite
def wire(
    draw: DrawFn, message: Message | None = None, *, polite: bool = False
) -> bytes:
    """Generate different octets for a message, as other stacks might send it.

    Prefixes, quotes, white space, references, CDATA, the order of attributes and
    children, and children of other protocols vary; the receipt does not.

    Args:
        draw: Supplied by Hypothesis.
        message: The message; None for one of `incoming`. Its `extensions` are left out.
        polite: As for `incoming`.

    >>> from hypothesis import given
    >>> from xep0184 import parse
    >>> @given(wire(Message(id="a", request=True)))
    ... def the_request_is_always_found(octets: bytes) -> None:
    ...     assert parse(octets).request
    >>> the_request_is_always_found()
    """
    value = draw(incoming(polite=polite)) if message is None else message
    return stanza(draw, value).encode()


_ROOTS: Final = (
    ("presence", ns.CLIENT),
    ("iq", ns.CLIENT),
    ("Message", ns.CLIENT),
    ("message", "urn:o"),
    ("message", ns.RECEIPTS),
    ("message", ns.FORWARD),
    ("message", ns.STREAM),
)


@cache
def not_messages() -> SearchStrategy[bytes]:
    """Generate elements that are not messages, although they look like ones that ask.

    They are other stanzas, and messages in a namespace that is not one of stanzas.

    >>> from hypothesis import given
    >>> from xep0184 import FormatError, parse
    >>> @given(not_messages())
    ... def none_is_a_message(octets: bytes) -> None:
    ...     try:
    ...         parse(octets)
    ...     except FormatError:
    ...         return
    ...     raise AssertionError(octets)
    >>> none_is_a_message()
    """
    return st.sampled_from(
        [
            (
                f"<{name} xmlns='{namespace}' from='a@b.lit/c' id='a'>"
                f"<{child} xmlns='{ns.RECEIPTS}' id='a'/></{name}>"
            ).encode()
            for (name, namespace), child in product(_ROOTS, ("request", "received"))
        ]
    )

"""The codec, tested with the strategies: all that a project writes for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from xep0184 import MessageType
from xep0184.strategies import conversations, incoming, wire, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from xep0184 import Message
    from xep0184.strategies import GeneratedConversation

    from .codec import Codec

SPELLED = incoming().flatmap(lambda it: st.tuples(wire(it), st.just(it)))


def equal(found: object, expected: object) -> None:
    """Assert that two values are equal, and show both if they are not."""
    assert found == expected, f"{found!r} is not {expected!r}"


def reading(codec: Codec, case: tuple[bytes, Message]) -> None:
    """Check what is read, and what is acknowledged."""
    (octets, said), unanswered = case, {MessageType.ERROR, MessageType.GROUPCHAT}
    message, ids = codec.parse(octets), [it.id for it in case[1].received]
    equal(codec.receipts(message), ids)
    is_direct = b"urn:xmpp:carbons:2" not in octets and said.type not in unanswered
    is_answered = said.request and not ids and said.from_ and said.id and is_direct
    equal(codec.acknowledge(message), {"id": said.id} if is_answered else None)


def carbons(codec: Codec, case: tuple[bytes, Message | None]) -> None:
    """Check what is read from a carbon."""
    inner = codec.unwrap(codec.parse(case[0]))
    equal(inner if inner is None else inner.get("id"), case[1] and case[1].id)


def conversing(codec: Codec, case: GeneratedConversation) -> None:
    """Check what is confirmed in the end."""
    for step in case.steps:
        take = codec.sent if step.sent else codec.received
        take(codec.parse(step.octets))
    equal(codec.confirmed, set(case.confirmed))


LAWS: dict[Callable[..., None], SearchStrategy[Any]] = {
    reading: SPELLED,
    carbons: wrapped(),
    conversing: conversations(),
}

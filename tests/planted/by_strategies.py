"""The codec, tested with the strategies: all that a project writes for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from xep0184.strategies import conversations, incoming, wire, wrapped

if TYPE_CHECKING:
    from xep0184 import Message
    from xep0184.strategies import GeneratedConversation

    from .codec import Codec

SPELLED = incoming().flatmap(lambda it: st.tuples(st.just(it), wire(it)))
ANY = st.one_of(SPELLED, wrapped(), conversations())


def check(codec: Codec, case: object) -> None:
    """Check what the codec makes of a case of any kind."""

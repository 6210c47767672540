"""What Hypothesis calls by itself, at the end of being imported.

It may be imported by this very package, half of which is not there yet. So this
module imports neither, and tells Hypothesis where to look when it is asked.
"""

from __future__ import annotations

from xep0184 import jid
from xep0184.jid import JID
from xep0184.message import Message, Received

__all__ = ["register"]


def register() -> None:
    """Teach `hypothesis.strategies.from_type` the types of this library.

    >>> from hypothesis import given, strategies as st
    >>> @given(st.from_type(Received))
    ... def a_receipt_has_an_id(receipt: Received) -> None:
    ...     assert receipt.id
    >>> register()
    >>> a_receipt_has_an_id()
    """
    from hypothesis import strategies as st

    from xep0184 import strategies

    st.register_type_strategy(JID, lambda _: strategies.jids().map(jid.parse))
    st.register_type_strategy(Message, lambda _: strategies.messages())
    st.register_type_strategy(Received, lambda _: strategies.ids().map(Received))

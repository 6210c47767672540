"""The function that Hypothesis calls at the end of its own import.

That import may have been started by this package, so neither may be complete yet.
Therefore this module imports Hypothesis and the strategies only when they are used.
"""

from __future__ import annotations

from xep0184 import jid
from xep0184.jid import JID
from xep0184.message import Message, Received

__all__ = ["register"]


def register() -> None:
    """Register the types of this library for `hypothesis.strategies.from_type`.

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

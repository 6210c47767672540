"""Strategies for carbons and archive results, genuine and forged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from xep0184 import ns
from xep0184.strategies.peers import incoming
from xep0184.strategies.spelling import stanza

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

    from xep0184.message import Message

__all__ = ["archived", "wrapped"]

_ACCOUNT: Final = "romeo@montague.lit"
_STRANGERS: Final = (
    "mallory@evil.lit/x",
    "{0}/x",
    "montague.lit",
    "{0}.example",
    "x{0}",
    "mallory@evil.lit/{0}",
)
_FORWARD: Final = (
    f"<forwarded xmlns='{ns.FORWARD}'><message xmlns='{ns.CLIENT}' id='f'>"
    f"<body>f</body><request xmlns='{ns.RECEIPTS}'/></message></forwarded>"
)
_INSIDE: Final = st.sampled_from(("", "", _FORWARD))
_WRAPPER: Final = (
    f"<message xmlns='{ns.CLIENT}'%s><%s>"
    f"<forwarded xmlns='{ns.FORWARD}'>%s%s</forwarded></%s></message>"
)
_DELAY: Final = f"<delay xmlns='{ns.DELAY}' stamp='2002-09-10T23:08:25Z'/>"


@st.composite
def wrapped(draw: DrawFn, account: str = _ACCOUNT) -> tuple[bytes, Message | None]:
    """Generate carbons, genuine and forged, and the message to be read.

    Args:
        draw: Supplied by Hypothesis.
        account: The bare JID of the account.

    Returns:
        The octets, and the message in the carbon, without its `extensions`; None if
        the carbon does not come from the account (XEP-0280 §11).

    >>> from hypothesis import find
    >>> octets, message = find(wrapped(), lambda it: it[1] is None)
    >>> b"from='mallory@evil.lit/x'" in octets
    True
    """
    which = draw(st.sampled_from(("received", "sent")))
    tag = f"{which} xmlns='{ns.CARBONS}'"
    return _wrapped(draw, account, tag, is_forged=draw(st.booleans()))


@st.composite
def archived(
    draw: DrawFn, account: str = _ACCOUNT, query: str = "q"
) -> tuple[bytes, Message | None]:
    """Generate results of an archive query, genuine and forged (XEP-0313).

    Args:
        draw: Supplied by Hypothesis.
        account: The bare JID of the account, whose archive is queried.
        query: The id of the query.

    Returns:
        The octets, and the message in the result, without its `extensions`; None if
        the result comes from another archive, or is one of another query.

    >>> from hypothesis import find
    >>> octets, message = find(archived(), lambda it: it[1] is None)
    >>> b"from='mallory@evil.lit/x'" in octets
    True
    """
    forgery = draw(st.sampled_from(("", "", "sender", "query")))
    named = f" queryid='{query}{'x' * (forgery == 'query')}'"
    tag = f"result xmlns='{ns.MAM}'{named} id='r'"
    octets, message = _wrapped(draw, account, tag, is_forged=forgery == "sender")
    return octets, None if forgery else message


def _wrapped(
    draw: DrawFn, account: str, tag: str, *, is_forged: bool
) -> tuple[bytes, Message | None]:
    """Draw a wrapper, which is genuine if the server or the account sends it."""
    message = draw(incoming())
    inner = stanza(draw, message, draw(_INSIDE), with_children=False)
    genuine = (f" from='{account}'", "", f" from='{account.title()}'")
    forged = [f" from='{it.format(account)}'" for it in _STRANGERS]
    sender = draw(st.sampled_from(forged if is_forged else genuine))
    name = tag.partition(" ")[0]
    delay = draw(st.sampled_from(("", _DELAY)))
    octets = (_WRAPPER % (sender, tag, delay, inner, name)).encode()
    return octets, None if is_forged else message

# ruff: noqa: E501  # an example is a line
"""Examples for everything that a check can report: a stanza that breaks it, and one that keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184._value import value

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EXAMPLES", "Example"]


@value()
class Example:
    """Two stanzas that explain a rule.

    Attributes:
        breaks: A stanza for which a check reports the rule.
        keeps: A similar stanza for which it does not.

    >>> EXAMPLES["request-without-id"].keeps != EXAMPLES["request-without-id"].breaks
    True
    """

    breaks: str
    keeps: str


# fmt: off

_REQUEST: Final = "<request xmlns='urn:xmpp:receipts'/>"
_RECEIVED: Final = "<received xmlns='urn:xmpp:receipts' id='m1'/>"
_ERROR: Final = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"

_STREAM: Final = "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>"


def _message(content: str, attributes: str = " id='m1'") -> str:
    return f"<message xmlns='jabber:client'{attributes}>{content}</message>"


def _archived(version: str) -> str:
    forwarded = f"<forwarded xmlns='urn:xmpp:forward:0'>{_message('<body>Hi</body>')}</forwarded>"
    return _message(f"<result xmlns='urn:xmpp:mam:{version}' id='a1'>{forwarded}</result>", "")


_ASKS: Final = _message(f"<body>Hi</body>{_REQUEST}")
_ACK: Final = _message(_RECEIVED, " id='a1'")

EXAMPLES: Final[Mapping[str, Example]] = {
    "no-namespace": Example(_ASKS.replace(" xmlns='jabber:client'", "", 1), _ASKS),
    "content-prefix": Example(f"<c:message xmlns:c='jabber:client' id='m1'>{_REQUEST}</c:message>", _ASKS),
    "receipt-outside-message": Example(f"<presence xmlns='jabber:client'>{_REQUEST}</presence>", _ASKS),
    "look-alike": Example(_message("<received xmlns='urn:xmpp:receipt' id='m1'/>", " id='a1'"), _ACK),
    "old-archive": Example(_archived("0"), _archived("2")),
    "unknown-element": Example(_message("<read xmlns='urn:xmpp:receipts' id='m1'/>"), _ACK),
    "unexpected-attribute": Example(_message("<request xmlns='urn:xmpp:receipts' id='m1'/>"), _ASKS),
    "unexpected-content": Example(_message("<request xmlns='urn:xmpp:receipts'>yes</request>"), _ASKS),
    "multiple-request": Example(_message(_REQUEST * 2), _ASKS),
    "multiple-received": Example(_message(_RECEIVED + _RECEIVED.replace("m1", "m2"), " id='a1'"), _ACK),
    "request-without-id": Example(_message(_REQUEST, ""), _ASKS),
    "request-with-empty-id": Example(_message(_REQUEST, " id=''"), _ASKS),
    "request-in-ack": Example(_message(_RECEIVED + _REQUEST, " id='a1'"), _ACK),
    "extra-in-ack": Example(_message(f"{_RECEIVED}<body>Hi</body>", " id='a1'"), _ACK),
    "receipt-in-error": Example(_message(_REQUEST, " id='m1' type='error'"), _message(_REQUEST + _ERROR, " id='m1' type='error'")),
    "request-in-groupchat": Example(_message(_REQUEST, " id='m1' type='groupchat'"), _ASKS),
    "missing-id": Example(_message("<received xmlns='urn:xmpp:receipts'/>", " id='a1'"), _ACK),
    "empty-id": Example(_message("<received xmlns='urn:xmpp:receipts' id=''/>", " id='a1'"), _ACK),
    "echoed-id": Example(_message(_RECEIVED), _ACK),
    "unknown-type": Example(_message("<body>Hi</body>", " id='m1' type='private'"), _message("<body>Hi</body>", " id='m1' type='chat'")),
    "bad-jid": Example(_message("<body>Hi</body>", " id='m1' to='@shakespeare.lit'"), _message("<body>Hi</body>", " id='m1' to='romeo@shakespeare.lit'")),
    "restricted-xml": Example(_message("<!-- seen --><body>Hi</body>"), _message("<body>Hi</body>")),
    "not-well-formed": Example(_message("<body>Hi</bod>") + _ASKS, _ASKS),
    "unsupported-encoding": Example(f"<?xml version='1.0' encoding='latin1'?>{_STREAM}{_ASKS}", f"<?xml version='1.0' encoding='utf-8'?>{_STREAM}{_ASKS}"),
    "limit": Example(_message("<a xmlns='urn:example'>" * 99 + "</a>" * 99), _message("<a xmlns='urn:example'/>")),
    "recovered": Example(_message(f"<body>Hi</bod>{_ASKS}"), _ASKS),
    "schema": Example("<presence xmlns='jabber:client'><priority>high</priority></presence>", "<presence xmlns='jabber:client'><priority>5</priority></presence>"),
}
"""An example for each rule, by its id; `request-unsupported` needs more than a stanza."""

# fmt: on

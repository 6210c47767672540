"""XMPP Message Delivery Receipts (XEP-0184) as a codec: no sockets, no clock.

The names of this module are what receipts need. Each of its submodules is imported
when it is first used: `xep0184.disco`, `xep0184.caps` and `xep0184.discovery` find
out whether a peer supports receipts, `xep0184.schema` validates stanzas,
`xep0184.stream` reads recorded streams, `xep0184.xml` parses one stanza.

>>> import xep0184
>>> message = xep0184.parse(
...     "<message xmlns='jabber:client' id='a' to='n@shakespeare.lit'>"
...     "<body>hi</body><request xmlns='urn:xmpp:receipts'/></message>")
>>> message.request, message.id
(True, 'a')
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from xep0184 import (
        caps,
        codec,
        deciding,
        disco,
        discovery,
        envelope,
        errors,
        findings,
        ids,
        jid,
        message,
        normalisers,
        ns,
        rules,
        schema,
        seen,
        stream,
        support,
        tracker,
        xml,
    )
    from xep0184.codec import (
        acknowledged_ids,
        add_received,
        add_request,
        ensure_writable,
        from_element,
        parse,
        receipt_of,
        serialize,
        to_element,
    )
    from xep0184.deciding import (
        AckPolicy,
        Address,
        RequestPolicy,
        Situation,
        acknowledge,
        may_acknowledge,
        may_request,
    )
    from xep0184.envelope import Envelope, EnvelopeKind, OpenQuery, unwrap
    from xep0184.errors import (
        BuildCode,
        BuildError,
        FormatCode,
        FormatError,
        LocalError,
        MissingExtraError,
        RemoteError,
        RuleError,
        SchemaError,
        Xep0184Error,
        XMLCode,
        XMLError,
    )
    from xep0184.ids import fresh_id
    from xep0184.jid import JID
    from xep0184.message import Annotation, Message, MessageType, Received, Request
    from xep0184.rules import (
        RULES,
        Level,
        Rule,
        RuleScope,
        Ruling,
        ensure_allowed,
        violations,
    )
    from xep0184.seen import SeenIds
    from xep0184.support import Support
    from xep0184.tracker import (
        Again,
        IgnoredReason,
        ReceiptOutcome,
        ReceiptResult,
        Resend,
        TrackCode,
        Tracker,
        TrackError,
        Unconfirmed,
    )
    from xep0184.xml import DEFAULT_LIMITS, ElementLike, Limits, SourceForm

__version__: Final = "0.1.0"

__all__ = [
    "DEFAULT_LIMITS",
    "JID",
    "RULES",
    "AckPolicy",
    "Address",
    "Again",
    "Annotation",
    "BuildCode",
    "BuildError",
    "ElementLike",
    "Envelope",
    "EnvelopeKind",
    "FormatCode",
    "FormatError",
    "IgnoredReason",
    "Level",
    "Limits",
    "LocalError",
    "Message",
    "MessageType",
    "MissingExtraError",
    "OpenQuery",
    "ReceiptOutcome",
    "ReceiptResult",
    "Received",
    "RemoteError",
    "Request",
    "RequestPolicy",
    "Resend",
    "Rule",
    "RuleError",
    "RuleScope",
    "Ruling",
    "SchemaError",
    "SeenIds",
    "Situation",
    "SourceForm",
    "Support",
    "TrackCode",
    "TrackError",
    "Tracker",
    "Unconfirmed",
    "XMLCode",
    "XMLError",
    "Xep0184Error",
    "acknowledge",
    "acknowledged_ids",
    "add_received",
    "add_request",
    "caps",
    "codec",
    "deciding",
    "disco",
    "discovery",
    "ensure_allowed",
    "ensure_writable",
    "envelope",
    "errors",
    "findings",
    "fresh_id",
    "from_element",
    "ids",
    "jid",
    "may_acknowledge",
    "may_request",
    "message",
    "normalisers",
    "ns",
    "parse",
    "receipt_of",
    "rules",
    "schema",
    "seen",
    "serialize",
    "stream",
    "support",
    "to_element",
    "tracker",
    "unwrap",
    "violations",
    "xml",
]

_HOMES: Final = {
    "codec": (
        "acknowledged_ids add_received add_request ensure_writable from_element"
        " parse receipt_of serialize to_element"
    ),
    "deciding": (
        "AckPolicy Address RequestPolicy Situation acknowledge may_acknowledge"
        " may_request"
    ),
    "envelope": "Envelope EnvelopeKind OpenQuery unwrap",
    "errors": (
        "BuildCode BuildError FormatCode FormatError LocalError MissingExtraError"
        " RemoteError RuleError SchemaError Xep0184Error XMLCode XMLError"
    ),
    "ids": "fresh_id",
    "jid": "JID",
    "message": "Annotation Message MessageType Received Request",
    "rules": "RULES Level Rule RuleScope Ruling ensure_allowed violations",
    "seen": "SeenIds",
    "support": "Support",
    "tracker": (
        "Again IgnoredReason ReceiptOutcome ReceiptResult Resend TrackCode TrackError"
        " Tracker Unconfirmed"
    ),
    "xml": "DEFAULT_LIMITS ElementLike Limits SourceForm",
}
_MODULE_OF: Final = {
    name: module for module, names in _HOMES.items() for name in names.split()
}


def _lazily(name: str) -> object:
    """Import a name on first access (PEP 562)."""
    if name in _MODULE_OF:
        value: object = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    elif name in __all__:
        value = import_module(f"{__name__}.{name}")
    else:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    setattr(sys.modules[__name__], name, value)
    return value


if not TYPE_CHECKING:  # otherwise a type checker would accept any name
    __getattr__ = _lazily


def __dir__() -> list[str]:
    return __all__

"""XMPP Message Delivery Receipts (XEP-0184) as a codec: no sockets, no clock.

Here stands what receipts need. Feature detection has modules of its own, named
after what they speak: `xep0184.disco`, `xep0184.caps`, `xep0184.discovery`;
so have validation (`xep0184.schema`) and recordings (`xep0184.stream`).

>>> import xep0184
>>> message = xep0184.parse(
...     "<message xmlns='jabber:client' id='a' to='n@shakespeare.lit'>"
...     "<body>hi</body><request xmlns='urn:xmpp:receipts'/></message>")
>>> message.request, message.id
(True, 'a')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184._later import importer
from xep0184._xml import (
    DEFAULT_LIMITS,
    Form,
    Limits,
)
from xep0184.codec import (
    acknowledged_ids,
    from_element,
    parse,
    receipt_of,
)
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
from xep0184.model import (
    Annotation,
    Message,
    MessageType,
    Received,
    Request,
)

if TYPE_CHECKING:
    from xep0184.answering import (
        acknowledge,
        may_acknowledge,
    )
    from xep0184.asking import (
        RequestPolicy,
        may_request,
    )
    from xep0184.codec import (
        add_received,
        add_request,
        ensure_writable,
        serialize,
        to_element,
    )
    from xep0184.envelope import (
        Envelope,
        EnvelopeKind,
        OpenQuery,
        unwrap,
    )
    from xep0184.ids import (
        fresh_id,
    )
    from xep0184.jid import (
        JID,
    )
    from xep0184.rules import (
        RULES,
        Level,
        Rule,
        Ruling,
        Scope,
        ensure_allowed,
        violations,
    )
    from xep0184.seen import (
        SeenIds,
    )
    from xep0184.situation import (
        AckPolicy,
        Address,
        Situation,
    )
    from xep0184.support import (
        Support,
    )
    from xep0184.tracker import (
        Again,
        Outcome,
        Resend,
        Tracker,
        Unconfirmed,
    )

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
    "Envelope",
    "EnvelopeKind",
    "Form",
    "FormatCode",
    "FormatError",
    "Level",
    "Limits",
    "LocalError",
    "Message",
    "MessageType",
    "MissingExtraError",
    "OpenQuery",
    "Outcome",
    "Received",
    "RemoteError",
    "Request",
    "RequestPolicy",
    "Resend",
    "Rule",
    "RuleError",
    "Ruling",
    "SchemaError",
    "Scope",
    "SeenIds",
    "Situation",
    "Support",
    "Tracker",
    "Unconfirmed",
    "XMLCode",
    "XMLError",
    "Xep0184Error",
    "acknowledge",
    "acknowledged_ids",
    "add_received",
    "add_request",
    "ensure_allowed",
    "ensure_writable",
    "fresh_id",
    "from_element",
    "may_acknowledge",
    "may_request",
    "parse",
    "receipt_of",
    "serialize",
    "to_element",
    "unwrap",
    "violations",
]

if not TYPE_CHECKING:  # to a type checker any name would be there
    __getattr__ = importer(
        __name__,
        {
            "acknowledge": "answering",
            "fresh_id": "ids",
            "may_acknowledge": "answering",
            "RequestPolicy": "asking",
            "may_request": "asking",
            "add_received": "codec.payloads",
            "add_request": "codec.payloads",
            "ensure_writable": "codec.refusing",
            "serialize": "codec.writing",
            "to_element": "codec.writing",
            "Envelope": "envelope",
            "EnvelopeKind": "envelope",
            "OpenQuery": "envelope",
            "unwrap": "envelope",
            "JID": "jid",
            "RULES": "rules",
            "Level": "rules",
            "Rule": "rules",
            "Ruling": "rules",
            "Scope": "rules",
            "ensure_allowed": "rules",
            "violations": "rules",
            "SeenIds": "seen",
            "AckPolicy": "situation",
            "Address": "situation",
            "Situation": "situation",
            "Support": "support",
            "Again": "tracker",
            "Outcome": "tracker",
            "Resend": "tracker",
            "Tracker": "tracker",
            "Unconfirmed": "tracker",
        },
    )


def __dir__() -> list[str]:
    return __all__

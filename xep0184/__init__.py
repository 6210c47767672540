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

from typing import Final

from xep0184._xml import DEFAULT_LIMITS, Form, Limits
from xep0184.codec import (
    acknowledged_ids,
    add_received,
    add_request,
    from_element,
    parse,
    receipt_of,
    serialize,
    to_element,
)
from xep0184.errors import (
    BuildCode,
    BuildError,
    FormatCode,
    FormatError,
    LocalError,
    MissingExtraError,
    RemoteError,
    SchemaError,
    Xep0184Error,
    XMLCode,
    XMLError,
)
from xep0184.model import Message, MessageType, Received, Request, Support
from xep0184.rules import RULES, Level, Rule, violations

__version__: Final = "0.1.0"

__all__ = [
    "DEFAULT_LIMITS",
    "RULES",
    "BuildCode",
    "BuildError",
    "Form",
    "FormatCode",
    "FormatError",
    "Level",
    "Limits",
    "LocalError",
    "Message",
    "MessageType",
    "MissingExtraError",
    "Received",
    "RemoteError",
    "Request",
    "Rule",
    "SchemaError",
    "Support",
    "XMLCode",
    "XMLError",
    "Xep0184Error",
    "acknowledged_ids",
    "add_received",
    "add_request",
    "from_element",
    "parse",
    "receipt_of",
    "serialize",
    "to_element",
    "violations",
]

"""XMPP Message Delivery Receipts (XEP-0184): codec, decisions and state.

There is no I/O, no thread and no clock. A stack holds one `Receipts` for each account;
the parts below can be used alone.

To read and write messages: `parse`, `from_element`, `serialize`, `to_element`,
`add_request`, `add_received`, with `Message` as the value. To decide: `unwrap`,
`may_request`, `may_acknowledge`, `acknowledge`. To match receipts with the messages
that were sent: `Tracker`. To check the rules of the XEP: `violations`.

The submodules have more: `disco`, `caps` and `discovery` find out whether a peer
supports receipts, `schema` validates stanzas, `stream` reads recorded streams,
`findings` reports everything that is wrong with a stanza, `conformance` and
`strategies` test other implementations.

Each name is imported on first access (PEP 562), and ``dir(xep0184)`` lists them.
``from xep0184 import *`` is not supported.

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

# To import a name as itself makes it public to type checkers. There is no `__all__`:
# pydoc documents every name in it in full, so that ``help(xep0184)`` would have 9,000
# lines.
if TYPE_CHECKING:
    from xep0184 import (
        caps as caps,
        cli as cli,
        codec as codec,
        conformance as conformance,
        deciding as deciding,
        disco as disco,
        discovery as discovery,
        envelope as envelope,
        errors as errors,
        findings as findings,
        ids as ids,
        jid as jid,
        journal as journal,
        message as message,
        normalisers as normalisers,
        ns as ns,
        receipts as receipts,
        record as record,
        recordings as recordings,
        rules as rules,
        schema as schema,
        seen as seen,
        strategies as strategies,
        stream as stream,
        support as support,
        tracker as tracker,
        xml as xml,
    )
    from xep0184.codec import (
        acknowledged_ids as acknowledged_ids,
        add_received as add_received,
        add_request as add_request,
        ensure_writable as ensure_writable,
        from_element as from_element,
        parse as parse,
        payload_of as payload_of,
        serialize as serialize,
        to_element as to_element,
    )
    from xep0184.deciding import (
        AckDecision as AckDecision,
        AckPolicy as AckPolicy,
        Address as Address,
        RequestPolicy as RequestPolicy,
        Situation as Situation,
        acknowledge as acknowledge,
        may_acknowledge as may_acknowledge,
        may_request as may_request,
    )
    from xep0184.envelope import (
        Envelope as Envelope,
        EnvelopeKind as EnvelopeKind,
        OpenQuery as OpenQuery,
        unwrap as unwrap,
    )
    from xep0184.errors import (
        BuildCode as BuildCode,
        BuildError as BuildError,
        EngineError as EngineError,
        FormatCode as FormatCode,
        FormatError as FormatError,
        LocalError as LocalError,
        MissingExtraError as MissingExtraError,
        RemoteError as RemoteError,
        RuleError as RuleError,
        SchemaError as SchemaError,
        Xep0184Error as Xep0184Error,
        XMLCode as XMLCode,
        XMLError as XMLError,
    )
    from xep0184.ids import (
        fresh_id as fresh_id,
    )
    from xep0184.jid import (
        JID as JID,
    )
    from xep0184.message import (
        Annotation as Annotation,
        Message as Message,
        MessageType as MessageType,
        Received as Received,
        Request as Request,
    )
    from xep0184.receipts import (
        Host as Host,
        Receipts as Receipts,
        ReceiptsPolicy as ReceiptsPolicy,
    )
    from xep0184.rules import (
        RULES as RULES,
        Level as Level,
        Rule as Rule,
        RuleScope as RuleScope,
        Ruling as Ruling,
        ensure_allowed as ensure_allowed,
        violations as violations,
    )
    from xep0184.seen import (
        SeenIds as SeenIds,
    )
    from xep0184.support import (
        Support as Support,
    )
    from xep0184.tracker import (
        IgnoredReason as IgnoredReason,
        ReceiptOutcome as ReceiptOutcome,
        ReceiptResult as ReceiptResult,
        Resend as Resend,
        ResendMessage as ResendMessage,
        TrackCode as TrackCode,
        Tracker as Tracker,
        TrackError as TrackError,
        Unconfirmed as Unconfirmed,
    )
    from xep0184.xml import (
        DEFAULT_LIMITS as DEFAULT_LIMITS,
        ElementLike as ElementLike,
        Limits as Limits,
        SourceForm as SourceForm,
    )

__version__: Final = "0.1.0"

_HOMES: Final = {
    "": (  # the submodules themselves
        "caps cli codec conformance deciding disco discovery envelope errors findings"
        " ids jid journal message normalisers ns receipts record recordings rules"
        " schema seen strategies stream support tracker xml"
    ),
    "codec": (
        "acknowledged_ids add_received add_request ensure_writable from_element"
        " parse payload_of serialize to_element"
    ),
    "deciding": (
        "AckDecision AckPolicy Address RequestPolicy Situation acknowledge"
        " may_acknowledge may_request"
    ),
    "envelope": "Envelope EnvelopeKind OpenQuery unwrap",
    "errors": (
        "BuildCode BuildError EngineError FormatCode FormatError LocalError"
        " MissingExtraError RemoteError RuleError SchemaError Xep0184Error XMLCode"
        " XMLError"
    ),
    "ids": "fresh_id",
    "jid": "JID",
    "message": "Annotation Message MessageType Received Request",
    "receipts": "Host Receipts ReceiptsPolicy",
    "rules": "RULES Level Rule RuleScope Ruling ensure_allowed violations",
    "seen": "SeenIds",
    "support": "Support",
    "tracker": (
        "IgnoredReason ReceiptOutcome ReceiptResult Resend ResendMessage TrackCode"
        " TrackError Tracker Unconfirmed"
    ),
    "xml": "DEFAULT_LIMITS ElementLike Limits SourceForm",
}
_MODULE_OF: Final = {
    name: module for module, names in _HOMES.items() for name in names.split()
}
# Not in `dir`, because tools import all that is, but these may lack their extras.
_WITH_EXTRAS: Final = frozenset({"cli", "strategies"})


def _lazily(name: str) -> object:
    """Import a name on first access (PEP 562)."""
    if name not in _MODULE_OF:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    if home := _MODULE_OF[name]:
        value: object = getattr(import_module(f"{__name__}.{home}"), name)
    else:
        value = import_module(f"{__name__}.{name}")
    setattr(sys.modules[__name__], name, value)
    return value


if not TYPE_CHECKING:  # otherwise a type checker would accept any name
    __getattr__ = _lazily


def __dir__() -> list[str]:
    return [*(_MODULE_OF.keys() - _WITH_EXTRAS)]

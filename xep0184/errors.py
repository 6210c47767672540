"""All errors of the library.

Most errors are a `LocalError`, if you asked for something the protocol forbids, or a
`RemoteError`, if the peer sent it. An error has a code from a closed enumeration and
the facts; its text is made from them when it is printed, so that no caller has to
parse English. Nothing that a peer sends makes a public function raise another
exception. An argument of the wrong type is a mistake in the program and raises what
Python raises for it, a TypeError or an AttributeError.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from xep0184.quoting import printable, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "ArgumentError",
    "BuildCode",
    "BuildError",
    "EngineError",
    "FormatCode",
    "FormatError",
    "LocalError",
    "MissingExtraError",
    "RemoteError",
    "RuleError",
    "SchemaError",
    "XMLCode",
    "XMLError",
    "Xep0184Error",
]


_Code = TypeVar("_Code", bound=StrEnum)


class BuildCode(StrEnum):
    """Why a stanza cannot be written."""

    MISSING_ID = "missing-id"
    """A message that asks for a receipt, or a receipt, has no id."""
    EMPTY_ID = "empty-id"
    """An id is the empty string."""
    NOT_TEXT = "not-text"
    """A value is not a str."""
    ILLEGAL_CHARACTER = "illegal-character"
    """A text has a character that XML 1.0 cannot carry."""
    ERROR_TYPE = "error-type"
    """A message of type ``error`` would hold a request or a receipt."""
    UNKNOWN_TYPE = "unknown-type"
    """The type of a message is none of the five."""
    REQUEST_IN_ACK = "request-in-ack"
    """A message would hold a request and a receipt."""
    MULTIPLE_RECEIVED = "multiple-received"
    """An ack message would hold more than one receipt."""
    ECHOED_ID = "echoed-id"
    """An ack message would have the id of the message that it confirms."""
    EXTENSIONS = "extensions"
    """The message had other children, whose content was not kept."""
    NOT_A_MESSAGE = "not-a-message"
    """The element is not a message."""
    NAMESPACE = "namespace"
    """The content namespace is unknown."""
    REVISION = "revision"
    """The revision of XEP-0184 is unknown."""
    LIMIT = "limit"
    """A number is outside of its range."""
    BAD_JID = "bad-jid"
    """An address is not a JID."""
    BARE_FROM = "bare-from"
    """The ``from`` of a client is its bare JID."""
    EMPTY = "empty"
    """A name or value that is needed is empty or missing."""
    DUPLICATE = "duplicate"
    """An item of a disco#info answer occurs more than once."""
    NO_IDENTITY = "no-identity"
    """A disco#info answer has no identity."""
    CONFLICTING_NAMES = "conflicting-names"
    """Two identities differ in nothing but their names."""
    FORM_TYPE = "form-type"
    """A data form does not have exactly one FORM_TYPE."""
    FOREIGN = "foreign"
    """The answer had content that was not kept."""
    AMBIGUOUS = "ambiguous"
    """An item holds a character that separates items in the hash input."""
    ALGORITHM = "algorithm"
    """A hash function is unknown, repeated or not secure enough."""


class XMLCode(StrEnum):
    """Why octets are not XMPP's XML (RFC 6120 §11)."""

    RESTRICTED = "restricted-xml"
    """XML that XMPP forbids, such as a comment or a document type."""
    NOT_WELL_FORMED = "not-well-formed"
    """The XML is not well-formed."""
    ENCODING = "unsupported-encoding"
    """The encoding is not UTF-8, or there is a byte order mark."""
    LIMIT = "limit"
    """Larger than the `xep0184.Limits` allow."""


class FormatCode(StrEnum):
    """Why an element is not what a function expects."""

    NOT_A_STANZA = "not-a-stanza"
    """The element is not in an accepted content namespace."""
    NOT_A_MESSAGE = "not-a-message"
    """The element is a stanza, but not a message."""
    NOT_AN_IQ = "not-an-iq"
    """The element is a stanza, but not an iq."""
    BAD_JID = "bad-jid"
    """The text is not a JID."""


_BUILD_TEXT: Final[Mapping[BuildCode, str]] = {
    BuildCode.MISSING_ID: "is missing, and a receipt needs it to name the message"
    " (XEP-0184 §7). Many stacks assign ids only when they send: assign one first, or"
    " call add_request(element, new_id=fresh_id)",
    BuildCode.EMPTY_ID: "is empty and can name no message (XEP-0184 §7);"
    " give the message a fresh id",
    BuildCode.NOT_TEXT: "is not a str; ids and addresses are not converted",
    BuildCode.ILLEGAL_CHARACTER: "holds a character that XML 1.0 cannot carry"
    " (XML 1.0 §2.2); the server would close the stream",
    BuildCode.ERROR_TYPE: "a message of type 'error' neither asks for a receipt"
    " nor is one (XEP-0184 §5)",
    BuildCode.UNKNOWN_TYPE: "is not one of the five types of a message"
    " (RFC 6121 §5.2.2)",
    BuildCode.REQUEST_IN_ACK: "an ack message never asks for a receipt (XEP-0184 §5.4)",
    BuildCode.MULTIPLE_RECEIVED: "an ack message is written with one <received/>"
    " (XEP-0184 §7); write one ack message for each id",
    BuildCode.ECHOED_ID: "equals the id that it acknowledges; give the ack message"
    " an id of its own (XEP-0184 §7, example 4)",
    BuildCode.EXTENSIONS: "names children whose content was not kept; use"
    " add_request or add_received on the stanza itself",
    BuildCode.NOT_A_MESSAGE: "only a message carries receipts (XEP-0184 §7)",
    BuildCode.NAMESPACE: "is not a content namespace of XMPP (RFC 6120 §4.8.3)",
    BuildCode.REVISION: "is not a revision of the schema that this library knows",
    BuildCode.BAD_JID: "is not a JID (RFC 7622 §3)",
    BuildCode.BARE_FROM: "is the account's bare JID; a client's stanza comes from its"
    " full JID (RFC 6120 §8.1.2.1). Leave it out: the server adds it",
    BuildCode.EMPTY: "is empty or missing, but needed here",
    BuildCode.DUPLICATE: "occurs more than once, which makes every hash"
    " ill-formed (XEP-0115 §5.4)",
    BuildCode.NO_IDENTITY: "is empty: every entity has at least one identity"
    " (XEP-0030 §3.1)",
    BuildCode.CONFLICTING_NAMES: "has two names for one category, type and language"
    " (XEP-0030 §3.1)",
    BuildCode.FORM_TYPE: "has no hidden FORM_TYPE with exactly one value"
    " (XEP-0128 §2, XEP-0115 §5.4)",
    BuildCode.FOREIGN: "names content that was not kept and can neither be"
    " written nor hashed (XEP-0390 §4.1)",
    BuildCode.AMBIGUOUS: "holds a separator of the hash input"
    " (XEP-0115 §5.1, XEP-0390 §4.1)",
    BuildCode.ALGORITHM: "is not a hash function that is accepted here (XEP-0414)",
    BuildCode.LIMIT: "is outside the allowed range",
}

_XML_TEXT: Final[Mapping[XMLCode, str]] = {
    XMLCode.RESTRICTED: "XMPP forbids comments, processing instructions, document"
    " types and entity declarations (RFC 6120 §11.1)",
    XMLCode.NOT_WELL_FORMED: "this is not well-formed XML (RFC 6120 §11.3)",
    XMLCode.ENCODING: "XMPP is XML 1.0 in UTF-8 without a byte order mark"
    " (RFC 6120 §11.6)",
    XMLCode.LIMIT: "this exceeds the limits (RFC 6120 §13.12);"
    " pass higher Limits if you trust the source",
}

_FORMAT_TEXT: Final[Mapping[FormatCode, str]] = {
    FormatCode.NOT_A_STANZA: "is not a stanza of an accepted content namespace"
    " (RFC 6120 §4.8.3)",
    FormatCode.NOT_A_MESSAGE: "is a stanza, but only a message carries receipts"
    " (XEP-0184 §7)",
    FormatCode.NOT_AN_IQ: "is a stanza, but only an iq asks and answers (XEP-0030 §3)",
    FormatCode.BAD_JID: "is not a JID (RFC 7622 §3)",
}


class Xep0184Error(Exception):
    """The base class of all errors of this library."""


class LocalError(Xep0184Error, ValueError):
    """You asked for something the protocol forbids."""


class ArgumentError(LocalError, Generic[_Code]):
    """The base class of errors about one argument.

    Attributes:
        code: Why it is refused.
        field: The name of the argument, or of the part that is wrong.
    """

    _texts: ClassVar[Mapping[Any, str]] = {}

    def __init__(self, code: _Code, field: str) -> None:
        super().__init__(code, field)
        self.code: _Code = code
        self.field: str = field

    def __str__(self) -> str:
        return f"{self.code}: {self.field}: {self._texts[self.code]}"


class BuildError(ArgumentError[BuildCode]):
    """A stanza that cannot be written as asked; `field` is named as in XML."""

    _texts = _BUILD_TEXT


class RuleError(LocalError):
    """A message that breaks rules of the XEP.

    Attributes:
        violations: The rules that it breaks, rows of `xep0184.rules.RULES`.
    """

    def __init__(self, violations: Sequence[object]) -> None:
        super().__init__(tuple(violations))
        self.violations: tuple[object, ...] = tuple(violations)

    def __str__(self) -> str:
        return "; ".join(str(violation) for violation in self.violations)


class RemoteError(Xep0184Error, ValueError):
    """The peer sent something illegal."""


class XMLError(RemoteError):
    """Input that is not the XML that XMPP allows.

    Attributes:
        code: The reason.
        line: The line, counted from 1; None if unknown.
        detail: What was found, as the parser or the check says it.
        column: The column in characters, counted from 1; None if unknown.
    """

    def __init__(
        self,
        code: XMLCode,
        line: int | None = None,
        detail: str = "",
        column: int | None = None,
    ) -> None:
        super().__init__(code, line, detail, column)
        self.code = code
        self.line = line
        self.detail = detail
        self.column = column

    def __str__(self) -> str:
        column = "" if self.column is None else f", column {self.column}"
        place = "" if self.line is None else f"line {self.line}{column}: "
        detail = f"{printable(self.detail)}; " if self.detail else ""
        return f"{self.code}: {place}{detail}{_XML_TEXT[self.code]}"


class FormatError(RemoteError):
    """Legal XML that is not what the function reads.

    Attributes:
        code: The reason.
        element: The expanded name of the element, or the refused text.
    """

    def __init__(self, code: FormatCode, element: str) -> None:
        super().__init__(code, element)
        self.code = code
        self.element = element

    def __str__(self) -> str:
        return f"{self.code}: {shown(self.element)} {_FORMAT_TEXT[self.code]}"


class SchemaError(RemoteError):
    """An element that breaks its schema.

    Attributes:
        problems: What `xep0184.schema.problems` lists.
    """

    def __init__(self, problems: Sequence[object]) -> None:
        super().__init__(tuple(problems))
        self.problems: tuple[object, ...] = tuple(problems)

    def __str__(self) -> str:
        return "; ".join(str(problem) for problem in self.problems)


class EngineError(Xep0184Error, RuntimeError):
    """libxml2, which validates, ran out of its own memory; no stanza is at fault.

    The state stays until the thread ends: validate in another thread, or renew the
    process.

    Attributes:
        detail: The message of libxml2.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return (
            f"libxml2 is out of memory: {printable(self.detail)}; validate in another"
            " thread or renew the process"
        )


class MissingExtraError(Xep0184Error, ImportError):
    """A part of the library whose optional dependency is not installed.

    Attributes:
        extra: The extra to install, as in ``pip install 'xep0184[schema]'``.
        module: The module that could not be imported.
    """

    def __init__(self, extra: str, module: str) -> None:
        super().__init__(extra, module)
        self.extra = extra
        self.module = module

    def __str__(self) -> str:
        return (
            f"{self.module} is not installed; run: pip install 'xep0184[{self.extra}]'"
        )

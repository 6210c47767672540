"""Finds oddities of form that a lenient reader ignores, by the ids of their rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from xep0184 import ns
from xep0184.message import MessageType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xep0184.xml import ElementLike

__all__ = [
    "STANZA_NAMES",
    "first_extra",
    "has_prefix",
    "odd_forms",
    "resembles_receipt",
]

STANZA_NAMES: Final = frozenset({"message", "presence", "iq"})
_RECEIPT_NAMES: Final = ("request", "received")
_SUSPECTS: Final = (*_RECEIPT_NAMES, "result")
"""How the names of children end that may be odd, if their namespace is another."""
_OF_RECEIPTS: Final = f"{{{ns.RECEIPTS}}}"
_OTHER_PROTOCOLS: Final = frozenset({ns.CARBONS, ns.CHAT_MARKERS})
_ERROR: Final = MessageType.ERROR
_OLD_RESULTS: Final = ns.RESULT_TAGS - {f"{{{ns.MAM}}}result"}

_LOCATIONS: Final = frozenset(
    f"{{{ns.XSI}}}{name}" for name in ("schemaLocation", "noNamespaceSchemaLocation")
)
_ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "request": _LOCATIONS | {f"{{{ns.XSI}}}type"},
    "received": _LOCATIONS | {"id"},
}
"""What the two elements may have (XEP-0184 §11, XML Schema 1 §2.6)."""

# Possessive, so that neither white space nor a long name is scanned twice.
_PREFIXED: Final = r"\s*+(?:<\?xml[^>]*+>\s*+)?+<[^\s:/>]++:"
_PREFIXED_TEXT: Final = re.compile(_PREFIXED, re.ASCII)
_PREFIXED_OCTETS: Final = re.compile(_PREFIXED.encode())


def has_prefix(source: ElementLike | bytes | str, /) -> bool:
    """Check whether the first start tag has a namespace prefix.

    Args:
        source: Octets or text that the parser accepts, or an element. An element of
            lxml keeps its prefix; one of the standard library does not, so for that
            the answer is no.

    >>> has_prefix(b"<c:message xmlns:c='jabber:client'/>")
    True
    """
    if isinstance(source, bytes):
        return _PREFIXED_OCTETS.match(source) is not None
    if isinstance(source, str):
        return _PREFIXED_TEXT.match(source) is not None
    return bool(getattr(source, "prefix", None))


def odd_forms(
    element: ElementLike, /, *, is_message: bool, is_prefixed: bool
) -> Iterator[tuple[str, str]]:
    """Yield what is odd about the form of an element.

    An error may copy the stanza that it refuses (RFC 6120 §8.3.1), so the children of
    an error are not judged.

    Args:
        element: Any element of lxml or of the standard library.
        is_message: Whether it was read as a message.
        is_prefixed: Whether it was written with a prefix (`has_prefix`).

    Yields:
        The id of a rule whose scope is FORM, and the expanded name of the child
        at fault; '' for the stanza.
    """
    namespace, name = ns.split(element.tag)
    if not namespace and name in STANZA_NAMES:
        yield "no-namespace", ""
    if is_prefixed and namespace in ns.STANZAS:
        yield "content-prefix", ""
    if element.get("type") != _ERROR:  # which may copy what it refuses
        yield from _odd_payloads(element, is_message=is_message)
        if is_message:
            yield from _repeated_payloads(element)


def _repeated_payloads(element: ElementLike) -> Iterator[tuple[str, str]]:
    tags = [child.tag for child in element]
    if tags.count(ns.REQUEST_TAG) > 1:
        yield "multiple-request", ns.REQUEST_TAG
    if tags.count(ns.RECEIVED_TAG) > 1:
        yield "multiple-received", ns.RECEIVED_TAG


def _odd_payloads(
    element: ElementLike, *, is_message: bool
) -> Iterator[tuple[str, str]]:
    # Elements do not share their names, and a name may be long: keep each once.
    names: dict[str, str] = {}
    for child in element:
        tag = child.tag
        if tag.endswith(_SUSPECTS) or tag.startswith(_OF_RECEIPTS):
            for code in _odd_payload(child, tag, is_message=is_message):
                yield code, names.setdefault(tag, tag)


def _odd_payload(payload: ElementLike, tag: str, *, is_message: bool) -> Iterator[str]:
    namespace, name = ns.split(tag)
    if namespace != ns.RECEIPTS:
        if is_message and _is_look_alike(namespace, name):
            yield "look-alike"
        if tag in _OLD_RESULTS:
            yield "old-archive"
    elif name not in _RECEIPT_NAMES:
        yield "unknown-element"
    else:
        if not is_message:
            yield "receipt-outside-message"
        if not _ATTRIBUTES[name].issuperset(payload.attrib):
            yield "unexpected-attribute"
        if len(payload) or payload.text:
            yield "unexpected-content"


def _is_look_alike(namespace: str, name: str) -> bool:
    return name in _RECEIPT_NAMES and namespace not in _OTHER_PROTOCOLS


def first_extra(element: ElementLike, /) -> str:
    """Return the name of the first child that an ack message should not have.

    Args:
        element: A message that holds a receipt.

    Returns:
        The expanded name; '' if every child is a receipt or harmless
        (`ns.HARMLESS_IN_ACK`).
    """
    expected = ns.HARMLESS_IN_ACK | {ns.RECEIVED_TAG}
    return next((child.tag for child in element if child.tag not in expected), "")


def resembles_receipt(tag: str, /) -> bool:
    """Check whether a child of a message may have been meant as a receipt.

    Args:
        tag: Its expanded name.
    """
    namespace, name = ns.split(tag)
    return name in _RECEIPT_NAMES or namespace == ns.RECEIPTS

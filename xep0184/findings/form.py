"""What a lenient reader passes over: oddities of form, by the ids of their rules."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from xep0184 import ns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xep0184.xml import ElementLike

__all__ = ["STANZA_NAMES", "odd_forms", "resembles_receipt"]

STANZA_NAMES: Final = frozenset({"message", "presence", "iq"})
_RECEIPT_NAMES: Final = ("request", "received")
_OTHER_PROTOCOLS: Final = frozenset({ns.CARBONS, ns.CHAT_MARKERS})

_LOCATIONS: Final = frozenset(
    f"{{{ns.XSI}}}{name}" for name in ("schemaLocation", "noNamespaceSchemaLocation")
)
_ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "request": _LOCATIONS | {f"{{{ns.XSI}}}type"},
    "received": _LOCATIONS | {"id"},
}
"""What may stand on the two elements (XEP-0184 §11, XML Schema 1 §2.6)."""


def odd_forms(
    element: ElementLike, /, *, is_message: bool
) -> Iterator[tuple[str, str]]:
    """Yield what is odd about the form of an element.

    Args:
        element: Any element of lxml or of the standard library.
        is_message: Whether it was read as a message.

    Yields:
        The id of a rule whose scope is FORM, and the expanded name of the element
        at fault; '' for the stanza.
    """
    tag = element.tag
    if not tag.startswith("{") and tag in STANZA_NAMES:
        yield "no-namespace", ""
    if getattr(element, "prefix", None) and ns.split(tag)[0] in ns.CONTENT:
        yield "content-prefix", ""
    yield from _odd_payloads(element, is_message=is_message)
    tags = Counter(child.tag for child in element)
    for name in _RECEIPT_NAMES:
        tag = f"{{{ns.RECEIPTS}}}{name}"
        if tags[tag] > 1:
            yield f"multiple-{name}", tag


def _odd_payloads(
    element: ElementLike, *, is_message: bool
) -> Iterator[tuple[str, str]]:
    # A name may be long, and each element makes a text of it that is its own.
    names: dict[str, str] = {}
    for child in element:
        tag = child.tag
        for code in _odd_payload(child, tag, is_message=is_message):
            yield code, names.setdefault(tag, tag)


def _odd_payload(payload: ElementLike, tag: str, *, is_message: bool) -> Iterator[str]:
    namespace, name = ns.split(tag)
    if namespace != ns.RECEIPTS:
        if is_message and _is_look_alike(namespace, name):
            yield "look-alike"
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


def resembles_receipt(tag: str, /) -> bool:
    """Whether a child of a message may be meant for a receipt.

    Args:
        tag: Its expanded name.
    """
    namespace, name = ns.split(tag)
    return name in _RECEIPT_NAMES or namespace == ns.RECEIPTS

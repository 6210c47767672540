"""Reads messages and payloads from octets or elements, into values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184 import ns, xml
from xep0184.codec import plain
from xep0184.errors import FormatCode, FormatError
from xep0184.message import (
    ANNOTATIONS,
    TYPES,
    Annotation,
    Message,
    MessageType,
    Received,
    Request,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from xep0184.xml import ElementLike, Limits, Source, SourceForm

__all__ = [
    "acknowledged_ids",
    "ensure_message",
    "from_element",
    "parse",
    "payload_of",
    "read_message",
]

_NORMAL: Final = MessageType.NORMAL
_REQUEST: Final = Request()
_BODIES: Final[Mapping[str, tuple[str, str]]] = {
    f"{{{namespace}}}message": (namespace, f"{{{namespace}}}body")
    for namespace in ns.STANZAS
}
"""The content namespaces and the names of bodies, by the names of messages."""


def parse(
    data: bytes | str,
    /,
    *,
    namespaces: Collection[str] = ns.STANZAS,
    limits: Limits = xml.DEFAULT_LIMITS,
    form: SourceForm = xml.SourceForm.DOCUMENT,
) -> Message:
    """Read a message stanza from octets or text.

    Args:
        data: One message; octets are UTF-8.
        namespaces: The content namespaces to accept; with `ns.FRAGMENT` also stanzas
            without a namespace, like the examples of XEP-0184.
        limits: The limits to apply.
        form: Whether an XML declaration is allowed.

    Returns:
        The facts the message states.

    Raises:
        XMLError: The octets are not XMPP's XML (RFC 6120 §11).
        FormatError: NOT_A_STANZA, NOT_A_MESSAGE.

    >>> parse("<message xmlns='jabber:client' id='a'>"
    ...       "<request xmlns='urn:xmpp:receipts'/></message>").request
    True
    """
    return _plainly(data, namespaces, limits) or read_message(
        xml.parse(data, limits=limits, form=form), namespaces, limits
    )


def _plainly(
    data: bytes | str, namespaces: Collection[str], limits: Limits
) -> Message | None:
    """Read a plain message, which takes no tree; None if it is not plain."""
    if limits is not xml.DEFAULT_LIMITS or len(data) > plain.LENGTH:
        return None
    try:
        text = data if isinstance(data, str) else str(data, "utf-8")
    except UnicodeDecodeError:
        return None
    return plain.read(text, namespaces)


def from_element(
    source: Source,
    /,
    *,
    namespaces: Collection[str] = ns.STANZAS,
    limits: Limits = xml.DEFAULT_LIMITS,
) -> Message:
    """Read a message stanza from an element that another parser made.

    Args:
        source: An element of lxml or of the standard library, which is not changed;
            or its octets.
        namespaces: The content namespaces to accept, as for `parse`.
        limits: The limits to apply.

    Returns:
        The facts the message states, without a reference to the tree.

    Raises:
        XMLError: As `xep0184.xml.element_of`.
        FormatError: NOT_A_STANZA, NOT_A_MESSAGE.

    >>> from xml.etree import ElementTree
    >>> from_element(ElementTree.Element("{jabber:client}message", id="a")).id
    'a'
    """
    return read_message(xml.element_of(source, limits=limits), namespaces, limits)


def read_message(
    element: ElementLike, accepted: Collection[str], limits: Limits, /
) -> Message:
    """Read a message from an element that `xep0184.xml` has parsed or checked.

    Args:
        element: The element.
        accepted: The content namespaces to accept.
        limits: As for `from_element`.

    Raises:
        FormatError: NOT_A_STANZA, NOT_A_MESSAGE.

    >>> read_message(xml.parse("<message id='a'/>"), ns.CONTENT, xml.DEFAULT_LIMITS).id
    'a'
    """
    body_tag = ensure_message(element.tag, accepted)
    body = None
    request = False
    received: dict[str | None, Received] = {}
    annotations: list[Annotation] = []
    extensions: list[str] = []
    for child in element:
        tag = child.tag
        if tag == ns.RECEIVED_TAG:
            id_ = child.get("id")
            received[id_] = Received(id_)
        elif tag == ns.REQUEST_TAG:
            request = True
        elif tag == body_tag and body is None:
            body = _text(child)
        elif tag in ANNOTATIONS and _is_empty(child):
            annotations.append(ANNOTATIONS[tag])
        else:
            extensions.append(tag)
    raw_type = element.get("type")
    return Message(
        to=element.get("to"),
        from_=element.get("from"),
        id=element.get("id"),
        type=TYPES.get(raw_type, _NORMAL),
        raw_type=raw_type,
        body=body,
        request=request,
        received=tuple(received.values())[: limits.receipts],
        annotations=tuple(annotations),
        extensions=tuple(extensions),
    )


def ensure_message(tag: str, namespaces: Collection[str], /) -> str:
    """Check the expanded name of a message; return that of its body.

    Args:
        tag: The expanded name.
        namespaces: The content namespaces to accept.

    Raises:
        FormatError: NOT_A_STANZA, NOT_A_MESSAGE.

    >>> ensure_message("{jabber:client}message", ns.STANZAS)
    '{jabber:client}body'
    """
    usual, body_tag = _BODIES.get(tag, (None, ""))
    if usual in namespaces:
        return body_tag
    namespace, name = ns.split(tag)
    if namespace not in namespaces:
        raise FormatError(FormatCode.NOT_A_STANZA, tag)
    if name != "message":
        raise FormatError(FormatCode.NOT_A_MESSAGE, tag)
    return tag.removesuffix("message") + "body"


def _is_empty(element: ElementLike) -> bool:
    return not (len(element) or element.text or element.attrib)


def _text(element: ElementLike) -> str:
    return (element.text or "") + "".join(child.tail or "" for child in element)


def payload_of(payload: Source, /) -> Request | Received | None:
    """Return the request or the receipt that an element is; None for another element.

    Args:
        payload: Any element, or its octets: a child of a message (XEP-0184 §7).

    Raises:
        XMLError: Octets or text are not XMPP's XML.

    >>> payload_of("<received xmlns='urn:xmpp:receipts' id='a'/>")
    Received(id='a')
    """
    payload = xml.unchecked_element_of(payload)
    try:
        if payload.tag == ns.RECEIVED_TAG:
            return Received(payload.get("id"))
    except UnicodeDecodeError:  # lxml's recover=True keeps octets that are not UTF-8
        return None
    return _REQUEST if payload.tag == ns.REQUEST_TAG else None


def acknowledged_ids(message: Message, /, *, legacy: bool = False) -> tuple[str, ...]:
    """Return the ids that a message acknowledges: distinct, not empty, in order.

    Args:
        message: Any message.
        legacy: Whether a ``<received/>`` without id means the id of the ack message
            itself, as in revision 1.0 of the XEP.

    >>> acknowledged_ids(Message(id="m", received=(Received(None),)), legacy=True)
    ('m',)
    """
    effective = message.id if legacy else None
    ids = (
        effective if receipt.id is None else receipt.id for receipt in message.received
    )
    return tuple(dict.fromkeys(id_ for id_ in ids if id_))

"""Octets, elements and payloads to what they say.

A receipt is recognised by expanded name among the direct children of a message and
by nothing else, and oddities around it never cost the message (XEP-0184 §7).
"""

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

    from xep0184.xml import ElementLike, Limits, SourceForm

__all__ = ["acknowledged_ids", "from_element", "parse", "receipt_of"]

_NORMAL: Final = MessageType.NORMAL
_REQUEST: Final = Request()
_MESSAGES: Final[Mapping[str, str]] = {
    f"{{{namespace}}}message": namespace for namespace in ns.STANZAS
}


def parse(
    data: bytes | str,
    /,
    *,
    namespaces: Collection[str] = ns.STANZAS,
    limits: Limits = xml.DEFAULT_LIMITS,
    form: SourceForm = xml.SourceForm.DOCUMENT,
) -> Message:
    """Read a message stanza from bytes or text.

    Args:
        data: One message, UTF-8 if bytes.
        namespaces: The content namespaces to accept; `ns.FRAGMENT` among them
            accepts a stanza without any, as XEP-0184 prints its examples.
        limits: What is refused as too large.
        form: Whether an XML declaration may stand before it.

    Returns:
        The facts the message states.

    Raises:
        XMLError: It is not XMPP's XML (RFC 6120 §11).
        FormatError: NOT_A_STANZA, NOT_A_MESSAGE.

    >>> parse("<message xmlns='jabber:client' id='a'>"
    ...       "<request xmlns='urn:xmpp:receipts'/></message>").request
    True
    """
    return _plainly(data, namespaces, limits) or _read(
        xml.parse(data, limits=limits, form=form), namespaces, limits
    )


def _plainly(
    data: bytes | str, namespaces: Collection[str], limits: Limits
) -> Message | None:
    """Return a message of the plainest form, which takes no tree; None for others."""
    if (
        limits is not xml.DEFAULT_LIMITS
        or len(data) > plain.LENGTH
        or not data.isascii()
    ):
        return None
    text = data if isinstance(data, str) else str(data, "ascii")
    return plain.read(text, namespaces)


def from_element(
    element: ElementLike,
    /,
    *,
    namespaces: Collection[str] = ns.STANZAS,
    limits: Limits = xml.DEFAULT_LIMITS,
) -> Message:
    """Read a message stanza from an element some other parser made.

    Args:
        element: An element of lxml or of the standard library; left as it is.
        namespaces: The content namespaces to accept, as for `parse`.
        limits: What is refused as too large.

    Returns:
        The facts the message states; no reference to the tree.

    Raises:
        XMLError: RESTRICTED or LIMIT, as far as an element still shows it.
        FormatError: NOT_A_STANZA, NOT_A_MESSAGE.

    >>> from xml.etree import ElementTree
    >>> from_element(ElementTree.Element("{jabber:client}message", id="a")).id
    'a'
    """
    xml.check(element, limits=limits)
    return _read(element, namespaces, limits)


def _read(element: ElementLike, namespaces: Collection[str], limits: Limits) -> Message:
    content = _content_namespace(element.tag, namespaces)
    body_tag = f"{content}body"
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
    get = element.get
    raw_type = get("type")
    return Message(
        to=get("to"),
        from_=get("from"),
        id=get("id"),
        type=TYPES.get(raw_type, _NORMAL),
        raw_type=raw_type,
        body=body,
        request=request,
        received=tuple(received.values())[: limits.receipts],
        annotations=tuple(annotations),
        extensions=tuple(extensions),
    )


def _content_namespace(tag: str, namespaces: Collection[str]) -> str:
    """Return the namespace of a message in Clark notation, braces included."""
    usual = _MESSAGES.get(tag)
    if usual in namespaces:
        return f"{{{usual}}}"
    namespace, name = ns.split(tag)
    if namespace not in namespaces:
        raise FormatError(FormatCode.NOT_A_STANZA, tag)
    if name != "message":
        raise FormatError(FormatCode.NOT_A_MESSAGE, tag)
    return tag.removesuffix("message")


def _is_empty(element: ElementLike) -> bool:
    return not (len(element) or element.text or element.attrib)


def _text(element: ElementLike) -> str:
    return (element.text or "") + "".join(child.tail or "" for child in element)


def receipt_of(payload: ElementLike, /) -> Request | Received | None:
    """Read one child of a message (XEP-0184 §7).

    Args:
        payload: Any element.

    Returns:
        The receipt it is; None if it is none. Nothing is raised.

    >>> from lxml import etree
    >>> receipt_of(etree.Element("{urn:xmpp:receipts}received", id="a"))
    Received(id='a')
    """
    try:
        if payload.tag == ns.RECEIVED_TAG:
            return Received(payload.get("id"))
    except UnicodeDecodeError:  # lxml's recover=True keeps octets that are not UTF-8
        return None
    return _REQUEST if payload.tag == ns.REQUEST_TAG else None


def acknowledged_ids(message: Message, /, *, legacy: bool = False) -> tuple[str, ...]:
    """Return the ids a message acknowledges: distinct, usable, in their order.

    Args:
        message: Any message.
        legacy: Whether a ``<received/>`` without id stands for the id of the ack
            message itself, as revision 1.0 of the XEP had it.

    >>> acknowledged_ids(Message(id="m", received=(Received(None),)), legacy=True)
    ('m',)
    """
    effective = message.id if legacy else None
    ids = (
        effective if receipt.id is None else receipt.id for receipt in message.received
    )
    return tuple(dict.fromkeys(id_ for id_ in ids if id_))

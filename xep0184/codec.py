"""Bytes, elements and payloads to receipts, and back.

Reading is lenient: a receipt is recognised by expanded name among the direct
children of a message and by nothing else, and oddities around it never cost the
message (XEP-0184 §7). Writing is strict: what a peer could not read back, or
what the XEP never allows, is refused. Every door agrees with every other.

This module does not judge: whether to ask or answer is said by `xep0184.rules`,
what is odd about a stanza by `xep0184.findings`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from xep0184 import _plain, _xml, ns
from xep0184.errors import BuildCode, BuildError, FormatCode, FormatError
from xep0184.model import Annotation, Message, MessageType, Received, Request

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from xep0184._xml import ElementLike, Form, Limits

__all__ = [
    "acknowledged_ids",
    "add_received",
    "add_request",
    "ensure_writable",
    "from_element",
    "parse",
    "receipt_of",
    "serialize",
    "to_element",
]

_REQUEST: Final = Request()
_TYPES: Final[Mapping[str | None, MessageType]] = {
    message_type.value: message_type for message_type in MessageType
}
_ANNOTATIONS: Final[Mapping[str, Annotation]] = {
    annotation.value: annotation for annotation in Annotation
}
_MESSAGES: Final[Mapping[str, str]] = {
    f"{{{namespace}}}message": namespace for namespace in ns.STANZAS
}
_WRITTEN_TYPES: Final[Mapping[str, str]] = {
    message_type.value: f' type="{message_type.value}"' for message_type in MessageType
} | {MessageType.NORMAL: ""}
_ERROR: Final = MessageType.ERROR


def parse(
    data: bytes | str,
    /,
    *,
    namespaces: Collection[str] = ns.STANZAS,
    limits: Limits = _xml.DEFAULT_LIMITS,
    form: Form = _xml.Form.DOCUMENT,
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
        _xml.parse(data, limits=limits, form=form), namespaces, limits
    )


def _plainly(
    data: bytes | str, namespaces: Collection[str], limits: Limits
) -> Message | None:
    """Return a message of the plainest form, which takes no tree; None for others."""
    if (
        limits is not _xml.DEFAULT_LIMITS
        or len(data) > _plain.LENGTH
        or not data.isascii()
    ):
        return None
    text = data if isinstance(data, str) else str(data, "ascii")
    return _plain.read(text, namespaces)


def from_element(
    element: ElementLike,
    /,
    *,
    namespaces: Collection[str] = ns.STANZAS,
    limits: Limits = _xml.DEFAULT_LIMITS,
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
    _xml.check(element, limits=limits)
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
        elif tag in _ANNOTATIONS and _is_empty(child):
            annotations.append(_ANNOTATIONS[tag])
        else:
            extensions.append(tag)
    get = element.get
    raw_type = get("type")
    return Message(
        to=get("to"),
        from_=get("from"),
        id=get("id"),
        type=_TYPES.get(raw_type, MessageType.NORMAL),
        raw_type=raw_type,
        body=body,
        request=request,
        received=tuple(received.values())[: limits.receipts],
        annotations=tuple(annotations),
        extensions=tuple(extensions),
    )


def _content_namespace(tag: str, namespaces: Collection[str]) -> str:
    """Return the namespace of a message in Clark notation, braces included."""
    namespace = _MESSAGES.get(tag)
    if namespace in namespaces:
        return f"{{{namespace}}}" if namespace else ""
    qualifier, brace, name = tag.rpartition("}")
    if qualifier[1:] not in namespaces:
        raise FormatError(FormatCode.NOT_A_STANZA, tag)
    if name != "message":
        raise FormatError(FormatCode.NOT_A_MESSAGE, tag)
    return qualifier + brace


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

    >>> receipt_of(etree.Element("{urn:xmpp:receipts}received", id="a"))
    Received(id='a')
    """
    if payload.tag == ns.RECEIVED_TAG:
        return Received(payload.get("id"))
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


def serialize(message: Message, /, *, namespace: str = ns.CLIENT) -> bytes:
    """Write a message; the same message gives the same bytes.

    Args:
        message: What to write.
        namespace: The content namespace; `ns.FRAGMENT` writes none.

    Returns:
        One stanza in UTF-8, each namespace declared on the element that has it.

    Raises:
        BuildError: It holds what cannot be written (`extensions`, a character
            XML has no place for, a type that is none), what a peer could not use
            (no id) or what the XEP never allows (both elements, a receipt in an
            error).

    >>> serialize(Message(to="a@b", id="2", received=(Received("1"),))).decode()
    '<message xmlns="jabber:client" to="a@b" id="2"><received \
xmlns="urn:xmpp:receipts" id="1"/></message>'
    """
    _ensure_allowed(message)
    if namespace not in ns.CONTENT:
        raise BuildError(BuildCode.NAMESPACE, "namespace")
    start = f'<message xmlns="{namespace}"' if namespace else "<message"
    if message.to is not None:
        start += f' to="{_xml.escape_attribute(message.to, "to")}"'
    if message.from_ is not None:
        start += f' from="{_xml.escape_attribute(message.from_, "from")}"'
    if message.id is not None:
        start += f' id="{_xml.escape_attribute(message.id, "id")}"'
    start += _written_type(message.type)
    children = _children(message)
    stanza = f"{start}>{children}</message>" if children else f"{start}/>"
    return stanza.encode()


def _written_type(message_type: str) -> str:
    """Return the attribute for one of the five types, also of a plain str."""
    written = _WRITTEN_TYPES.get(message_type)
    if written is None:
        raise BuildError(BuildCode.UNKNOWN_TYPE, "type")
    return written


def _children(message: Message) -> str:
    children = ""
    if message.body is not None:
        children = f"<body>{_xml.escape_text(message.body, 'body')}</body>"
    if message.request:
        children += f'<request xmlns="{ns.RECEIPTS}"/>'
    for receipt in message.received:
        # None was refused before; what else is no text is refused here.
        id_ = "" if receipt.id is None else receipt.id
        id_ = _xml.escape_attribute(id_, "received@id")
        children += f'<received xmlns="{ns.RECEIPTS}" id="{id_}"/>'
    for annotation in message.annotations:
        namespace, _, name = annotation[1:].partition("}")
        children += f'<{name} xmlns="{namespace}"/>'
    return children


def ensure_writable(message: Message, /) -> None:
    """Refuse a message whose receipts the XEP never allows or no peer could use.

    Args:
        message: What is to be written. Characters are judged in writing.

    Raises:
        BuildError: EXTENSIONS; MULTIPLE_RECEIVED, REQUEST_IN_ACK, ERROR_TYPE;
            MISSING_ID, EMPTY_ID, NOT_TEXT, ILLEGAL_CHARACTER, ECHOED_ID.

    >>> ensure_writable(Message(id="a", request=True))
    """
    _ensure_allowed(message)
    for receipt in message.received:
        _ensure_characters(receipt.id, "received@id")
    if message.request or message.received:
        _ensure_characters(message.id, "id")


def _ensure_allowed(message: Message) -> None:
    """Refuse what `ensure_writable` does but for characters.

    Writing looks at those itself: to do so twice would take a sixth of it.
    """
    if message.extensions:
        raise BuildError(BuildCode.EXTENSIONS, "extensions")
    if len(message.received) > 1:
        raise BuildError(BuildCode.MULTIPLE_RECEIVED, "received")
    if message.request and message.received:
        raise BuildError(BuildCode.REQUEST_IN_ACK, "request")
    if message.request:
        _ensure_may_request(message.type, message.id)
    for receipt in message.received:
        _ensure_may_acknowledge(message.type, message.id, receipt.id)


def _ensure_may_request(message_type: str | None, stanza_id: str | None) -> None:
    if message_type == _ERROR:
        raise BuildError(BuildCode.ERROR_TYPE, "type")
    _ensure_id(stanza_id, "id")


def _ensure_may_acknowledge(
    message_type: str | None, stanza_id: str | None, id_: str | None
) -> None:
    if message_type == _ERROR:
        raise BuildError(BuildCode.ERROR_TYPE, "type")
    _ensure_id(id_, "received@id")
    if stanza_id is not None:
        _ensure_id(stanza_id, "id")
    if stanza_id == id_:
        raise BuildError(BuildCode.ECHOED_ID, "id")


def _ensure_id(id_: str | None, field: str) -> None:
    if id_ is None:
        raise BuildError(BuildCode.MISSING_ID, field)
    if id_ == "":
        raise BuildError(BuildCode.EMPTY_ID, field)


def _ensure_characters(id_: str | None, field: str) -> None:
    if id_ is not None:
        _xml.escape_attribute(id_, field)


def to_element(message: Message, /, *, tree: Any = etree) -> Any:  # noqa: ANN401
    """Build the element of a message in the element library of the host.

    Args:
        message: What to build.
        tree: `lxml.etree`, `xml.etree.ElementTree` or what looks like them.

    Returns:
        An element of that library.

    Raises:
        BuildError: As `serialize`.

    >>> to_element(Message(id="a")).tag
    '{jabber:client}message'
    """
    stanza = serialize(message)
    return _xml.parse(stanza) if tree is etree else tree.fromstring(stanza)


def add_request(element: ElementLike, /) -> None:
    """Put a ``<request/>`` into a message element, and touch nothing else.

    Args:
        element: A message of lxml or of the standard library. One that asks
            already is left alone.

    Raises:
        BuildError: NOT_A_MESSAGE; MISSING_ID, EMPTY_ID; ERROR_TYPE;
            REQUEST_IN_ACK (XEP-0184 §5, §5.4, §7).

    >>> message = etree.Element("{jabber:client}message", id="a")
    >>> add_request(message)
    >>> message[0].tag
    '{urn:xmpp:receipts}request'
    """
    tags = _payload_tags(element)
    if ns.RECEIVED_TAG in tags:
        raise BuildError(BuildCode.REQUEST_IN_ACK, "request")
    _ensure_may_request(element.get("type"), element.get("id"))
    _ensure_characters(element.get("id"), "id")
    if ns.REQUEST_TAG not in tags:
        _append(element, ns.REQUEST_TAG, {})


def add_received(element: ElementLike, id: str, /) -> None:  # noqa: A002  # wire name
    """Put a ``<received id='…'/>`` into a message element, and touch nothing else.

    Args:
        element: A message of lxml or of the standard library.
        id: The id of the content message, exactly as it came.

    Raises:
        BuildError: NOT_A_MESSAGE; MISSING_ID, EMPTY_ID, NOT_TEXT,
            ILLEGAL_CHARACTER, ECHOED_ID; ERROR_TYPE; REQUEST_IN_ACK;
            MULTIPLE_RECEIVED (XEP-0184 §5, §5.4, §7).

    >>> message = etree.Element("{jabber:client}message")
    >>> add_received(message, "a")
    >>> message[0].get("id")
    'a'
    """
    tags = _payload_tags(element)
    if ns.REQUEST_TAG in tags:
        raise BuildError(BuildCode.REQUEST_IN_ACK, "received")
    if ns.RECEIVED_TAG in tags:
        raise BuildError(BuildCode.MULTIPLE_RECEIVED, "received")
    _ensure_may_acknowledge(element.get("type"), element.get("id"), id)
    _ensure_characters(id, "received@id")
    _ensure_characters(element.get("id"), "id")
    _append(element, ns.RECEIVED_TAG, {"id": id})


def _payload_tags(element: ElementLike) -> set[str]:
    qualifier, _, name = str(element.tag).rpartition("}")
    if name != "message" or qualifier[1:] not in ns.CONTENT:
        raise BuildError(BuildCode.NOT_A_MESSAGE, str(element.tag))
    return {child.tag for child in element}


def _append(element: Any, tag: str, attributes: dict[str, str]) -> None:  # noqa: ANN401
    # Only lxml takes prefixes, and needs them to write the namespace as default.
    nsmap = ({None: ns.RECEIPTS},) if isinstance(element, _xml.LxmlElement) else ()
    element.append(element.makeelement(tag, attributes, *nsmap))

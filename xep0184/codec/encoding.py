"""Writes messages as octets and elements.

What a peer could not read back is refused, and what this library never writes. The
same message always gives the same octets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from xep0184 import ns
from xep0184.codec.refusals import ensure_consistent
from xep0184.errors import BuildCode, BuildError
from xep0184.message import Message, MessageType
from xep0184.xml import escape_attribute, escape_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["serialize", "to_element"]

_WRITTEN_TYPES: Final[Mapping[str, str]] = {
    message_type.value: f' type="{message_type.value}"' for message_type in MessageType
} | {MessageType.NORMAL: ""}


def serialize(message: Message, /, *, namespace: str = ns.CLIENT) -> bytes:
    """Return a message as octets; the same message always gives the same octets.

    Args:
        message: The message to write.
        namespace: The content namespace; `ns.FRAGMENT` writes none.

    Returns:
        One stanza in UTF-8. Each namespace is declared on the element that is in it.

    Raises:
        BuildError: The message holds something that cannot be written: EXTENSIONS,
            UNKNOWN_TYPE, NOT_TEXT, ILLEGAL_CHARACTER; something this library never
            writes: REQUEST_IN_ACK, MULTIPLE_RECEIVED, ERROR_TYPE, ECHOED_ID; or a
            receipt that names no message: MISSING_ID, EMPTY_ID. NAMESPACE, if the
            namespace is not one of `ns.CONTENT`.

    >>> from xep0184.message import Received
    >>> serialize(Message(to="a@b", id="2", received=(Received("1"),))).decode()
    '<message xmlns="jabber:client" to="a@b" id="2"><received \
xmlns="urn:xmpp:receipts" id="1"/></message>'
    """
    ensure_consistent(message)
    if namespace not in ns.CONTENT:
        raise BuildError(BuildCode.NAMESPACE, "namespace")
    start = f'<message xmlns="{namespace}"' if namespace else "<message"
    if message.to is not None:
        start += f' to="{escape_attribute(message.to, "to")}"'
    if message.from_ is not None:
        start += f' from="{escape_attribute(message.from_, "from")}"'
    if message.id is not None:
        start += f' id="{escape_attribute(message.id, "id")}"'
    start += _written_type(message.type)
    children = _children(message)
    stanza = f"{start}>{children}</message>" if children else f"{start}/>"
    return stanza.encode()


def _written_type(message_type: str) -> str:
    """Return the attribute ``type``; it is left out for NORMAL, the default."""
    written = _WRITTEN_TYPES.get(message_type)
    if written is None:
        raise BuildError(BuildCode.UNKNOWN_TYPE, "type")
    return written


def _children(message: Message) -> str:
    children = ""
    if message.body is not None:
        children = f"<body>{escape_text(message.body, 'body')}</body>"
    if message.request:
        children += f'<request xmlns="{ns.RECEIPTS}"/>'
    for receipt in message.received:
        # `ensure_consistent` has refused None; for the type checker it is replaced.
        id_ = "" if receipt.id is None else receipt.id
        id_ = escape_attribute(id_, "received@id")
        children += f'<received xmlns="{ns.RECEIPTS}" id="{id_}"/>'
    for annotation in message.annotations:
        namespace, name = ns.split(annotation)
        children += f'<{name} xmlns="{namespace}"/>'
    return children


def to_element(
    message: Message,
    /,
    *,
    tree: Any = ET,  # noqa: ANN401
    namespace: str = ns.CLIENT,
) -> Any:  # noqa: ANN401
    """Return a message as an element.

    Args:
        message: The message to write.
        tree: The element library to use: `xml.etree.ElementTree`, `lxml.etree` or
            another module with their ``fromstring``.
        namespace: The content namespace, as for `serialize`.

    Returns:
        An element of that library.

    Raises:
        BuildError: As `serialize`.

    >>> to_element(Message(id="a")).tag
    '{jabber:client}message'
    """
    return tree.fromstring(serialize(message, namespace=namespace))

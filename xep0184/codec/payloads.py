"""Adds requests and receipts to a stanza that the stack has built itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xep0184 import ns
from xep0184.codec.refusals import (
    ensure_text,
    ensure_valid_receipt,
    ensure_valid_request,
)
from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.xml import ElementLike

__all__ = ["add_received", "add_request"]


def add_request(
    element: ElementLike, /, *, new_id: Callable[[], str] | None = None
) -> str:
    """Add a ``<request/>`` to a message element, and return the id of the message.

    Only the request, and a missing id, are added. A second request is not added.

    Args:
        element: A message element of lxml or of the standard library.
        new_id: Makes an id for a message that has none or an empty one, for stacks
            that assign ids only when they send; for example `xep0184.fresh_id`.
            Without it such a message is refused.

    Returns:
        The id of the message, to which receipts will refer.

    Raises:
        BuildError: NOT_A_MESSAGE; ERROR_TYPE; REQUEST_IN_ACK; MISSING_ID, EMPTY_ID,
            NOT_TEXT, ILLEGAL_CHARACTER (XEP-0184 §5, §5.4, §7). If it raises, the
            element is unchanged.

    >>> from xml.etree import ElementTree
    >>> message = ElementTree.Element("{jabber:client}message")
    >>> add_request(message, new_id=lambda: "richard2-4.1.247")
    'richard2-4.1.247'
    >>> message[0].tag
    '{urn:xmpp:receipts}request'
    """
    tags, message_type, id_ = _facts_of(element)
    if ns.RECEIVED_TAG in tags:
        raise BuildError(BuildCode.REQUEST_IN_ACK, "request")
    if not id_ and new_id is not None:
        id_ = new_id()
    ensure_valid_request(message_type, id_)
    ensure_text(id_, "id")
    if ns.REQUEST_TAG not in tags:
        _append(element, ns.REQUEST_TAG, {})
    target: Any = element
    target.set("id", id_)
    return str(id_)


def add_received(element: ElementLike, id: str, /) -> None:  # noqa: A002  # wire name
    """Add a ``<received id='…'/>`` to a message element, and change nothing else.

    Args:
        element: A message element of lxml or of the standard library.
        id: The id of the content message, exactly as it came.

    Raises:
        BuildError: NOT_A_MESSAGE; ERROR_TYPE; REQUEST_IN_ACK; MULTIPLE_RECEIVED;
            MISSING_ID, EMPTY_ID, NOT_TEXT, ILLEGAL_CHARACTER, ECHOED_ID
            (XEP-0184 §5, §5.4, §7). If it raises, the element is unchanged.

    >>> from xml.etree import ElementTree
    >>> message = ElementTree.Element("{jabber:client}message")
    >>> add_received(message, "richard2-4.1.247")
    >>> message[0].get("id")
    'richard2-4.1.247'
    """
    tags, message_type, stanza_id = _facts_of(element)
    if ns.REQUEST_TAG in tags:
        raise BuildError(BuildCode.REQUEST_IN_ACK, "received")
    if ns.RECEIVED_TAG in tags:
        raise BuildError(BuildCode.MULTIPLE_RECEIVED, "received")
    ensure_valid_receipt(message_type, stanza_id, id)
    ensure_text(id, "received@id")
    ensure_text(stanza_id, "id")
    _append(element, ns.RECEIVED_TAG, {"id": id})


def _facts_of(element: ElementLike) -> tuple[list[object], str | None, str | None]:
    """Return the names of the children of a message, its type and its id."""
    try:
        name = str(element.tag)
        tags: list[object] = [child.tag for child in element]
        message_type, id_ = element.get("type"), element.get("id")
    except UnicodeDecodeError:  # lxml's recover=True keeps octets that are not UTF-8
        raise BuildError(BuildCode.NOT_TEXT, "element") from None
    if not ns.is_stanza(name, "message"):
        raise BuildError(BuildCode.NOT_A_MESSAGE, name)
    return tags, message_type, id_


def _append(element: Any, tag: str, attributes: dict[str, str]) -> None:  # noqa: ANN401
    # Elements of lxml have prefixes: here RECEIPTS becomes the default namespace.
    nsmap = ({None: ns.RECEIPTS},) if hasattr(element, "nsmap") else ()
    element.append(element.makeelement(tag, attributes, *nsmap))

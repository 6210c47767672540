"""Receipts for a stanza that a host has made itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xep0184 import ns
from xep0184.codec.refusals import (
    ensure_characters,
    ensure_may_acknowledge,
    ensure_may_request,
)
from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from xep0184.xml import ElementLike

__all__ = ["add_received", "add_request"]


def add_request(element: ElementLike, /) -> None:
    """Put a ``<request/>`` into a message element, and touch nothing else.

    Args:
        element: A message of lxml or of the standard library. One that asks
            already is left alone.

    Raises:
        BuildError: NOT_A_MESSAGE; MISSING_ID, EMPTY_ID; ERROR_TYPE;
            REQUEST_IN_ACK (XEP-0184 §5, §5.4, §7).

    >>> from xml.etree import ElementTree
    >>> message = ElementTree.Element("{jabber:client}message", id="a")
    >>> add_request(message)
    >>> message[0].tag
    '{urn:xmpp:receipts}request'
    """
    tags = _payload_tags(element)
    if ns.RECEIVED_TAG in tags:
        raise BuildError(BuildCode.REQUEST_IN_ACK, "request")
    ensure_may_request(element.get("type"), element.get("id"))
    ensure_characters(element.get("id"), "id")
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

    >>> from xml.etree import ElementTree
    >>> message = ElementTree.Element("{jabber:client}message")
    >>> add_received(message, "a")
    >>> message[0].get("id")
    'a'
    """
    tags = _payload_tags(element)
    if ns.REQUEST_TAG in tags:
        raise BuildError(BuildCode.REQUEST_IN_ACK, "received")
    if ns.RECEIVED_TAG in tags:
        raise BuildError(BuildCode.MULTIPLE_RECEIVED, "received")
    ensure_may_acknowledge(element.get("type"), element.get("id"), id)
    ensure_characters(id, "received@id")
    ensure_characters(element.get("id"), "id")
    _append(element, ns.RECEIVED_TAG, {"id": id})


def _payload_tags(element: ElementLike) -> set[str]:
    if not ns.is_stanza(str(element.tag), "message"):
        raise BuildError(BuildCode.NOT_A_MESSAGE, str(element.tag))
    return {child.tag for child in element}


def _append(element: Any, tag: str, attributes: dict[str, str]) -> None:  # noqa: ANN401
    # Only lxml takes prefixes, and needs them to write the namespace as default.
    nsmap = ({None: ns.RECEIPTS},) if hasattr(element, "nsmap") else ()
    element.append(element.makeelement(tag, attributes, *nsmap))

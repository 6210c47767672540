"""What is not written: what the XEP never allows, and what no peer could use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184.errors import BuildCode, BuildError
from xep0184.message import MessageType
from xep0184.xml import escape_attribute

if TYPE_CHECKING:
    from xep0184.message import Message

__all__ = [
    "ensure_characters",
    "ensure_consistent",
    "ensure_may_acknowledge",
    "ensure_may_request",
    "ensure_writable",
]

_ERROR: Final = MessageType.ERROR
_LACKS: Final = {None: BuildCode.MISSING_ID, "": BuildCode.EMPTY_ID}


def ensure_writable(message: Message, /) -> None:
    """Refuse a message whose receipts the XEP never allows or no peer could use.

    Args:
        message: What is to be written. Characters of other fields than ids are
            judged in writing.

    Raises:
        BuildError: EXTENSIONS; MULTIPLE_RECEIVED, REQUEST_IN_ACK, ERROR_TYPE;
            MISSING_ID, EMPTY_ID, NOT_TEXT, ILLEGAL_CHARACTER, ECHOED_ID.

    >>> from xep0184.message import Message
    >>> ensure_writable(Message(id="a", request=True))
    """
    ensure_consistent(message)
    for receipt in message.received:
        ensure_characters(receipt.id, "received@id")
    if message.request or message.received:
        ensure_characters(message.id, "id")


def ensure_consistent(message: Message, /) -> None:
    """Refuse what `ensure_writable` does but for characters.

    Writing looks at those itself: to do so twice would take a sixth of it.

    Args:
        message: What is to be written.

    Raises:
        BuildError: As `ensure_writable`, but for NOT_TEXT and ILLEGAL_CHARACTER.
    """
    if message.extensions:
        raise BuildError(BuildCode.EXTENSIONS, "extensions")
    if len(message.received) > 1:
        raise BuildError(BuildCode.MULTIPLE_RECEIVED, "received")
    if message.request and message.received:
        raise BuildError(BuildCode.REQUEST_IN_ACK, "request")
    if message.request:
        ensure_may_request(message.type, message.id)
    for receipt in message.received:
        ensure_may_acknowledge(message.type, message.id, receipt.id)


def ensure_may_request(message_type: str | None, stanza_id: str | None, /) -> None:
    """Refuse a request where none may stand, or where none could be answered.

    Args:
        message_type: The type of the message that asks.
        stanza_id: Its id.

    Raises:
        BuildError: ERROR_TYPE; MISSING_ID, EMPTY_ID (XEP-0184 §5, §7).
    """
    if message_type == _ERROR:
        raise BuildError(BuildCode.ERROR_TYPE, "type")
    if stanza_id is None or stanza_id == "":
        raise BuildError(_LACKS[stanza_id], "id")


def ensure_may_acknowledge(
    message_type: str | None, stanza_id: str | None, id_: str | None, /
) -> None:
    """Refuse a receipt where none may stand, or which would name no message.

    Args:
        message_type: The type of the ack message.
        stanza_id: Its own id.
        id_: The id it acknowledges.

    Raises:
        BuildError: ERROR_TYPE; MISSING_ID, EMPTY_ID, ECHOED_ID (XEP-0184 §5, §7).
    """
    if message_type == _ERROR:
        raise BuildError(BuildCode.ERROR_TYPE, "type")
    if id_ is None or id_ == "":
        raise BuildError(_LACKS[id_], "received@id")
    if stanza_id == "":
        raise BuildError(BuildCode.EMPTY_ID, "id")
    if stanza_id == id_:
        raise BuildError(BuildCode.ECHOED_ID, "id")


def ensure_characters(id_: str | None, field: str, /) -> None:
    """Refuse an id that is no text, or that XML cannot carry.

    Args:
        id_: The id; an absent one is none of this function's business.
        field: What to call it.

    Raises:
        BuildError: NOT_TEXT, ILLEGAL_CHARACTER (XML 1.0 §2.2).
    """
    if id_ is not None:
        escape_attribute(id_, field)

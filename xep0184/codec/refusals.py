"""Refuses to write what no peer could use, and what this library never writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184.errors import BuildCode, BuildError
from xep0184.message import MessageType
from xep0184.xml import escape_attribute

if TYPE_CHECKING:
    from xep0184.message import Message

__all__ = [
    "ensure_consistent",
    "ensure_text",
    "ensure_valid_receipt",
    "ensure_valid_request",
    "ensure_writable",
]

_ERROR: Final = MessageType.ERROR
_UNUSABLE: Final = {None: BuildCode.MISSING_ID, "": BuildCode.EMPTY_ID}


def ensure_writable(message: Message, /) -> None:
    """Check that the receipts of a message may be written and can be used by a peer.

    Args:
        message: The message to write. Of its texts, only the ids that a receipt
            needs are checked; `xep0184.serialize` checks the others.

    Raises:
        BuildError: EXTENSIONS; MULTIPLE_RECEIVED, REQUEST_IN_ACK, ERROR_TYPE;
            MISSING_ID, EMPTY_ID, NOT_TEXT, ILLEGAL_CHARACTER, ECHOED_ID.

    >>> from xep0184.message import Message
    >>> ensure_writable(Message(id="a", request=True))
    """
    ensure_consistent(message)
    for receipt in message.received:
        ensure_text(receipt.id, "received@id")
    if message.request or message.received:
        ensure_text(message.id, "id")


def ensure_consistent(message: Message, /) -> None:
    """Check what `ensure_writable` checks, except for the characters of the ids.

    Writing escapes every text and checks its characters then.

    Args:
        message: The message to write.

    Raises:
        BuildError: As `ensure_writable`, but neither NOT_TEXT nor ILLEGAL_CHARACTER.
    """
    if message.extensions:
        raise BuildError(BuildCode.EXTENSIONS, "extensions")
    if len(message.received) > 1:
        raise BuildError(BuildCode.MULTIPLE_RECEIVED, "received")
    if message.request and message.received:
        raise BuildError(BuildCode.REQUEST_IN_ACK, "request")
    if message.request:
        ensure_valid_request(message.type, message.id)
    for receipt in message.received:
        ensure_valid_receipt(message.type, message.id, receipt.id)


def ensure_valid_request(message_type: str | None, stanza_id: str | None, /) -> None:
    """Check that a message of this type and id may hold a request.

    Args:
        message_type: The type of the message.
        stanza_id: The id of the message.

    Raises:
        BuildError: ERROR_TYPE, MISSING_ID or EMPTY_ID (XEP-0184 §5, §7).
    """
    if message_type == _ERROR:
        raise BuildError(BuildCode.ERROR_TYPE, "type")
    if stanza_id is None or stanza_id == "":
        raise BuildError(_UNUSABLE[stanza_id], "id")


def ensure_valid_receipt(
    message_type: str | None, stanza_id: str | None, received_id: str | None, /
) -> None:
    """Check that a message of this type and id may hold a receipt for another id.

    Args:
        message_type: The type of the ack message.
        stanza_id: The id of the ack message itself.
        received_id: The id of the content message.

    Raises:
        BuildError: ERROR_TYPE, MISSING_ID, EMPTY_ID or ECHOED_ID (XEP-0184 §5, §7).
    """
    if message_type == _ERROR:
        raise BuildError(BuildCode.ERROR_TYPE, "type")
    if received_id is None or received_id == "":
        raise BuildError(_UNUSABLE[received_id], "received@id")
    if stanza_id == "":
        raise BuildError(BuildCode.EMPTY_ID, "id")
    if stanza_id == received_id:
        raise BuildError(BuildCode.ECHOED_ID, "id")


def ensure_text(id_: str | None, field: str, /) -> None:
    """Check that an id is text that XML can carry.

    Args:
        id_: The id; None, a missing id, passes.
        field: The name to give the id in an error.

    Raises:
        BuildError: NOT_TEXT or ILLEGAL_CHARACTER (XML 1.0 §2.2).
    """
    if id_ is not None:
        escape_attribute(id_, field)

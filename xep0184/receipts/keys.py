"""The key of an incoming message: what is needed to answer it, as plain data.

A gateway answers when the far side has delivered, hours later and perhaps after a
restart. So a key is a text that holds the facts itself, and nothing is remembered of a
message between `incoming` and `processed`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from xep0184 import ns
from xep0184._value import value
from xep0184.envelope import Envelope, EnvelopeKind
from xep0184.message import Annotation, Message, MessageType, Received
from xep0184.receipts.mistakes import ReceiptsCode, ReceiptsError
from xep0184.record import FieldError, Record

if TYPE_CHECKING:
    from xep0184.jid import JID

__all__ = ["MessageKey", "read_key"]

_NO_MESSAGE: Final = Message()


@value(kw_only=True)
class MessageKey:
    """An incoming message that asks for a receipt.

    Its text does not hold the content of the message.

    Attributes:
        account: The bare JID of the account that got the message.
        envelope: The message, and how it reached this client.
        digest: The digest of the id and the content; None if it is not known.
        first_sight: Whether the account got the message for the first time, if it
            comes from an archive.
        nonce: Distinguishes two copies of one message.
    """

    account: str
    envelope: Envelope
    digest: str | None
    first_sight: bool = False
    nonce: str

    def __str__(self) -> str:
        message = self.message
        row = {
            "account": self.account,
            "kind": self.envelope.kind,
            "to": message.to,
            "from_": message.from_,
            "id": message.id,
            "type": message.type,
            "digest": self.digest,
            "first_sight": self.first_sight,
            "is_ack": message.is_ack,
            "has_content": message.has_content,
            "is_private": message.has_muc_user,
            "is_delayed": not ns.DELAYS.isdisjoint(message.extensions),
            "nonce": self.nonce,
        }
        return json.dumps(row)

    @property
    def message(self) -> Message:
        """The message."""
        return self.envelope.message or _NO_MESSAGE

    @property
    def id(self) -> str | None:
        """The id of the message."""
        return self.message.id

    def without_content(self) -> MessageKey:
        """Return a key with the same text that does not hold the content."""
        return read_key(str(self))

    def of_occupant(self) -> MessageKey:
        """Return the key of a message from a room; it says so when the room is gone."""
        message = self.message
        if message.has_muc_user:
            return self
        annotations = (*message.annotations, Annotation.MUC_USER)
        message = replace(message, annotations=annotations)
        return replace(self, envelope=replace(self.envelope, message=message))

    def sender(self, account: JID) -> JID | None:
        """Return the sender; None if the message has no valid one."""
        from_ = self.message.from_
        if from_ is None:  # RFC 6120 §8.1.2.1 is about streams
            is_direct = self.envelope.kind is EnvelopeKind.DIRECT
            return account.bare if is_direct else None
        return account.parse_other(from_)


def read_key(text: str) -> MessageKey:
    """Return the key that a text holds.

    Raises:
        ReceiptsError: KEY.
    """
    try:
        return _key_in(Record(json.loads(text), "key"))
    except (TypeError, ValueError, RecursionError) as error:
        field = error.field if isinstance(error, FieldError) else "key"
        raise ReceiptsError(ReceiptsCode.KEY, field) from None


def _key_in(row: Record) -> MessageKey:
    kind = row.get("kind", EnvelopeKind)
    message = Message(
        to=row.get_or_none("to", str),
        from_=row.get_or_none("from_", str),
        id=row.get_or_none("id", str),
        type=row.get("type", MessageType),
        body="" if row.get("has_content", bool) else None,
        request=True,
        received=(Received(None),) if row.get("is_ack", bool) else (),
        annotations=(Annotation.MUC_USER,) if row.get("is_private", bool) else (),
        extensions=(ns.DELAY_TAG,) if row.get("is_delayed", bool) else (),
    )
    return MessageKey(
        account=row.get("account", str),
        envelope=Envelope(kind=kind, message=message),
        digest=row.get_or_none("digest", str),
        first_sight=row.get("first_sight", bool),
        nonce=row.get("nonce", str),
    )

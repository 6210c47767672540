"""The key of an incoming message: what is needed to answer it, as plain data.

A gateway answers when the far side has delivered, hours later and perhaps after a
restart. So a key is a text that holds the facts itself, and nothing is remembered of a
message between `incoming` and `processed`.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from xep0184 import jid, ns
from xep0184._value import value
from xep0184.envelope import Envelope, EnvelopeKind
from xep0184.message import Annotation, Message, MessageType, Received
from xep0184.receipts.mistakes import ReceiptsCode, ReceiptsError
from xep0184.record import FieldError, Record

if TYPE_CHECKING:
    from xep0184.jid import JID

__all__ = ["MessageKey", "key_of", "read_key"]


@value(kw_only=True)
class MessageKey:
    """An incoming message that asks for a receipt, without its content.

    Attributes:
        kind: How the message reached this client.
        to: The ``to`` attribute.
        from_: The ``from`` attribute.
        id: The ``id`` attribute.
        type: The type.
        digest: The digest of the content in hexadecimal; None if it is not known.
        first_sight: Whether the account got the message for the first time, if it
            comes from an archive.
        is_ack: Whether it is an ack message as well.
        has_content: Whether it has a body or an encrypted payload.
        is_private: Whether it has the ``muc#user`` element.
        is_delayed: Whether it has a delay element.
        nonce: Distinguishes two copies of one message.
    """

    kind: EnvelopeKind
    to: str | None
    from_: str | None
    id: str | None
    type: MessageType
    digest: str | None
    first_sight: bool
    is_ack: bool
    has_content: bool
    is_private: bool
    is_delayed: bool
    nonce: str

    def __str__(self) -> str:
        return json.dumps({name: getattr(self, name) for name in _FIELDS})

    @property
    def envelope(self) -> Envelope:
        """The message as the rules for answering look at it."""
        message = Message(
            to=self.to,
            from_=self.from_,
            id=self.id,
            type=self.type,
            body="" if self.has_content else None,
            request=True,
            received=(Received(None),) if self.is_ack else (),
            annotations=(Annotation.MUC_USER,) if self.is_private else (),
            extensions=(ns.DELAY_TAG,) if self.is_delayed else (),
        )
        return Envelope(kind=self.kind, message=message)

    def sender(self, account: JID) -> JID | None:
        """Return the sender; None if the message has no valid one."""
        if self.from_ is None:  # RFC 6120 §8.1.2.1 is about streams
            return account.bare if self.kind is EnvelopeKind.DIRECT else None
        return jid.parse_or_none(self.from_, normaliser=account.normaliser)


_FIELDS: Final = tuple(field.name for field in fields(MessageKey))


def key_of(envelope: Envelope, digest: str | None, nonce: str) -> MessageKey:
    """Return the key of a message that asks for a receipt."""
    message = envelope.message or Message()
    return MessageKey(
        kind=envelope.kind,
        to=message.to,
        from_=message.from_,
        id=message.id,
        type=message.type,
        digest=digest,
        first_sight=False,
        is_ack=message.is_ack,
        has_content=message.has_content,
        is_private=message.has_muc_user,
        is_delayed=not ns.DELAYS.isdisjoint(message.extensions),
        nonce=nonce,
    )


def read_key(text: str) -> MessageKey:
    """Return the key that a text holds.

    Raises:
        ReceiptsError: KEY.
    """
    try:
        row = Record(json.loads(text), "key")
        return MessageKey(
            kind=row.get("kind", EnvelopeKind),
            to=row.get_or_none("to", str),
            from_=row.get_or_none("from_", str),
            id=row.get_or_none("id", str),
            type=row.get("type", MessageType),
            digest=row.get_or_none("digest", str),
            first_sight=row.get("first_sight", bool),
            is_ack=row.get("is_ack", bool),
            has_content=row.get("has_content", bool),
            is_private=row.get("is_private", bool),
            is_delayed=row.get("is_delayed", bool),
            nonce=row.get("nonce", str),
        )
    except (TypeError, ValueError, RecursionError) as error:
        field = error.field if isinstance(error, FieldError) else "key"
        raise ReceiptsError(ReceiptsCode.KEY, field) from None

"""What a receipt says, as frozen values.

A value is inert: it judges nothing, holds no reference to a tree, and may hold
what the XEP forbids, for that is what peers send. Presence of an element, its
id and its validity are three separate facts; the last is the business of
`xep0184.findings`, `xep0184.rules` and `xep0184.schema`.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184 import ns
from xep0184._value import value

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ANNOTATIONS",
    "TYPES",
    "Annotation",
    "Message",
    "MessageType",
    "Received",
    "Request",
]


class MessageType(StrEnum):
    """The five types of a message (RFC 6121 §5.2.2)."""

    CHAT = "chat"
    ERROR = "error"
    GROUPCHAT = "groupchat"
    HEADLINE = "headline"
    NORMAL = "normal"


TYPES: Final[Mapping[str | None, MessageType]] = {
    message_type.value: message_type for message_type in MessageType
}
"""The types by how they are written; what is not here reads as NORMAL."""


class Annotation(StrEnum):
    """An empty element that may stand beside a receipt, by its expanded name."""

    STORE = f"{{{ns.HINTS}}}store"
    """Asks servers to keep the message for offline devices (XEP-0334 §4.4)."""
    MUC_USER = f"{{{ns.MUC_USER}}}x"
    """Marks a private message in a room (XEP-0045 §7.5)."""


ANNOTATIONS: Final[Mapping[str, Annotation]] = {
    annotation.value: annotation for annotation in Annotation
}
"""The annotations by the expanded names of their elements."""


@value()
class Request:
    """A ``<request/>``: the sender asks for a receipt (XEP-0184 §7).

    >>> Request() == Request()
    True
    """


@value()
class Received:
    """A ``<received/>``: the receipt itself (XEP-0184 §7).

    Attributes:
        id: The id of the content message as the peer echoed it; None where the
            peer left it out, as revision 1.0 of the XEP did.

    >>> Received("richard2-4.1.247").id
    'richard2-4.1.247'
    """

    id: str | None


@value(kw_only=True)
class Message:
    """A message stanza, as far as receipts are concerned.

    Attributes:
        to: The ``to`` attribute, unchanged; None if absent.
        from_: The ``from`` attribute, unchanged; None if absent.
        id: The stanza's own id; None if absent, ``''`` if empty.
        type: The type; absent or unknown reads as NORMAL (RFC 6121 §5.2.2). A host
            may give it as a plain str.
        raw_type: The ``type`` attribute as it stood. It says where `type` came
            from, is never written, and takes no part in equality.
        body: The text of the first body; None if there is none.
        request: Whether a ``<request/>`` is a direct child.
        received: The distinct ``<received/>`` children in document order.
        annotations: The empty elements beside it that say all by being there.
        extensions: The expanded names of all other children in document order.

    >>> Message(to="n@shakespeare.lit", received=(Received("a"),)).is_ack
    True
    """

    to: str | None = None
    from_: str | None = None
    id: str | None = None
    type: MessageType = MessageType.NORMAL
    raw_type: str | None = field(default=None, compare=False)
    body: str | None = None
    request: bool = False
    received: tuple[Received, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    extensions: tuple[str, ...] = ()

    @property
    def is_ack(self) -> bool:
        """Whether this is an ack message, with or without usable ids."""
        return bool(self.received)

    @property
    def is_ack_only(self) -> bool:
        """Whether this is an ack message with nothing to show a person."""
        return self.is_ack and not self.has_content

    @property
    def has_content(self) -> bool:
        """Whether there is a body or a known encrypted payload."""
        return self.body is not None or not ns.ENCRYPTED.isdisjoint(self.extensions)

"""The content of a message as far as receipts are concerned, as frozen values.

A value can hold what the XEP forbids, because peers send it. That an element is there,
its id, and whether the id is valid are three separate facts; `xep0184.findings`,
`xep0184.rules` and `xep0184.schema` judge the last. No value refers to a tree.
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
"""The types by the text of the attribute; any other text, or none, means NORMAL."""


class Annotation(StrEnum):
    """An empty element that may stand beside a receipt, by its expanded name."""

    STORE = f"{{{ns.HINTS}}}store"
    """Asks servers to keep the message for offline clients (XEP-0334 §4.4)."""
    MUC_USER = f"{{{ns.MUC_USER}}}x"
    """Marks a private message in a room (XEP-0045 §7.5)."""


_MUC_USER: Final = Annotation.MUC_USER

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
        id: The id of the content message, as the peer sent it; None if it is missing,
            as the XEP allowed before 1.4.0.

    >>> Received("richard2-4.1.247").id
    'richard2-4.1.247'
    """

    id: str | None


@value(kw_only=True)
class Message:
    """A message stanza, as far as receipts are concerned.

    Attributes:
        to: The ``to`` attribute, unchanged; None if it is missing.
        from_: The ``from`` attribute, unchanged; None if it is missing.
        id: The ``id`` attribute, unchanged; None if it is missing.
        type: The type. A missing or unknown one reads as NORMAL (RFC 6121 §5.2.2);
            ``TYPES.get(text, MessageType.NORMAL)`` makes it from the attribute.
        raw_type: The ``type`` attribute, unchanged. It is never written, and two
            messages that differ only here are equal.
        body: The text of the first body; None if there is none.
        request: Whether there is a ``<request/>``.
        received: The ``<received/>`` children, in document order and without
            repetitions.
        annotations: The empty elements that `Annotation` knows, in document order.
        extensions: The expanded names of all other children, in document order.

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
    def has_muc_user(self) -> bool:
        """Whether there is a ``muc#user`` element, empty or not (XEP-0045 §7.5)."""
        return _MUC_USER in self.annotations or _MUC_USER in self.extensions

    @property
    def has_content(self) -> bool:
        """Whether there is a body or a known encrypted payload."""
        return self.body is not None or not ns.ENCRYPTED.isdisjoint(self.extensions)

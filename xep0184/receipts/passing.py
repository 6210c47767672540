"""What `Receipts` returns for a stanza that comes and for one that goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from xep0184._value import value
from xep0184.envelope import EnvelopeKind
from xep0184.errors import RemoteError
from xep0184.message import MessageType

if TYPE_CHECKING:
    from types import TracebackType

    from xep0184.envelope import Envelope
    from xep0184.message import Message
    from xep0184.receipts.front import Receipts
    from xep0184.receipts.routing import Routed
    from xep0184.rules import Ruling

__all__ = ["IncomingStanza", "OutgoingStanza"]

_TO_THE_ACCOUNT: Final = frozenset(
    {EnvelopeKind.DIRECT, EnvelopeKind.CARBON_RECEIVED, EnvelopeKind.ARCHIVED}
)


class IncomingStanza:
    """A stanza that came, until it is processed.

    As a context manager it reports the message as processed when the block ends, and
    as failed when the block raises. It holds the stanza; do not keep it for longer.

    Attributes:
        repeated: Whether the message was processed before: do not show it again. It is
            answered again where that is allowed.
        fingerprint: Equal for all copies of one message that asks for a receipt; None
            for what cannot be compared. Until a message is processed, its copies are
            new: compare fingerprints to see whether a copy is at work already. In a
            room they are equal only once the room is known.
    """

    __slots__ = ("_key", "_now", "_read", "_receipts", "fingerprint", "repeated")

    def __init__(self, receipts: Receipts, now: float, routed: Routed) -> None:
        self._receipts = receipts
        self._now = now
        self._read = routed.read
        self._key = routed.key
        self.repeated: bool = routed.repeated
        self.fingerprint: str | None = routed.fingerprint

    @property
    def asks(self) -> bool:
        """Whether the message asks for a receipt and is new: there is a key."""
        return self._key is not None

    @property
    def key(self) -> str | None:
        """The key to report the message as processed by.

        None if there is nothing to report. It is plain data and may be stored.
        """
        return None if self._key is None else str(self._key)

    @property
    def envelope(self) -> Envelope | None:
        """The message and how it came; None for a stanza that is no readable message.

        It is read anew each time.
        """
        try:
            return self._read()
        except RemoteError:
            return None

    @property
    def message(self) -> Message | None:
        """The message, if it is one to the account from the sender that it names.

        None for an error, a copy of what the account sent, and a forwarded message,
        whose sender anybody may have invented: `envelope` has these, too.
        """
        envelope = self.envelope
        if envelope is None or envelope.kind not in _TO_THE_ACCOUNT:
            return None
        message = envelope.message
        return None if message is None or message.type == MessageType.ERROR else message

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self._receipts.processed(self._key, self._now)
        else:
            self._receipts.failed(self._key)


@value(kw_only=True)
class OutgoingStanza:
    """A stanza that goes.

    Attributes:
        stanza: The stanza to send: the given element, which may have got an id and a
            request or lost its request, or an element made of the given octets.
        ruling: Whether the rules allow to ask; None for what is no message. A request
            that the stanza already had is tracked whatever they say, unless its id
            belongs to another message.
        id: The id that a receipt will name; None if no receipt is expected, and then no
            action follows.
    """

    stanza: Any
    ruling: Ruling | None = None
    id: str | None = None

    @property
    def asks(self) -> bool:
        """Whether a receipt for the message counts, or has come already."""
        return self.id is not None

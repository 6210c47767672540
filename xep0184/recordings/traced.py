"""Values for a trace: messages that were asked, confirmations, refused receipts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from xep0184._value import value
from xep0184.tracker import IgnoredReason, ReceiptOutcome

if TYPE_CHECKING:
    from datetime import datetime

    from xep0184.envelope import EnvelopeKind
    from xep0184.jid import JID
    from xep0184.message import Message
    from xep0184.tracker import ReceiptResult

__all__ = ["Confirmation", "Refused", "TracedMessage"]

_FORGED: Final = frozenset(
    {
        ReceiptOutcome.WRONG_SENDER,
        ReceiptOutcome.SELF,
        IgnoredReason.CARBON_FORGED,
        IgnoredReason.ARCHIVED,
    }
)


@dataclass(slots=True, kw_only=True)
class Confirmation:
    """The receipts of one sender for a message.

    Attributes:
        sender: Who sent them.
        how: How the first one arrived.
        copies: How many more there were.
        stamp: When a server first saw one, if that is known.
    """

    sender: JID
    how: EnvelopeKind
    copies: int = 0
    stamp: datetime | None = None


@dataclass(slots=True, kw_only=True)
class TracedMessage:
    """A message that asked for a receipt.

    Attributes:
        number: Which entry of the recording it is, counted from 1.
        message: The message, as far as the tracker needs it.
        content: A hash, which differs for another message with the same id.
        state: delivered, bounced, unconfirmed, or untracked.
        why: Why it is not tracked, or the error condition of its bounce.
        times: How often it was sent.
        stamp: When a server first saw it, if that is known.
        confirmations: The receipts, by their senders.
    """

    number: int
    message: Message
    content: int
    state: str = "unconfirmed"
    why: str | None = None
    times: int = 1
    stamp: datetime | None = None
    confirmations: list[Confirmation] = field(default_factory=list[Confirmation])

    def after(self, confirmation: Confirmation) -> float | None:
        """Return how many seconds after the message a receipt was sent."""
        if self.stamp is None or confirmation.stamp is None:
            return None
        return (confirmation.stamp - self.stamp).total_seconds()


@value(kw_only=True)
class Refused:
    """A receipt or an error that was refused.

    Attributes:
        number: Which entry of the recording it is, counted from 1.
        result: The result of the tracker.
    """

    number: int
    result: ReceiptResult

    @property
    def why(self) -> str:
        """The reason, if it is ignored, or else the outcome."""
        return (self.result.reason or self.result.outcome).value

    @property
    def is_forged(self) -> bool:
        """Whether it came from an address that was not asked."""
        return not _FORGED.isdisjoint({self.result.outcome, self.result.reason})

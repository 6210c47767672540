"""What a trace tells, as values: who was asked, who confirmed, what was refused."""

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
    """Who confirmed a message.

    Attributes:
        sender: Whose receipt it is.
        how: How the first one came.
        copies: How many more there were.
        stamp: When a server first saw one, if it says so.
    """

    sender: JID
    how: EnvelopeKind
    copies: int = 0
    stamp: datetime | None = None


@dataclass(slots=True, kw_only=True)
class TracedMessage:
    """A message that asked for a receipt.

    Attributes:
        number: Which stanza of the recording it is, counted from 1.
        message: The message, but no more of it than a receipt has to do with.
        content: What tells it from another of the same id.
        state: delivered, bounced, unconfirmed, or untracked.
        why: Why it is not tracked, or the error condition of its bounce.
        times: How often it was sent.
        stamp: When a server first saw it, if it says so.
        confirmations: Who confirmed it.
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
        """Return how many seconds after the message a receipt came."""
        if self.stamp is None or confirmation.stamp is None:
            return None
        return (confirmation.stamp - self.stamp).total_seconds()


@value(kw_only=True)
class Refused:
    """A receipt or an error that counts for nothing.

    Attributes:
        number: Which stanza of the recording it is, counted from 1.
        result: What the tracker says of it.
    """

    number: int
    result: ReceiptResult

    @property
    def why(self) -> str:
        """The reason, if it is ignored, or else the outcome."""
        return (self.result.reason or self.result.outcome).value

    @property
    def is_forged(self) -> bool:
        """Whether somebody spoke who had not been asked."""
        return not _FORGED.isdisjoint({self.result.outcome, self.result.reason})

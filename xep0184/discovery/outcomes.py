"""The values that `Discovery` takes and returns."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from xep0184._value import value

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.caps import CapsVerdict
    from xep0184.disco import Query
    from xep0184.jid import JID

__all__ = ["AnswerOutcome", "AnswerResult", "DiscoveryPolicy"]


class AnswerOutcome(StrEnum):
    """For whom an answer counts."""

    IGNORED = "ignored"
    """It answers no query that is under way."""
    NO_INFO = "no-info"
    """It is an error, or a result without disco#info."""
    REJECTED = "rejected"
    """It is not the answer that the entity advertises."""
    SENDER_ONLY = "sender-only"
    """It counts for its sender."""
    SHARED = "shared"
    """It counts for every entity that advertises the same hash."""


@value(kw_only=True)
class AnswerResult:
    """What an answer means, and the query to send next.

    Attributes:
        outcome: For whom the answer counts.
        verdict: Whether the answer has the advertised hash; None if it was not
            verified.
        next: The query to send now; None if there is none.
    """

    outcome: AnswerOutcome
    verdict: CapsVerdict | None = None
    next: Query | None = None


def _everybody(_: JID) -> bool:
    return True


@value(kw_only=True)
class DiscoveryPolicy:
    """Which verified answers count for other entities.

    Attributes:
        share_0115: Whether an answer verified by XEP-0115 may count for others. Two
            different answers can have the same hash there (XEP-0115 §9.3). If it is
            True, an answer that has the name of the receipts feature in a form still
            counts for its sender only.
        may_share: Returns whether a verified answer of this JID may count for others.
            Return True for contacts only, so that strangers cannot fill the memory
            (XEP-0390 §8.2).

    >>> DiscoveryPolicy(share_0115=False).share_0115
    False
    """

    share_0115: bool = True
    may_share: Callable[[JID], bool] = _everybody

"""What the engine is told and what it tells, as values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from xep0184._value import value

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.caps import CapsVerdict
    from xep0184.disco import Query
    from xep0184.jid import JID

__all__ = ["AnswerOutcome", "AnswerUse", "DiscoveryPolicy", "everybody"]


class AnswerUse(StrEnum):
    """What became of an answer."""

    IGNORED = "ignored"
    REFUSED = "refused"
    REJECTED = "rejected"
    OWN = "own"
    SHARED = "shared"


@value(kw_only=True)
class AnswerOutcome:
    """What an answer was good for, and what to do next.

    Attributes:
        kind: IGNORED, nobody was asked for it; REFUSED, it says nothing;
            REJECTED, it is not what was advertised; OWN, it counts for its
            sender; SHARED, it counts for everybody who advertises the same.
        verdict: What was found out about the hash; None if there is none.
        next: The query to send now, if there is one.
    """

    kind: AnswerUse
    verdict: CapsVerdict | None = None
    next: Query | None = None


def everybody(_: JID, /) -> bool:
    """Say yes.

    >>> from xep0184 import jid
    >>> everybody(jid.parse("eve@example.org/x"))
    True
    """
    return True


@value(kw_only=True)
class DiscoveryPolicy:
    """What may be believed of others.

    Attributes:
        share_0115: Whether a verified hash of XEP-0115 speaks for everybody who
            advertises it. One who advertises the hash of another can answer
            with a different answer that has the same hash (XEP-0115 §9.3); one
            that hides the feature is recognised and counts for its sender
            alone, but whoever wants certainty turns this off.
        may_share: Whose answers speak for others; the contacts of a roster, say,
            so that strangers cannot push out what is known (XEP-0390 §8.2).
    """

    share_0115: bool = True
    may_share: Callable[[JID], bool] = everybody

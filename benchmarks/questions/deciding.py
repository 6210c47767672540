"""What does it cost to decide on an answer?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import xep0184
from benchmarks import work
from benchmarks.registry import OURS, Goal, Session, question
from benchmarks.timing import Contender, contender
from xep0184 import jid
from xep0184.answering import acknowledge, may_acknowledge
from xep0184.situation import Situation

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOR: Final = "xep0184.parse"


@question(
    "may_acknowledge and acknowledge",
    floor=FLOOR,
    goals=(Goal(of=OURS, by=FLOOR, at_most=2),),
)
def answer(_: Session) -> Iterator[Contender]:
    """How long to decide on an answer and then to build it, beside reading?"""
    message = xep0184.parse(work.CONTENT)
    situation = Situation(
        account=jid.parse(work.RECIPIENT), authorized=True, enabled=True
    )

    def both() -> object:
        may_acknowledge(message, situation=situation)
        return acknowledge(message, situation=situation, id=work.ACK_ID)

    yield contender(FLOOR, xep0184.parse, work.CONTENT)
    yield contender(OURS, both)

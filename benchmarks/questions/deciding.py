"""What does it cost to decide on an answer?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

import xep0184
from benchmarks import work
from benchmarks.registry import OURS, Goal, Session, question
from benchmarks.timing import Contender, contender
from xep0184 import jid
from xep0184.deciding import acknowledge, may_acknowledge
from xep0184.deciding.situation import Situation

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOR: Final = "xep0184.parse"
BY_TREE: Final = "etree.fromstring and from_element"
BUILT: Final = "build the ack, no decision"


@question(
    "may_acknowledge and acknowledge",
    floor=FLOOR,
    goals=(
        Goal(
            of=OURS,
            by=FLOOR,
            at_most=2,
            least=BUILT,
            why="The goal was set when `parse` made a tree. Plain messages are now read"
            " without one, in a third of the time, so the goal shrank with it; beside"
            f" “{BY_TREE}” the two take half of its time. Both decide, by up to 23"
            " rules, which is half of what they take; to remember the decision would be"
            " quick here and of use to nobody, as a stack calls `acknowledge` alone.",
        ),
    ),
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

    def build() -> object:
        receipt = xep0184.Received(message.id)
        ack = xep0184.Message(to=message.from_, id=work.ACK_ID, received=(receipt,))
        xep0184.ensure_writable(ack)
        return ack

    def read_by_tree() -> object:
        return xep0184.from_element(etree.fromstring(work.CONTENT))

    yield contender(FLOOR, xep0184.parse, work.CONTENT)
    yield contender(BY_TREE, read_by_tree)
    yield contender(BUILT, build)
    yield contender(OURS, both)

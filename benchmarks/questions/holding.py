"""What does `Receipts` cost a stack for each message?"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from lxml import etree

import xep0184
from benchmarks import work
from benchmarks.registry import OURS, Goal, Session, question
from benchmarks.timing import Contender, contender
from xep0184 import Receipts, Situation, acknowledge, jid, serialize
from xep0184.receipts.content import message_digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184 import JID, Envelope

PARSED: Final = "lxml.etree.fromstring"
FLOOR: Final = "xep0184.from_element"
VALUE: Final = "incoming, and its value"
ANSWER: Final = "incoming to the octets of the answer"
PARTS: Final = "reading, digest, facts, decision and writing"


class Trusting:
    """A host that knows everybody."""

    def enabled(self, contact: JID) -> bool:  # noqa: ARG002
        """Return that the user wants receipts sent."""
        return True

    def authorized(self, contact: JID) -> bool:  # noqa: ARG002
        """Return that everybody may see the user's presence."""
        return True

    def may_query(self, contact: JID) -> bool:  # noqa: ARG002
        """Return that nobody is asked."""
        return False

    def first_sight(self, archived: Envelope) -> bool:  # noqa: ARG002
        """Return that no archived message is new."""
        return False


@question("Receipts: the real mix, octets to answers", floor=PARSED)
def mix(_: Session) -> Iterator[Contender]:
    """How long for all messages of two clients, each processed and answered?"""
    receipts = Receipts(Trusting(), jid.parse(work.ACCOUNT))
    archive = "<iq xmlns='jabber:client' type='set' id='a'><query queryid='q1'"
    receipts.outgoing(f"{archive} xmlns='urn:xmpp:mam:2'/></iq>", 0.0)

    def hold() -> None:
        for message in work.MIX:
            with receipts.incoming(message, 0.0):
                pass
            list(receipts.actions())

    def parse() -> None:
        for message in work.MIX:
            etree.fromstring(message)

    yield contender(PARSED, parse)
    yield contender(OURS, hold)


@question(
    "Receipts: a message without a request, and one with",
    floor=FLOOR,
    goals=(
        Goal(of=OURS, by=FLOOR, at_most=1),
        Goal(of=VALUE, by=FLOOR, at_most=1.7),
        Goal(
            of=ANSWER,
            by=FLOOR,
            at_most=5,
            least=PARTS,
            why="Between these parts lie the rules, the rooms, the key, the memory of"
            " what was processed, and the queue of actions: some hundred short calls.",
        ),
    ),
)
def hold(_: Session) -> Iterator[Contender]:
    """How long to pass a message to the object that a stack holds?"""
    receipts = Receipts(Trusting(), jid.parse(work.RECIPIENT))
    plain = ET.fromstring(work.PLAIN)  # noqa: S314  # our own
    asking = ET.fromstring(work.CONTENT)  # noqa: S314
    ids = count()

    def value() -> object:
        return receipts.incoming(plain, 0.0).message

    def answer() -> object:
        asking.set("id", str(next(ids)))  # a repetition is another question
        with receipts.incoming(asking, 0.0):
            pass
        return list(receipts.actions())

    yield contender(FLOOR, xep0184.from_element, plain)
    yield contender(OURS, receipts.incoming, plain, 0.0)
    yield contender(VALUE, value)
    yield contender(ANSWER, answer)
    yield contender(PARTS, _parts, asking, Trusting())


def _parts(element: ET.Element, host: Trusting) -> bytes:
    """Do what an answer cannot be made without."""
    message = xep0184.from_element(element)
    sender = jid.parse(message.from_ or "")
    message_digest(element)
    host.enabled(sender)
    host.authorized(sender)
    ack = acknowledge(message, situation=_SITUATION)
    return b"" if ack.ack is None else serialize(ack.ack)


_SITUATION: Final = Situation(
    account=jid.parse(work.RECIPIENT), authorized=True, enabled=True
)

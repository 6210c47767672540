"""What does it cost to write an ack message?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree

import xep0184
from benchmarks import work
from benchmarks.registry import OURS, Goal, Session, question
from benchmarks.timing import Contender, contender
from xep0184 import Message, Received

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOR: Final = "lxml build and tostring"
GOALS: Final = (
    Goal(of=OURS, by=FLOOR, at_most=0.35),
    Goal(of="slixmpp", by=OURS, at_least=10),
    Goal(
        of=OURS,
        by="gloox",
        at_most=1,
        why="The two are level: from run to run either is ahead by up to a tenth. Half"
        " of our time goes into looking once at every character of four texts.",
    ),
)


def _with_lxml() -> bytes:
    attributes = {"to": work.SENDER, "from": work.RECIPIENT, "id": work.ACK_ID}
    message = etree.Element(
        "{jabber:client}message", attributes, nsmap={None: "jabber:client"}
    )
    etree.SubElement(
        message,
        "{urn:xmpp:receipts}received",
        {"id": work.CONTENT_ID},
        nsmap={None: "urn:xmpp:receipts"},
    )
    return etree.tostring(message)


def _ack() -> Message:
    return Message(
        to=work.SENDER,
        from_=work.RECIPIENT,
        id=work.ACK_ID,
        received=(Received(work.CONTENT_ID),),
    )


def _is_the_ack(octets: str) -> bool:
    accepted = (*xep0184.ns.STANZAS, xep0184.ns.FRAGMENT)
    return xep0184.parse(octets, namespaces=accepted) == _ack()


@question("serialize an ack", floor=FLOOR, goals=GOALS)
def serialize(session: Session) -> Iterator[Contender]:
    """How long from an ack message at hand to octets?

    The floor and the peers build it as well, from plain values: that is how each
    of them makes one.
    """
    yield contender(FLOOR, _with_lxml)
    yield contender(OURS, xep0184.serialize, _ack())
    yield from session.peers.contenders("build", _is_the_ack)


@question("serialize, all at hand", floor=FLOOR)
def serialize_only(session: Session) -> Iterator[Contender]:
    """How long to octets if the peers have their own object at hand as well?"""
    yield contender(FLOOR, _with_lxml)
    yield contender(OURS, xep0184.serialize, _ack())
    yield from session.peers.contenders("serialize", _is_the_ack)


@question("build and serialize an ack", floor=FLOOR)
def build(session: Session) -> Iterator[Contender]:
    """How long from plain values to octets, the value included?"""
    yield contender(FLOOR, _with_lxml)
    yield contender(OURS, lambda: xep0184.serialize(_ack()))
    yield from session.peers.contenders("build", _is_the_ack)

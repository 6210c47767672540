"""What does it cost to read a message?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from lxml import etree

import xep0184
from benchmarks import work
from benchmarks.registry import OURS, Goal, Session, growth, question
from benchmarks.timing import Contender, Times, contender, race
from xep0184 import jid
from xep0184.codec import acknowledged_ids
from xep0184.envelope import OpenQuery, unwrap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FLOOR: Final = "lxml.etree.fromstring"
TREE: Final = "ElementTree.fromstring"
BOTH: Final = "ElementTree.fromstring and a value"


def _read(session: Session, name: str, octets: bytes, id_: str) -> Iterator[Contender]:
    yield contender(FLOOR, etree.fromstring, octets)
    yield contender(OURS, xep0184.parse, octets)
    yield from session.peers.contenders(f"read {name}", id_.__eq__)


@question(
    "parse an ack",
    floor=FLOOR,
    goals=(
        Goal(of=OURS, by=FLOOR, at_most=1.6),
        Goal(of="slixmpp", by=OURS, at_least=3.5),
        Goal(of="aioxmpp", by=OURS, at_least=40),
        Goal(
            of=OURS,
            by="gloox",
            at_most=1.7,
            why="It is written in C++.",
        ),
    ),
)
def parse_ack(session: Session) -> Iterator[Contender]:
    """How long from the octets of XEP-0184's ack to a receipt with its id?"""
    yield from _read(session, "ack", work.ACK, work.CONTENT_ID)


@question("parse a request", floor=FLOOR)
def parse_request(session: Session) -> Iterator[Contender]:
    """How long from the octets of XEP-0184's content message to its request?"""
    yield contender(FLOOR, etree.fromstring, work.CONTENT)
    yield contender(OURS, xep0184.parse, work.CONTENT)
    yield from session.peers.contenders("read content", "True".__eq__)


@question("parse a recorded receipt", floor=FLOOR)
def parse_recorded(session: Session) -> Iterator[Contender]:
    """How long for a receipt as Profanity sent it and a server passed it on?"""
    yield from _read(session, "recorded", work.RECORDED, work.RECORDED_ID)


@question("parse an ack with 20 children", floor=FLOOR)
def parse_crowded(session: Session) -> Iterator[Contender]:
    """How long if the receipt is the last of 20 children?"""
    yield from _read(session, "crowded", work.CROWDED, work.CONTENT_ID)


@question(
    "parse a message without receipt",
    floor=FLOOR,
    goals=(Goal(of=OURS, by=FLOOR, at_most=1.6),),
)
def parse_plain(session: Session) -> Iterator[Contender]:
    """What does a message cost that has no receipt in it?"""
    yield contender(FLOOR, etree.fromstring, work.PLAIN)
    yield contender(OURS, xep0184.parse, work.PLAIN)
    yield from session.peers.contenders("read plain", ("", "None").__contains__)


@question(
    "parse the real mix, direct messages",
    floor=FLOOR,
    goals=(
        Goal(
            of=OURS,
            by=FLOOR,
            at_most=1.3,
            why="Most of these messages have more children than a receipt, and their"
            " attributes are looked at one by one; one in twenty is read with a tree.",
        ),
        Goal(of="slixmpp", by=OURS, at_least=1),
        Goal(of="nbxmpp", by=OURS, at_least=1),
        Goal(of="stanza", by=OURS, at_least=1),
        Goal(of="aioxmpp", by=OURS, at_least=20),
    ),
)
def parse_direct(session: Session) -> Iterator[Contender]:
    """How long for what two clients received and sent, in ten languages?"""
    acks = sum(bool(acknowledged_ids(xep0184.parse(it))) for it in work.DIRECT)
    yield contender(FLOOR, _each, etree.fromstring, work.DIRECT)
    yield contender(TREE, _each, ET.fromstring, work.DIRECT)
    yield contender(OURS, _each, xep0184.parse, work.DIRECT)
    yield from session.peers.contenders("read direct", str(acks).__eq__)


@question(
    "unwrap the real mix, wrapped messages",
    floor=FLOOR,
    goals=(
        Goal(
            of=OURS,
            by=FLOOR,
            at_most=2.5,
            least=BOTH,
            why="These messages are too nested for the reader of plain ones, and expat"
            " with ElementTree takes longer than libxml2.",
        ),
    ),
)
def unwrap_wrapped(_: Session) -> Iterator[Contender]:
    """How long for carbons and archive results, from octets to their messages?"""
    account = jid.parse(work.ACCOUNT)
    queries = [OpenQuery(account.bare, "q1")]
    opened = partial(unwrap, account=account, open_queries=queries)
    if any(opened(it).message is None for it in work.WRAPPED):
        message = "not every message was found"
        raise RuntimeError(message)
    yield contender(FLOOR, _each, etree.fromstring, work.WRAPPED)
    yield contender(TREE, _each, ET.fromstring, work.WRAPPED)
    yield contender(BOTH, _each, _tree_and_value, work.WRAPPED)
    yield contender(OURS, _each, opened, work.WRAPPED)


def _tree_and_value(octets: bytes) -> xep0184.Message:
    ET.fromstring(octets)  # noqa: S314  # our own octets
    return _value()


def _each(call: Callable[[bytes], object], messages: tuple[bytes, ...]) -> None:
    for message in messages:
        call(message)


def _look(element: etree._Element | ET.Element) -> str | None:
    """Do the least there is to do: find the receipt and get its id."""
    received = element.find("{urn:xmpp:receipts}received")
    return None if received is None else received.get("id")


FIND: Final = "find and get"
FIND_STDLIB: Final = "ElementTree find and get"
VALUE: Final = "the value, nothing read"

_WHY: Final = (
    "Its interface looks up what it is asked for, and keeps the tree; ours looks at"
    " every node once, holds it against the limits and states all facts as a value"
    " that needs no tree."
)


def _value() -> xep0184.Message:
    """Build what is read from the ack, out of strings at hand."""
    return xep0184.Message(
        to=work.SENDER,
        from_=work.RECIPIENT,
        id=work.ACK_ID,
        received=(xep0184.Received(work.CONTENT_ID),),
    )


@question(
    "from_element, lxml",
    floor=FIND,
    goals=(Goal(of="slixmpp", by=OURS, at_least=1, least=VALUE, why=_WHY),),
)
def from_lxml(session: Session) -> Iterator[Contender]:
    """How long from a parsed element of lxml to a receipt with its id?"""
    element = etree.fromstring(work.ACK)
    yield contender(FIND, _look, element)
    yield contender(VALUE, _value)
    yield contender(OURS, xep0184.from_element, element)
    yield from session.peers.contenders("element", work.CONTENT_ID.__eq__)


@question(
    "from_element, ElementTree",
    floor=FIND_STDLIB,
    goals=(
        Goal(of="slixmpp", by=OURS, at_least=2, least=VALUE, why=_WHY),
        Goal(of="nbxmpp", by=OURS, at_least=1.5, least=VALUE, why=_WHY),
    ),
)
def from_stdlib(session: Session) -> Iterator[Contender]:
    """How long from a parsed element of the standard library to a receipt?"""
    element = ET.fromstring(work.ACK)  # noqa: S314  # our own octets
    yield contender(FIND_STDLIB, _look, element)
    yield contender(VALUE, _value)
    yield contender(OURS, xep0184.from_element, element)
    yield from session.peers.contenders("element", work.CONTENT_ID.__eq__)


@growth("parse, by children", size="children")
def by_children(session: Session) -> dict[int, Times]:
    """How does the cost of a message grow with its children?"""
    return {
        size: race(
            (
                contender(FLOOR, etree.fromstring, work.crowded(size)),
                contender(OURS, xep0184.parse, work.crowded(size)),
            ),
            rounds=session.scale.slow_rounds,
            least=session.scale.least,
        )
        for size in session.scale.sizes
    }

"""What does it cost to hold a message against the schemas?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import xmlschema
from lxml import etree

from benchmarks import work
from benchmarks.registry import OURS, Goal, Session, question
from benchmarks.timing import Contender, contender
from xep0184 import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOR: Final = "lxml XMLSchema.validate"
PURE: Final = "xmlschema is_valid"


@question(
    "schema.is_valid",
    floor=FLOOR,
    goals=(
        Goal(
            of=PURE,
            by=OURS,
            at_least=30,
            why="Given up on purpose: an element is held against the limits first.",
        ),
    ),
)
def is_valid(_: Session) -> Iterator[Contender]:
    """How long to say that an ack message matches the schemas?"""
    entry = work.ROOT / "schema" / "xmpp.xsd"
    bare = etree.XMLSchema(etree.parse(entry))
    pure = xmlschema.XMLSchema10(str(entry), use_fallback=False)
    element = etree.fromstring(work.ACK)
    yield contender(FLOOR, bare.validate, element)
    yield contender(OURS, schema.is_valid, element)
    yield contender(PURE, pure.is_valid, element)

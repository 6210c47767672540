"""What does it cost to hash a disco#info answer?"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import TYPE_CHECKING, Final

from benchmarks import work
from benchmarks.registry import OURS, Goal, Session, growth, question
from benchmarks.timing import Contender, Times, contender, race
from xep0184 import caps, disco

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.disco import Info

FLOOR: Final = "sort, join, sha1, base64"


def _bare(identity: str, features: tuple[str, ...]) -> str:
    text = "<".join((identity, *sorted(features), ""))
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).digest()
    return b64encode(digest).decode()


def _info(octets: bytes) -> Info:
    info = disco.parse(octets).info
    if info is None:
        message = "the answer holds no info"
        raise LookupError(message)
    return info


def _pair(info: Info) -> Iterator[Contender]:
    yield contender(FLOOR, _bare, "/".join(work.IDENTITY), info.features)
    yield contender(OURS, caps.ver, info)


@question(
    "caps.ver of 60 features",
    floor=FLOOR,
    goals=(
        Goal(of=OURS, by=FLOOR, at_most=1.5),
        Goal(of="slixmpp", by=OURS, at_least=1),
        Goal(of="aioxmpp", by=OURS, at_least=1),
        Goal(of="nbxmpp", by=OURS, at_least=1),
    ),
)
def ver(session: Session) -> Iterator[Contender]:
    """How long from a parsed answer of 60 features to its XEP-0115 hash?"""
    info = _info(work.DISCO)
    yield from _pair(info)
    yield from session.peers.contenders("ver", caps.ver(info).__eq__)


@growth("caps.ver, by features", size="features")
def by_features(session: Session) -> dict[int, Times]:
    """How does the cost of the hash grow with the features?"""
    return {
        size: race(
            _pair(_info(work.disco_answer(size))),
            rounds=session.scale.slow_rounds,
            least=session.scale.least,
        )
        for size in session.scale.sizes
    }

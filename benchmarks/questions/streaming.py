"""What does it cost to read a recording, and how much memory?"""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Final

from lxml import etree

from benchmarks import work
from benchmarks.registry import (
    OURS,
    Amount,
    Goal,
    Session,
    count,
    growth,
    question,
)
from benchmarks.timing import Contender, Times, contender, race
from xep0184 import stream

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOR: Final = "lxml.etree.iterparse"
MESSAGE: Final = "{jabber:client}message"


def stanzas_of(octets: bytes) -> Iterator[etree._Element]:
    """Yield every stanza of a stream, and keep none."""
    for _, stanza in etree.iterparse(BytesIO(octets), tag=MESSAGE):
        yield stanza
        stanza.clear(keep_tail=True)
        parent = stanza.getparent()
        if parent is not None:
            del parent[0]


def _iterparse(octets: bytes) -> int:
    """Do the least there is to do: take every stanza."""
    return sum(1 for _ in stanzas_of(octets))


def _read(octets: bytes) -> int:
    return sum(1 for _ in stream.read(BytesIO(octets)))


def _pair(stanzas: int) -> Iterator[Contender]:
    octets = b"".join(work.stream(stanzas))
    if not _iterparse(octets) == _read(octets) == stanzas:
        message = "not every stanza was found"
        raise RuntimeError(message)
    yield contender(FLOOR, _iterparse, octets)
    yield contender(OURS, _read, octets)


@question(
    "stream of 100,000 stanzas",
    floor=FLOOR,
    goals=(
        Goal(
            of=FLOOR,
            by=OURS,
            at_least=0.6,
            why="Given up on purpose: expat reads each piece instead of libxml2, whose"
            " memory of names a peer can exhaust.",
        ),
    ),
    slow=True,
)
def read(session: Session) -> Iterator[Contender]:
    """How long to take every stanza out of a recorded stream?"""
    yield from _pair(session.scale.stanzas)


@growth("stream, by stanzas", size="stanzas")
def by_stanzas(session: Session) -> dict[int, Times]:
    """How does the cost of a recording grow with its length?"""
    sizes = (session.scale.stanzas // part for part in (1000, 100, 10, 1))
    return {
        size: race(
            _pair(size),
            rounds=max(2, session.scale.slow_rounds // 2),
            least=session.scale.least,
        )
        for size in sizes
        if size
    }


PROGRAM: Final = """
import sys
from pathlib import Path
from benchmarks import work
from xep0184 import stream

class Source:
    def __init__(self, stanzas):
        self.pieces = work.stream(stanzas)
    def read(self, size):
        taken = []
        while size > 0 and (piece := next(self.pieces, b"")):
            taken.append(piece)
            size -= len(piece)
        return b"".join(taken)

sum(1 for _ in stream.read(Source(int(sys.argv[1]))))
status = Path("/proc/self/status").read_text().split()
print(status[status.index("VmHWM:") + 1])
"""


def _peak(stanzas: int) -> float:
    """Return the most KiB that a process held which read so many stanzas.

    Linux tells; `ru_maxrss` would begin with what this process held when it forked.
    """
    command = [sys.executable, "-c", PROGRAM, str(stanzas)]
    run = subprocess.run(command, cwd=work.ROOT, check=True, capture_output=True)  # noqa: S603  # itself
    return float(run.stdout)


@count
def memory(session: Session) -> Amount:
    """Does a recording ten times as long take more memory?"""
    few = max(1, session.scale.stanzas // 10)
    text = f"peak memory of {10 * few:,} stanzas, divided by that of {few:,}"
    return Amount("stream, memory", text, _peak(10 * few) / _peak(few), 1.05)

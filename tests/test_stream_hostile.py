"""Recordings made to be slow: reading takes work in proportion to their length."""

from __future__ import annotations

from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from xep0184.stream.learned import Gaps, Leap, Leaps, Step

from xep0184 import stream
from xep0184.errors import XMLCode
from xep0184.stream import Broken, Stanza, window

if TYPE_CHECKING:
    from collections.abc import Iterable

MANY = 3_000
OFTEN = 20  # how often each octet may be looked at, and each line
BROKEN = XMLCode.NOT_WELL_FORMED


class Octets(bytes):
    """Octets that count, together, through how many of them something is looked for."""

    looked_at = 0

    def find(self, needle: Any, start: Any = 0, end: Any = None, /) -> int:  # noqa: ANN401  # as in `bytes`
        """Find, and count."""
        end = len(self) if end is None else end
        found = super().find(needle, start, end)
        Octets.looked_at += (end if found < 0 else found) - start
        return found

    def __radd__(self, octets: bytes) -> Octets:
        """Stay what they are when they join others."""
        return Octets(octets.__add__(self))

    def __getitem__(self, key: Any) -> Any:  # noqa: ANN401  # as in `bytes`
        """Stay what they are when they are divided."""
        part = super().__getitem__(key)
        return Octets(part) if isinstance(key, slice) else part


class Counting:
    """A source of octets that count, which itself counts how often it is asked."""

    def __init__(self, octets: bytes) -> None:
        self._octets = BytesIO(octets)
        self.asked = 0

    def read(self, size: int) -> bytes:
        """Return so many octets, none at the end."""
        self.asked += 1
        return Octets(self._octets.read(size))


def codes(octets: bytes) -> list[tuple[int, str]]:
    """Return the line of each piece, and the code of its error if it has one.

    The work it takes is in proportion to the length.
    """
    looks: list[object] = []
    look = window.Window.look

    def counted(*arguments: Any) -> Any:  # noqa: ANN401  # as in `Window`
        looks.append(arguments[0])
        return look(*arguments)

    Octets.looked_at = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window.Window, "look", counted)
        pieces = list(stream.read(Counting(octets)))
    assert Octets.looked_at < OFTEN * len(octets)
    assert len(looks) < OFTEN * len(pieces)
    return [
        (piece.line, piece.error.code if isinstance(piece, Broken) else "")
        for piece in pieces
    ]


def lines(numbers: Iterable[int]) -> list[tuple[int, str]]:
    """Return what is expected where a line that is broken begins."""
    return [(number, BROKEN) for number in numbers]


LINES = {
    "CDATA": b"<message><![CDATA[x\n",
    "comment": b"<message><!--x\n",
    "processing instruction": b"<message><?x\n",
    "its own name": b"<message>\n",
    "its own name, closed": b"<message><message></message>\n",
    "its own name in quotes": b"<message><message a='\n",
    "no end of an end tag": b"<message><message></message\n",
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_lines_that_are_cut_off(line: bytes) -> None:
    """Each line is broken, and looked at once, whatever it leaves open."""
    assert codes(line * MANY) == lines(range(1, MANY + 1))


@pytest.mark.parametrize("begin", [b"<!--", b"<?x", b"<![CDATA["])
def test_what_stands_between_stanzas_and_has_no_end(begin: bytes) -> None:
    """The stanza before it is found on each line, and it is broken on each."""
    found = codes((b"<iq/>" + begin + b"\n") * MANY)
    pairs = (((n, ""), (n, BROKEN)) for n in range(1, MANY + 1))
    assert found == list(chain.from_iterable(pairs))


def test_names_in_turn() -> None:
    """Several names are left open in turn; each is followed once."""
    octets = b"<message>\n<iq>\n<presence>\n" * (MANY // 3)
    assert codes(octets) == lines(range(1, MANY // 3 * 3 + 1))


def test_lines_that_another_line_hides() -> None:
    """What is CDATA, seen from a line above, is a stanza where that is broken."""
    octets = b"<message><![CDATA[\n<message>]]>\n" * (MANY // 2)
    assert codes(octets) == lines(range(1, MANY + 1))


def test_two_ways_that_never_meet() -> None:
    """What one way takes for a comment, another takes for tags, up to the end."""
    octets = (
        b"<message><!--<![CDATA[\n<message>--><!--]]>\n<message><![CDATA[-->\n"
    ) * (MANY // 3)
    assert codes(octets) == lines(range(1, MANY // 3 * 3 + 1))


def test_an_end_that_is_far_and_followed_by_much() -> None:
    """The same comment ends for each line, and the same comments follow."""
    octets = b"<message><!--\n" * MANY + b"-->" + b"<!-- -->" * MANY
    assert codes(octets) == lines(range(1, MANY + 1))


def test_an_end_tag_that_none_may_use() -> None:
    """The only end tag is in a comment behind all the lines."""
    octets = b"<message>\n" * MANY + b"<!--</message>-->"
    assert codes(octets) == lines(range(1, MANY + 1))


@pytest.mark.parametrize("end", [b"<", b"'", b":<", b":a<"])
def test_a_long_name(end: bytes) -> None:
    """Where a name ends is looked for once."""
    assert codes(b"<" + b"a" * 300_000 + end)[0] == (1, BROKEN)


def test_beyond_how_far_is_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line is given up where looking ends for it, a line behind the last."""
    monkeypatch.setattr(window, "_CEILING", 10_000)
    found = codes(b"<message>\n" * MANY)
    assert found[:2_001] == [(n, XMLCode.LIMIT) for n in range(1, 2_002)]
    assert found[2_001:] == lines(range(2_002, MANY + 1))


def test_an_element_may_end_where_an_outer_one_does_not() -> None:
    """What was walked in vain for one line still leads the next to its end."""
    octets = b"<iq>\n<iq>\n<iq><iq/></iq></iq>\n<iq>\n<iq></iq>"
    assert codes(octets) == [(1, BROKEN), (2, ""), (4, BROKEN), (5, "")]


def test_the_end_is_reached_once() -> None:
    """What has ended is not asked again for each piece that has no end."""
    source = Counting(b"<message>\n" * 1_000)
    assert len(list(stream.read(source))) == 1_000
    assert source.asked == 2


NAMES = b"".join(b"<m%d:message>\n" % number for number in range(MANY))


def test_names_without_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too much was looked at in vain, ends that are near are still found."""
    monkeypatch.setattr(window, "_ALLOWANCE", 100_000)
    body = b"<body>%b</body>" % (b"x" * 5_000)
    octets = NAMES + b"<message id='a'><message/>" + body + b"</message>\n"
    *broken, last = stream.read(BytesIO(octets))
    assert [piece.line for piece in broken] == list(range(1, MANY + 1))
    assert all(isinstance(piece, Broken) and not piece.whole for piece in broken)
    assert isinstance(last, Stanza)
    assert last.element.get("id") == "a"


def test_patience_returns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind enough that can be read, a large stanza is read as before."""
    monkeypatch.setattr(window, "_ALLOWANCE", 100_000)
    large = b"<iq id='a'>%b</iq>\n" % (b"<a>x</a>" * 3_000)
    before = stream.read(BytesIO(NAMES + large))
    after = stream.read(BytesIO(NAMES + b"<iq/>\n" * 10_000 + large))
    *_, given_up = before
    *_, read = after
    assert isinstance(given_up, Broken)
    assert given_up.error.code is XMLCode.LIMIT
    assert isinstance(read, Stanza)
    assert read.element.get("id") == "a"


def test_a_gap_is_skipped() -> None:
    """Looking goes on behind the longest stretch that is known to hold nothing."""
    gaps = Gaps()
    gaps.learn(b"a", 100, 200, now=0)
    gaps.learn(b"a", 300, 310, now=0)
    assert [gaps.behind(b"a", place) for place in (99, 100, 199, 200)] == [
        *(99, 200, 200, 200)
    ]
    gaps.learn(b"a", 200, 250, now=0)
    assert gaps.behind(b"a", 100) == 250
    gaps.learn(b"a", 300, 310, now=245)
    assert (gaps.behind(b"a", 246), gaps.behind(b"a", 305)) == (246, 310)
    gaps.learn(b"a", 400, 400, now=399)
    assert gaps.behind(b"a", 305) == 310


def test_few_gaps_are_kept() -> None:
    """Those that lie behind make room, and if there are none, all do."""
    gaps = Gaps()
    for number in range(256):
        gaps.learn(b"%d" % number, number, 1_000 + number, now=0)
    gaps.learn(b"a", 1_100, 1_200, now=1_100)
    assert gaps.behind(b"101", 500) == 1_101
    assert gaps.behind(b"100", 500) == 500
    for number in range(1_000, 1_256):
        gaps.learn(b"%d" % number, 2_000, 3_000, now=1_100)
    assert gaps.behind(b"101", 500) == 500
    assert gaps.behind(b"1255", 2_000) == 3_000


def test_a_leap_takes_as_many_open_elements_as_end_in_it() -> None:
    """Three are open, then one, four and two; with two, all would have ended."""
    leaps = Leaps()
    leaps.learn(b"a", [Step(10, 3, 1), Step(20, 4, 1), Step(30, 2, 2)], now=0)
    assert leaps.find(b"a", 10, 2) is None
    assert leaps.find(b"a", 10, 3) == Leap(3, 30, -1)
    assert leaps.find(b"a", 20, 2) is None
    assert leaps.find(b"a", 20, 3) == Leap(3, 30, -2)
    assert leaps.find(b"b", 20, 3) is None


def test_few_leaps_are_kept() -> None:
    """Those that lie behind make room, and then the shortest."""
    leaps = Leaps()
    leaps.learn(b"a", [Step(place, 1, 1) for place in range(60_001)], now=0)
    leaps.learn(b"b", [Step(place, 1, 1) for place in range(40_000)], now=30_000)
    assert leaps.find(b"a", 29_999, 1) is None
    assert leaps.find(b"a", 30_000, 1) == Leap(1, 60_000, 0)
    assert leaps.find(b"b", 0, 1) == Leap(1, 39_999, 0)
    leaps.learn(b"a", [Step(0, 1, 1), Step(60_000, 1, 1)], now=0)
    assert leaps.find(b"a", 40_000, 1) == Leap(1, 60_000, 0)
    assert leaps.find(b"a", 45_000, 1) is None
    assert leaps.find(b"a", 0, 1) == Leap(1, 60_000, 0)

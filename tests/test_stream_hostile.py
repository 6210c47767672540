"""Hostile recordings: linear time, bounded memory, and nothing forged is evidence."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from xep0184 import Limits, stream
from xep0184.stream import Broken, Stanza, cutting, reading
from xep0184.stream.cutting import TAG
from xep0184.stream.text import TextReader
from xep0184.stream.unescaping import Unescaped, whole_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.stream import Readable

MANY = 3_000
BOB = b"<message from='bob'><received xmlns='urn:xmpp:receipts' id='1'/></message>"
EVE = b"<message from='eve'>"

HOSTILE = {
    "CDATA": b"<message><![CDATA[x\n" * MANY,
    "comment": b"<message><!--x\n" * MANY,
    "processing instruction": b"<message><?x\n" * MANY,
    "its own name": b"<message>\n" * MANY,
    "its own name, closed": b"<message><message></message>\n" * MANY,
    "its own name in quotes": b"<message><message a='\n" * MANY,
    "no end of an end tag": b"<message><message></message\n" * MANY,
    "comments between": b"<iq/><!--\n" * MANY,
    "processing instructions between": b"<iq/><?x\n" * MANY,
    "CDATA between": b"<iq/><![CDATA[\n" * MANY,
    "names in turn": b"<message>\n<iq>\n<presence>\n" * MANY,
    "lines that another line hides": b"<message><![CDATA[\n<message>]]>\n" * MANY,
    "two ways that never meet": (
        b"<message><!--<![CDATA[\n<message>--><!--]]>\n<message><![CDATA[-->\n"
    )
    * MANY,
    "an end that is far": b"<message><!--\n" * MANY + b"-->" + b"<!-- -->" * MANY,
    "an end tag in a comment": b"<message>\n" * MANY + b"<!--</message>-->",
    "a long name": b"<" + b"a" * 300_000 + b"<",
    "a long prefix": b"<" + b"a" * 300_000 + b":<",
    "many names": b"".join(b"<m%d:message>\n" % number for number in range(MANY)),
    "many containers": b"".join(b"<host a%d=''>" % number for number in range(MANY)),
    "illegal characters": b"<message>\x01</message>" * MANY,
    "stray signs": b"a < b & c <d\n<iq/>" * MANY,
    "unclosed attributes": b"<message a='" * MANY,
    "declarations": b"<?xml version='1.0'?><stream:stream>" * MANY,
    "deep": b"<a>" * (10 * MANY),
}


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE)
def test_expat_is_given_three_times_the_octets_at_most(octets: bytes) -> None:
    """Counted in octets, which take time; a clock would measure the machine."""
    reader = reading._Reading(BytesIO(octets), Limits())  # noqa: SLF001  # it counts
    offsets = [piece.offset for piece in reader.pieces()]
    assert reader._cutter.given <= 3 * len(octets) + 4  # noqa: SLF001  # as above
    assert offsets == sorted(offsets) != []


@pytest.mark.parametrize("begin", [b"<", b"<a:", b"</", b"<a b='", b"<?xml "])
def test_a_tag_without_end_is_matched_in_linear_time(begin: bytes) -> None:
    """In quadratic time, this test would take an hour."""
    assert TAG.match(begin + b"a" * 3_000_000) is None


@pytest.mark.parametrize("crowd", [b"<a>", b" a=''"])
def test_a_crowd_is_given_up_before_it_takes_memory(crowd: bytes) -> None:
    """An open element takes 150 octets of memory, an attribute 300."""
    octets = b"<iq" + b">" * crowd.startswith(b"<") + crowd * 300_000
    reader = reading._Reading(BytesIO(octets), Limits())  # noqa: SLF001  # it counts
    (broken,) = reader.pieces()
    assert isinstance(broken, Broken)
    assert broken.length == len(octets)
    assert reader._cutter.given < 200_000 * len(crowd)  # noqa: SLF001  # as above


@pytest.mark.usefixtures("unmeasured")
def test_of_many_stanzas_inside_a_broken_one_some_are_remembered() -> None:
    """The others are told as broken, with it."""
    found = list(stream.read(BytesIO(EVE + b"<iq/>" * 12_000)))
    stanzas = [piece for piece in found if isinstance(piece, Stanza)]
    assert len(stanzas) == 10_000
    assert all(piece.recovered for piece in stanzas)
    first, *_, last = found
    assert isinstance(first, Broken)
    assert isinstance(last, Broken)
    assert (first.length, last.length) == (len(EVE), len(b"<iq/>" * 2_000))


def test_partial_lines_without_end_are_joined_in_linear_time() -> None:
    """In quadratic time, this test would copy 500 GB."""
    line = b"2026-01-02T03:04:05Z stdout P "
    source = Unescaped(BytesIO(line + b"\n%b" % line * 1_000_000), whole_lines(line))
    assert b"".join(iter(lambda: source.read(65_536), b"")) == line


FORGERIES = {
    "CDATA behind an illegal character": b"\x01<![CDATA[%b]]>",
    "CDATA behind a mismatched tag": b"<body></x><![CDATA[%b]]></body>",
    "CDATA behind an undefined entity": b"&x;<![CDATA[%b]]>",
    "CDATA behind a repeated attribute": b"<a b='' b=''/><![CDATA[%b]]>",
    "CDATA behind octets that are not UTF-8": b"\xff<![CDATA[%b]]>",
    "CDATA behind a stray sign": b" < <![CDATA[%b]]>",
    "comment behind an illegal character": b"\x01<!--%b-->",
    "comment": b"<!--%b-->",
    "attribute behind an illegal character": b"\x01<a b='%b'/>",
    "nested behind a mismatched tag": b"<a></b>%b",
    "nested and not closed": b"<a>%b",
    "behind a closing tag": b"<a></message>%b",
    "behind a stream header": b"</x><?xml version='1.0'?><stream:stream>%b",
    "behind much text": b"</x>" + b"y" * 400_000 + b"<![CDATA[%b]]>",
    "behind 11 MB": b"<![CDATA[" + b"y" * 11_200_000 + b"%b]]>",
    "behind many stanzas": b"</x><![CDATA[" + b"<iq></iq>" * 50_000 + b"%b]]>",
}


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("content", FORGERIES.values(), ids=FORGERIES)
def test_what_a_stanza_holds_is_never_evidence(content: bytes) -> None:
    """A receipt from bob inside a broken message of eve is recovered, if it is read."""
    octets = b"<iq id='a'/>\n" + EVE + content.replace(b"%b", BOB) + b"</message>\n"
    found = list(stream.read(BytesIO(octets)))
    first, *rest = found
    assert isinstance(first, Stanza)
    assert not first.recovered
    assert any(isinstance(piece, Broken) for piece in rest)
    forged = [
        piece
        for piece in rest
        if isinstance(piece, Stanza) and piece.element.get("from") == "bob"
    ]
    assert all(piece.recovered for piece in forged)


@pytest.mark.parametrize("fault", [b"\x01", b" < ", b"&x;", b"\xff", b"&#1;"])
def test_a_character_that_is_wrong_costs_its_stanza_alone(fault: bytes) -> None:
    """What follows is read as if nothing had happened."""
    octets = EVE + b"<body>" + fault + b"</body></message>" + BOB
    broken, bob = stream.read(BytesIO(octets))
    assert isinstance(broken, Broken)
    assert isinstance(bob, Stanza)
    assert (broken.whole, bob.recovered) == (True, False)


@pytest.mark.parametrize("begin", [b"<a b=' ", b"<message><![CDATA["])
def test_a_stanza_is_found_however_long_what_follows_it_is(begin: bytes) -> None:
    """Behind what has no end, a block is only read if there is none in the last."""
    octets = begin + BOB + b"\n" * 300_000 + BOB
    stanzas = [it for it in stream.read(BytesIO(octets)) if isinstance(it, Stanza)]
    assert [it.offset for it in stanzas] == [len(begin), len(octets) - len(BOB)]


def test_a_stray_sign_between_stanzas_costs_nothing_else() -> None:
    """One in a hundred lines of a log: no stanza is lost, and none is doubtful."""
    lines = [BOB if n % 100 else b"1 < 2 " + BOB for n in range(5_000)]
    found = list(stream.read(BytesIO(b"\n".join(lines))))
    stanzas = [piece for piece in found if isinstance(piece, Stanza)]
    assert len(stanzas) == 5_000
    assert not any(piece.recovered for piece in stanzas)


def test_a_new_stream_is_found_behind_a_broken_one() -> None:
    """Its namespace and language are those that its header declares."""
    header = b"<stream:stream xmlns:stream='s' xmlns='jabber:%b' xml:lang='%b'>"
    octets = (
        b"<?xml version='1.0'?>" + header % (b"client", b"en") + b"<message><body>cut"
        b"\n<?xml version='1.0'?>" + header % (b"server", b"de") + b"<iq/>"
    )
    *_, last = stream.read(BytesIO(octets))
    assert isinstance(last, Stanza)
    assert (last.element.tag, last.language) == ("{jabber:server}iq", "de")


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE)
def test_single_octets_give_the_same(
    octets: bytes, trickle: Callable[[bytes, int], Readable]
) -> None:
    """However a source divides them, they are read in blocks of one size."""
    octets = octets[:20_000]
    places = [
        [(type(piece), piece.offset) for piece in stream.read(source)]
        for source in (BytesIO(octets), trickle(octets, 1))
    ]
    assert places[0] == places[1]


HEADER = b"<stream:stream xmlns:stream='s' xmlns='jabber:client'>"


@pytest.mark.parametrize(
    "inside",
    [
        b"<stream:stream xmlns='evil' xmlns:stream='s'>",
        b"<iq/></stream:stream>",
        b"<host xmlns='evil'>",
    ],
)
def test_a_broken_stanza_does_not_change_the_containers(inside: bytes) -> None:
    """What follows behind the doubt is read as a child of the stream it is in."""
    broken = EVE + b"<body a='1' a='2'>" + inside + b"</body></message>"
    octets = HEADER + broken + b"\n" * 10_300_000 + BOB * 2
    *_, last = stream.read(BytesIO(octets))
    assert isinstance(last, Stanza)
    assert last.recovered or last.element.tag == "{jabber:client}message"


def test_the_stanzas_kept_of_an_open_piece_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those beyond the bound are searched for again, and recovered as well."""
    monkeypatch.setattr(cutting, "_MOST_CUTS", 3)
    broken, *rest = stream.read(BytesIO(b"<message>" + b"<iq/>" * 10))
    assert isinstance(broken, Broken)
    assert all(isinstance(piece, Broken) or piece.recovered for piece in rest)


def test_more_stanzas_than_are_kept_cost_none_in_a_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those inside of a complete one are part of it, however many there are."""
    monkeypatch.setattr(cutting, "_MOST_CUTS", 3)
    inner = b"<iq>" + b"<iq/>" * 9 + b"</iq>"  # 4 + 45 + 5 = 54 octets
    octets = EVE + inner + b"<presence/>" + inner + b"<iq/>" * 3
    found = [piece for piece, _, _ in TextReader(BytesIO(octets)).pieces()]
    begins = [0, 54, 65, 119, 124, 129]
    assert len(EVE) == 20
    assert [it.offset for it in found] == [0, *(20 + it for it in begins)]


def test_an_end_tag_named_as_the_root_of_a_pass_is_a_stray_one() -> None:
    """It ends nothing, as any end tag without a beginning."""
    told = [
        [(type(piece), piece.offset) for piece in stream.read(BytesIO(octets))]
        for octets in (b"<iq/></_><iq/>", b"<iq/></a><iq/>")
    ]
    assert told[0] == told[1]
    assert [kind for kind, _ in told[0]].count(Stanza) == 2


@pytest.mark.parametrize(
    ("blanks", "recovered"), [(88, True), (89, False), (90, False)]
)
def test_what_follows_is_recovered_as_far_as_a_stanza_may_reach(
    blanks: int,
    recovered: bool,  # noqa: FBT001  # expected
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the next stanza on: if 100 octets are the maximum, up to octet 109."""
    monkeypatch.setattr(reading, "_LONGEST_STANZA", 100)
    octets = b"<message <iq/>" + b" " * blanks + b"<host><iq/>"
    *_, last = stream.read(BytesIO(octets))
    assert isinstance(last, Stanza)
    assert last.recovered is recovered


def test_what_follows_skipped_octets_is_recovered() -> None:
    """Expat may not be given more; a stanza may have begun in what is skipped."""
    first, *_, last = stream.read(BytesIO(b"<a></a>" * 20_000 + BOB))
    assert isinstance(first, Broken)
    assert isinstance(last, Stanza)
    assert last.recovered


def test_a_stanza_that_begins_at_the_end_of_a_block_is_found() -> None:
    """Also while a stanza is searched for, and by the next block alone."""
    stanza = b"<%b:iq xmlns:%b='u:u'/>" % (b"p" * 40, b"p" * 40)
    octets = b" " * (2 * 65_536 - 24) + b"<iq " + stanza
    broken, found = stream.read(BytesIO(octets))
    assert isinstance(broken, Broken)
    assert isinstance(found, Stanza)
    assert found.octets == stanza

"""Where stanzas begin and end, in every format and around every kind of damage."""

from __future__ import annotations

import itertools
import random
import re
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xep0184 import Limits, ns, stream, xml
from xep0184.errors import XMLCode
from xep0184.stream import Broken, Stanza, reading
from xep0184.stream.numbers import WithoutNumbers
from xep0184.stream.text import TextReader
from xep0184.stream.unescaping import STRINGS, Unescaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xep0184.stream import Readable

EXAMPLES = Path(__file__).parent.parent / "examples"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"

OPEN = (
    b"<stream:stream xmlns='jabber:client' xml:lang='en'"
    b" xmlns:stream='http://etherx.jabber.org/streams'>"
)
CLOSE = b"</stream:stream>"
RESULT = (
    b"<result xmlns='urn:xmpp:mam:2' id='%d'><forwarded xmlns='urn:xmpp:forward:0'>"
    b"<delay xmlns='urn:xmpp:delay' stamp='2026-11-22T15:28:36Z'/>"
    b"<message xmlns='jabber:client'><body>hi</body></message></forwarded></result>"
)


class Whimsy:
    """A source that hands out now more, now less."""

    def __init__(self, octets: bytes, seed: int) -> None:
        self._octets = BytesIO(octets)
        self._random = random.Random(seed)

    def read(self, size: int) -> bytes:
        """Return some octets, none at the end."""
        return self._octets.read(min(size, self._random.randrange(1, 200)))


def read(octets: bytes, /, **limits: int) -> list[Stanza | Broken]:
    """Read it all from a source that gives what it is asked for."""
    return list(stream.read(BytesIO(octets), limits=Limits(**limits)))


def shape(piece: Stanza | Broken) -> tuple[int, str]:
    """Return where a piece is and, in a word or two, what; ? if it is recovered."""
    if isinstance(piece, Broken):
        return piece.line, f"{piece.error.code}{'' if piece.whole else ' …'}"
    name = ns.split(piece.element.tag)[1]
    words = [name, piece.element.get("id"), "?" if piece.recovered else None]
    return piece.line, " ".join(filter(None, words))


def shapes(octets: bytes, **limits: int) -> list[tuple[int, str]]:
    """Return the shape of each piece."""
    return [shape(piece) for piece in read(octets, **limits)]


def stanzas(octets: bytes) -> list[ET.Element]:
    """Return the elements of a recording in which nothing is broken."""
    pieces = read(octets)
    assert [piece for piece in pieces if isinstance(piece, Broken)] == []
    return [piece.element for piece in pieces if isinstance(piece, Stanza)]


def facts(piece: Stanza | Broken) -> object:
    """Return everything about a piece that a caller may rely on."""
    if isinstance(piece, Broken):
        extent = piece.line, piece.column, piece.offset, piece.length
        return extent, piece.whole, piece.error.args
    nodes = [
        (node.tag, dict(node.attrib), node.text, node.tail)
        for node in piece.element.iter()
    ]
    place = piece.line, piece.column, piece.offset
    return place, nodes, piece.octets, piece.within, piece.language, piece.recovered


class Case(NamedTuple):
    """A recording and the shapes of its pieces."""

    octets: bytes
    expected: list[tuple[int, str]]


CASES = {
    "nothing": Case(b"", []),
    "blank": Case(b" \r\n\t\n", []),
    # A stream document.
    "whole stream": Case(
        OPEN + b"\n<iq id='a'/>\n\n<message id='b'/>\n" + CLOSE,
        [(2, "iq a"), (4, "message b")],
    ),
    "declared stream": Case(
        b"<?xml version='1.0' encoding='UTF-8'?>\n" + OPEN + b"<iq id='a'/>" + CLOSE,
        [(2, "iq a")],
    ),
    "empty stream": Case(OPEN + CLOSE, []),
    "only the header": Case(OPEN, []),
    "cut off between stanzas": Case(OPEN + b"<iq id='a'/>\n", [(1, "iq a")]),
    "cut off in text": Case(
        OPEN + b"<iq id='a'/><message><body>he",
        [(1, "iq a"), (1, "not-well-formed …")],
    ),
    "cut off in a start tag": Case(
        OPEN + b"<iq id='a'/>\n<message id='",
        [(1, "iq a"), (2, "not-well-formed …")],
    ),
    "cut off in an end tag": Case(
        OPEN + b"<message id='a'></mess", [(1, "not-well-formed …")]
    ),
    "restarted stream": Case(
        OPEN + b"<iq id='a'/>" + OPEN + b"<iq id='b'/>" + CLOSE + b"<iq id='c'/>",
        [(1, "iq a"), (1, "iq b"), (1, "iq c")],
    ),
    "stream after stream": Case(
        (OPEN + b"<iq id='a'/>" + CLOSE + b"\n") * 2, [(1, "iq a"), (2, "iq a")]
    ),
    "header too large": Case(
        b"<stream:stream a='%b'><iq id='a'/>" % (b"x" * 300_000),
        [(1, "limit …"), (1, "iq a ?")],
    ),
    "header that is not XML": Case(
        b"<stream:stream a='1' a='2'><iq id='a'/>",
        [(1, "not-well-formed …"), (1, "iq a ?")],
    ),
    # Stanzas one after another.
    "one stanza": Case(b"<message id='a'></message>", [(1, "message a")]),
    "concatenated": Case(
        b"<iq id='a'/><message id='b'>\n</message><presence id='c'/>",
        [(1, "iq a"), (1, "message b"), (2, "presence c")],
    ),
    "one stanza a line": Case(
        b"<iq id='a'/>\n<message id='b'><body/></message>\n<presence id='c'/>\n",
        [(1, "iq a"), (2, "message b"), (3, "presence c")],
    ),
    "a line without its end": Case(
        b"<iq id='a'/>\n<message id='b'><bo\n<message id='c'></message>\n<iq id='d'/>",
        [(1, "iq a"), (2, "not-well-formed …"), (3, "message c ?"), (4, "iq d ?")],
    ),
    "a line without its beginning": Case(
        OPEN + b"\n<iq id='a'/>\ndy></message>\n<message id='b'></message>",
        [
            (2, "iq a"),
            (3, "not-well-formed …"),
            (4, "message b ?"),
        ],
    ),
    "a line with a fault": Case(
        b"<iq id='a'/>\n<message id='b'><x></message>\n<iq id='c'/>\n",
        [(1, "iq a"), (2, "not-well-formed"), (3, "iq c ?")],
    ),
    "a stanza inside without its end": Case(
        b"<message>\n<iq>\n</message>\n<iq id='a'/>",
        [(1, "not-well-formed …"), (2, "not-well-formed …"), (4, "iq a ?")],
    ),
    "a stanza inside, and an element without its end": Case(
        b"<message>\n<iq id='a'/><x></message>\n<iq id='b'/>",
        [
            (1, "not-well-formed …"),
            (2, "iq a ?"),
            (2, "not-well-formed …"),
            (3, "iq b ?"),
        ],
    ),
    "a line that is not UTF-8": Case(
        b"<iq id='a'/>\n<message>\xff</message>\n<iq id='c'/>\n",
        [(1, "iq a"), (2, "not-well-formed"), (3, "iq c")],
    ),
    "an attribute without end": Case(
        b"<iq id='a/>\n<message id='b'/>\n<iq id='c'/>",
        [(1, "not-well-formed …"), (2, "message b ?"), (3, "iq c ?")],
    ),
    # Archive exports.
    "results": Case(
        b"".join(RESULT % n for n in range(3)),
        [(1, "result 0"), (1, "result 1"), (1, "result 2")],
    ),
    "results a line": Case(
        b"\n".join(RESULT % n for n in range(3)),
        [(1, "result 0"), (2, "result 1"), (3, "result 2")],
    ),
    "XEP-0227": Case(
        b"<server-data xmlns='urn:xmpp:pie:0'>\n<host jid='h'>\n<user name='u'>"
        b"<query xmlns='jabber:iq:roster'/><archive xmlns='urn:xmpp:pie:0#mam'>\n"
        + RESULT % 1
        + b"\n</archive>\n</user>\n<user/></host>\n</server-data>",
        [(3, "query"), (4, "result 1"), (7, "user")],
    ),
    "any root": Case(
        b"<log>\n<message id='a'/>\n<user:message xmlns:user='u:u' id='b'/></log>",
        [(2, "message a"), (3, "message b")],
    ),
    "a log in a root of its own": Case(
        b"<log><message id='a'><forwarded><message/></forwarded></message></log>",
        [(1, "message a")],
    ),
    # What looks like an end and is none.
    "end tag in CDATA": Case(
        b"<message id='a'><body><![CDATA[</message><message>]]></body></message><iq/>",
        [(1, "message a"), (1, "iq")],
    ),
    "end of CDATA in CDATA": Case(
        b"<message id='a'><![CDATA[]]]]><![CDATA[></message>]]></message>",
        [(1, "message a")],
    ),
    "end tag in a comment": Case(
        b"<message><!-- </message> --></message>\n<iq/>",
        [(1, "restricted-xml"), (2, "iq")],
    ),
    "end tag in a processing instruction": Case(
        b"<message><?a </message> ?></message>\n<iq/>",
        [(1, "restricted-xml"), (2, "iq")],
    ),
    "end tag with white space": Case(
        b"<message id='a'></message\n><iq id='b'/>", [(1, "message a"), (2, "iq b")]
    ),
    "nested": Case(
        b"<message id='a'><forwarded><message id='x'><message id='y'/></message>"
        b"</forwarded><message/></message><message id='b'/>",
        [(1, "message a"), (1, "message b")],
    ),
    "delay behind what is forwarded": Case(
        b"<message id='a'><forwarded><message></message><delay/><message></message>"
        b"</forwarded></message><message id='b'></message>",
        [(1, "message a"), (1, "message b")],
    ),
    "end of a tag in text": Case(
        b"<iq id='a'>/></iq><iq id='b'/>", [(1, "iq a"), (1, "iq b")]
    ),
    "longer name": Case(
        b"<message id='a'><message2></message2></message><iq/>",
        [(1, "message a"), (1, "iq")],
    ),
    "prefixed": Case(
        b"<c:message xmlns:c='jabber:client' id='a'><c:message></c:message></c:message>"
        b"<c:iq xmlns:c='jabber:client' id='b'/>",
        [(1, "message a"), (1, "iq b")],
    ),
    "other ends in attributes": Case(
        b"""<iq id='a' b='>"/>' c=">'/>"></iq><iq id='b' c='/></iq>'/>\n<iq id='c'/>""",
        [(1, "iq a"), (1, "not-well-formed …"), (2, "iq c ?")],
    ),
    "line breaks in a start tag": Case(
        b"<iq\n id='a'\n b='>\n'\n>\n</iq><iq\nid='b'/><message id='c'/>",
        [(1, "iq a"), (6, "iq b"), (7, "message c")],
    ),
    "CRLF": Case(
        OPEN
        + b"\r\n<iq id='a'/>\r\n<message id='b'>\r\n</message>\r\n<iq id='c'/>\r\n",
        [(2, "iq a"), (3, "message b"), (5, "iq c")],
    ),
    # What stands between the stanzas.
    "garbage between": Case(
        OPEN + b"<iq id='a'/>garbage<iq id='b'/> &amp; <iq id='c'/>" + CLOSE,
        [
            (1, "iq a"),
            (1, "not-well-formed …"),
            (1, "iq b"),
            (1, "not-well-formed …"),
            (1, "iq c"),
        ],
    ),
    "garbage at the end": Case(
        b"<iq id='a'/>garbage", [(1, "iq a"), (1, "not-well-formed …")]
    ),
    "white space by reference": Case(
        b"&#32;<iq id='a'></iq>\n&#x20;<iq id='b'></iq><iq id='c'></iq>",
        [
            (1, "not-well-formed …"),
            (1, "iq a"),
            (2, "not-well-formed …"),
            (2, "iq b"),
            (2, "iq c"),
        ],
    ),
    "white space as CDATA": Case(
        b"<iq id='a'></iq><![CDATA[ ]]><iq id='b'></iq><iq id='c'></iq>",
        [(1, "iq a"), (1, "not-well-formed …"), (1, "iq b"), (1, "iq c")],
    ),
    "stray end tag": Case(
        OPEN + b"<iq id='a'/></message><iq id='b'/>" + CLOSE + CLOSE,
        [
            (1, "iq a"),
            (1, "not-well-formed …"),
            (1, "iq b ?"),
            (1, "not-well-formed …"),
        ],
    ),
    "end tag of an outer container": Case(
        b"<log><host><iq id='a'/></log><iq id='b'/></host>",
        [(1, "iq a"), (1, "iq b"), (1, "not-well-formed …")],
    ),
    "comments": Case(
        b"<!-- a --><iq id='a'/><!--><iq/>--><iq id='b'/>",
        [(1, "restricted-xml …"), (1, "iq a"), (1, "restricted-xml …"), (1, "iq b")],
    ),
    "processing instructions": Case(
        b"<?a b?><iq id='a'/><?>?><iq id='b'/>",
        [(1, "restricted-xml …"), (1, "iq a"), (1, "not-well-formed …"), (1, "iq b ?")],
    ),
    "document types": Case(
        b"<!DOCTYPE a SYSTEM '>'>\n"
        + OPEN
        + b"""<iq id='a'/><!DOCTYPE b [<!ENTITY c "]>">]><iq id='b'>&c;</iq><iq/>""",
        [
            (1, "restricted-xml …"),
            (2, "iq a ?"),
            (2, "restricted-xml …"),
            (2, "not-well-formed"),
            (2, "iq ?"),
        ],
    ),
    "a declaration in the middle": Case(
        OPEN + b"<iq id='a'/><?xml version='1.0'?>" + OPEN + b"<iq id='b'/>",
        [(1, "iq a"), (1, "iq b")],
    ),
    "XML 1.1": Case(
        b"<?xml version='1.1'?><iq id='a'/>", [(1, "restricted-xml …"), (1, "iq a")]
    ),
    "another encoding": Case(
        b"<?xml version='1.0' encoding='latin1'?><iq id='a'/>",
        [(1, "unsupported-encoding …"), (1, "iq a")],
    ),
    "byte order marks": Case(
        b"\xef\xbb\xbf" + OPEN + b"<iq id='a'/>\n\xef\xbb\xbf<iq id='b'/>",
        [
            (1, "unsupported-encoding …"),
            (1, "iq a"),
            (2, "unsupported-encoding …"),
            (2, "iq b"),
        ],
    ),
    "UTF-16": Case(
        "<message id='a'></message>".encode("utf-16"),
        [(1, "unsupported-encoding …")],
    ),
    "UTF-16 in the middle": Case(
        b"<iq id='a'/>\n"
        + "<message></message>\n".encode("utf-16-le")
        + b"\n<message id='b'/>",
        [(1, "iq a"), (2, "unsupported-encoding …"), (4, "message b")],
    ),
    "no character": Case(
        b"<iq id='a'>\0</iq>\0<iq id='b'/>\n<\0/>",
        [
            (1, "not-well-formed"),
            (1, "unsupported-encoding …"),
            (1, "iq b"),
            (2, "unsupported-encoding …"),
        ],
    ),
    "no name": Case(b"<>\n< a>\n<iq/>", [(1, "not-well-formed …"), (3, "iq")]),
    "a name that is not UTF-8": Case(b"<\xff>", [(1, "not-well-formed …")]),
    "an unfinished declaration": Case(b"<!DOCTYPE", [(1, "not-well-formed …")]),
    "a tag in a declaration": Case(
        b"<!DOCTYPE a\n<iq id='b'/>", [(1, "not-well-formed …"), (2, "iq b ?")]
    ),
    "an unfinished comment": Case(
        b"<!-- a ->\n<message id='b'/>", [(1, "not-well-formed …"), (2, "message b ?")]
    ),
    # Namespaces.
    "names that are colons": Case(
        OPEN + b"<iq id='a'/><:/><a:/><::a:/><:></:><b::c></b::c><iq id='b'/>\n<:/>",
        [
            (1, "iq a"),
            *[(1, "not-well-formed")] * 5,
            (1, "iq b"),
            (2, "not-well-formed"),
        ],
    ),
    "unbound prefix": Case(
        b"<iq id='a'></iq><iq><p:a/></iq><iq id='b'></iq><iq xmlns='rel' id='c'></iq>",
        [(1, "iq a"), (1, "not-well-formed"), (1, "iq b"), (1, "iq c")],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_pieces(case: Case) -> None:
    """Every piece is found, on its line, and what is broken costs itself alone."""
    assert shapes(case.octets) == case.expected


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_how_the_source_cuts_changes_nothing(
    case: Case, trickle: Callable[[bytes, int], Readable]
) -> None:
    """A piece is the same whether its octets come one by one or all at once."""
    octets = case.octets[:400]
    expected = [facts(piece) for piece in read(octets)]
    for most in (*range(1, 24), *range(24, len(octets), 23)):
        pieces = stream.read(trickle(octets, most))
        assert [facts(piece) for piece in pieces] == expected, most


TEXTS = {
    "stanza in CDATA": Case(
        b"RECV: <message id='a'><![CDATA[<iq/>]]></message>", [(1, "message a")]
    ),
    "stanza in a comment": Case(
        b"<message><!--<iq/>--></message> <iq id='b'/>",
        [(1, "restricted-xml"), (1, "iq b")],
    ),
    "an element without its end": Case(
        b"RECV: <message><x></message>\n<iq id='b'/>\n<iq id='c'/>",
        [(1, "not-well-formed"), (2, "iq b ?"), (3, "iq c ?")],
    ),
    "a name that is too long to be read": Case(
        b"<%b/> <iq id='a'/> <iq id='b'/>" % (b"x" * 5_000),
        [(1, "iq a ?"), (1, "iq b ?")],
    ),
}


@pytest.mark.parametrize("case", TEXTS.values(), ids=TEXTS)
def test_pieces_of_any_text(case: Case) -> None:
    """A stanza inside of another one is part of it; what is in doubt is recovered."""
    reader = TextReader(BytesIO(case.octets))
    assert [shape(piece) for piece, _, _ in reader.pieces()] == case.expected


# Counted by hand and with grep: elements at the first level of the stream.
COUNTS = {
    "desk-received.xml": {"features": 1, "iq": 13, "presence": 12, "message": 37},
    "desk-sent.xml": {"iq": 13, "presence": 5, "message": 24},
    "phone-received.xml": {"features": 1, "iq": 10, "presence": 12, "message": 21},
    "phone-sent.xml": {"iq": 10, "presence": 1, "message": 1},
}


@pytest.mark.parametrize("name", COUNTS)
def test_recorded_streams(name: str) -> None:
    """Each stanza of real traffic is found; those it carries inside are not."""
    found = stanzas((EXAMPLES / name).read_bytes())
    names = Counter(ns.split(element.tag)[1] for element in found)
    assert names == COUNTS[name]


@pytest.mark.parametrize("name", COUNTS)
def test_recorded_streams_cut_off(name: str) -> None:
    """A log that just ends loses the stanza in which it ends, and no other."""
    octets = (EXAMPLES / name).read_bytes()
    complete = read(octets)
    cut = octets[: len(octets) // 2]
    found = read(cut)
    before = [piece for piece in found if isinstance(piece, Stanza)]
    assert [facts(piece) for piece in before] == [
        facts(piece) for piece in complete[: len(before)]
    ]
    after = {shape(piece) for piece in found[len(before) :]}
    assert after == {(1, "not-well-formed …")}


ACK = b"<message id='%d'><received xmlns='urn:xmpp:receipts' id='1'/></message>"


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n\r\n"])
def test_many_stanzas_share_a_parse(end: bytes, monkeypatch: Any) -> None:  # noqa: ANN401
    """Where nothing is unusual, few stanzas are parsed for themselves."""
    singles: list[bytes] = []
    parse = xml.parse

    def counted(octets: bytes, /, **options: Any) -> object:  # noqa: ANN401
        singles.append(octets)
        return parse(octets, **options)

    monkeypatch.setattr(xml, "parse", counted)
    octets = OPEN + end + b"".join(ACK % n + end for n in range(5_000)) + CLOSE
    ids = [element.get("id") for element in stanzas(octets)]
    assert ids == [str(n) for n in range(5_000)]
    assert len(singles) < 50


@pytest.mark.usefixtures("unmeasured")
def test_lines_are_exact_in_a_long_recording() -> None:
    """The line of a stanza, behind more of them than 16 bits can count."""
    octets = b"\n\n".join(b"<message>\n<body/></message>" for _ in range(70_000))
    lines = [piece.line for piece in read(octets)]
    assert lines == [3 * n + 1 for n in range(70_000)]


def test_a_place_is_a_line_a_column_and_an_offset() -> None:
    """Columns count characters, offsets octets; the octets are those of the piece."""
    octets = "<log>é<iq/>\n  <message>ü</message><iq\n/></log>".encode()
    found = [piece for piece in read(octets) if isinstance(piece, Stanza)]
    places = [(piece.line, piece.column, piece.offset) for piece in found]
    assert places == [(1, 7, 7), (2, 3, 15), (2, 23, 36)]
    for piece in found:
        end = piece.offset + len(piece.octets)
        assert octets[piece.offset : end] == piece.octets


def test_language_and_namespaces_are_inherited() -> None:
    """An element sees what its containers declared, and only they."""
    octets = (
        OPEN
        + b"<iq id='a'></iq><iq id='b' xml:lang='de'></iq><iq></iq>"
        + b"<host xmlns:h='u:h'><iq/></host><host xml:lang=''><user><iq/></user></host>"
        + b"<stream:stream xmlns:stream='s:s'><iq/>"
    )
    found = [
        (piece.language, piece.element.tag, b"xmlns:h=" in piece.within)
        for piece in read(octets)
        if isinstance(piece, Stanza)
    ]
    iq = "{jabber:client}iq"
    assert found == [
        ("en", iq, False),
        ("en", iq, False),
        ("en", iq, False),
        ("en", iq, True),
        ("", iq, False),
        (None, "iq", False),
    ]


def test_a_piece_can_be_parsed_again() -> None:
    """From its octets, within the start tag that holds what it inherits."""
    for piece in read(OPEN + (ACK % 1) + b"<stream:features/>"):
        assert isinstance(piece, Stanza)
        again = xml.parse(piece.octets, within=piece.within)
        assert ET.tostring(again) == ET.tostring(piece.element)


def test_a_stanza_outlives_its_recording() -> None:
    """An element is the caller's, however many are held and in whatever order."""
    held = stanzas(OPEN + b"".join(ACK % n for n in range(3_000)))
    random.Random(1).shuffle(held)
    while held:
        element = held.pop()
        assert element[0].get("id") == "1"


FEW: dict[str, tuple[dict[str, int], bytes]] = {
    "octets": ({"octets": 10_000}, b"<body>%b</body>" % (b"x" * 10_000)),
    "depth": ({"depth": 3}, b"<a><b><c/></b></a>"),
    "elements": ({"elements": 4}, b"<a/><b/><c/><d/>"),
    "attributes": ({"attributes": 3}, b"<a b='' c='' d='' xmlns='u:u'/>"),
}


@pytest.mark.parametrize("limit", FEW)
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_limits_are_those_of_each_stanza(limit: str, end: bytes) -> None:
    """One that is too large costs itself, however many others surround it."""
    limits, content = FEW[limit]
    many = b"".join(ACK % n + end for n in range(200))
    octets = many + b"<message>" + content + b"</message>" + end + many
    broken = [piece for piece in read(octets, **limits) if isinstance(piece, Broken)]
    assert len(read(octets, **limits)) == 401
    assert [(it.error.code, it.whole) for it in broken] == [("limit", True)]
    assert broken[0].line == (201 if end else 1)
    assert len(stanzas(octets)) == 401


def test_an_end_is_looked_for_within_bounds() -> None:
    """A stanza of 10 MB is given up; what follows is read, and recovered."""
    text = b"x" * 10_000_000
    octets = b"<iq id='a'/><message>" + text + b"</message><iq/>\n<iq id='b'/>"
    assert shapes(octets) == [(1, "iq a"), (1, "limit …"), (1, "iq ?"), (2, "iq b ?")]
    octets = b"<iq id='a'/>" + text + text[:9] + b"<iq id='b'/>"
    assert shapes(octets) == [(1, "iq a"), (1, "limit …"), (1, "iq b")]


def test_a_stanza_may_be_as_large_as_the_limit() -> None:
    """However large that is."""
    octets = b"<message id='a'>%b</message>" % (b"x" * 1_500_000)
    (found,) = read(octets, octets=2_000_000)
    assert shape(found) == (1, "message a")
    assert shapes(octets) == [(1, "limit …")]


def test_the_text_after_a_piece_is_read() -> None:
    """Also if a block ends with the piece."""
    octets = b" " * (65_536 - 9) + b"<iq></iq>" + b"sent"
    reader = TextReader(BytesIO(octets), after=4)
    assert [after for _, _, after in reader.pieces()] == [b"sent"]


@pytest.mark.parametrize("most", range(1, 25))
def test_escapes_are_the_same_however_they_are_cut(
    most: int, trickle: Callable[[bytes, int], Readable]
) -> None:
    """A backslash that is escaped begins no half of a character."""
    octets = rb"\\ud83d\n \ud83d\ude00 \\\ud83d\ude00 \\\\ud83d"
    source = Unescaped(trickle(octets, most), STRINGS)
    found = b"".join(iter(lambda: source.read(9), b"")).decode()
    assert found == "\\ud83d  \U0001f600 \\\U0001f600 \\\\ud83d"


NUMBERS = {
    "a number that is no octet": (b"[1,2,3,4,5,6,7,12345,65]", rb'"%b?A"'),
    "a string that a line break ends": (
        b'"[60,\n1,2,3,4,5,6,7]',
        b'"[60,\n1,2,3,4,5,6,7]',
    ),
    "a list without end": (b"[1,2,3,4,5,6,7,12345", rb'"%b12345'),
    "too few numbers": (b"[1,2,3,4,5,6,7", b"[1,2,3,4,5,6,7"),
}


@pytest.mark.parametrize("most", range(1, 25))
@pytest.mark.parametrize(("octets", "text"), NUMBERS.values(), ids=NUMBERS)
def test_numbers_are_the_same_however_they_are_cut(
    octets: bytes, text: bytes, most: int, trickle: Callable[[bytes, int], Readable]
) -> None:
    """What a string holds begins no list, and a long number is one octet at most."""
    source = WithoutNumbers(trickle(octets, most), b"[")
    found = b"".join(iter(lambda: source.read(9), b""))
    assert found == text.replace(b"%b", b"".join(rb"\u%04x" % it for it in range(1, 8)))


PARTS = [
    *(case.octets for case in CASES.values() if len(case.octets) < 400),
    *(b"<message id='a'></message>", b"<iq/>", b"\n", b" ", b"<", b">", b"&", b"]]>"),
    *(b"<message>", b"</message>", b"<_>", b"</_>", OPEN, CLOSE, b"<host>", b"</host>"),
    *(b"<message><a/><a/><a/></message>", b"<iq a='' b='' c='' d=''></iq>", b"\xff"),
    *(b"<\xc8\xa1/>", b"<message>=====\n a > b</message>", b"\0", b"<message/ >"),
]
LIMITS = [
    Limits(),
    Limits(depth=1),
    Limits(depth=2),
    Limits(elements=1),
    Limits(elements=3),
    Limits(attributes=3),
]
RECORDINGS = st.one_of(
    st.binary(max_size=300),
    st.text("<>/!?-[]&;#'\"=: \nmesagiqx\u0221\ufeff", max_size=100).map(str.encode),
    st.lists(st.sampled_from(PARTS), max_size=30).map(b"".join),
    st.lists(st.sampled_from(PARTS[-24:]), max_size=60).map(b"".join),
)


@given(RECORDINGS, st.sampled_from(LIMITS), st.integers(0, 99))
@example(b"<message>" * 100, Limits(), 1)
@example(b"<iq></iq>" * 100, Limits(), 2)
@example(b"<iq>\n<a>\n" * 50 + b"<iq></iq>" * 50, Limits(), 3)
def test_any_recording_reads_the_same_however_it_is_cut(
    octets: bytes, limits: Limits, seed: int
) -> None:
    """The pieces and errors are the same, in order, and inside the recording."""
    expected = list(stream.read(BytesIO(octets), limits=limits))
    found = list(stream.read(Whimsy(octets, seed), limits=limits))
    assert [facts(piece) for piece in found] == [facts(piece) for piece in expected]
    offsets = [piece.offset for piece in found]
    assert offsets == sorted(offsets)
    lines = {piece.line for piece in found}
    assert lines <= set(range(1, octets.count(b"\n") + 2))


OUTSIDE = re.compile(
    rb"""\s*(?:(?:<\?xml[^<>]*\?>|</?[^\s<>/"'=!?]+(?:[^<>"']|"[^"<]*"|'[^'<]*')*>)\s*)*"""
)
"""White space, declarations and tags of containers."""


@given(RECORDINGS, st.sampled_from(LIMITS))
@example(b"<a></a>" * 2, Limits())  # expat would be given more than it may
def test_every_octet_is_told(octets: bytes, limits: Limits) -> None:
    """It is in one stanza, which its octets give again, or in one broken place."""
    end = 0
    for piece in stream.read(BytesIO(octets), limits=limits):
        assert OUTSIDE.fullmatch(octets, end, piece.offset)
        end = piece.offset
        assert piece.line == octets.count(b"\n", 0, end) + 1
        if isinstance(piece, Broken):
            assert piece.length > 0
            end += piece.length
        else:
            end += len(piece.octets)
            assert octets[piece.offset : end] == piece.octets
            again = xml.parse(piece.octets, limits=limits, within=piece.within)
            assert ET.tostring(again) == ET.tostring(piece.element)
    assert OUTSIDE.fullmatch(octets, end)


ELEMENTS = st.recursive(
    st.sampled_from(
        [
            *("<a/>", "<é ä='1' è='2'/>", "<b>/></b>", "<b c='/>'></b>", '<b c="\'"/>'),
            *(
                "<iq></iq >",
                "<message/>",
                "x",
                "&amp;&#233;&lt;",
                "\U0001f600",
                "\r\n",
                "]]",
            ),
            *("<![CDATA[</a><iq>]]>", "<![CDATA[]]]]>", "a > b", "<s:b xmlns:s='u'/>"),
        ]
    ),
    lambda inner: st.builds(
        "<{0}>{1}</{0}>".format,
        st.sampled_from(
            ["message", "iq", "forwarded", "body", "stream", "s:message", "ü"]
        ),
        st.lists(inner, max_size=4).map("".join),
    ),
    max_leaves=20,
)
NAMES = ["message", "iq", "presence", "features", "s:features", "open", "é"]


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), ELEMENTS), max_size=20), st.booleans()
)
def test_a_stream_has_the_children_of_its_document(
    contents: list[tuple[str, str]],
    cut_off: bool,  # noqa: FBT001  # drawn
) -> None:
    """Those that a parser of documents finds, in order and with the same content."""
    children = "\n".join(f"<{name} a='>'>{text}</{name}>" for name, text in contents)
    begin = "<stream xmlns='u:c' xmlns:s='u:s'>"
    root = ET.fromstring(f"{begin}{children}</stream>")  # noqa: S314  # our own
    octets = f"{begin}{children}{'' if cut_off else '</stream>'}".encode()
    expected = [ET.tostring(child, "unicode").rstrip("\n") for child in root]
    found = stanzas(octets)
    assert [ET.tostring(element, "unicode") for element in found] == expected


@given(RECORDINGS)
def test_expat_is_given_three_times_the_octets_at_most(octets: bytes) -> None:
    """Whatever is broken, and however often a pass begins again."""
    assert given_octets(octets) <= 3 * len(octets) + 4


def given_octets(octets: bytes) -> int:
    """Return how many octets expat is given to read a recording."""
    reader = reading._Reading(BytesIO(octets), Limits())  # noqa: SLF001  # it counts
    for _ in reader.pieces():
        pass
    return reader._cutter.given  # noqa: SLF001  # as above


@pytest.mark.parametrize("seed", range(5))
def test_noise_is_no_recording(seed: int) -> None:
    """Random octets give an error or two, and never one of another kind."""
    noise = random.Random(seed).randbytes(200_000)
    pieces = read(noise)
    assert all(isinstance(piece, Broken) and not piece.whole for piece in pieces)
    assert 0 < len(pieces) < 9


def test_what_was_given_up_is_given_up_for_the_same_reason() -> None:
    """Each of the stanzas that are cut off has the error it would have alone."""
    octets = b"<iq>\n<iq>\n<iq>\n</iq>\n<iq>\n<iq <iq/>\n<iq></iq>"
    assert shapes(octets) == [
        (1, "not-well-formed …"),
        (2, "not-well-formed …"),
        (3, "iq ?"),
        (5, "not-well-formed …"),
        (6, "iq ?"),
        (7, "iq ?"),
    ]
    errors = [piece.error for piece in read(octets) if isinstance(piece, Broken)]
    assert {error.detail for error in errors} == {"the element is not closed"}


def test_what_a_source_raises_is_left_alone() -> None:
    """An input error is for the caller, who opened the file."""

    class Failing:
        def read(self, _: int) -> bytes:
            raise OSError(5)

    with pytest.raises(OSError, match="5"):
        next(stream.read(Failing()))


def test_stanzas_are_handed_out_before_the_end() -> None:
    """A source that never ends is read as far as needed."""

    class Endless:
        def read(self, size: int) -> bytes:
            return ACK % 1 * (size // len(ACK % 1))

    first: Iterator[Stanza | Broken] = itertools.islice(stream.read(Endless()), 999)
    assert {type(piece) for piece in first} == {Stanza}


def test_containers_are_bounded_in_number_and_in_what_they_declare() -> None:
    """Each piece is parsed within all of them, so a peer may not pile them up."""
    piled = b"".join(b"<host xmlns:p%d='u'>" % number for number in range(100))
    codes = [it.error.code for it in read(piled) if isinstance(it, Broken)]
    many = b" ".join(b"xmlns:p%d='%b'" % (n, b"u" * 99) for n in range(200))
    (broken,) = [it for it in read(b"<archive %b>" % many) if isinstance(it, Broken)]
    assert codes == [XMLCode.LIMIT]
    assert broken.error.code is XMLCode.LIMIT


@pytest.mark.parametrize(
    ("before", "place"),
    [("", (1, 16)), ("<iq/>  ", (1, 23)), ("<iq/>\n  ", (2, 18))],
)
def test_an_error_has_its_place_in_the_recording(
    before: str, place: tuple[int, int]
) -> None:
    """Counted from 1: the sign in an attribute stands there."""
    octets = f"{before}<message><a b='<'/></message>".encode()
    broken = next(it for it in read(octets) if isinstance(it, Broken))
    assert (broken.error.line, broken.error.column) == place


def test_the_column_of_an_error_counts_in_its_own_line() -> None:
    """Not from the beginning of the piece."""
    octets = b"<iq/>\n  <message>\n <a b='<'/></message>"
    broken = next(it for it in read(octets) if isinstance(it, Broken))
    assert (broken.error.line, broken.error.column) == (3, 8)


@pytest.mark.parametrize("text", [b"'", b"''"])
def test_the_error_of_text_is_in_its_line(text: bytes) -> None:
    """Although the tag after it, which begins a stanza, has an error as well."""
    (broken,) = read(text + b"<iq\n '<iq\n")
    assert isinstance(broken, Broken)
    assert (broken.offset, broken.error.line) == (0, 1)


@pytest.mark.parametrize("octets", [b"<", b"\xc3", b"<a"])
def test_a_recording_may_end_in_the_middle_of_anything(octets: bytes) -> None:
    """What cannot be read is told, however short it is."""
    (broken,) = read(octets)
    assert isinstance(broken, Broken)
    assert (broken.offset, broken.length) == (0, len(octets))


@pytest.mark.parametrize("name", ["request", "received", "query", "c"])
def test_a_payload_on_its_own_is_one_piece(name: str) -> None:
    """It contains no stanzas, even if one is in it."""
    octets = f"<{name}><message/></{name}>".encode()
    (found,) = read(octets)
    assert isinstance(found, Stanza)
    assert found.octets == octets

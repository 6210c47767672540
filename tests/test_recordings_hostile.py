"""Hostile logs: linear time, bounded memory, nothing lost, and nothing forged."""

from __future__ import annotations

import html
import json
import quopri
import subprocess
import sys
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from xep0184 import Limits
from xep0184.recordings import RecordingError, Source, read, recognise
from xep0184.stream import Broken, Stanza, TextReader
from xep0184.stream import text as text_module

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.stream import Readable

MANY = 3_000
R = b"urn:xmpp:receipts"
BOB = b"<message from='bob'><received xmlns='%b' id='1'/></message>" % R
EVE = b"<message from='eve'>"

HOSTILE = {
    "stanzas that never close": b"RECV: <message id='1'><body>x\n" * MANY,
    "opening tags": b"RECV: <message id='1'>\n" * MANY,
    "start tags that never close": b"RECV: <message id='1' <\n" * MANY,
    "quotes that never close": b"RECV: <message id='\n" * MANY,
    "a quote that never closes": b"<message a='" + b"x" * 1_500_000,
    "names alone": b"<message <iq <presence <message\n" * MANY,
    "shortest": b"<iq <iq/><iq><iq/>" * MANY,
    "errors at once": b"<iq></x>" * MANY,
    "end tags that are far": b"<iq></x>" * MANY + b"</iq>" * MANY,
    "CDATA": b"<message><![CDATA[x\n" * MANY,
    "comments": b"<message><!--x\n" * MANY,
    "comments between": b"<iq/><!--\n" * MANY,
    "instructions": b"<message><?x\n" * MANY,
    "prefixes": b"".join(b"<m%d:message>\n" % number for number in range(MANY)),
    "payloads": b"<query xmlns='http://jabber.org/protocol/disco#info'>\n" * MANY,
    "payloads that are cut off": b"<c xmlns='urn:xmpp:caps' ver=\n" * MANY,
    "payloads of a name": b"<c xmlns='urn:xmpp:caps'></d>\n" * MANY,
    "streams": b"<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>" * 999,
    "many stanzas inside": (b"<message>" + b"<iq/>\n" * 12_000) * 5,
    "deep": b"<message>" + b"<a>" * 110_000,
    "attributes": b"<message" + b" a=''" * 110_000,
    "one line": b"x" * 2_000_000,
    "nearly marks": b"<messages <iqx <c <query>" * MANY,
    "line breaks": b"\n" * 1_000_000,
    "prefixed lines": b"a 1: <iq>\n" + b"a 2: <b>\na 3: </b>\n" * 20_000,
    "prefixed stanzas inside": b"a 1: <iq>\n" + b"a 2: <iq>\na 3: </iq>\n" * MANY,
    "prefixes and no end": b"a 1: <iq\n" * MANY + b"a 2: </iq>\n" * MANY,
}


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE)
def test_expat_is_given_three_times_the_octets_at_most(octets: bytes) -> None:
    """Counted in octets, which take time; a clock would measure the machine."""
    reader = TextReader(BytesIO(octets))
    offsets = [piece.offset for piece, _, _ in reader.pieces()]
    assert reader._cutter.given <= 3 * len(octets) + 4  # noqa: SLF001  # it counts
    assert offsets == sorted(offsets)


@pytest.mark.heavy
@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE)
def test_a_stanza_behind_hostile_text_is_found(octets: bytes) -> None:
    """Unless expat has read too much: then it is told that text is skipped."""
    text = octets + b"\n" * 9 + BOB + b"\nRECV: <iq id='last'/>\n"
    found = [piece for piece, _, _ in TextReader(BytesIO(text)).pieces()]
    if isinstance(found[-1], Broken):
        assert "skipped" in str(found[-1].error)
        assert found[-1].last_line == text.count(b"\n")
    else:
        assert found[-1].element.get("id") == "last"


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE)
def test_single_octets_give_the_same(
    octets: bytes, trickle: Callable[[bytes, int], Readable]
) -> None:
    """However a source divides them, they are read in blocks of one size."""
    octets = octets[:20_000]
    places = [
        [(type(piece), piece.offset) for piece, _, _ in TextReader(source).pieces()]
        for source in (BytesIO(octets), trickle(octets, 1))
    ]
    assert places[0] == places[1]


@pytest.mark.parametrize("crowd", [b"<a>", b" a=''"])
def test_a_crowd_is_given_up_before_it_takes_memory(crowd: bytes) -> None:
    """An open element takes 150 octets of memory, an attribute 300."""
    octets = b"<iq" + b">" * crowd.startswith(b"<") + crowd * 300_000
    reader = TextReader(BytesIO(octets))
    assert all(isinstance(piece, Broken) for piece, _, _ in reader.pieces())
    assert reader._cutter.given < 200_000 * len(crowd)  # noqa: SLF001  # it counts


@pytest.mark.usefixtures("unmeasured")
def test_one_stray_sign_in_a_hundred_lines_loses_no_stanza() -> None:
    """And casts no doubt on any, nor do other signs of a tool."""
    signs = [b"1 < 2", b"<a b c>", b"<x.Y object at 0x7f>", b"<!-- x", b"<?x", b"a='"]
    line = b"2026 RECV: " + BOB
    text = b"\n".join(
        b"2026 DEBUG " + signs[number // 100 % len(signs)]
        if number % 100 == 0
        else line
        for number in range(10_000)
    )
    pieces = [piece for piece, _, _ in TextReader(BytesIO(text)).pieces()]
    assert [it.line for it in pieces] == [n + 1 for n in range(10_000) if n % 100]
    assert all(isinstance(it, Stanza) and not it.recovered for it in pieces)


@pytest.mark.usefixtures("unmeasured")
def test_no_stanza_inside_one_that_is_open_is_lost() -> None:
    """However many there are."""
    text = b"RECV: <message><body>cut\n" + b"<iq/>\n" * 30_000
    broken, *rest = [piece for piece, _, _ in TextReader(BytesIO(text)).pieces()]
    assert isinstance(broken, Broken)
    assert len(rest) == 30_000
    assert all(isinstance(it, Stanza) and it.recovered for it in rest)


@pytest.mark.heavy
@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("number", [5_002, 10_002, 150_000])
def test_a_message_casts_no_doubt_however_many_stanzas_are_inside(number: int) -> None:
    """Its end is found; otherwise one message of a peer would hide all receipts."""
    text = b"RECV: " + EVE + b"<iq/>" * number + b"</message>\nRECV: " + BOB
    message, receipt = (piece for piece, _, _ in TextReader(BytesIO(text)).pieces())
    assert (message.line, message.offset) == (1, 6)
    assert isinstance(message, Stanza) or message.whole
    assert isinstance(receipt, Stanza)
    assert not receipt.recovered


@pytest.mark.parametrize("before", [64_000, 65_400, 65_536, 129_000])
def test_a_payload_may_lie_across_the_end_of_a_block(before: int) -> None:
    """It is read as a whole."""
    features = b"<feature var='urn:x'/>" * 100
    payload = b"<query xmlns='http://jabber.org/protocol/disco#info'>%b</query>"
    text = b"x" * before + payload % features + b"x" * 200_000
    (piece,) = (piece for piece, _, _ in TextReader(BytesIO(text)).pieces())
    assert isinstance(piece, Stanza)
    assert (piece.offset, len(piece.element)) == (before, 100)


def test_many_stanzas_inside_a_stanza_cost_none_after_it() -> None:
    """Although the message around it has no end."""
    inner = b"<iq id='1'>" + b"<iq/>" * 30_000 + b"</iq>"
    text = EVE + inner + b"<iq id='2'/>" + inner + b"<iq id='3'/>"
    found = [piece for piece, _, _ in TextReader(BytesIO(text)).pieces()]
    at = [0, *(len(EVE) + text[len(EVE) :].index(b"<iq id='%d'" % n) for n in (1, 2))]
    at += [text.rindex(b"<iq id='1'"), text.rindex(b"<iq id='3'")]
    assert [piece.offset for piece in found] == at


FORGERIES = {
    "text": b"%b",
    "text in a line of its own": b"x\nRECV: %b",
    "CDATA behind a mismatched tag": b"<body></x><![CDATA[%b]]></body>",
    "CDATA behind a repeated attribute": b"<a b='' b=''/><![CDATA[%b]]>",
    "comment behind an illegal character": b"\x01<!--%b-->",
    "attribute behind an illegal character": b"\x01<a b='%b'/>",
    "attribute in a line of its own": b"x\n<a b='%b'/>",
    "nested behind a mismatched tag": b"<a></b>%b",
    "nested and not closed": b"<a>%b",
    "text behind a prefix": b"<body>\nRECV: x</body>\nRECV: %b",
    "CDATA behind a prefix": b"<![CDATA[\nRECV: %b\nRECV: ]]>",
    "nested in lines and not closed": b"\n<a>\nRECV: %b",
    "behind a closing tag": b"<a></message>%b",
    "behind a stream header": b"</x><stream:stream xmlns:stream='"
    b"http://etherx.jabber.org/streams' xmlns='evil'>%b",
    "behind much text": b"</x>" + b"y" * 400_000 + b"<![CDATA[%b]]>",
    "behind 11 MB": b"<![CDATA[" + b"y" * 11_200_000 + b"%b]]>",
    "behind many stanzas": b"</x><![CDATA[" + b"<iq></iq>" * 50_000 + b"%b]]>",
    "behind skipped text": b"<![CDATA[<iq>" * 400_000 + b"%b",
}


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("prefix", [b"", b"RECV: "])
@pytest.mark.parametrize("content", FORGERIES.values(), ids=FORGERIES)
def test_what_a_stanza_holds_is_never_evidence(content: bytes, prefix: bytes) -> None:
    """A receipt from bob in a broken message of eve is recovered, if it is read."""
    text = prefix + EVE + content.replace(b"%b", BOB) + b"</message>\n"
    pieces = [piece for piece, _, _ in TextReader(BytesIO(text)).pieces()]
    forged = [
        it
        for it in pieces
        if isinstance(it, Stanza) and it.element.get("from") == "bob"
    ]
    assert all(it.recovered for it in forged)
    assert all("evil" not in it.element.tag for it in forged)


def lines_of(escaped: Callable[[str], str]) -> Callable[[str, str], str]:
    """Return how a log writes a nickname and a stanza, each escaped in its way."""
    return lambda nick, xml: f"nick {escaped(nick)}\nRECV {escaped(xml)}\n"


def quoted_printable(text: str) -> str:
    """Escape as mails do."""
    return quopri.encodestring(text.encode()).decode()


HONEST: dict[str, Callable[[str, str], str]] = {
    "as it is": lines_of(str),
    "JSON": lambda nick, xml: json.dumps([nick]) + "\n" + json.dumps([xml]),
    "JSON in JSON": lambda nick, xml: json.dumps([json.dumps([nick, xml])]),
    "a nickname before JSON": lambda nick, xml: f"{nick}\n{json.dumps([xml])}",
    "CSV": lines_of(lambda it: f'"{it.replace(chr(34), 2 * chr(34))}"'),
    "SQL": lines_of(lambda it: f"('{it.replace(chr(39), 2 * chr(39))}')"),
    "Erlang": lambda nick, xml: f"{nick}\n<<{json.dumps(xml)}>>",
    "Erlang in JSON": lambda nick, xml: json.dumps([f"{nick} <<{json.dumps(xml)}>>"]),
    "quoted": lines_of(lambda it: f'"{it}"'),
    "markup": lines_of(html.escape),
    "a nickname before markup": lambda nick, xml: f"{nick}\n{html.escape(xml)}",
    "markup twice": lines_of(lambda it: html.escape(html.escape(it))),
    "mail": lines_of(quoted_printable),
    "URL": lines_of(quote),
}
NICKS = [
    "&lt;iq a='x'/&gt;",
    "&amp;lt;iq a='x'/&amp;gt;",
    "\\u003ciq a='x'/\\u003e",
    "%3Ciq%20a=%27x%27/%3E",
    "%3Ciq+a=%27x%27/%3E",
    "<iq a=3D'x'/>",
    "<iq a=\u2019x\u2019/>",
    '<iq a=""x""/>',
    "<iq a=''x''/>",
    '<iq a=\\"x\\"/>',
    '<iq a=\\\\\\"x\\\\\\"/>',
    '<<"<iq a=\\"x\\"/>',
    "<\\/message>",
    "<iq>x<a/></iq>",
]
DISGUISES: list[Callable[[str], str]] = [
    html.escape,
    lambda it: html.escape(html.escape(it)),
    lambda it: it.replace("<", "\\u003c").replace(">", "\\u003e"),
    quote,
    quote_plus,
    lambda it: it.replace("=", "=3D").replace("<", "=3C"),
]


@pytest.mark.parametrize("nick", NICKS)
@pytest.mark.parametrize("log", HONEST.values(), ids=HONEST)
def test_no_text_of_a_peer_turns_its_body_into_stanzas(
    log: Callable[[str, str], str], nick: str
) -> None:
    """Neither a nickname nor a body decides how the escapes of a log are read."""
    receipt = BOB.decode()
    inside = f"</body></message>{receipt}<message from='eve'><body>"
    for hide, forged in product(DISGUISES, [receipt, inside]):
        body = hide(forged)
        texts = [body, html.escape(body)]
        for text, quote_ in product(texts, "\"'"):
            stanza = f"<message from={quote_}eve{quote_}><body>{text}</body></message>"
            source = Source(BytesIO(log(nick, stanza).encode()))
            try:
                found = list(read(source, recognise(source.head)))
            except RecordingError:
                continue
            senders = [it.evidence.element.get("from") for it in found if it.evidence]
            assert "bob" not in senders, text


def test_a_start_tag_in_a_sentence_casts_no_doubt() -> None:
    """The next line begins as that of the tag, so the tool wrote both."""
    text = (
        b"10:00 got <message from='eve'> there\n11:12 RECV: " + BOB + b"\n"
        b"12:00 about <presence\n13:00 RECV: " + BOB
    )
    reader = TextReader(BytesIO(text))
    pieces = [piece for piece, _, _ in reader.pieces()]
    assert [it.line for it in pieces] == [2, 4]
    assert all(isinstance(it, Stanza) and not it.recovered for it in pieces)
    assert reader.opening_tags == 2


@pytest.mark.usefixtures("unmeasured")
def test_start_tags_and_whole_stanzas_are_told_apart_in_one_log() -> None:
    """Prosody writes both, if its log is at level debug and prints stanzas."""
    line = b"Nov 28 17:00:0%d c2s55e1 debug %b\n"
    text = b"".join(
        line % (number % 10, b"Received[c2s]: <message id='%d' to='b@b'>" % number)
        + line % (number % 10, b"RECV: " + BOB)
        for number in range(10_000)
    )
    reader = TextReader(BytesIO(text))
    pieces = [piece for piece, _, _ in reader.pieces()]
    assert [it.line for it in pieces] == [*range(2, 20_001, 2)]
    assert all(isinstance(it, Stanza) and not it.recovered for it in pieces)
    assert reader.opening_tags == 10_000


@pytest.mark.heavy
@pytest.mark.usefixtures("unmeasured")
def test_doubt_ends_a_million_octets_later() -> None:
    """Servers let through no stanza that is longer."""
    line = b"RECV: " + BOB + b"\n"
    text = b"RECV: <message><body>cut\n" + line * 30_000
    stanzas = [
        piece
        for piece, _, _ in TextReader(BytesIO(text)).pieces()
        if isinstance(piece, Stanza)
    ]
    assert len(stanzas) == 30_000
    certain = [it.offset for it in stanzas if not it.recovered]
    assert 1_000_000 < certain[0] < 2_100_000
    assert certain == [it.offset for it in stanzas if it.offset >= certain[0]]


def test_a_stanza_beyond_the_limits_is_broken_alone() -> None:
    """Its end is found, as far as memory allows."""
    long = b"<message>" + b"x" * 20_000 + b"</message>"
    limits = Limits(octets=10_000)
    text = b"\n".join([BOB, long, BOB])
    first, broken, last = (
        piece for piece, _, _ in TextReader(BytesIO(text), limits=limits).pieces()
    )
    assert isinstance(broken, Broken)
    assert (broken.whole, broken.line, broken.last_line) == (True, 2, 2)
    assert all(isinstance(it, Stanza) and not it.recovered for it in (first, last))


def test_pieces_in_several_scopes_are_parsed_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Many are parsed at once, but not beyond the header of a stream."""
    monkeypatch.setattr(text_module, "_MANY", 1)
    header = (
        b"<stream:stream xmlns='%b' xmlns:stream='http://etherx.jabber.org/streams'>"
    )
    text = b"<iq/>" + header % b"a" + b"<iq/><iq/>" + header % b"b" + b"<iq/>"
    found = [piece for piece, _, _ in TextReader(BytesIO(text)).pieces()]
    tags = [it.element.tag for it in found if isinstance(it, Stanza)]
    assert tags == ["iq", "{a}iq", "{a}iq", "{b}iq"]


MIB = 1 << 20
ALLOWANCE = 4 * MIB  # what an allocator may need more on another day
STATUS = Path("/proc/self/status")
LINES = {
    "prefixes": (
        r"""b"10 RECV: <message id='1'><body>" + b"x" * 400 + b"</body></message>\n" """
    ),
    "opening tags": """b"RECV: <message id='1'>" + b" " * 80 + b"\\n\"""",
    "stanzas that never close": """b"RECV: <message id='1'><a>" + b"x" * 80""",
    "one line": """b"x\"""",
    "JSON": r"""b'["<message id=\"1\"><body>' + b"x" * 400 + b'</body></message>"]'""",
}
COUNTED = {"prefixes", "JSON"}
PROGRAM = """if True:
    import sys
    from pathlib import Path
    from xep0184 import recordings

    line = eval(sys.argv[2])
    part = line * (100_000 // len(line))

    class Octets:
        def __init__(self, left):
            self.left, self.rest = left, b""

        def read(self, size):
            while len(self.rest) < size and self.left > 0:
                self.rest += part
                self.left -= len(part)
            octets, self.rest = self.rest[:size], self.rest[size:]
            return octets

    source = recordings.Source(Octets(int(sys.argv[1])))
    count = 0
    try:
        for entry in recordings.read(source, recordings.recognise(source.head)):
            count += 1
    except recordings.RecordingError:
        pass
    status = Path("/proc/self/status").read_text().split()
    print(count, status[status.index("VmHWM:") + 1])
"""


def measured(octets: int, line: str) -> tuple[int, int]:
    """Return how many entries a process of its own reads, and its peak in octets."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(octets), line],
        capture_output=True,
        text=True,
        check=True,
    )
    count, kilobytes = map(int, run.stdout.split())
    return count, kilobytes * 1024


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.heavy
@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells the peak")
@pytest.mark.parametrize("name", LINES)
def test_memory_does_not_grow_with_the_input(name: str) -> None:
    """Four times the text takes the memory of one time."""
    few, base = measured(2 * MIB, LINES[name])
    many, peak = measured(8 * MIB, LINES[name])
    assert (many > 3 * few > 10_000) is (name in COUNTED)
    assert peak - base < ALLOWANCE

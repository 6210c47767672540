"""Recordings as tools write them: every stanza is found, with its place."""

from __future__ import annotations

import base64
import bz2
import errno
import gzip
import html
import json
import lzma
import quopri
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import pytest

from xep0184 import ns
from xep0184.errors import XMLCode
from xep0184.recordings import (
    Direction,
    Entry,
    Framing,
    RecordingCode,
    RecordingError,
    Source,
    files_in,
    read,
    recognise,
)
from xep0184.stream import Broken, Stanza

if TYPE_CHECKING:
    from collections.abc import Callable

LOGS = Path(__file__).parent / "logs"
S, R, U = Direction.SENT, Direction.RECEIVED, Direction.UNKNOWN
TWENTY = [number for number in range(1, 21) if number != 4]

# Counted by reading the files: the lines of messages with a request, of messages with
# a receipt, and the directions of all stanzas.
COUNTED: dict[str, tuple[list[int], list[int], list[Direction]]] = {
    "access.log": ([1, 3], [2, 4], [S, R, R, S]),
    "booleans.json": ([1, 1], [1, 1], [S, R, R, S]),
    "bosh.txt": ([1], [2], [S, R]),
    "bosh_http.txt": ([6], [9], [S, R]),
    "bosh_root.xml": ([2], [], [R]),
    "caps_gajim.xml": ([], [], [R, R]),
    "chat.txt": ([1, 3], [2, 4], [S, R, R, S]),
    "colours.log": ([1, 3, 4], [2], [S, R, S, R]),
    "compose.log": ([1, 8, 12], [5], [S, R, S, R]),
    "caps_legacy.xml": ([], [], [U, U]),
    "caps_slix.log": ([], [], [R, R]),
    "comp_slix.log": ([2], [], [S]),
    "comp_slix_r.log": ([], [2], [R]),
    "converse.log": ([1], [], [U]),
    "dino.log": ([2], [10], [S, R]),
    "docker.json": ([2, 4], [3, 5], [S, S, R, S, R]),
    "docker_ejabberd.json": ([2, 4], [3, 5], [R, S, S, R, S]),
    "docker_lines.json": ([1, 8, 12], [5], [S, R, S, R]),
    "ejabberd.log": ([1, 3, 4], [2], [R, S, R, S]),
    "ejabberd_clients.log": ([2, 4], [3, 5], [R, S, S, R, S]),
    "ejabberd_trace.txt": ([2, 13], [8, 19], [R, S, S, R]),
    "err_in.xml": ([1], [], [U]),
    "err_receipt.xml": ([], [1], [S]),
    "feed.xml": ([1, 3], [2, 4], [S, R, R, S]),
    "frag_forged.log": ([], [1], [U]),
    "frag_forged_ns.log": ([], [1], [U]),
    "frag_recv.log": ([], [2], [R, R]),
    "full_slix.log": (
        [5, 6, 8, 12],
        [9, 10, 11, 13],
        [R, R, S, S, S, R, R, R, R, S],
    ),
    "g_recv.xml": ([], [2], [R]),
    "g_sent.xml": ([2], [], [S]),
    "gajim.xml": ([2], [11], [S, R, R]),
    "har.json": ([1], [1], [S, R]),
    "har_form.json": ([1, 1], [1, 1], [S, R, R, S]),
    "html.log": ([1, 3, 4], [2], [S, R, S, R]),
    "json_array.json": ([3, 11, 15], [7], [S, R, S, R]),
    "json_in_json.json": ([1, 3, 4], [2], [S, R, S, R]),
    "json_lines.json": ([1, 3, 4], [2], [S, R, S, R]),
    "jsxc.log": ([1], [2], [S, R]),
    "jul.xml": ([8, 20, 26], [14], [S, R, S, R]),
    "kaidan.log": ([1, 8], [5, 12], [S, R, R, S]),
    "kontalk.xml": ([], [], [U, U, U]),
    "log4j.xml": ([2, 8, 11], [5], [S, R, S, R]),
    "logcat.log": ([2], [], [S]),
    "logcat_lines.txt": ([2, 11], [7, 16], [S, R, R, S]),
    "logstash.json": ([2, 4], [3, 5], [S, S, R, S, R]),
    "logxml.xml": ([4], [5], [S, R]),
    "lookalikes.xml": ([], [], [U] * 6),
    "loudmouth.log": ([4, 14], [9, 19], [S, R, R, S]),
    "lt.log": (TWENTY, [], [R] * 19),
    # Lines that the mail has split count as one.
    "mail.eml": ([5, 7], [6, 8], [S, R, R, S]),
    "mail_flat.txt": ([3, 7, 9], [5], [S, R, S, R]),
    "marker_body.xml": ([], [], [U]),
    "miranda.log": ([2, 8], [5, 11], [S, R, R, S]),
    "mitmproxy.log": ([3, 11], [7, 15], [S, R, R, S]),
    "ml1.xml": ([1], [], [U]),
    "monal.log": ([1, 3], [2, 4], [S, R, R, S]),
    "muclight.xml": ([1], [2, 3], [U, U, S]),
    "nbxmpp.log": ([3, 16], [10, 23], [S, R, R, S]),
    "nodexmpp.log": ([1, 3], [2], [S, R, R]),
    "one.xml": ([1], [], [U]),
    "open.log": (TWENTY, [], [R] * 19),
    "openfire.log": ([1, 3], [2, 4], [R, S, S, R]),
    "php.log": ([1, 3, 4], [2], [S, R, S, R]),
    "pidgin.log": ([3], [], [S, R]),
    "profanity.log": ([2], [], [R, S]),
    "prosody_colours.log": ([1, 3, 4], [2], [R, S, R, S]),
    "prosody_sd.log": ([1], [2], [R, S]),
    "psi.txt": ([2], [7], [S, R]),
    "psi_html.txt": ([2, 4, 5], [3], [S, R, S, R]),
    "quoted_mail.txt": ([3, 12, 17], [8], [S, R, S, R]),
    "resume.log": ([2, 3, 4], [], [R, U, R]),
    "retract.xml": ([1], [], [U]),
    "reuse_recv.xml": ([], [2, 4], [U, U]),
    "reuse_sent.xml": ([2, 4], [], [S, S]),
    "prosody.sql": ([3, 5], [4, 6], [U] * 4),
    "s_recv.xml": ([], [1], [U]),
    "s_recv_comp.xml": ([], [1], [U]),
    "s_recv_ns.xml": ([], [1], [U]),
    "s_sent.xml": ([1], [], [S]),
    "s_sent_comp.xml": ([1], [], [U]),
    "s_sent_ns.xml": ([1], [], [S]),
    "s_sent_st.xml": ([2], [], [S]),
    "sce.xml": ([*range(2, 9)], [], [U] * 8),
    "slix_obj.log": ([1, 4], [3], [S, R, R]),
    "slix_stream.log": ([4], [5], [R, S, R]),
    "slixmpp.log": ([3], [5], [S, S, R]),
    "smack.log": ([1], [2], [S, R]),
    "socat.txt": ([2, 4], [3, 5], [S, R, R, S]),
    "stanzajs.log": ([4, 17], [11, 24], [S, R, R, S]),
    "strace.log": ([1, 3], [2, 4], [S, R, R, S]),
    "swift.log": ([2, 6], [4, 8], [S, R, R, S]),
    "syslog.log": ([1, 3, 4], [2], [S, R, S, R]),
    "table.csv": ([2, 4, 5], [3], [S, R, S, R]),
    "tail.log": ([1, 3, 4, 5, 6], [], [R] * 5),
    "tcpdump.txt": ([3, 9], [6, 12], [S, R, R, S]),
    "tcpflow.txt": ([1], [3], [R, S]),
    "tigase.log": ([1, 3], [2, 4], [R, S, S, R]),
    # The features and the set have no address; the server has bound the account.
    "wireshark.txt": ([1, 1], [1, 1], [U, U, R, S, R, R, S]),
    "ws.txt": ([5], [], [U, R, R]),
    "xmppjs.log": ([3], [5], [R, S]),
    "xmppjs_arrows.log": ([1, 3, 4], [2], [S, R, S, R]),
    "xmpppy.log": ([1, 8], [5, 12], [S, R, R, S]),
    "console_utf16.log": ([1, 3], [2, 4], [S, R, R, S]),
    "copy.sql": ([2, 4], [3, 5], [S, R, R, S]),
    "ejabberd_octets.log": ([1, 3], [2, 4], [R, S, S, R]),
    "journald.json": ([1, 3], [2, 4], [S, R, R, S]),
    "journald_pretty.json": ([3, 208], [203, 548], [S, R, R, S]),
    "kubernetes.log": ([1, 7], [4, 12], [S, R, R, S]),
    "nginx.log": ([1], [2], [S, S]),
    "numeric_references.html": ([1, 3], [2, 4], [S, R, R, S]),
    "page.html": ([1, 3], [2, 4], [S, R, R, S]),
    "python_octets.log": ([1, 3], [2, 4], [S, R, R, S]),
    "rsyslog.log": ([1, 3], [2, 4], [S, R, R, S]),
    "script.log": ([2, 4], [3, 5], [S, R, R, S]),
    "tcpdump_names.txt": ([2, 6], [4, 8], [S, R, R, S]),
    "words_behind.log": ([1, 3], [2, 4], [S, R, R, S]),
}
HINTS = {
    "hexdump.txt": RecordingCode.ENCODED,
    "mail_base64.eml": RecordingCode.ENCODED,
    "mongoose.log": RecordingCode.TERMS,
    "prosody.log": RecordingCode.OPENING_TAGS,
    "records.log": RecordingCode.TERMS,
}


def entries(octets: bytes, framing: Framing | None = None) -> list[Entry]:
    """Read a recording."""
    source = Source(BytesIO(octets))
    return list(read(source, framing or recognise(source.head), file="a"))


def stanzas(found: list[Entry]) -> list[Stanza]:
    """Return the stanzas of entries."""
    return [it.content for it in found if isinstance(it.content, Stanza)]


def lines_with(found: list[Stanza], payload: str) -> list[int]:
    """Return the lines of the messages with a payload as their child."""
    return [
        it.line
        for it in found
        if ns.split(it.element.tag)[1] == "message"
        and it.element.find(payload) is not None
    ]


def test_every_log_is_counted() -> None:
    """A new file in the folder is added to a table."""
    assert {path.name for path in LOGS.iterdir()} == {*COUNTED, *HINTS}


@pytest.mark.parametrize("name", COUNTED)
def test_requests_and_receipts_are_found_with_their_lines(name: str) -> None:
    """Whatever the tool has written around them; nothing is unreadable."""
    found = entries((LOGS / name).read_bytes())
    requests, receipts, directions = COUNTED[name]
    assert lines_with(stanzas(found), ns.REQUEST_TAG) == requests
    assert lines_with(stanzas(found), ns.RECEIVED_TAG) == receipts
    assert [entry.direction for entry in found] == directions
    assert all(entry.evidence for entry in found)
    assert [entry.place.number for entry in found] == [*range(1, len(found) + 1)]


@pytest.mark.parametrize("name", HINTS)
def test_a_log_without_xml_gets_a_hint(name: str) -> None:
    """Once, and nothing else."""
    with pytest.raises(RecordingError) as caught:
        entries((LOGS / name).read_bytes())
    assert caught.value.code is HINTS[name]


@pytest.mark.parametrize("name", ["page.html", "rsyslog.log", "copy.sql"])
def test_line_breaks_of_a_tool_are_no_text_of_a_peer(name: str) -> None:
    """A message has no text of its own."""
    for stanza in stanzas(entries((LOGS / name).read_bytes())):
        texts = [stanza.element.text, *(it.tail for it in stanza.element)]
        assert "".join(it or "" for it in texts).strip() == ""


REQUEST = (
    "<message xmlns='jabber:client' to='b@example.org' id='1'><body>hi</body>"
    "<request xmlns='urn:xmpp:receipts'/></message>"
)
ESCAPED = REQUEST.replace("'", '\\"')


@pytest.mark.parametrize(
    ("text", "framing", "line", "column"),
    [
        (REQUEST, Framing.TEXT, 1, 1),
        (f"\n\n  {REQUEST}", Framing.TEXT, 3, 3),
        (f"10:00 ü: {REQUEST}", Framing.TEXT, 1, 10),
        (f"<log>\r\n<packet>{REQUEST}</packet></log>", Framing.TEXT, 2, 9),
        (f"[10:00] {REQUEST}", Framing.TEXT, 1, 9),
        (f'["{ESCAPED}"]', Framing.JSON, 1, 3),
        (f'{{"a": 1,\n"b": "x\\n{ESCAPED}"}}', Framing.JSON, 2, 9),
        (f'10:00 {{"b": "{ESCAPED}"}}', Framing.JSON, 1, 14),
        (f'["{REQUEST}"]', Framing.JSON, 1, 3),
        ('["' + ESCAPED.replace("<", "\\u003c") + '"]', Framing.JSON, 1, 3),
        ('10:00 "' + ESCAPED.replace("<", "\\u003c") + '"', Framing.JSON, 1, 8),
        (f'10:00 [debug] Send XML <<"{ESCAPED}">>', Framing.ERLANG, 1, 27),
        (
            (
                f"<?xml version='1.0'?>\n<stream:stream xmlns:stream='{ns.STREAM}'>"
                f"\n{REQUEST}"
            ),
            Framing.STREAM,
            3,
            1,
        ),
        (f"\ufeff{REQUEST}", Framing.TEXT, 1, 1),
        (f"10:00 SENT {html.escape(REQUEST)}", Framing.MARKUP, 1, 12),
        (f"<message>{html.escape(REQUEST)}</message>", Framing.MARKUP, 1, 10),
        ('out,"' + REQUEST.replace("'", '""') + '"', Framing.CSV, 1, 6),
        ("(1,'" + REQUEST.replace("'", "''") + "')", Framing.SQL, 1, 5),
        ("&amp;lt;pre> " + html.escape(html.escape(REQUEST)), Framing.MARKUP, 1, 7),
        (
            f"a=b ü\n{quopri.encodestring(REQUEST.encode()).decode()}",
            Framing.MAIL,
            2,
            1,
        ),
        (f"ü: {REQUEST.replace(chr(39), chr(0x2019))}", Framing.TYPOGRAPHIC, 1, 4),
        (f'"GET /?xml={quote(REQUEST)}"', Framing.URL, 1, 12),
        (f"xml={quote_plus(REQUEST)}&a=b", Framing.URL, 1, 5),
        (REQUEST.replace("id='1'", 'id=""'), Framing.TEXT, 1, 1),
        (REQUEST.replace("<message", "<message lang=''"), Framing.TEXT, 1, 1),
        (f"\x1b[1mSENT\x1b[0m {REQUEST}", Framing.COLOURS, 1, 6),
        ("SENT " + REQUEST.replace("><", ">#012 <"), Framing.BREAKS, 1, 6),
        ("SENT " + REQUEST.replace("><", ">\\011<"), Framing.BREAKS, 1, 6),
        ("SENT " + REQUEST.replace("><", ">\\r\\n\\t<"), Framing.BREAKS, 1, 6),
        (f"\x1b[1m{REQUEST}>#012", Framing.COLOURS, 1, 1),
        (REQUEST.replace("<", "&#60;").replace(">", "&#62;"), Framing.MARKUP, 1, 1),
        (REQUEST.replace("<", "&#x3c;").replace(">", "&#x3E;"), Framing.MARKUP, 1, 1),
        (f"SENT {REQUEST.encode()!r}", Framing.PYTHON, 1, 8),
        ("b'" + REQUEST.replace("'", "\\'") + "'", Framing.PYTHON, 1, 3),
        (f'web"{REQUEST}"', Framing.TEXT, 1, 5),
        (f'b"{REQUEST}" {REQUEST}', Framing.TEXT, 1, 3),
        ("a=" + REQUEST.replace("'", "\\x22"), Framing.JSON, 1, 3),
        ("a=" + REQUEST.replace("'", "\\u0027"), Framing.JSON, 1, 3),
        (
            REQUEST.replace("'", "\\x27").replace("<", "\\x3C").replace(">", "\\x3E"),
            Framing.JSON,
            1,
            1,
        ),
        (REQUEST.replace("</", "<\\/"), Framing.JSON, 1, 1),
        (f"{REQUEST}<!-- &lt;message to='a' -->", Framing.TEXT, 1, 1),
        (f"&lt;message to='a'> {REQUEST}", Framing.TEXT, 1, 21),
        (f"\\u003cmessage to='a'> {REQUEST}", Framing.TEXT, 1, 23),
        (
            (
                "<c:message xmlns:c='jabber:client' id='1'><c:body>&lt;iq to='a'/>"
                "</c:body><request xmlns='urn:xmpp:receipts'/></c:message>"
            ),
            Framing.TEXT,
            1,
            1,
        ),
    ],
)
def test_a_framing_is_recognised(
    text: str, framing: Framing, line: int, column: int
) -> None:
    """By the beginning of the file; the place is that of the stanza."""
    source = Source(BytesIO(text.encode()))
    assert recognise(source.head) is framing
    entry, *_ = read(source, framing, file="a")
    assert (entry.place.line, entry.place.column) == (line, column)
    (stanza,) = stanzas([entry])
    assert stanza.element.find(ns.REQUEST_TAG) is not None


PREFIXED = (
    "SENT:",
    "<message to='b@b/c' id='1'",
    "  type='chat'>",
    "  <body>hi",
    "there</body>",
    "<request",
    "xmlns='urn:xmpp:receipts'/>",
    "</message>",
    "RECV:",
    "<message id='2' from='b@b/c'>",
    "<received xmlns='urn:xmpp:carbons:2'>",
    "<forwarded xmlns='urn:xmpp:forward:0'>",
    "<message><body>hi</body>",
    "</message></forwarded></received></message>",
)


@pytest.mark.parametrize(
    "prefix",
    ["Nov 29 12:00:{:02} h app[1]: ", "> ", "<<< ", "tx  ", "12:{} | ", "&{} <--\t"],
)
def test_what_a_tool_wrote_before_each_line_is_no_part_of_a_stanza(prefix: str) -> None:
    """Neither in a tag nor in text; a line has the place that it has in the file."""
    text = "".join(prefix.format(at) + it + "\n" for at, it in enumerate(PREFIXED, 8))
    first, second = entries(text.encode())
    assert first.evidence
    assert second.evidence
    assert (first.place.line, second.place.line) == (2, 10)
    assert first.place.column == len(prefix.format(9)) + 1
    (body, _) = first.evidence.element
    assert (body.text or "").split() == ["hi", "there"]
    assert first.evidence.element.find(ns.REQUEST_TAG) is not None
    assert (
        len(second.evidence.octets) == len(text.encode()) - 1 - second.evidence.offset
    )


@pytest.mark.parametrize(
    "lines",
    [
        ["1: <message id='1'>", "<body>1: no", "1: one</body></message>"],
        ["a: <message id='1'>", "b: <body>a: no", "a: one</body></message>"],
        ["a: <message><body>", "ab: </body></message>"],
        ["'<message id='1'>", "'</message>"],
        ["<b>: <message><body>", "<b>: </b></body></message>"],
    ],
)
def test_lines_without_one_prefix_are_left_as_they_are(lines: list[str]) -> None:
    """The text of a peer may look like a prefix."""
    text = "\n".join(lines)
    entry = entries(text.encode(), Framing.TEXT)[0]
    assert entry.evidence
    assert text.encode().endswith(entry.evidence.octets)


def test_a_start_tag_that_the_prefixes_of_lines_cut_is_told() -> None:
    """If they differ; it is not passed over, as start tags without a stanza are."""
    lines = ["<message id='1'", " type='chat'>", "</message>", "<message id='2'/>"]
    text = "".join(f"{chr(ord('a') + at)}: {it}\n" for at, it in enumerate(lines))
    first, second = (it.content for it in entries(text.encode()))
    assert isinstance(first, Broken)
    assert (first.line, first.error.code) == (1, XMLCode.NOT_WELL_FORMED)
    assert isinstance(second, Stanza)
    assert (second.line, second.recovered) == (4, True)


@pytest.mark.parametrize(
    "trigger",
    [
        """b'<iq a="x"/>'""",
        "\\x3ciq a='x'>",
        "<iq a=\\x22x\\x22/>",
        "<iq a=''x''/>",
        '<iq a=""x""/>',
        '<iq a=\\"x\\"/>',
        '<<"<iq a=\\"x\\"/>',
        "<\\/message>",
        "&lt;iq a='x'>",
        "\\u003ciq a='x'>",
    ],
)
@pytest.mark.parametrize("before", ["nick of eve: {}\n", '["eve: {}\n'])
def test_text_of_a_peer_does_not_change_how_a_log_is_read(
    trigger: str, before: str
) -> None:
    """Where stanzas stand as they are, no text beside them is an escape."""
    octets = f"{before.format(trigger)}10:00 RECV: {REQUEST}\n".encode()
    assert recognise(octets) is Framing.TEXT


@pytest.mark.parametrize("wrapper", ["", "<body>"])
@pytest.mark.parametrize("turned", [False, True])
def test_in_binaries_of_erlang_only_some_stanzas_may_be_escaped(
    wrapper: str, *, turned: bool
) -> None:
    """A client and a server write different quotes; Erlang escapes one of them."""
    carbon = REQUEST.replace("<body>", f"<body/><forwarded>{REQUEST}</forwarded><body>")
    lines = [f'<<"{wrapper}{it}">>' for it in (carbon, ESCAPED)]
    found = stanzas(entries("\n".join(lines[:: -1 if turned else 1]).encode()))
    assert [it.line for it in found] == [1, 2]
    assert all(it.element.find(ns.REQUEST_TAG) is not None for it in found)


def as_go(text: str) -> str:
    """Write a string as the JSON of Go does, so that HTML may hold it."""
    return json.dumps(text).replace("<", "\\u003c").replace("&", "\\u0026")


BINARIES = [f"<<{json.dumps(it)}>>" for it in (REQUEST, REQUEST.replace("'", '"'))]


@pytest.mark.parametrize("escape", [json.dumps, as_go, html.escape])
@pytest.mark.parametrize(
    "lines",
    [
        BINARIES,
        [f"\x1b[1m{REQUEST}\x1b[0m", f'\x1b[1min\x1b[0m "{REQUEST}"'],
        [f"in {html.escape(REQUEST)}", f"out {html.escape(REQUEST)}"],
        [f'{{"xml": "{ESCAPED}"}}', f'["{ESCAPED}"]'],
    ],
)
def test_what_is_escaped_may_be_escaped_again(
    lines: list[str], escape: Callable[[str], str]
) -> None:
    """As by a server in a container, or on a page about a log."""
    text = "\n".join(f'{{"log": {escape(line)}}}' for line in lines)
    found = stanzas(entries(text.encode()))
    assert len(found) == 2
    assert all(it.element.find(ns.REQUEST_TAG) is not None for it in found)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_markup_may_be_escaped_three_times(times: int) -> None:
    """As a page on a page of a feed."""
    text = REQUEST
    for _ in range(times):
        text = html.escape(text)
    (stanza,) = stanzas(entries(text.encode()))
    assert stanza.element.get("id") == "1"


@pytest.mark.parametrize("escape", ["&lt;", "\\u003c"])
def test_a_log_that_begins_inside_a_long_body_is_read_as_text(escape: str) -> None:
    """As the end of a log does; a stanza has at most 262,144 octets."""
    forged = f"{escape}message from='b@b' id='1'>"
    text = f"{forged}{'x' * 260_000}</body></message>\nRECV: {REQUEST}\n"
    source = Source(BytesIO(text.encode()))
    assert recognise(source.head) is Framing.TEXT


FORGED = html.escape(REQUEST.replace("id='1'", "id='forged'"), quote=False)


@pytest.mark.parametrize(
    "log",
    [
        # Only the signs of tags are escaped, so escaped markup is the text of a peer.
        REQUEST.replace("hi", FORGED).replace("<", "\\u003c").replace(">", "\\u003e"),
        REQUEST.replace("hi", FORGED).replace("<", "\\x3c").replace(">", "\\x3e"),
        # The colours of a page make its own stanzas unreadable, but not those of peers.
        "<pre>"
        + html.escape(REQUEST.replace("hi", FORGED), quote=False).replace(
            "&lt;message ", "<b>&lt;message</b> "
        ),
        # The tool writes quotes in a way that cannot be read.
        REQUEST.replace("hi", FORGED).replace("'", "`"),
        REQUEST.replace("hi", FORGED).replace("'", "\\u0027"),
        # A start tag without attributes.
        html.escape(f"<message>\n{FORGED}</message>", quote=False),
    ],
)
def test_the_escaped_text_of_a_peer_is_no_stanza(log: str) -> None:
    """Not even if nothing else in the log can be read."""
    found = entries(f"in {log}\nout {log}\n".encode())
    assert [it.element.get("id") for it in stanzas(found)].count("forged") == 0
    assert found


def test_a_page_is_read_as_markup_although_a_peer_writes_other_escapes() -> None:
    """Such as those of JSON, also if the page is escaped twice."""
    tricky = REQUEST.replace("hi", FORGED.replace("&lt;", "\\u003c"))
    for page in (html.escape(tricky), html.escape(html.escape(tricky))):
        found = entries(f"in {page}\nout {page}\n".encode())
        assert [it.element.get("id") for it in stanzas(found)] == ["1", "1"]


def test_in_fields_of_a_table_numbers_are_text() -> None:
    """A field may have several lines."""
    numbers = ",".join(map(str, f"]]></body></message>{REQUEST}".encode()))
    message = REQUEST.replace("'", '""').replace("hi", f"<![CDATA[\n<<{numbers}>>]]>")
    (stanza,) = stanzas(entries(f'in,"{message}"\n'.encode()))
    assert stanza.element[0].text == f"\n<<{numbers}>>"


def test_a_framing_can_be_named() -> None:
    """In a stream, text between stanzas cannot be read."""
    octets = f"x {REQUEST}".encode()
    assert [type(it.content) for it in entries(octets, Framing.STREAM)] == [
        Broken,
        Stanza,
    ]
    assert [type(it.content) for it in entries(octets)] == [Stanza]


@pytest.mark.parametrize(
    ("escaped", "expected"),
    [
        (r"\u00e4", "ä"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83dx", "\ufffdx"),
        (r"\x{1F600}", "😀"),
        (r"\u{1F600}\U0001F600", "😀😀"),
        (r"\x{FFFFFF}", "\U0010ffff"),
        (r"\/", "/"),
        (r"\\n", r"\n"),
        (r"a\nb\tc", "a b c"),
        (r"\xe2\x82\xac\x3d", "€="),
        (r"\342\202\254\075", "€="),
        (r"a\u000ab\x0d\012c", "a b  c"),
        (r"\\x3c\\075", r"\x3c\075"),
    ],
)
@pytest.mark.parametrize("shift", [0, *range(65_450, 65_536)])
def test_escapes_are_removed_wherever_a_block_ends(
    escaped: str, expected: str, shift: int
) -> None:
    """A block has 65,536 octets."""
    text = " " * shift + f'["<message id=\\"\\"><body>{escaped}</body></message>"]'
    text += " " * 99  # so that a block can end before it
    (stanza,) = stanzas(entries(text.encode(), Framing.JSON))
    assert [it.text for it in stanza.element] == [expected]


def as_numbers(text: str) -> str:
    """Write a string as journald writes what has colours or control characters."""
    return json.dumps([*text.encode()])


@pytest.mark.parametrize("shift", [0, *range(65_300, 65_536, 3)])
@pytest.mark.parametrize("indent", [None, 4])
def test_octets_may_be_numbers(shift: int, indent: int | None) -> None:
    """In some records, and in a string each; a body may hold such a list, too."""
    tricky = REQUEST.replace("hi", f'é "\n\\ {as_numbers("<" * 9)}')
    records = [
        {"MESSAGE": [*f"\x1b[1mSENT\x1b[0m: {tricky}".encode()], "_PID": "7"},
        {"MESSAGE": f"RECV: {tricky}", "_PID": "7"},
    ]
    text = " " * shift + "\n".join(json.dumps(it, indent=indent) for it in records)
    found = entries(text.encode())
    assert [it.direction for it in found] == [S, R]
    bodies = [it.element[0].text or "" for it in stanzas(found)]
    assert bodies == [f'é " \\ {as_numbers("<" * 9)}'] * 2
    lines = [at for at, it in enumerate(text.split("\n"), 1) if '"MESSAGE":' in it]
    assert [it.place.line for it in found] == lines


def test_octets_of_erlang_may_be_numbers() -> None:
    """Erlang writes a binary so if it cannot print it; what has an end is enough."""
    numbers = ",".join(map(str, REQUEST.encode()))
    text = f"1: <<\"<iq id='1'/>\">>\n2: <<{numbers}>>\n3: <<{numbers},300,1"
    assert [it.line for it in stanzas(entries(text.encode()))] == [1, 2, 3]


def test_line_breaks_of_syslog_are_no_text_of_a_stanza() -> None:
    """Between elements; elsewhere they may be what a peer wrote."""
    lines = REQUEST.replace("id='1'", "id='a#0121'").replace("><", ">#012\t#011<")
    (stanza,) = stanzas(entries(f"SENT: {lines}".encode()))
    assert "".join(stanza.element.itertext()).split() == ["hi"]
    assert stanza.element.get("id") == "a#0121"


@pytest.mark.parametrize("shift", [0, *range(65_300, 65_536, 3)])
def test_partial_lines_of_a_container_are_joined(shift: int) -> None:
    """Only those of one stream; a body may look like the beginning of a line."""
    begin = "2026-11-29T12:00:0{}.123456789Z std{} {} "
    inner = begin.format(1, "out", "F")
    message = REQUEST.replace("hi", f"{inner} P {inner}")
    lines = [
        begin.format(0, "out", "P") + "SENT: " + message[:20],
        begin.format(1, "out", "P") + message[20:70],
        begin.format(2, "out", "F") + message[70:],
        begin.format(3, "err", "F") + "RECV: " + message,
        begin.format(4, "out", "P") + " " * shift,
        begin.format(5, "out", "F") + "SENT: " + message,
        begin.format(6, "out", "P") + "RECV: " + message[:20],
        begin.format(7, "err", "F") + "x",
    ]
    *found, last = entries(gzip.compress("\n".join(lines).encode()))
    assert [(it.place.line, it.direction) for it in found] == [(1, S), (4, R), (5, S)]
    bodies = [it.element[0].text or "" for it in stanzas(found)]
    assert bodies == [f"{inner} P {inner}"] * 3
    assert isinstance(last.content, Broken)
    assert last.place.line == 7


def test_a_body_with_numbers_holds_no_stanza() -> None:
    """Neither in text, nor in a string of another log."""
    numbers = f"<<{as_numbers(REQUEST)[1:-1].replace(' ', '')}>>"
    body = f'<![CDATA[\n= {numbers}\n{{"a": {as_numbers(REQUEST)}}}]]>'
    message = REQUEST.replace("hi", body)
    for text in (
        f"RECV: {message}",
        f"<<{json.dumps(message)}>>",
        json.dumps([{"a": message}]),
    ):
        (stanza,) = stanzas(entries(text.encode()))
        assert numbers in (stanza.element[0].text or "")


@pytest.mark.parametrize(
    ("framing", "escaped", "expected"),
    [
        (Framing.MARKUP, "&amp;amp;&amp;#x1F600;", "&😀"),
        (Framing.MARKUP, "<i>ä<br/>&nbsp;&#xa0;<BR>b<br />", " i ä    b "),
        (Framing.BREAKS, r"\n#012", r"\n#012"),
        (Framing.BREAKS, r"#012 \n\t#015<b/>", " " * 13),
        (Framing.BREAKS, r"#012a\n>\r\n b>\n  <b/>", r"#012a\n>\r\n b>    "),
        (Framing.CSV, 'say ""hi"", """"', 'say "hi", ""'),
        (Framing.SQL, "it''s, ''''", "it's, ''"),
        (Framing.COLOURS, "\x1b[38;2;255;100;0mred\x1b[0m", "red"),
        (Framing.COLOURS, "\x1b(B\x1b[m\x1b[?2004lred", "red"),
        (Framing.MAIL, "a=C3=A4=0D=0A==\r\nb= \nc=3D3D", "aä  =bc=3D"),
        (Framing.TYPOGRAPHIC, "\u2018a\u2019 \u201cb\u201d \u201ec", '\'a\' "b" "c'),
        (Framing.URL, "a%C3%a4%0a%0D+%2B%253C", "aä   +%3C"),
    ],
)
@pytest.mark.parametrize("shift", [0, *range(65_470, 65_536)])
def test_what_tools_write_is_removed_wherever_a_block_ends(
    framing: Framing, escaped: str, expected: str, shift: int
) -> None:
    """A block has 65,536 octets."""
    body = f"<body>{escaped}</body>"
    if framing is Framing.MARKUP:
        body = f"&lt;body&gt;{escaped}&lt;/body&gt;"
    text = " " * shift + f"<message>{body}</message>"
    if framing is Framing.MARKUP:
        text = text.replace("<message>", "&lt;message&gt;")
        text = text.replace("</message>", "&lt;/message&gt;")
    (stanza,) = stanzas(entries(text.encode(), framing))
    assert [it.text for it in stanza.element] == [expected]


@pytest.mark.parametrize("declared", ["xmlns:c='jabber:client'", "xmlns:d='u:d'"])
def test_an_element_with_a_prefix_that_nothing_declares_is_of_the_tool(
    declared: str,
) -> None:
    """Such as the message of a logger, which may hold a stanza."""
    stream = f"<stream:stream xmlns:stream='{ns.STREAM}' {declared}>\n"
    text = f"log: {stream}<c:message><iq id='1'/></c:message>"
    (stanza,) = stanzas(entries(text.encode(), Framing.TEXT))
    assert ns.split(stanza.element.tag)[1] == ("message" if "c=" in text else "iq")


def test_what_stands_beside_a_stanza_in_its_record_belongs_to_it() -> None:
    """In JSON, before it and behind it, in any order; in text only before it."""
    record = '{{"way": "{0}", "xml": "<iq/>", "at": "10:00:0{1}"}}, '
    text = f"[{record.format('sent', 1)}{record.format('received', 2)}]"
    first, second = entries(text.encode())
    assert (first.direction, second.direction) == (S, R)
    assert [it.before.count(b"10:00:0") for it in (first, second)] == [1, 1]
    turned = text.replace('"xml": "<iq/>", ', "").replace("{", '{"xml": "<iq/>", ')
    assert [it.direction for it in entries(turned.encode())] == [S, R]


@pytest.mark.parametrize("end", range(65_530, 65_540))
def test_what_follows_a_stanza_is_found_wherever_a_block_ends(end: int) -> None:
    """A block has 65,536 octets."""
    begin, rest = '{"a": "', '", "xml": "<iq/>'
    begin += "x" * (end - len(begin + rest))
    text = begin + rest + '", "dir": "sent"}'
    (entry,) = entries(text.encode())
    assert entry.direction is S


def test_of_two_stanzas_in_one_string_both_have_its_direction() -> None:
    """Nothing stands between them."""
    text = '{"dir": "sent", "xml": "<iq/><iq/>", "n": {"a": 1}}'
    assert [it.direction for it in entries(text.encode())] == [S, S]


def test_many_backslashes_take_no_memory() -> None:
    """Two of them are one, in each block."""
    text = "\\" * 400_001 + "u0041" + REQUEST
    (entry,) = entries(text.encode(), Framing.JSON)
    assert entry.place.column == 200_000 + len("A") + 1


@pytest.mark.parametrize(
    "compress",
    [gzip.compress, bz2.compress, lzma.compress],
    ids=["gzip", "bz2", "lzma"],
)
@pytest.mark.parametrize("count", [1, 2_000])
def test_compressed_files_are_read_as_they_are(
    compress: Callable[[bytes], bytes], count: int
) -> None:
    """Also if they are long, or end too early."""
    octets = compress(f"{REQUEST}\n".encode() * count)
    assert len(entries(octets)) == count
    with pytest.raises(RecordingError, match="damaged"):
        entries(octets[:-9])


@pytest.mark.parametrize(
    "compress",
    [gzip.compress, bz2.compress, lzma.compress],
    ids=["gzip", "bz2", "lzma"],
)
def test_every_damage_of_a_compressed_file_is_told(
    compress: Callable[[bytes], bytes],
) -> None:
    """Any octet of it may be wrong; what can still be read is a recording."""
    octets = compress(f"{REQUEST}\n".encode() * 20)
    damages = 0
    for at in range(len(octets)):
        wrong = octets[:at] + bytes([octets[at] ^ 255]) + octets[at + 1 :]
        try:
            entries(wrong)
        except RecordingError as error:
            damages += error.code is RecordingCode.DAMAGED
    assert damages > len(octets) // 2


def test_a_file_that_cannot_be_read_is_not_damaged() -> None:
    """The error of the operating system reaches the caller."""

    class Broken(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise OSError(errno.EIO, "Input/output error", size)

    with pytest.raises(OSError, match="Input/output"):
        Source(Broken())


def test_two_compressed_files_in_one_are_both_read() -> None:
    """As `cat` joins the parts of a log that was rotated."""
    assert len(entries(gzip.compress(REQUEST.encode()) * 2)) == 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-le", "utf-16-be"])
def test_the_beginning_of_a_file_tells_the_encoding(encoding: str) -> None:
    """Some consoles write UTF-16, also without a byte order mark."""
    (entry,) = entries(f"12:00 ü: {REQUEST}".encode(encoding))
    assert entry.place.column == 10


def test_a_folder_is_read_in_order(tmp_path: Path) -> None:
    """Hidden files and folders are left out."""
    for name in ("b.log", "a/c.log", ".git/x", "a/.y"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [Path(it).relative_to(tmp_path) for it in files_in(str(tmp_path))]
    assert [*map(str, found)] == ["b.log", "a/c.log"]
    assert list(files_in("missing")) == ["missing"]


BOB = "<message from='bob@b'><received xmlns='urn:xmpp:receipts' id='1'/></message>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SEND: %s", S),
        ("Sent: %s", S),
        ("recv %s", R),
        ("Received[c2s]: %s", R),
        (">>> %s", S),
        ("<<<\n%s", R),
        ("--> %s", S),
        ("<-- %s", R),
        ("→ %s", S),
        ("← %s", R),
        ("=> %s", S),
        ("<= %s", R),
        ("↑ %s", S),
        ("⬇ %s", R),
        ("client->server: %s", S),
        ("S -> C: %s", R),
        ("socket got %s", R),
        ("C: %s", S),
        ("S: %s", R),
        ("<!-- Outgoing (recv log) --> %s", R),
        ("<!-- Incoming -->\n\n%s", R),
        ('<packet or="send">%s', S),
        ("10.0.0.1:5222 -> 10.0.0.2:40000 %s", R),
        ("10.0.0.2:40000 -> 10.0.0.1:5222 %s", S),
        ("IP h.xmpp-client > b.40000: Flags [P.]\n%s", R),
        ("IP b.40000 > h.jabber-client: Flags [P.]\n%s", S),
        ("REC: %s", R),
        ("socket, read: %s", R),
        ("record rec 1, Rec room %s", U),
        ("SEND: x\n12:00 debug %s", U),
        ("we received it, now sending %s", S),
        ("INFO OUTPUT senders received_by %s", U),
        ("%s", U),
    ],
)
def test_the_text_before_a_stanza_tells_its_direction(
    text: str, expected: Direction
) -> None:
    """The last word counts, in the last line that is not empty."""
    (entry,) = entries(text.replace("%s", BOB).encode(), Framing.TEXT)
    assert entry.direction is expected


def test_a_stanza_directly_behind_another_has_its_direction() -> None:
    """As in one body of BOSH; a line break ends that."""
    found = entries(f"SEND: {BOB}{BOB}\n{BOB}".encode())
    assert [it.direction for it in found] == [S, S, U]


def test_a_word_behind_a_stanza_tells_nothing_of_the_next_line() -> None:
    """If the tool writes the words behind the stanzas: there is none before them."""
    found = entries(f"{BOB} (sent)\n{BOB} (received)\n{BOB}".encode())
    assert [it.direction for it in found] == [U, U, U]
    found = entries(f"SEND\n{BOB} RECV {BOB} SEND\n{BOB}".encode())
    assert [it.direction for it in found] == [S, R, S]


def test_what_acknowledges_stanzas_does_not_end_a_direction() -> None:
    """A server requests it (XEP-0198 §4) between two stanzas of one packet."""
    request = "<r xmlns='urn:xmpp:sm:3'/>"
    found = entries(f"RECV {BOB}{request}{BOB}\n{request}{BOB}".encode())
    assert [it.direction for it in found] == [R, R, U]


BOUND = (
    "<iq type='result'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<jid>A@example.org/x</jid></bind></iq>"
)


@pytest.mark.parametrize(
    ("addresses", "bound", "unbound"),
    [
        ("to='b@b'", S, S),
        ("from='b@b/c' to='a@example.org/x'", R, U),
        ("from='a@example.org/y' to='b@b'", S, U),
        ("from='a@example.org/y' to='a@example.org/x'", U, U),
        ("from='b@b'", R, U),
        ("from='b@b' to='c@c'", U, U),
        ("", U, U),
        ("xmlns='jabber:server' to='b@b'", U, U),
    ],
)
def test_the_addresses_tell_a_direction(
    addresses: str, bound: Direction, unbound: Direction
) -> None:
    """If the server has bound the account before, they tell more."""
    stanza = f"<message {addresses}/>"
    *_, last = entries(f"{BOUND}\n{stanza}".encode())
    assert last.direction is bound
    *_, last = entries(stanza.encode())
    assert last.direction is unbound


def test_in_json_the_lines_before_tell_the_direction() -> None:
    """Each value may have a line of its own."""
    text = f'[{{"type": "receive",\n"time": 1,\n"data": "{ESCAPED}"}}]'
    (entry,) = entries(text.encode())
    assert entry.direction is R


def test_what_cannot_be_read_is_told_once_a_stretch() -> None:
    """From which line, up to which line, how many stanzas, and why."""
    text = (
        f"{REQUEST}\n"
        "RECV: <message id='2'><body>cut off\n"
        "RECV: <message id='3'><body>cut\n\n"
        f"{REQUEST}\n{REQUEST}\n"
        "<iq id='4'><query>"
    )
    first, stretch, *rest, last = entries(text.encode())
    assert first.evidence
    assert isinstance(stretch.content, Broken)
    assert (stretch.place.line, stretch.place.column) == (2, 7)
    assert (stretch.content.last_line, stretch.content.places) == (3, 2)
    assert "not closed" in str(stretch.content.error)
    assert [it.line for it in stanzas(rest)] == [5, 6]
    assert [it.evidence for it in rest] == [None, None]
    assert isinstance(last.content, Broken)
    assert (last.place.line, last.content.last_line) == (7, 7)


def test_a_stretch_ends_before_the_line_of_the_next_stanza() -> None:
    """What the tool writes there is not a part of it; the end of a file is."""
    cut = "RECV: <iq id='1'><a>\n"
    stretch, _ = entries(f"{cut}RECV: {REQUEST}".encode())
    assert isinstance(stretch.content, Broken)
    assert stretch.content.last_line == 1
    *_, stretch = entries(f"{REQUEST}\n{cut}<b>".encode())
    assert isinstance(stretch.content, Broken)
    assert (stretch.place.line, stretch.content.last_line) == (2, 3)


def test_two_whole_stanzas_that_cannot_be_read_are_two_entries() -> None:
    """Each of them is somebody's fault."""
    found = entries(b"<iq><!----></iq><iq><!----></iq><iq/>")
    assert [type(it.content) for it in found] == [Broken, Broken, Stanza]
    assert found[2].evidence


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", RecordingCode.NO_STANZA),
        (b"hello", RecordingCode.NO_STANZA),
        (b"<stream:stream xmlns:stream='s'>", RecordingCode.NO_STANZA),
        (b"<message id='1'><body>", RecordingCode.NO_STANZA),
        (b"1 <message id='1'>\n2 <message id='1'>\n", RecordingCode.OPENING_TAGS),
        (b'{xmlel,<<"iq">>,[],[]}', RecordingCode.TERMS),
        (b'sub_els = [#xmlel{name = <<"request">>}]', RecordingCode.TERMS),
        (b'{:xmlel, "message", [], []}', RecordingCode.TERMS),
        *(
            (base64.b64encode(b"x" * it + b"<message to='b'/>"), RecordingCode.ENCODED)
            for it in range(3)
        ),
        (b"<message to='b'".hex().encode(), RecordingCode.ENCODED),
        (b"0x0010:  0a3c 6d65 7373 6167  .<messag", RecordingCode.ENCODED),
        (b"00000010  3C 6D  65 73 73 61  |<messa|", RecordingCode.ENCODED),
        (b"\\x3c\\x6d\\x65\\x73\\x73\\x61", RecordingCode.ENCODED),
        (b"{0x3c, 0x6d, 0x65, 0x73, 0x73, 0x61}", RecordingCode.ENCODED),
    ],
)
def test_a_file_without_a_stanza_is_no_recording(
    octets: bytes, code: RecordingCode
) -> None:
    """The reason is named; that of the parser as well."""
    with pytest.raises(RecordingError) as caught:
        entries(octets)
    assert caught.value.code is code
    assert ("not closed" in str(caught.value)) == (b"<body>" in octets)


@pytest.mark.parametrize(
    "payload",
    [
        "<received xmlns='urn:xmpp:receipts'/>",
        '<r:request xmlns:r="urn:xmpp:receipts"/>',
        "<query xmlns='http://jabber.org/protocol/disco#info'/>",
        "<c xmlns='http://jabber.org/protocol/caps' ver='x'/>",
        "<c xmlns='urn:xmpp:caps'></c>",
        (
            "<result xmlns='urn:xmpp:mam:2' id='1'>"
            "<forwarded xmlns='urn:xmpp:forward:0'><message/></forwarded></result>"
        ),
        "<stream:features><c xmlns='urn:xmpp:caps'/></stream:features>",
    ],
)
def test_payloads_of_their_own_are_entries(payload: str) -> None:
    """Also after a sentence with an open one, which is only text."""
    text = f"a <query xmlns='http://jabber.org/protocol/disco#info'> is\n{payload}\n"
    (entry,) = entries((text + REQUEST).encode())[:-1]
    assert entry.place.line == 2
    assert entry.evidence
    assert entry.evidence.octets.decode() == payload


def test_the_namespace_of_a_stream_in_a_log_is_inherited() -> None:
    """Up to the next stream; one that is broken or empty changes nothing."""
    header = "RECV: <stream:stream xmlns='{}' xmlns:stream='" + ns.STREAM + "'{}>\n"
    text = "<iq/>\n".join(
        [
            "",
            header.format("jabber:component:accept", ""),
            header.format("evil", " a='1' a='2'"),
            header.format("evil", "/"),
            header.format("jabber:client", ""),
            "we closed the <stream> now\n",
        ]
    )
    found = stanzas(entries(f"{text}<iq/>".encode(), Framing.TEXT))
    names = [it.element.tag for it in found if ns.split(it.element.tag)[1] == "iq"]
    assert names == [
        "iq",
        *["{jabber:component:accept}iq"] * 3,
        *["{jabber:client}iq"] * 2,
    ]

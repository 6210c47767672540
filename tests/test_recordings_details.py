"""Details of recordings that no other test noticed; see `test_details`."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from xep0184 import Support, caps, disco, jid, ns
from xep0184.cli import command
from xep0184.recordings import (
    Direction,
    Framing,
    Place,
    RecordingCode,
    RecordingError,
    Source,
    origins,
    read,
    recognise,
)
from xep0184.recordings.directions import DirectionFinder, bound_account
from xep0184.recordings.input_files import files_in
from xep0184.recordings.origins import TracedFile
from xep0184.recordings.peer_support import Peers
from xep0184.recordings.redacting import Redactor
from xep0184.recordings.traced import Sighting
from xep0184.stream import Broken, Stanza, numbers
from xep0184.stream.numbers import WithoutNumbers
from xep0184.stream.unescaping import STRINGS, Unescaped

if TYPE_CHECKING:
    from xep0184 import JID

S, R, U = Direction.SENT, Direction.RECEIVED, Direction.UNKNOWN
HASH = r"-[0-9a-f]{8}"


# Private texts


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<a><b>dnd</b>x</a>", f"<a><b>text{HASH}</b>text{HASH}</a>"),
        ("<a name='Rosa' />", f'<a name="value{HASH}" />'),
        ("<a category='x' name='R' />", f'<a category="x" name="value{HASH}" />'),
        ("<a id='Rosa 1' />", '<a id="Rosa 1" />'),
        ("<a queryid='Rosa 1' />", '<a queryid="Rosa 1" />'),
        ("<a type='Rosa 1' />", f'<a type="value{HASH}" />'),
        ("<a type='a@b' />", f'<a type="value{HASH}" />'),
        ("<a type='ä' />", f'<a type="value{HASH}" />'),
        ("<a type='get' ver='a/=' />", '<a type="get" ver="a/=" />'),
        ("<a by='example.org' />", '<a by="example.org" />'),
        ("<a to='r@example.org' />", f'<a to="local{HASH}@example.org" />'),
        ("<a from='example.org/r' />", f'<a from="example.org/resource{HASH}" />'),
        ("<a realjid='a@@b' />", f'<a realjid="address{HASH}" />'),
        ("<a> <b />\n</a>", "<a> <b />\n</a>"),
    ],
)
def test_what_is_private_is_replaced(before: str, after: str) -> None:
    """And nothing else."""
    tree = ET.fromstring(before)  # noqa: S314  # ours
    Redactor(b"key").replace_in(tree)
    assert re.fullmatch(after, ET.tostring(tree, encoding="unicode"))


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        ("attribute 'id' of '{urn:x}a'", "attribute 'id' of '{urn:x}a'"),
        ("type='Rosa'", f"type='value{HASH}'"),
        ('no "Rosa"', f"no 'value{HASH}'"),
    ],
)
def test_a_problem_quotes_no_value(problem: str, told: str) -> None:
    """Names are kept."""
    assert re.fullmatch(told, Redactor(b"key").problem(problem))
    assert Redactor(None).problem(problem) == problem


# Directions


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        (b"12:00\n>>> ", S),
        (b"12:00\n<<< ", R),
        (b"> 12:00\n> RECV: ", R),
        (b"> SENT:\n> XX", U),
        (b"> 12:00\n> XRECV: ", U),
        (b"I have:\n\n> ", U),
        (b"I got\n\n> ", R),
        (b"RECV > ", R),
        (b"OUTGOING <- ", S),
        (b"SENT <<RECV", R),
        (b"12:00 incoming=true ", R),
        (b"12:00 incoming=false ", S),
        (b"{ outgoing: False, xml: ", R),
        (b"queued, sent=false ", U),
        (b'{"outgoing": true, "xml": "', S),
        (b'{"received": "2026-11-29", "xml": "', U),
        (b"SEND at received=12:00 ", S),
        (b'{"sent": 0, "dir": "in", "xml": "', R),
        (b'{"received": {"xml": "', R),
        (b'{"sent": "', S),
        (b"in : ", R),
        (b"out:\n", S),
        (b"check in: ", U),
        (b"dir=out&xml=", S),
        (b"(in) ", R),
        (b"12:00\tout\t", S),
        (b"come in\t", U),
        (b"rcv ", R),
        (b"SND ", S),
        (b"tx  ", S),
        (b"sendto(5, ", S),
        (b"recvfrom(5, ", R),
        (b"write(5, ", S),
        (b"read(5, ", R),
        (b"Read data: (180) ", R),
        (b"marked as read ", U),
        (b"Writing data ", S),
        (b"rawInput ", R),
        (b"(lm-5): SEND:\n----\n", S),
        (b"RECV [9]:\n----\n'", R),
        (b"I sent\n\n```xml\n", S),
        (b"12:00 app: SEND:\n12:01 app: ", S),
        (b"12:00 RECV\n12:00 app: SEND:\n12:01 app: ", S),
        (b"10:00 RECV from tx@evil.lit: ", R),
        (b"10:01 SENT to rx@evil.lit: ", S),
        (b"RECV (a@b.tx/x-tx) ", R),
        (b"SENT <rx@b.lit/rcvd>: ", S),
        (b"sent@evil.lit ", U),
        (b": Flags [.], ack\nE->\nIP 1.2.3.4.5222 > 1.2.3.5.9: Flags [P.]\nE->", R),
        (b"12:00 app: [recv] [\n12:01 app: ", R),
        (b"12:00 app: sent\n12:01 app: ", U),
        (b"12:00 app: SEND:\n12:01 other: ", U),
        (b"IP 1.2.3.4.5222 > 1.2.3.5.9: Flags [P.], length 9\nE..> .->.P. ", R),
        (b"IP 1.2.3.5.9 > 1.2.3.4.5222: Flags [P.], length 9\nE..<-.>.P. ", S),
    ],
)
def test_the_last_line_before_a_stanza_tells(text: bytes, direction: Direction) -> None:
    """Without the signs of a quotation, if it is one."""
    assert DirectionFinder().find(text, None) is direction


BIND = (
    "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<jid>n@shakespeare.lit/desk</jid></bind>"
)


@pytest.mark.parametrize(
    ("stanza", "is_bound"),
    [
        (f"<iq type='result'>{BIND}</iq>", True),
        (f"<iq type='result' to='n@shakespeare.lit'>{BIND}</iq>", True),
        (f"<iq type='result' to='n@shakespeare.lit/desk'>{BIND}</iq>", True),
        (f"<iq type='result' from='shakespeare.lit'>{BIND}</iq>", True),
        (f"<iq type='result' to='eve@evil.lit'>{BIND}</iq>", False),
        (f"<iq type='result' from='eve@evil.lit'>{BIND}</iq>", False),
        (f"<message type='result'>{BIND}</message>", False),
        (f"<iq type='set'>{BIND}</iq>", False),
    ],
)
def test_only_the_server_binds(stanza: str, *, is_bound: bool) -> None:
    """By an iq with a result, to the client itself."""
    assert (bound_account(ET.fromstring(stanza)) is not None) is is_bound  # noqa: S314  # ours


# Times

PLACE = Place(file="a", line=1, column=1, number=1)


def test_a_moment_is_shown_as_far_as_it_is_known() -> None:
    """The log has priority over the stamp of a server."""
    stamp = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    shown = [
        Sighting(place=PLACE, logged=logged, stamped=stamped).time
        for logged, stamped in [
            (None, None),
            (None, stamp),
            (stamp, stamp),
            (datetime(1900, 1, 1, 3, 4), None),  # noqa: DTZ001
        ]
    ]
    in_words = "2026-01-02 03:04:05+00:00"
    assert shown == ["", f"{in_words} (stamp)", in_words, "03:04:00"]


# What peers support

ME = jid.parse("n@shakespeare.lit/desk")
BOB = jid.parse("k@royalty.lit/throne")
FEATURE = f"<feature var='{ns.RECEIPTS}'/>"


def iq(content: str, type_: str = "result") -> ET.Element:
    """Return an iq of the client."""
    start = f"<iq xmlns='{ns.CLIENT}' from='{BOB}' id='1' type='{type_}'>"
    return ET.fromstring(f"{start}{content}</iq>")  # noqa: S314  # ours


def info(features: str = FEATURE, node: str = "") -> str:
    """Return an answer to a query."""
    written = f" node='{node}'" if node else ""
    return f"<query xmlns='{ns.DISCO_INFO}'{written}>{features}</query>"


def advertising() -> tuple[Peers, str]:
    """Return peers of which one advertises a hash, and the node of its answer."""
    peers = Peers(ME)
    ver = caps.ver(disco.Info(features=(ns.RECEIPTS,)))
    hashed = f"<c xmlns='{ns.CAPS}' hash='sha-1' node='n' ver='{ver}'/>"
    start = f"<presence xmlns='{ns.CLIENT}' from='{BOB}'>"
    element = ET.fromstring(f"{start}{hashed}</presence>")  # noqa: S314  # ours
    peers.presence(element, BOB)
    return peers, f"n#{ver}"


def test_another_result_is_no_answer() -> None:
    """A client may answer a ping before it answers a query."""
    peers, node = advertising()
    peers.answer(iq(""), BOB)
    peers.answer(iq(info(node=node)), BOB)
    assert peers.support(BOB) is Support.YES
    other = jid.parse("k@royalty.lit/other")
    hashed = f"<c xmlns='{ns.CAPS}' hash='sha-1' node='n' ver='{node[2:]}'/>"
    start = f"<presence xmlns='{ns.CLIENT}' from='{other}'>"
    peers.presence(ET.fromstring(f"{start}{hashed}</presence>"), other)  # noqa: S314
    assert peers.support(other) is Support.YES


def test_another_client_with_the_hash_is_asked_after_a_wrong_answer() -> None:
    """Its answer is held against the hash, and not that of the first one."""
    peers, node = advertising()
    hashed = f"<c xmlns='{ns.CAPS}' hash='sha-1' node='n' ver='{node[2:]}'/>"

    def comes(client: JID) -> None:
        start = f"<presence xmlns='{ns.CLIENT}' from='{client}'>"
        peers.presence(ET.fromstring(f"{start}{hashed}</presence>"), client)  # noqa: S314

    second, third = (jid.parse(f"k@royalty.lit/{it}") for it in ("second", "third"))
    comes(second)
    peers.answer(iq(info("<feature var='x'/>", node=node)), BOB)
    right = iq(info(node=node))
    right.set("from", str(second))
    peers.answer(right, second)
    comes(third)
    assert peers.support(third) is Support.YES


def test_an_error_takes_no_support_back() -> None:
    """It says nothing of the features."""
    peers = Peers(ME)
    peers.answer(iq(info()), BOB)
    error = f"{info('')}<error type='cancel'><gone xmlns='{ns.STANZA_ERRORS}'/></error>"
    peers.answer(iq(error, "error"), BOB)
    assert peers.support(BOB) is Support.YES


@pytest.mark.parametrize(
    ("node", "support"),
    [("", Support.YES), ("n#v", Support.YES), ("commands", Support.UNKNOWN)],
)
def test_an_answer_about_a_node_is_not_one_about_the_client(
    node: str, support: Support
) -> None:
    """Except the node of a hash."""
    peers = Peers(ME)
    peers.answer(iq(info(node=node)), BOB)
    assert peers.support(BOB) is support


def trace(tmp_path: Path, lines: tuple[str, ...]) -> Result:
    """Trace the lines of a log."""
    log = tmp_path / "a.log"
    log.write_text("\n".join(lines))
    options = ["trace", str(log), "--account", str(ME), "--format", "json"]
    return CliRunner().invoke(command, options, catch_exceptions=False)


def carbon_of(sent: str) -> str:
    """Return the carbon of what another client sent, perhaps with its stamp."""
    forwarded = f"<forwarded xmlns='{ns.FORWARD}'>{sent}</forwarded>"
    carbon = f"<sent xmlns='{ns.CARBONS}'>{forwarded}</sent>"
    return f"<message from='{ME.bare}' to='{ME}'>{carbon}</message>"


def test_a_sender_that_is_no_jid_is_passed_over(tmp_path: Path) -> None:
    """In a presence, too."""
    own = f"<x xmlns='{ns.MUC_USER}'><status code='110'/></x>"
    lines = (
        f"RECV: <presence from='@'>{own}</presence>",
        f"SENT: <message to='{BOB}' id='m'><request xmlns='{ns.RECEIPTS}'/></message>",
    )
    result = trace(tmp_path, lines)
    assert '"kind": "unconfirmed"' in result.stdout


def test_a_message_without_an_id_and_its_copy_are_one(tmp_path: Path) -> None:
    """They have the same content."""
    content = f"<body>hi</body><request xmlns='{ns.RECEIPTS}'/>"
    start = f"<message xmlns='{ns.CLIENT}' to='{BOB.bare}'"
    carbon = carbon_of(f"{start} from='{ME}'>{content}</message>")
    lines = (f"SENT: {start}>{content}</message>", f"RECV: {carbon}")
    result = trace(tmp_path, lines)
    assert result.stdout.count('"kind": "untracked"') == 1


# Files


def test_pieces_that_cannot_be_read_are_told_as_one() -> None:
    """From the beginning of the first to the end of the last."""
    cut = b"<message><body>cut\n<message><body>cut2\n"
    first, broken, last = read(
        Source(BytesIO(b"xx <iq/>\nSENT " + cut + b"<iq/>")), Framing.TEXT
    )
    assert isinstance(broken.content, Broken)
    assert broken.content.offset == len("xx <iq/>\nSENT ")
    assert broken.content.length == len(cut)
    assert (broken.content.places, broken.content.whole) == (2, False)
    assert isinstance(first.content, Stanza)
    assert isinstance(last.content, Stanza)


def traced(text: str, account: JID | None = None) -> TracedFile:
    """Return a recording of some lines without any word of direction."""
    entries = read(Source(BytesIO(text.encode())), Framing.TEXT)
    return TracedFile("a", entries, account)


def test_a_file_without_entries_is_empty() -> None:
    """It says nothing about others."""
    assert TracedFile("a", []).is_empty is True
    assert traced("<iq/>").is_empty is False


@pytest.mark.parametrize(
    ("account", "to", "told"),
    [
        (ME, str(ME), R),
        (ME, "n@shakespeare.lit/phone", S),
        (ME.bare, str(ME), R),
        (ME.bare, str(ME.bare), S),
    ],
)
def test_a_stanza_to_the_client_without_a_sender_was_received(
    account: JID, to: str, told: Direction
) -> None:
    """It comes from the server; one to the account may be a note to itself."""
    assert traced(f"<message to='{to}'/>", account).told == {told}


BOUND = f"<iq type='result'>{BIND}</iq>"
OTHER = BOUND.replace("n@", "k@")


def test_a_bound_client_of_the_given_account_is_known() -> None:
    """No other account is added to it."""
    file = traced(f"<iq/>\n{BOUND}\n{OTHER}", ME.bare)
    assert file.accounts == {ME.bare: ME.bare}
    assert len(list(file.stanzas())) == 3
    assert file.accounts == {ME.bare: ME}


def test_so_many_accounts_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file may hold more of them than there is room for."""
    monkeypatch.setattr(origins, "_HEAD", 1)
    for most in (1, 2):
        monkeypatch.setattr(origins, "_MOST_ACCOUNTS", most)
        file = traced(f"{BOUND}\n{OTHER}\n{BOUND.replace('n@', 'm@')}")
        assert len(list(file.stanzas())) == 3
        assert len(file.accounts) == most


def test_accounts_are_found_behind_addresses_that_are_none() -> None:
    """A sender need not be a JID."""
    file = traced(f"<message from='@' to='{ME}'/>")
    assert file.accounts == {ME.bare: ME.bare}


def test_an_occupant_confirms_what_was_sent_to_its_room(tmp_path: Path) -> None:
    """It is a client of that address; only one occupant confirms for itself alone."""
    room = "room@muc.lit"
    join = "<x xmlns='http://jabber.org/protocol/muc'/>"
    request = f"<request xmlns='{ns.RECEIPTS}'/>"
    receipt = f"<received xmlns='{ns.RECEIPTS}' id='m'/>"
    lines = (
        f"SENT: <presence to='{room}/n'>{join}</presence>",
        f"SENT: <message to='{room}' id='m'>{request}</message>",
        f"RECV: <message from='{room}/other' to='{ME}'>{receipt}</message>",
    )
    result = trace(tmp_path, lines)
    assert result.stdout.count('"kind": "delivered"') == 1


@pytest.mark.parametrize(("end", "namespace"), [(">", "{jabber:server}"), ("/>", "")])
def test_only_a_stream_that_is_open_declares_the_namespace(
    end: str, namespace: str
) -> None:
    """An empty one has no stanzas in it."""
    header = f"<stream:stream xmlns='jabber:server' xmlns:stream='{ns.STREAM}'{end}"
    (entry,) = read(Source(BytesIO(f"{header}\n<iq/>".encode())), Framing.TEXT)
    assert isinstance(entry.content, Stanza)
    assert entry.content.element.tag == f"{namespace}iq"


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (rb"\ud83d\udcec", "\U0001f4ec"),
        (rb"\ud83d!", "\ufffd!"),
        (rb"\udcec", "\ufffd"),
        (rb"\x{41}", "A"),
        (rb"\x{ffffff}", "\U0010ffff"),
    ],
)
def test_half_a_character_is_replaced(escaped: bytes, text: str) -> None:
    """JSON can hold what no text can (RFC 8259 §8.2)."""
    assert Unescaped(BytesIO(escaped), STRINGS).read(100).decode() == text


ROSA = "R\u00f3sa"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_text_in_utf_16_is_read(encoding: str) -> None:
    """With half a character in it, which is replaced."""
    half = "\ud83d".encode(encoding, "surrogatepass")
    parts = [f"\ufeff<message><body>{ROSA}".encode(encoding), half]
    octets = b"".join([*parts, "</body></message>".encode(encoding)])
    (entry,) = read(Source(BytesIO(octets)), Framing.TEXT)
    assert isinstance(entry.content, Stanza)
    body = entry.content.element.findtext("body")
    assert body is not None
    assert body.startswith(ROSA)
    assert "\ufffd" in body


def test_an_error_of_a_recording_has_no_detail_by_default() -> None:
    """Its text ends without one."""
    error = RecordingError(RecordingCode.TERMS)
    assert error.detail == ""
    assert str(RecordingError(RecordingCode.TERMS, "x")) == f"{error}: x"


def test_a_word_in_a_long_record_tells_its_direction() -> None:
    """Behind the stanza, before more lines than are looked at in other text."""
    more = "".join(f'  "field {number}": {number},\n' for number in range(12))
    data = "<message xmlns='jabber:client' id='a'><body/><\\/message>"
    record = ' {{\n  "data": "{data}",\n  "direction": "{word}",\n{more}  "end": 0\n }}'
    words = ("sent", "received", "sent")
    records = (record.format(data=data, word=word, more=more) for word in words)
    source = Source(BytesIO(f"[\n{','.join(records)}\n]\n".encode()))
    entries = read(source, recognise(source.head))
    assert [entry.direction.value for entry in entries] == list(words)


@pytest.mark.parametrize(
    "start", ["<message xmlns='jabber:client'>", "\\u003cmessage\\u003e"]
)
def test_a_line_of_json_behind_another_line_is_json(start: str) -> None:
    """Its strings are looked for from the beginning of their line, too."""
    line = rf'{{"m": "{start}\u003cbody>hi\u003c/body>\u003c/message>"}}'
    source = Source(BytesIO(f"started\n{line}\n".encode()))
    assert recognise(source.head) is Framing.JSON
    (entry,) = read(source, Framing.JSON)
    assert isinstance(entry.content, Stanza)


def test_of_what_is_no_file_only_a_broken_link_is_in_a_folder(tmp_path: Path) -> None:
    """It is reported then; a pipe may have no end, and a folder is searched."""
    (tmp_path / "a.log").write_text("<iq/>")
    (tmp_path / "b.log").symlink_to(tmp_path / "missing")
    os.mkfifo(tmp_path / "c.log")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "e.log").write_text("<iq/>")
    found = [
        Path(it).relative_to(tmp_path).as_posix() for it in files_in(str(tmp_path))
    ]
    assert found == ["a.log", "b.log", "d/e.log"]


def test_events_of_a_message_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first ones are kept; all are counted."""
    monkeypatch.setattr("xep0184.recordings.conversation._MOST_EVENTS", 3)
    path = tmp_path / "a.log"
    asked = (
        f"<message to='{BOB.bare}' id='m1'><request xmlns='{ns.RECEIPTS}'/></message>"
    )
    receipt = f"<received xmlns='{ns.RECEIPTS}' id='m1'/>"
    told = "RECV: <message from='{}/{}'>{}</message>\n"
    receipts = (told.format(BOB.bare, number, receipt) for number in range(5))
    path.write_text(f"SEND: {asked}\n{''.join(receipts)}")
    options = ["trace", str(path), "--message=m1", f"--account={ME}"]
    result = CliRunner().invoke(command, options)
    assert result.stdout.count(" event ") == 3
    assert "receipts: 4 duplicate, 1 delivered" in result.stdout


def test_when_a_server_saw_a_receipt_first_is_kept(tmp_path: Path) -> None:
    """A copy without a stamp takes nothing back, and one with a stamp tells."""
    start = f"<message xmlns='{ns.CLIENT}' from='{ME}' to='{BOB}' id='m'>"
    asked = f"{start}<request xmlns='{ns.RECEIPTS}'/></message>"
    receipt = f"<received xmlns='{ns.RECEIPTS}' id='m'/>"
    for stamps in ((stamp(9), ""), ("", stamp(9))):
        lines = (
            f"SENT: {asked}",
            f"RECV: {carbon_of(f'{stamp(0)}{asked}')}",
            *(f"RECV: <message from='{BOB}'>{receipt}{it}</message>" for it in stamps),
        )
        result = trace(tmp_path, lines)
        assert '"after": 9' in result.stdout


def stamp(seconds: int) -> str:
    """Return the element in which a server says when it saw a message (XEP-0203)."""
    return f"<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:0{seconds}Z'/>"


def test_the_end_of_a_tag_is_no_prefix() -> None:
    """It may stand at the beginning of a line, as a sign of a quotation does."""
    log = b"> <iq type='get' id='a'\n><query xmlns='urn:x'/></iq>\n"
    (entry,) = read(Source(BytesIO(log)), Framing.TEXT)
    assert isinstance(entry.content, Stanza)
    assert entry.content.octets == log[2:-1]


@pytest.mark.parametrize(
    ("log", "body"),
    [
        (b"- <message><body>a\n- b</body></message>", "a\n  b"),
        (b"- <message><body>a\n- b\nc</body></message>", "a\n- b\nc"),
        (b"- <message><body>a\n- b\n</body></message>", "a\n- b\n"),
        (b"- <message><body>a\n- b\n\n- c</body></message>", "a\n  b\n\n  c"),
        (b"12 <message><body>a\n7 b</body></message>", "a\n  b"),
        (b"a <message><body>a\n7 b</body></message>", "a\n7 b"),
        (b"7 <message><body>a\nb b</body></message>", "a\nb b"),
    ],
)
def test_only_what_begins_all_lines_is_a_prefix(log: bytes, body: str) -> None:
    """Of numbers the digits may differ; a blank line has none."""
    (entry,) = read(Source(BytesIO(b"x\n" + log)), Framing.TEXT)
    assert isinstance(entry.content, Stanza)
    assert entry.content.element.findtext("{*}body") == body


NUMBERS = "60,105,113,47,62,32,120,120"


@pytest.mark.parametrize("block", range(1, 80))
@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [("[", "]", '"<iq/> xx"'), ("<<", ">>", '<<"<iq/> xx">>')],
)
def test_no_list_begins_inside_a_string(
    block: int, begin: str, end: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a block ends, also if a line break ends the string."""
    monkeypatch.setattr(numbers, "_BLOCK", block)
    text = f'"a {begin}\n{NUMBERS}{end} %s'
    source = WithoutNumbers(
        BytesIO((text % f"{begin}{NUMBERS}{end}").encode()), begin.encode()
    )
    octets = b"".join(iter(lambda: source.read(9), b""))
    assert octets.decode() == text % expected

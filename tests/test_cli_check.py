"""``xep0184 check``, run as people run it."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from xep0184.cli import command

EXAMPLES = Path(__file__).parent.parent / "examples"
CLEAN = (
    "<message xmlns='jabber:client' to='n@shakespeare.lit' id='a'>"
    "<body>hi</body><request xmlns='urn:xmpp:receipts'/></message>\n"
)
XEP_EXAMPLE = """
<message
    from='kingrichard@royalty.england.lit/throne'
    id='bi29sg183b4v'
    to='northumberland@shakespeare.lit/westminster'>
  <received xmlns='urn:xmpp:receipts' id='richard2-4.1.247'/>
</message>
"""

# Counted by reading the recordings, not by running the tool. The pieces of
# desk-received are: features 1, iq 2, presence 5, roster 1, then each roster push
# followed by two presences (3 x 3), 8 receipts, a bounce, the note to self, the
# room's presence and subject, 2 answers, 4 receipts (one without id, one of the
# phone), an answer, a receipt, an iq, the room's reflection, 20 results, 3 iq.
EXPECTED = {
    "desk-sent.xml": {"request": 24, "nothing": 18},
    "desk-received.xml": {"ack": 13, "request": 2, "archived": 20, "nothing": 28},
    "phone-sent.xml": {"ack": 1, "nothing": 11},
    "phone-received.xml": {"carbon": 20, "request": 1, "nothing": 23},
}
# mcabber gives its receipts the id it echoes (6 times), and one without any id;
# three messages asked without id, and two went through a room.
EXPECTED_FINDINGS = {
    "desk-sent.xml": {"request-without-id": 3, "request-in-groupchat": 1},
    "desk-received.xml": {
        "echoed-id": 6,
        "missing-id": 1,
        "request-in-groupchat": 1,
    },
    "phone-sent.xml": {},
    "phone-received.xml": {},
}


def run(*arguments: str, octets: bytes | None = None) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(command, ["check", *arguments], input=octets)


def lines(result: Result) -> list[Any]:
    """Read the JSON objects a run has printed."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_recorded_stanza_is_classified_as_a_reader_would() -> None:
    """Kinds and findings of the four recordings are those counted by hand."""
    result = run("--format=json", "--all", *(str(EXAMPLES / name) for name in EXPECTED))
    kinds = {name: Counter[str]() for name in EXPECTED}
    codes = {name: Counter[str]() for name in EXPECTED}
    for entry in lines(result)[:-1]:
        name = Path(entry["file"]).name
        kinds[name][entry["kind"]] += 1
        codes[name].update(finding["code"] for finding in entry["findings"])
    assert (kinds, codes, result.exit_code) == (EXPECTED, EXPECTED_FINDINGS, 1)


def test_the_receipt_without_id_is_reported_once() -> None:
    """Rule and schema say the same of mcabber's answer to a message without id."""
    result = run("--format=json", str(EXAMPLES / "desk-received.xml"))
    found = [
        (finding["source"], finding["code"])
        for entry in lines(result)[:-1]
        for finding in entry["findings"]
        if not entry["ids"]
    ]
    assert found == [("rule", "missing-id")]


def test_ids_come_back_as_they_were_sent() -> None:
    """An id with blanks, quotes and an emoji survives into the JSON."""
    result = run("--format=json", str(EXAMPLES / "desk-received.xml"))
    ids = [id_ for entry in lines(result)[:-1] for id_ in entry["ids"]]
    assert ids.count(' pros full "18" 👩\u200d🚀') == 1


def test_what_a_tool_writes_between_elements_is_a_note() -> None:
    """In a stream it is a fault: nobody else has written there."""
    stanza = (
        "<message xmlns='jabber:client' id='1'>#012<body>x</body>#012"
        "<request xmlns='urn:xmpp:receipts'/></message>"
    )
    result = run("-", octets=f"bot: SENT: {stanza}".encode())
    assert (result.exit_code, "note schema" in result.stdout) == (0, True)
    stream = f"<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>{stanza}"
    result = run("-", octets=stream.encode())
    assert (result.exit_code, "stated schema" in result.stdout) == (1, True)


def test_a_clean_file_exits_with_0() -> None:
    """One good request is nothing to complain of."""
    result = run("-", octets=CLEAN.encode())
    assert (
        result.exit_code,
        result.stdout.splitlines()[0],
    ) == (0, "-:1:1: #1 sent request message 'a' to 'n@shakespeare.lit'")


def test_an_example_of_the_xep_is_read_as_a_fragment_and_noted() -> None:
    """A stanza without namespace works; the note counts only if asked for."""
    lenient = run("-", octets=XEP_EXAMPLE.encode())
    strict = run("--level=note", "-", octets=XEP_EXAMPLE.encode())
    assert (lenient.exit_code, strict.exit_code) == (0, 1)
    assert (
        "-:2:1: #1 ack message 'richard2-4.1.247' from"
        " 'kingrichard@royalty.england.lit/throne'"
        " to 'northumberland@shakespeare.lit/westminster'\n"
    ) in lenient.stdout
    assert "note no-namespace" in lenient.stdout


def test_random_bytes_exit_with_3_and_one_clear_line(tmp_path: Path) -> None:
    """What is no recording is said to be none, once."""
    file = tmp_path / "noise"
    file.write_bytes(random.Random(184).randbytes(100_000))
    result = run(str(file))
    assert (
        result.exit_code,
        result.stdout,
        len(result.stderr.splitlines()),
    ) == (3, "", 1)
    assert result.stderr.startswith(f"xep0184: {file}: cannot be read: ")


@pytest.mark.parametrize("octets", [b"", b" \n", b"<stream:stream xmlns:stream='s'>"])
def test_a_file_without_a_stanza_is_not_called_clean(octets: bytes) -> None:
    """A check of nothing must not pass for a check."""
    result = run("-", octets=octets)
    assert (
        result.exit_code,
        result.stderr,
    ) == (3, "xep0184: -: cannot be read: it holds no stanza\n")


def test_a_missing_file_costs_only_itself(tmp_path: Path) -> None:
    """The other files are checked all the same."""
    missing = str(tmp_path / "missing")
    result = run("--format=json", missing, "-", octets=CLEAN.encode())
    assert (
        result.exit_code,
        lines(result)[-1]["summary"]["kinds"],
        lines(result)[-1]["summary"]["unreadable"],
    ) == (3, {"request": 1}, 1)


def test_a_broken_stanza_is_placed_and_costs_only_itself() -> None:
    """The line in the file is named, and the next stanza is read."""
    octets = (CLEAN + "<message>\n<body></message>\n" + CLEAN).encode()
    result = run("--format=json", "-", octets=octets)
    first, broken, last = lines(result)[:-1]
    assert (
        first["kind"],
        broken["kind"],
        last["kind"],
    ) == ("request", "broken", "request")
    assert (first["line"], broken["line"], last["line"]) == (1, 2, 4)
    finding = broken["findings"][0]
    assert (
        finding["source"],
        finding["code"],
        finding["line"],
    ) == ("xml", "not-well-formed", 3)


def test_what_may_be_the_text_of_a_message_is_marked() -> None:
    """An ack found inside a broken message is shown, but it proves nothing."""
    ack = "<message from='bob'><received xmlns='urn:xmpp:receipts' id='1'/></message>"
    broken = f"<message from='eve'><body></x><![CDATA[{ack}]]></body></message>"
    octets = (CLEAN + broken).encode()
    first, second, third, *_ = lines(run("--format=json", "-", octets=octets))
    codes = [[it["code"] for it in each["findings"]] for each in (first, second, third)]
    assert (second["kind"], third["kind"]) == ("broken", "ack")
    assert codes[:2] == [[], ["not-well-formed"]]
    assert codes[2][0] == "recovered"


def test_text_places_a_fault_inside_a_stanza_by_its_line_in_the_file() -> None:
    """The body is on line 3 of the file."""
    octets = (CLEAN + "<message>\n<body></message>\n" + CLEAN).encode()
    assert "line 3: " in run("-", octets=octets).stdout


def test_a_fault_found_in_the_middle_of_a_long_recording_has_its_own_line() -> None:
    """The line is one of the file, however many stanzas were parsed at once."""
    fault = "<presence>\n<priority>high</priority>\n</presence>\n"
    octets = (CLEAN * 50 + fault).encode()
    result = run("-q", "--format=json", "-", octets=octets)
    (entry,) = lines(result)[:-1]
    (problem,) = [it for it in entry["findings"] if it["source"] == "schema"]
    assert (entry["line"], problem["line"]) == (51, 52)


def test_what_comes_before_the_first_stanza_is_reported_with_its_line() -> None:
    """In a stream, it is a finding once a stanza shows that there is a stream."""
    octets = b"log opened\n" + CLEAN.encode()
    result = run("--format=json", "--input=stream", "-", octets=octets)
    assert [(entry["kind"], entry["line"]) for entry in lines(result)[:-1]] == [
        ("broken", 1),
        ("request", 2),
    ]
    assert result.exit_code == 1


def test_the_text_of_a_tool_is_no_finding() -> None:
    """A log is no stream: what the tool writes is nobody's fault."""
    octets = b"log opened\n10:00 RECV: " + CLEAN.encode() + b"a < b\n"
    result = run("--format=json", "-", octets=octets)
    (entry,) = lines(result)[:-1]
    assert (entry["line"], entry["column"], entry["number"]) == (2, 13, 1)
    assert (entry["direction"], entry["kind"]) == ("received", "request")
    assert (result.exit_code, result.stderr) == (0, "")
    assert lines(result)[-1]["summary"]["inputs"] == {"-": "text"}


def test_a_stretch_that_cannot_be_read_is_told_once() -> None:
    """With its lines and how many stanzas it holds."""
    octets = (CLEAN + "x <iq id='1'><a>\n" * 2 + CLEAN).encode()
    result = run("-", octets=octets)
    assert "-:2:3: #2 broken lines 2 to 3 (2 stanzas)\n" in result.stdout
    assert result.stdout.count("not-well-formed:") == 1
    assert result.exit_code == 1
    alone = run("-", octets=f"{CLEAN}<iq id='1'><a>".encode())
    assert "-:2:1: #2 broken\n" in alone.stdout
    stretch = lines(run("--format=json", "-", octets=octets))[1]
    assert (stretch["line"], stretch["last_line"], stretch["places"]) == (2, 3, 2)


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (CLEAN.encode(), "text with stanzas in it"),
        (gzip.compress(CLEAN.encode()), "text with stanzas in it"),
        (b'["<iq id=\\"1\\"/>"]', "strings of JSON with stanzas in them"),
        (b'<<"<iq id=\\"1\\"/>">>', "binaries of Erlang with stanzas in them"),
    ],
)
def test_how_a_file_is_read_can_be_told(octets: bytes, said: str) -> None:
    """On standard error, if asked for."""
    assert run("-", octets=octets).stderr == ""
    assert run("-v", "-", octets=octets).stderr == f"xep0184: -: read as {said}\n"


def test_a_log_without_whole_stanzas_gets_one_hint() -> None:
    """What is to be switched on is named."""
    octets = b"1 debug Received: <message id='1'>\n2 debug Sent: <message id='1'>\n"
    result = run("-", octets=octets)
    assert (result.exit_code, result.stdout) == (3, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("xep0184: -: cannot be read: this log has no whole stanzas")


def test_a_folder_is_checked(tmp_path: Path) -> None:
    """A file without any stanza is left out, unless it was named."""
    (tmp_path / "a.log").write_text(CLEAN)
    (tmp_path / "README").write_text("What this is.")
    result = run("--format=json", str(tmp_path))
    (entry,) = lines(result)[:-1]
    assert (entry["file"], result.exit_code) == (str(tmp_path / "a.log"), 0)
    (line,) = result.stderr.splitlines()
    assert line == f"xep0184: {tmp_path / 'README'}: left out: it holds no stanza"
    assert run(str(tmp_path / "README")).exit_code == 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_pipe_in_a_folder_is_left_out(tmp_path: Path, jobs: str) -> None:
    """It may never end; a link to a file is read, a broken one is reported."""
    (tmp_path / "z.log").write_text(CLEAN)
    folder = tmp_path / "logs"
    folder.mkdir()
    os.mkfifo(folder / "a.pipe")
    (folder / "b.log").symlink_to(tmp_path / "z.log")
    (folder / "c.log").symlink_to("missing")
    (folder / "d.log").symlink_to(os.devnull)
    command = [sys.executable, "-m", "xep0184", "check", "--format=json"]
    result = subprocess.run(
        [*command, "--jobs", jobs, folder],
        capture_output=True,
        text=True,
        timeout=15,
        check=False,
    )
    read, unreadable, _ = map(json.loads, result.stdout.splitlines())
    assert (read["file"], read["kind"]) == (str(folder / "b.log"), "request")
    assert unreadable["file"] == str(folder / "c.log")
    assert "No such file" in unreadable["unreadable"]
    assert result.returncode == 3


def test_a_folder_without_a_stanza_is_not_called_clean(tmp_path: Path) -> None:
    """A check of nothing must not pass for a check."""
    (tmp_path / "README").write_text("What this is.")
    result = run(str(tmp_path))
    assert (result.exit_code, result.stdout) == (3, "")
    (tmp_path / "README").unlink()
    result = run(str(tmp_path))
    assert (result.exit_code, result.stdout) == (3, "")


@pytest.mark.parametrize(
    ("payload", "codes"),
    [
        ("<received xmlns='urn:xmpp:receipts'/>", ["schema"]),
        ("<received xmlns='urn:xmpp:receipts' id='1'/>", []),
        ("<request xmlns='urn:xmpp:receipts' id='1'/>", ["schema"]),
        ("<c xmlns='http://jabber.org/protocol/caps'/>", ["schema"] * 3),
        ("<c xmlns='urn:xmpp:caps'/>", ["schema"]),
        (
            "<query xmlns='http://jabber.org/protocol/disco#info'><x/></query>",
            ["schema"],
        ),
    ],
)
def test_payloads_of_their_own_are_validated(payload: str, codes: list[str]) -> None:
    """Against the schema of each."""
    result = run("--format=json", "-", octets=payload.encode())
    entry = lines(result)[0]
    assert [it["code"] for it in entry["findings"]] == codes
    assert result.exit_code == bool(codes)


def test_quiet_leaves_out_what_is_in_order() -> None:
    """Stanzas without findings are counted, not listed."""
    result = run("-q", "--format=json", str(EXAMPLES / "desk-sent.xml"))
    assert (
        len(lines(result)[:-1]),
        sum(lines(result)[-1]["summary"]["kinds"].values()),
    ) == (4, 42)


@pytest.mark.parametrize("arguments", [[], ["--format=xml", "-"], ["--level=may", "-"]])
def test_a_wrong_call_exits_with_2(arguments: list[str]) -> None:
    """Usage errors are told apart from findings."""
    assert run(*arguments).exit_code == 2


def test_control_characters_of_a_peer_never_reach_the_terminal() -> None:
    """U+009B begins an escape sequence on some terminals, and is legal XML."""
    octets = CLEAN.replace("id='a'", "id='a&#x9b;2J'").encode()
    assert "'a\\x9b2J'" in run("-", octets=octets).stdout


@pytest.mark.parametrize("module", ["click", "rich"])
def test_without_its_extra_the_command_names_it_in_one_line(module: str) -> None:
    """A missing library is no traceback."""
    program = f"""
import sys
sys.modules[{module!r}] = None  # what the import system takes for missing
from xep0184.__main__ import main
main()
"""
    process = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (
        process.returncode,
        process.stderr,
    ) == (
        1,
        f"xep0184: {module} is not installed; run: pip install 'xep0184[cli]'\n",
    )


def test_the_name_of_a_file_commands_no_terminal(tmp_path: Path) -> None:
    """A file from an archive was named by somebody else; its name is escaped."""
    path = tmp_path / os.fsdecode("\x9b2J\x1b]0;x\x07.xml".encode())
    path.write_text(CLEAN)
    for name in (path, path.with_suffix(".missing")):
        result = run(str(name))
        assert ascii(path.stem)[1:-1] in result.output
        assert {*"\x9b\x1b\x07"}.isdisjoint(result.output)


@pytest.mark.usefixtures("unmeasured")
def test_a_long_file_on_a_terminal_shows_a_bar(tmp_path: Path) -> None:
    """Someone who waits sees how far it is; standard output stays clean."""
    file = tmp_path / "long.xml"
    body = b"<message xmlns='jabber:client'><body>%s</body></message>" % (b"x" * 2_000)
    file.write_bytes(body * 6_000)
    process = subprocess.run(
        [sys.executable, "-m", "xep0184", "check", "-q", str(file)],
        env={**os.environ, "FORCE_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ("checking" in process.stderr, "6000" in process.stdout) == (True, True)


R = "urn:xmpp:receipts"
LONG = "urn:" + "x" * 1_500
# Each is a look-alike, in a namespace whose name the message states once.
CROWD = f"<message xmlns='jabber:client' xmlns:p='{LONG}'>{{}}</message>"


def test_of_one_stanza_64_findings_are_told_and_all_are_counted() -> None:
    """A name is told as far as 1024 characters; a megabyte was told of this."""
    octets = CROWD.format("<p:request/>" * 600).encode()
    result = run("--format=json", "-", octets=octets)
    entry, summary = lines(result)
    where = f"{{{LONG}"[:1_024] + "…"
    assert [(it["code"], it["where"]) for it in entry["findings"]] == [
        ("look-alike", where)
    ] * 64
    assert entry["more"] == 600 - 64
    assert summary["summary"]["findings"] == {"look-alike": 600}
    assert len(result.stdout) < 200_000


def test_people_are_told_how_many_more_there_are() -> None:
    """After 64 lines; the table at the end counts all.

    A look-alike is a note: other protocols may have elements of these names.
    """
    result = run("-", octets=CROWD.format("<p:request/>" * 100).encode())
    told = result.stdout.splitlines()
    assert [line.split()[:2] for line in told[1:65]] == [["note", "look-alike"]] * 64
    assert told[65] == "    … and 36 more"
    assert told[66:] == ["", "kinds: 1 look-alike", "findings: 100 look-alike"]


def test_what_is_told_in_full_says_nothing_of_more() -> None:
    """64 findings are not too many, nor are 1024 characters."""
    unknown = f"<p xmlns='{R}'/>"
    stanza = f"<message xmlns='jabber:client'>{unknown * 64}</message>"
    entry, _ = lines(run("--format=json", "-", octets=stanza.encode()))
    assert (len(entry["findings"]), "more" in entry) == (64, False)
    assert "more" not in run("-", octets=stanza.encode()).stdout
    name = "urn:" + "x" * (1_024 - len("{urn:}request"))
    stanza = f"<message xmlns='jabber:client'><request xmlns='{name}'/></message>"
    entry, _ = lines(run("--format=json", "-", octets=stanza.encode()))
    assert [it["where"] for it in entry["findings"]] == [f"{{{name}}}request"]


@pytest.mark.parametrize("style", ["text", "json"])
def test_the_words_of_an_engine_are_told_as_far_as_they_matter(style: str) -> None:
    """A type of 100,000 characters is repeated in the reason."""
    stanza = f"<presence xmlns='jabber:client' type='{'x' * 100_000}'/>"
    result = run("--format", style, "-", octets=stanza.encode())
    assert "attribute 'type'" in result.stdout
    assert len(result.stdout) < 4_000


def test_of_a_long_id_the_beginning_is_told() -> None:
    """In text only 80 characters of it fit in any case."""
    request = f"<request xmlns='{R}'/>"
    stanza = f"<message xmlns='jabber:client' id='{'x' * 9_000}'>{request}</message>"
    result = run("--format", "json", "-", octets=stanza.encode())
    assert json.loads(result.stdout.splitlines()[0])["ids"] == ["x" * 1_024 + "…"]


@pytest.mark.parametrize("style", ["text", "json"])
def test_of_a_long_name_the_beginning_is_told(style: str) -> None:
    """A stream may hold what is no stanza, under any name."""
    result = run(
        *("--all", "--format", style, "--input=stream", "-"),
        octets=f"<a{'x' * 9_000}/>".encode(),
    )
    assert "a" + "x" * 1_023 in result.stdout
    assert "x" * 1_024 not in result.stdout


@pytest.mark.parametrize("style", ["text", "json"])
def test_of_a_large_stanza_the_first_problem_is_told(style: str) -> None:
    """The schema engine that lists all of them takes too long for it."""
    received = f"<received xmlns='{R}'/>"
    stanza = f"<message xmlns='jabber:client'>{received * 6_000}</message>"
    result = run("--format", style, "-", octets=stanza.encode())
    assert "only its first problem is listed" in result.stdout


@pytest.mark.parametrize(
    ("content", "lenient", "strict"),
    [
        ("<received xmlns='urn:xmpp:receipts'/>", 1, 1),  # MUST: an id
        ("<received xmlns='urn:xmpp:receipts' id='b'/><body>x</body>", 1, 1),  # SHOULD
        ("<request xmlns='urn:xmpp:receipts'> </request>", 1, 1),  # stated: the schema
        ("<received xmlns='urn:xmpp:receipts' id=''/>", 0, 1),  # decision D3
        ("<received xmlns='urn:xmpp:receipts' id='a'/>", 0, 1),  # note: echoed id
        ("<request xmlns='urn:o'/>", 0, 1),  # note: another protocol
    ],
)
def test_the_check_fails_for_what_a_source_demands(
    content: str, lenient: int, strict: int
) -> None:
    """Decisions of this library and notes count only if asked for."""
    octets = f"<message xmlns='jabber:client' id='a'>{content}</message>".encode()
    assert (
        run("-", octets=octets).exit_code,
        run("--level=note", "-", octets=octets).exit_code,
    ) == (lenient, strict)


def test_a_stanza_beyond_the_limits_fails_the_check() -> None:
    """That it is too large is a decision, but nobody has checked it."""
    deep = "<a>" * 100 + "</a>" * 100
    octets = f"{CLEAN}<message xmlns='jabber:client'>{deep}</message>".encode()
    result = run("--format=json", "-", octets=octets)
    (finding,) = lines(result)[1]["findings"]
    assert (finding["level"], result.exit_code) == ("decision", 1)


def test_a_broken_place_may_be_left_out() -> None:
    """If only other findings are selected; the summary counts it all the same."""
    octets = b"<message id='1'></iq>\n" + CLEAN.encode()
    result = run("--select=missing-id", "--format=json", "-", octets=octets)
    *told, summary = lines(result)
    assert [it["kind"] for it in told] == ["request"]
    assert summary["summary"]["kinds"] == {"broken": 1, "request": 1}


def test_no_pyproject_sets_no_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither the folder nor one above has the file."""
    monkeypatch.chdir(tmp_path)
    assert run("-", octets=CLEAN.encode()).exit_code == 0

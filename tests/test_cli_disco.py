"""The commands ``xep0184 disco`` and ``xep0184 caps``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from xep0184 import disco
from xep0184.cli import command
from xep0184.recordings import Place, advertising

EXAMPLES = Path(__file__).parent.parent / "examples"
DESK = str(EXAMPLES / "desk-received.xml")
PHONE = str(EXAMPLES / "phone-received.xml")

INFO = "http://jabber.org/protocol/disco#info"
CAPS = "http://jabber.org/protocol/caps"
VER = "4dEbfnwbFywRnYhM2Bffp+wwDOE="  # K1
DIGEST = "UkwzKMQy0N4pLCLS0q1KX70s4rmWpN8oTEg/GkxAztY="
QUERY = (
    f"<query xmlns='{INFO}'><identity category='client' type='pc'/>"
    f"<feature var='{CAPS}'/><feature var='{INFO}'/>"
    "<feature var='urn:xmpp:receipts'/></query>"
)

NO_NODE = "the answer has no node, so it answers no query for this hash"
ILL_FORMED = "no hash, or two by one function"
NODED = QUERY.replace("<query", "<query node='n#x'")  # an answer to a query for a hash


def iq(content: str, from_: str = "a@b/c", type_: str = "result") -> str:
    """Write an answer."""
    return (
        f"<iq xmlns='jabber:client' type='{type_}' from='{from_}' to='d@e/f' id='1'>"
        f"{content}</iq>\n"
    )


def presence(ver: str, from_: str = "a@b/c", hash_: str = "hash='sha-1'") -> str:
    """Write a presence that advertises."""
    return (
        f"<presence xmlns='jabber:client' from='{from_}'>"
        f"<c xmlns='{CAPS}' {hash_} node='n' ver='{ver}'/></presence>\n"
    )


def hash_set(value: str) -> str:
    """Write a presence that advertises by XEP-0390."""
    return (
        "<presence xmlns='jabber:client' from='a@b/c'><c xmlns='urn:xmpp:caps'>"
        f"<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>{value}</hash>"
        "</c></presence>\n"
    )


def run(name: str, *arguments: str, text: str | None = None) -> Result:
    """Run a command in this process; `text` is its standard input."""
    given = arguments if text is None else (*arguments, "-")
    return CliRunner().invoke(command, [name, *given], input=text and text.encode())


def objects(result: Result) -> list[Any]:
    """Read the JSON objects a run has printed."""
    return [json.loads(line) for line in result.stdout.splitlines()]


# disco


def test_recorded_answers() -> None:
    """The support of each entity in the recording, as found by hand."""
    result = run("disco", "--format=json", DESK)
    *entries, last = objects(result)
    assert [
        (it["from"], it["kind"], [each["code"] for each in it["findings"]])
        for it in entries
    ] == [
        ("erin@localhost/finch", "no", []),
        ("carol@localhost/mcab", "yes", []),
        ("bob@localhost/profanity.3gkN", "yes", []),
        ("localhost", "no", []),
        ("alice@localhost", "no", ["no-disco-feature"]),
    ]
    assert last == {
        "summary": {
            "support": {"no": 3, "yes": 2},
            "findings": {"no-disco-feature": 1},
            "inputs": {DESK: "stream"},
            "doubtful": 0,
            "unreadable": 0,
            "exit_code": 1,
        },
        "version": 1,
    }
    assert result.exit_code == 1


def test_recorded_answers_as_text() -> None:
    """Each answer has one line, followed by its oddities with their source."""
    result = run("disco", DESK)
    lines = result.stdout.splitlines()
    assert len(lines) == 9
    assert lines[1].split(": ", 1)[1] == (
        "#32 received yes 'mcabber 1.1.2' from 'carol@localhost/mcab'"
        " to 'alice@localhost/desk'"
    )
    assert lines[5].startswith("    stated no-disco-feature: The feature disco#info")
    assert lines[5].endswith(" must list (XEP-0030 §3.1)")
    assert lines[6:] == ["", "support: 3 no, 2 yes", "findings: 1 no-disco-feature"]
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        (iq(QUERY), "-:1:1: #1 yes from 'a@b/c' to 'd@e/f'", 0),
        (QUERY, "-:1:1: #1 yes", 0),
        (
            iq(QUERY.replace("urn:xmpp:receipts", "x")),
            "-:1:1: #1 no from 'a@b/c' to 'd@e/f'",
            1,
        ),
        (
            iq(
                f"<query xmlns='{INFO}'/><error type='cancel'><item-not-found"
                " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
                type_="error",
            ),
            "-:1:1: #1 unknown error 'item-not-found' from 'a@b/c' to 'd@e/f'",
            1,
        ),
        (
            iq(QUERY, type_="error"),
            "-:1:1: #1 unknown from 'a@b/c' to 'd@e/f'",
            1,
        ),
        (
            iq(QUERY.replace("type='pc'", "type='pc' name='&#x9b;x'")),
            r"-:1:1: #1 yes '\x9bx' from 'a@b/c' to 'd@e/f'",
            0,
        ),
    ],
)
def test_one_answer(text: str, line: str, code: int) -> None:
    """A single answer is read as well; control characters are escaped."""
    result = run("disco", text=text)
    supported = line.split()[2]
    expected = f"{line}\n\nsupport: 1 {supported}\n"
    assert (result.stdout, result.exit_code) == (expected, code)


def test_oddities_are_findings() -> None:
    """Example 2 of XEP-0184 lists support, but breaks XEP-0030."""
    text = iq(f"<query xmlns='{INFO}'><feature var='urn:xmpp:receipts'/></query>")
    result = run("disco", text=text)
    first, *rest = result.stdout.splitlines()
    assert first == "-:1:1: #1 yes from 'a@b/c' to 'd@e/f'"
    assert [line.split(":")[0].strip() for line in rest[:2]] == [
        "stated no-identity",
        "stated no-disco-feature",
    ]
    assert result.exit_code == 1


@pytest.mark.parametrize(
    "text",
    [
        "<message xmlns='jabber:client'/>",
        iq(QUERY, type_="get"),
        iq("<query xmlns='jabber:iq:version'/>"),
        iq(QUERY).replace("jabber:client", "urn:example"),
        iq(QUERY).replace("iq", "message"),
    ],
)
@pytest.mark.parametrize("name", ["disco", "caps"])
def test_no_answer_is_no_yes(name: str, text: str) -> None:
    """A file without answers is a finding."""
    result = run(name, text=text)
    assert (result.stdout, result.exit_code) == ("", 1)
    assert "no disco#info answer" in result.stderr


@pytest.mark.parametrize("name", ["disco", "caps"])
@pytest.mark.parametrize("style", ["text", "json"])
def test_broken_stanzas_are_told(name: str, style: str) -> None:
    """A broken stanza changes the exit code; the others are read."""
    text = iq(QUERY) + "<iq><!-- \x9b --></iq>\n" + iq(QUERY)
    result = run(name, "--format", style, text=text)
    assert result.exit_code == 1
    assert "restricted-xml" in result.stdout
    assert "\x9b" not in result.stdout
    if style == "json":
        numbers = [it.get("number") for it in objects(result)]
        assert numbers == [1, 2, 3, None]
        assert objects(result)[-1]["summary"]["findings"] == {"restricted-xml": 1}


@pytest.mark.parametrize("name", ["disco", "caps"])
@pytest.mark.parametrize("style", ["text", "json"])
def test_unreadable_files(name: str, style: str, tmp_path: Path) -> None:
    """Unreadable files have their own exit code; the others are read."""
    answer = tmp_path / "answer.xml"
    answer.write_text(iq(QUERY))
    noise = tmp_path / "noise.bin"
    noise.write_bytes(b"\x00\x9b noise")
    missing = tmp_path / "missing.xml"
    arguments = ("--format", style, str(noise), str(answer), str(missing))
    result = run(name, *arguments)
    assert result.exit_code == 3
    assert result.stderr.count("cannot be read") == 2
    assert "a@b/c" in result.stdout


@pytest.mark.parametrize("name", ["disco", "caps"])
@pytest.mark.parametrize("arguments", [(), ("--format=xml", DESK), ("--nonsense",)])
def test_wrong_calls(name: str, arguments: tuple[str, ...]) -> None:
    """The exit code of a wrong call is 2."""
    assert run(name, *arguments).exit_code == 2


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize(
    ("arguments", "code"), [(("disco", PHONE), 1), (("caps", "--verify", PHONE), 0)]
)
def test_as_a_process(arguments: tuple[str, ...], code: int) -> None:
    """The exit code reaches the shell."""
    process = subprocess.run(
        [sys.executable, "-m", "xep0184", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (process.returncode, process.stderr) == (code, "")
    assert "carol@localhost/mcab" in process.stdout


def test_a_long_file_on_a_terminal_shows_a_bar(tmp_path: Path) -> None:
    """The progress bar is written to standard error only."""
    file = tmp_path / "long.xml"
    file.write_text(iq(QUERY) + " " * 4_000_000)
    runner = CliRunner(env={"FORCE_COLOR": "1"})
    result = runner.invoke(command, ["disco", str(file)])
    assert ("reading" in result.stderr, "reading" in result.stdout) == (True, False)
    assert result.exit_code == 0


# caps


RECORDED = {
    "erin@localhost/finch": "E3dqWktjXWQyzx7OxofOJ5cmX/g=",
    "carol@localhost/mcab": "mnQV9IXP6bj8/wvKJ+4270fD2eo=",
    "bob@localhost/profanity.3gkN": "Sb0R3dtmZsLSf1CuGFGYkmNdm1k=",
    "localhost": "cihktlfeN+6FF1sAK7VQzXg+99s=",
}


@pytest.mark.parametrize(("recording", "others"), [(DESK, 1), (PHONE, 0)])
def test_recorded_hashes_verify(recording: str, others: int) -> None:
    """All advertised hashes are right; the account advertises none."""
    result = run("caps", "--verify", "--format=json", recording)
    *entries, last = objects(result)
    verified = {
        it["from"]: (it["hashes"][0]["hash"], it["verdicts"][0])
        for it in entries
        if it["verdicts"]
    }
    assert verified == {
        who: (
            ver,
            {
                "xep": "XEP-0115",
                "advertised": [{"algo": "sha-1", "value": ver}],
                "verdict": "ok",
            },
        )
        for who, ver in RECORDED.items()
    }
    assert last["summary"] == {
        "answers": {"hashed": 4 + others},
        "verdicts": {"ok": 4},
        "findings": {},
        "inputs": {recording: "stream"},
        "doubtful": 0,
        "unreadable": 0,
        "exit_code": 0,
    }
    assert result.exit_code == 0


def test_hashes_of_an_answer() -> None:
    """The hashes of K1 by both XEPs."""
    result = run("caps", text=iq(QUERY))
    assert result.stdout.splitlines() == [
        "-:1:1: #1 answer from 'a@b/c'",
        f"    XEP-0115 sha-1: {VER}",
        f"    XEP-0390 sha-256: {DIGEST}",
        "    XEP-0390 sha3-256: VewX3LKyin5W81uteTc7YtuBj3fqSwTb/FH8+bq8VLE=",
        "",
        "answers: 1 hashed",
    ]
    assert result.exit_code == 0


def test_hashes_of_a_query_alone() -> None:
    """A query element alone has no sender."""
    result = run("caps", text=QUERY)
    assert result.stdout.splitlines()[:2] == [
        "-:1:1: #1 answer",
        f"    XEP-0115 sha-1: {VER}",
    ]


def test_the_language_of_the_stream_counts() -> None:
    """An identity inherits it in XEP-0390 only (K1l)."""
    text = (
        "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'"
        f" xmlns='jabber:client' xml:lang='en'>{iq(QUERY)}</stream:stream>"
    )
    hashes = objects(run("caps", "--format=json", text=text))[0]["hashes"]
    assert [it["hash"] for it in hashes[:2]] == [
        VER,
        "SPp2TtvV8VwFqCScfnq/f8wVkLXZTrfJtZQ0QRmSipY=",
    ]


def test_an_answer_without_a_hash() -> None:
    """The reason is shown, and it is a finding."""
    twice = QUERY.replace("</query>", f"<feature var='{INFO}'/></query>")
    result = run("caps", text=iq(twice))
    assert "stated no-hash: sha-1: duplicate: feature" in result.stdout
    assert "no-hash: sha-256" not in result.stdout
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("text", "verdicts", "code"),
    [
        (presence(VER) + iq(QUERY), ["ok"], 0),
        (iq(QUERY) + presence(VER), ["ok"], 0),
        (presence("x") + presence(VER) + iq(QUERY), ["ok"], 0),
        (presence(VER) + iq(QUERY) + presence("x"), ["ok"], 0),
        (presence(VER, "A@B/c") + iq(QUERY), ["ok"], 0),
        (presence(VER) + presence("x", "e@b/c") + iq(QUERY), ["ok"], 0),
        (presence("x") + iq(NODED), ["mismatch"], 1),
        (presence(VER) + presence("x") + iq(NODED), ["mismatch"], 1),
        (presence(VER) + iq(NODED), ["ok"], 0),
        (presence("x") + iq(QUERY), ["no-node"], 1),
        (presence("x") + iq(QUERY.replace("<query", "<query node=''")), ["no-node"], 1),
        (
            presence(VER) + iq(QUERY) + presence("x", "r@b") + iq(QUERY, "r@b"),
            ["ok", "no-node"],
            0,
        ),
        (
            presence("x") + iq(NODED) + presence("x", "r@b") + iq(QUERY, "r@b"),
            ["mismatch", "no-node"],
            1,
        ),
        (presence("1.0", hash_="") + iq(QUERY), ["legacy"], 1),
        (presence(VER, hash_="hash='SHA-1'") + iq(QUERY), ["unknown-hash"], 1),
        (hash_set(DIGEST) + iq(QUERY), ["ok"], 0),
        (hash_set("AAAA") + iq(QUERY), ["unknown-hash"], 1),
        (
            hash_set(DIGEST).replace("<c ", f"<c xmlns='{CAPS}'/><c ", 1) + iq(QUERY),
            ["legacy", "ok"],
            1,
        ),
        (presence(VER, "e@b/c") + iq(QUERY), [], 1),
        (presence(VER) + QUERY, [], 1),
        (
            "<presence xmlns='jabber:client' from='a@b/c'/>" + iq(QUERY),
            [],
            1,
        ),
        (
            presence(VER).replace("<presence", "<presence type='unavailable'")
            + iq(QUERY),
            [],
            1,
        ),
        (
            presence(VER) + iq(f"<query xmlns='{INFO}'/>", type_="error"),
            [],
            1,
        ),
    ],
)
def test_verifying(text: str, verdicts: list[str], code: int) -> None:
    """An answer is compared with the last advertisement before, or the first after."""
    result = run("caps", "--verify", "--format=json", text=text)
    *entries, _ = objects(result)
    found = [it["verdict"] for entry in entries for it in entry["verdicts"]]
    assert (found, result.exit_code) == (verdicts, code)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (presence(VER) + iq(QUERY), f"ok: XEP-0115 advertised 'sha-1' '{VER}'"),
        (
            presence("x") + iq(NODED),
            "stated mismatch: XEP-0115 advertised 'sha-1' 'x' (XEP-0115)",
        ),
        (
            presence("x") + iq(QUERY),
            f"no-node: XEP-0115 advertised 'sha-1' 'x'; {NO_NODE}",
        ),
        (
            hash_set("&#x9b;") + iq(QUERY),
            r"stated unknown-hash: XEP-0390 advertised 'sha-256' '\x9b' (XEP-0390)",
        ),
        (
            hash_set("").replace("<hash", "<x").replace("</hash", "</x") + iq(QUERY),
            f"stated ill-formed: XEP-0390 advertised {ILL_FORMED} (XEP-0390)",
        ),
    ],
)
def test_verdicts_as_text(text: str, line: str) -> None:
    """The advertisement is quoted after the verdict."""
    result = run("caps", "--verify", text=text)
    assert f"    {line}" in result.stdout.splitlines()


def test_nothing_to_verify_against() -> None:
    """A message says that nothing could be verified."""
    result = run("caps", "--verify", text=iq(QUERY))
    assert result.exit_code == 1
    assert "nobody advertises" in result.stderr


def test_files_are_verified_apart() -> None:
    """Advertisements of one recording are not used for another."""
    assert run("caps", "--verify", DESK, PHONE).exit_code == 0
    alone = run("caps", "--verify", "--format=json", PHONE, text=iq(QUERY))
    assert objects(alone)[-2]["verdicts"] == []


# What a recording of any length may hold


def named(names: list[str], value: str = "AAAA") -> str:
    """Write a presence that advertises a hash of each name by XEP-0390."""
    hashes = "".join(
        f"<hash xmlns='urn:xmpp:hashes:2' algo='{name}'>{value}</hash>"
        for name in names
    )
    return (
        "<presence xmlns='jabber:client' from='a@b/c'><c xmlns='urn:xmpp:caps'>"
        f"{hashes}</c></presence>\n"
    )


def verdicts(text: str) -> list[tuple[int, list[str]]]:
    """Return the number of each answer, and its verdicts."""
    *entries, _ = objects(run("caps", "--verify", "--format=json", text=text))
    return [
        (it["number"], [each["verdict"] for each in it["verdicts"]]) for it in entries
    ]


def test_answers_keep_their_order_whichever_can_be_judged_first() -> None:
    """Answers are shown in their order, although some can be verified earlier."""
    text = (
        presence(VER, "k@b/c")
        + iq(NODED)
        + iq(QUERY, "k@b/c")
        + QUERY
        + presence("x")
        + iq(NODED)
    )
    assert verdicts(text) == [
        (2, ["mismatch"]), (3, ["ok"]), (4, []), (6, ["mismatch"]),
    ]  # fmt: skip


def test_what_waits_beyond_all_room_is_judged_without_an_advertisement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The memory for answers that wait for an advertisement is bounded."""
    text = iq(QUERY) + iq(QUERY, "k@b/c") + iq(QUERY) + presence(VER)
    assert verdicts(text) == [(1, ["ok"]), (2, []), (3, ["ok"])]
    # One answer takes some 330 characters: two have room, the third has none.
    monkeypatch.setattr(advertising, "_ROOM", 800)
    assert verdicts(text) == [(1, []), (2, []), (3, ["ok"])]
    result = run("caps", "--verify", "--format", "json", text=text)
    assert objects(result)[-1]["summary"]["answers"]["forgotten"] == 1


def test_of_too_many_that_wait_the_first_is_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Their number is bounded as well."""
    monkeypatch.setattr(advertising, "_MOST", 2)
    text = iq(QUERY) + iq(QUERY, "k@b/c") + iq(QUERY, "l@b/c")
    text += presence(VER) + presence(VER, "k@b/c")
    assert verdicts(text) == [(1, []), (2, ["ok"]), (3, [])]


def test_no_more_answers_wait_than_there_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of more are given back at once; two are no more than two."""
    monkeypatch.setattr(advertising, "_MOST", 2)
    found = advertising.Advertising()
    for number in range(5):
        answer = disco.Answer(from_=f"a@b/{number}", type="result", info=disco.Info())
        found.hold(Place(file="-", line=1, column=1, number=number), answer)
    assert [it.place.number for it in found.ready()] == [0, 1, 2]
    assert found.forgotten == 3


def test_of_too_many_who_advertise_the_oldest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The memory for advertisements is bounded; then an answer has no verdict."""
    senders = [f"a@b/{number}" for number in range(20)]
    text = "".join(presence(VER, sender) for sender in senders)
    text += "".join(iq(QUERY, sender) for sender in senders)
    assert [found for _, found in verdicts(text)] == [["ok"]] * 20
    monkeypatch.setattr(advertising, "_MOST", 12)
    found = [found for _, found in verdicts(text)]
    assert found == [[]] * 8 + [["ok"]] * 12
    # Eight advertisements; their answers wait until there is no room, or to the end.
    result = run("caps", "--verify", text=text)
    assert result.stderr == "xep0184: 16 forgotten because there was no room\n"


def test_one_who_advertises_again_takes_no_more_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only the last advertisement of a sender is kept."""
    monkeypatch.setattr(advertising, "_MOST", 2)
    text = presence(VER, "k@b/c") + presence(VER) * 50
    assert verdicts(text + iq(QUERY, "k@b/c")) == [(52, ["ok"])]


@pytest.mark.parametrize("order", [(0, 2, 1), (2, 0, 1), (2, 1, 0)])
def test_the_stream_features_are_those_of_the_server(order: tuple[int, ...]) -> None:
    """It is the domain of the addressee of what is received."""
    caps = f"<c xmlns='{CAPS}' hash='sha-1' node='n' ver='{VER}'/>"
    pieces = (
        f"<stream:features>{caps}</stream:features>",
        iq(QUERY, "e").replace(" to='d@e/f'", ""),
        "<presence xmlns='jabber:client' from='k@b/c' to='d@e/f'/>",
    )
    stream = "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>"
    text = stream + "".join(pieces[index] for index in order)
    assert [found for _, found in verdicts(text)] == [["ok"]]


@pytest.mark.parametrize(
    ("caps", "verdict"),
    [
        (f"hash='sha-1' node='n' ver='{'x' * 9_000}'", "mismatch"),
        (f"hash='{'x' * 9_000}' node='n' ver='{VER}'", "unknown-hash"),
        (f"hash='sha-1' node='{'x' * 9_000}' ver='{VER}'", "ok"),
        (f"hash='sha-1' node='' ver='{VER}'", "ill-formed"),
        (f"node='n' ver='{'x' * 9_000}'", "legacy"),
    ],
)
def test_what_is_too_long_to_match_does_not_wait_with_the_answers(
    caps: str, verdict: str
) -> None:
    """A shortened advertisement has the verdict of the full one."""
    presence_ = f"<presence from='a@b/c'><c xmlns='{CAPS}' {caps}/></presence>"
    assert verdicts(presence_ + iq(NODED)) == [(2, [verdict])]
    (held,) = _held(iq(NODED), presence_)
    assert len(repr(held.advertised)) < 1_000


def test_the_presence_of_the_client_is_no_feature_of_its_server() -> None:
    """It has no `from`; nor does what was sent tell which server is the own one."""
    own = f"<presence><c xmlns='{CAPS}' hash='sha-1' node='n' ver='wrong'/></presence>"
    answer = iq(QUERY, "e").replace(" to='d@e/f'", "")
    assert verdicts(f"<message from='k@b/c' to='d@e/f'/>{own}{answer}") == [(3, [])]
    sent = f"SENT: <message to='k@e/x'/>\nRECV: {answer}\n"
    features = f"RECV: <stream:features xmlns:stream='http://etherx.jabber.org/streams'><c xmlns='{CAPS}' hash='sha-1' node='n' ver='wrong'/></stream:features>\n"  # noqa: E501
    assert [it for _, it in verdicts(features + sent)] == [[]]


def test_an_answer_of_nobody_is_not_the_servers() -> None:
    """An answer without sender is not compared with the stream features."""
    features = f"<stream:features><c xmlns='{CAPS}' hash='sha-1' node='n' ver='{VER}'/>"
    stream = "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>"
    addressed = "<presence xmlns='jabber:client' to='d@e/f'/>"
    text = f"{stream}{features}</stream:features>{addressed}{QUERY}"
    assert [found for _, found in verdicts(text)] == [[]]


def test_an_answer_of_nobody_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be advertised for it, so nothing is forgotten."""
    monkeypatch.setattr(advertising, "_MOST", 2)
    result = run("caps", "--verify", text=QUERY * 5)
    assert result.stderr == "xep0184: nobody advertises what is answered\n"


ALGORITHMS = [f"a{number}" for number in range(200)]


@pytest.mark.parametrize(
    ("text", "verdict", "told"),
    [
        (named(ALGORITHMS), "unknown-hash", ["a0"]),
        (named([*ALGORITHMS, "a199"]), "ill-formed", []),
        (named([*ALGORITHMS, "sha-256"], DIGEST), "ok", ["sha-256"]),
        (named([*ALGORITHMS, "sha-256"], VER), "unknown-hash", ["a0"]),
        (
            named([*ALGORITHMS, "sha-256"], DIGEST.replace("U", "V", 1)),
            "mismatch",
            ["sha-256"],
        ),
        (
            named([*ALGORITHMS, "sha-256", "sha3-256"], DIGEST),
            "mismatch",
            ["sha-256", "sha3-256"],
        ),
    ],
)
def test_of_what_is_advertised_the_hashes_that_can_be_checked_are_told(
    text: str, verdict: str, told: list[str]
) -> None:
    """The advertisement is repeated with each answer, so the others are left out."""
    result = run("caps", "--verify", "--format=json", text=text + iq(NODED))
    (judged,) = objects(result)[0]["verdicts"]
    assert judged["verdict"] == verdict
    assert [each["algo"] for each in judged["advertised"]] == told


def test_a_version_without_end_is_told_as_far_as_a_hash_goes() -> None:
    """A long version is shortened, and the verdict is that of the full one."""
    text = presence("A" * 200_000) + iq(NODED) * 3
    result = run("caps", "--verify", "--format=json", text=text)
    told = [entry["verdicts"] for entry in objects(result)[:-1]]
    value = "A" * 128 + "…"
    assert (
        told
        == [
            [
                {
                    "xep": "XEP-0115",
                    "advertised": [{"algo": "sha-1", "value": value}],
                    "verdict": "mismatch",
                }
            ]
        ]
        * 3
    )


def test_names_that_no_hash_covers_are_not_held() -> None:
    """One foreign name is kept of many, which may take 32 MB."""
    foreign = f"<p:x xmlns:p='urn:{'x' * 4_000}'/>" * 2
    query = QUERY.replace("</query>", f"{foreign}</query>")
    (held,) = _held(iq(query))
    assert held.answer.info is not None
    assert len(held.answer.info.extensions) == 1
    result = run("caps", "--verify", text=presence(VER) + iq(query))
    assert "no-hash: sha-256: foreign" in result.stdout
    assert f"XEP-0115 sha-1: {VER}" in result.stdout


def _held(text: str, *before: str) -> list[advertising.Held]:
    recording = advertising.Advertising()
    for stanza in before:
        recording.note(ET.fromstring(stanza))  # noqa: S314
    answer = disco.parse(text)
    recording.hold(Place(file="-", line=1, column=1, number=1), answer)
    return [*recording.rest()]


def test_what_is_recovered_is_left_out() -> None:
    """It may be the text of a broken stanza."""
    answer = (
        "<iq xmlns='jabber:client' type='result' id='1' from='a@b/c'>"
        "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
    )
    whole = run("disco", text=f"{answer}\n")
    broken = run("disco", text=f"{answer}<iq><x></iq>{answer}\n")
    assert whole.stdout.count("a@b/c") == broken.stdout.count("a@b/c") > 0

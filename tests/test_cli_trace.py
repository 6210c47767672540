"""``xep0184 trace``, run as people run it."""

from __future__ import annotations

import json
import os
import pty
import random
import re
import subprocess
import sys
from collections import Counter, defaultdict
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from rich.progress import Progress

from xep0184 import jid
from xep0184.cli import command
from xep0184.cli import files as cli_files
from xep0184.cli.files import Reader
from xep0184.envelope import OpenQuery
from xep0184.recordings import Framing, Source, origins, queries, read
from xep0184.recordings.conversation import Conversation
from xep0184.recordings.queries import Queries
from xep0184.recordings.traced import TracedMessage

if TYPE_CHECKING:
    from collections.abc import Callable

    Trace: TypeAlias = Callable[..., Result]

EXAMPLES = Path(__file__).parent.parent / "examples"
DESK = (str(EXAMPLES / "desk-sent.xml"), str(EXAMPLES / "desk-received.xml"))
MCABBER = "carol@localhost/mcab"
PROFANITY = "bob@localhost/profanity.3gkN"
PHONE = "alice@localhost/phone"

# Read off the two recordings before the command was ever run. Number, id, who
# confirmed it (None: nobody), how many copies the archive gave again, and how many
# seconds after. The archive's page holds the messages 1 to 12 and their eight
# receipts, all stamped with the second of the message.
TRACKED: list[tuple[int, str, str | None, int, float | None]] = [
    (11, "pros-bare-1", PROFANITY, 1, 0.0),
    (12, "pros-normal-2", PROFANITY, 1, 0.0),
    (13, "pros-bare-3", MCABBER, 1, 0.0),
    (14, "pros-normal-4", MCABBER, 1, 0.0),
    (15, "pros-bare-5", None, 0, None),
    (16, "pros-normal-6", None, 0, None),
    (17, "pros-bare-7", PROFANITY, 1, 0.0),
    (18, "pros-normal-8", PROFANITY, 1, 0.0),
    (19, "pros-bare-9", MCABBER, 1, 0.0),
    (20, "pros-normal-10", MCABBER, 1, 0.0),
    (21, "pros-bare-11", None, 0, None),
    (22, "pros-normal-12", None, 0, None),
    (24, ' pros full "14" 👩\u200d🚀', MCABBER, 0, None),
    (26, "pros-head-16", MCABBER, 0, None),
    (28, ' pros full "18" 👩\u200d🚀', PROFANITY, 0, None),
    (30, "pros-head-20", None, 0, None),  # Profanity answers no headline
    (32, ' pros full "22" 👩\u200d🚀', None, 0, None),
    (34, "pros-head-24", None, 0, None),
    (36, "pros-self", PHONE, 0, None),
    (39, "pros-muc", None, 0, None),  # only its reflection came back
]
UNTRACKED = [25, 29, 33]  # asked without an id
BOUNCED = (35, "pros-nobody", "nobody@localhost", "service-unavailable")

ME = "n@shakespeare.lit/desk"
ASKED = (
    "<message xmlns='jabber:client' to='k@royalty.lit' id='m1' type='chat'>"
    "<body>hi</body><request xmlns='urn:xmpp:receipts'/></message>"
)
ACK = "<received xmlns='urn:xmpp:receipts' id='m1'/>"
FORWARDED = (
    "<forwarded xmlns='urn:xmpp:forward:0'>"
    f"<message xmlns='jabber:client' from='k@royalty.lit/x'>{ACK}</message></forwarded>"
)
CARBON = f"<received xmlns='urn:xmpp:carbons:2'>{FORWARDED}</received>"
CARBON_SENT = f"<sent xmlns='urn:xmpp:carbons:2'>{FORWARDED}</sent>"
QUERY = (
    "<iq xmlns='jabber:client' id='i1' type='set'><query xmlns='urn:xmpp:mam:2'/></iq>"
)
FIN = (
    "<iq xmlns='jabber:client' id='i1' type='result'{}>"
    "<fin xmlns='urn:xmpp:mam:2'/></iq>"
)
STAMP = "2026-11-22T15:28:49Z"
BOUND = (
    "<iq xmlns='jabber:client' type='result' id='b'>"
    f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{ME}</jid></bind></iq>"
)


def run(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(command, ["trace", *arguments], catch_exceptions=False)


def rows(result: Result, *kinds: str) -> list[Any]:
    """Return the lines of some kinds."""
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    return [line for line in lines if line.get("kind") in kinds]


def asked_in(result: Result) -> list[Any]:
    """Return the messages that asked."""
    return rows(result, "delivered", "unconfirmed", "bounced", "untracked")


def refused_in(result: Result) -> list[Any]:
    """Return the receipts that were refused."""
    return rows(result, "refused", "forged")


def code_of(row: dict[str, Any]) -> str | None:
    """Return the code of the finding of a line."""
    return next((finding["code"] for finding in row["findings"]), None)


def summary_of(result: Result) -> dict[str, Any]:
    """Return the summary."""
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])["summary"]
    return found


def message(content: str, sender: str | None = None, **attributes: str) -> str:
    """Return a message that came in."""
    given = attributes | ({"from": sender} if sender else {})
    stated = "".join(f" {name}='{value}'" for name, value in given.items())
    return f"<message xmlns='jabber:client'{stated}>{content}</message>"


def archived(
    content: str, stamp: str, query: str = "", sender: str | None = None
) -> str:
    """Return a result of the account's archive, or of another one."""
    return message(
        f"<result xmlns='urn:xmpp:mam:2' id='r'{query}><forwarded "
        "xmlns='urn:xmpp:forward:0'>"
        f"<delay xmlns='urn:xmpp:delay' stamp='{stamp}'/>{content}</forwarded>"
        "</result>",
        sender,
    )


@pytest.fixture
def traced(tmp_path: Path) -> Trace:
    """Return a function that traces two lists of stanzas."""

    def trace(sent: list[str], received: list[str], *options: str) -> Result:
        files = (tmp_path / "sent.xml", tmp_path / "received.xml")
        for file, stanzas in zip(files, (sent, received), strict=True):
            file.write_text("\n".join(stanzas), encoding="utf-8")
        return run(*map(str, files), "--format", "json", *options)

    return trace


def became(row: dict[str, Any]) -> tuple[object, ...]:
    """Return what the table of the expected says of a message."""
    assert len(row["confirmed_by"]) <= 1
    by = (row["confirmed_by"] or [{"sender": None, "copies": 0, "after": None}])[0]
    return row["number"], row["id"], by["sender"], by["copies"], by["after"]


def test_the_desk_is_traced_as_it_was_read() -> None:
    """Every message, who confirmed it, the bounce, and the one receipt refused."""
    result = run(*DESK, "--format", "json")
    asked = asked_in(result)
    tracked = [row for row in asked if row["kind"] in {"delivered", "unconfirmed"}]
    assert result.exit_code == 0
    assert len(asked) == 24
    assert [became(row) for row in tracked] == TRACKED
    assert [
        row["number"]
        for row in asked
        if (row["kind"], code_of(row)) == ("untracked", "no-id")
    ] == UNTRACKED
    assert [
        (row["number"], row["id"], row["to"], row["condition"])
        for row in asked
        if row["kind"] == "bounced"
    ] == [BOUNCED]
    # mcabber answered the message without id with a receipt without id.
    assert [
        (row["kind"], row["number"], row["id"], row["from"], code_of(row))
        for row in refused_in(result)
    ] == [("refused", 34, None, MCABBER, "no-id")]


def test_every_message_that_is_not_confirmed_has_a_reason() -> None:
    """Erin's client lists no receipts, Profanity answers no headline."""
    rows_ = asked_in(run(*DESK, "--format", "json"))
    assert {
        (row["kind"], row["side"], code_of(row), row["findings"][0]["section"])
        for row in rows_
        if row["kind"] != "delivered"
    } == {
        ("unconfirmed", "peer", "unsupported", "XEP-0184 §5.2"),
        ("unconfirmed", "peer", "silent", "XEP-0184 §7, §8"),
        ("unconfirmed", "client", "groupchat", "XEP-0184 §5.3"),
        ("untracked", "client", "no-id", "XEP-0184 §7"),
        ("bounced", "peer", "bounced", "RFC 6120 §8.3.1"),
    }
    assert [row["number"] for row in rows_ if code_of(row) == "silent"] == [30]
    assert not any(row["findings"] for row in rows_ if row["kind"] == "delivered")


def test_the_desk_is_summed_up() -> None:
    """21 of 24 can be tracked; 12 are delivered, the archive repeats 8 of those."""
    summary = summary_of(run(*DESK, "--format", "json"))
    expected: dict[str, object] = {
        "asked": {"delivered": 12, "unconfirmed": 8, "bounced": 1, "untracked": 3},
        "receipts": {"delivered": 12, "bounced": 1, "ignored": 1, "duplicate": 8},
        "refused": {"no-id": 1},
        "doubtful": 0,
        "unreadable": 0,
        "exit_code": 0,
    }
    assert {name: summary[name] for name in expected} == expected


def test_people_get_lines() -> None:
    """What became of a message, by whom, how long after, or whose part it is."""
    result = run(*DESK)
    lines = result.stdout.splitlines()
    at = next(at for at, line in enumerate(lines) if "'pros-normal-4'" in line)
    place = f"{DESK[0]}:1:1436: #14"
    assert lines[at : at + 2] == [
        f"{place} delivered 'pros-normal-4' to 'carol@localhost'",
        f"    by '{MCABBER}', after 0 s, 1 more",
    ]
    at = next(at for at, line in enumerate(lines) if "'pros-nobody'" in line)
    assert lines[at].endswith("'service-unavailable' to 'nobody@localhost'")
    assert lines[at + 1] == (
        "    note bounced: The message came back as an error from the peer or its"
        " server. (RFC 6120 §8.3.1)"
    )
    summary = lines[lines.index("") + 1 :]
    assert summary[:3] == [
        "asked: 12 delivered, 8 unconfirmed, 3 untracked, 1 bounced",
        "client: 3 no-id (XEP-0184 §7), 1 groupchat (XEP-0184 §5.3)",
        (
            "peer: 6 unsupported (XEP-0184 §5.2), 1 silent (XEP-0184 §7, §8),"
            " 1 bounced (RFC 6120 §8.3.1)"
        ),
    ]
    assert f"{DESK[1]}: received by alice@localhost/desk, as the server says" in (
        result.stderr
    )


def test_the_phone_asked_for_nothing() -> None:
    """It recorded copies of what the desk sent, and no receipt."""
    files = [str(EXAMPLES / f"phone-{name}.xml") for name in ("sent", "received")]
    result = run(*files)
    assert result.exit_code == 0
    assert "nothing was asked" in result.stderr
    assert summary_of(run(*files, "--format", "json"))["elsewhere"] == {
        "unconfirmed": 17,
        "untracked": 3,
    }
    assert "refused" not in result.stdout


@pytest.mark.parametrize(
    ("received", "why", "code"),
    [
        (message(ACK, "eve@evil.lit/x"), "wrong-sender", 1),
        (message(ACK, "n@shakespeare.lit/phone"), "self", 1),
        (message(CARBON, "k@royalty.lit"), "carbon-forged", 1),
        (
            archived(message(ACK, "k@royalty.lit/x"), STAMP, sender="eve@evil.lit"),
            "archived",
            1,
        ),
        (message(ACK.replace("m1", "m2"), "k@royalty.lit/x"), "unknown-id", 0),
        (message(ACK, "k@royalty.lit/x", type="error", id="a1"), "error-type", 0),
        (message(FORWARDED, "k@royalty.lit"), "wrapped", 0),
        (message(CARBON_SENT, "n@shakespeare.lit"), "carbon-sent", 0),
    ],
)
@pytest.mark.parametrize("style", ["text", "json"])
def test_what_is_refused_has_a_reason(
    traced: Trace, received: str, why: str, code: int, style: str
) -> None:
    """Who spoke without having been asked makes the exit code 1."""
    result = traced([ASKED], [received], "--account", ME, "--format", style)
    assert result.exit_code == code
    if style == "json":
        (row,) = refused_in(result)
        assert (code_of(row), row["kind"]) == (why, ("refused", "forged")[code])
        assert [row["kind"] for row in asked_in(result)] == ["unconfirmed"]
    else:
        assert "unconfirmed" in result.stdout
        assert f"refused: 1 {why}" in result.stdout.splitlines()


def test_an_error_for_what_was_delivered_is_refused(traced: Trace) -> None:
    """Nothing beats a receipt."""
    error = message("<error/>", "k@royalty.lit", type="error", id="m1")
    result = traced([ASKED], [message(ACK, "k@royalty.lit/x"), error], "--account", ME)
    assert [row["kind"] for row in asked_in(result)] == ["delivered"]
    assert [code_of(row) for row in refused_in(result)] == ["confirmed"]


def test_a_receipt_after_a_bounce_counts(traced: Trace) -> None:
    """The message is delivered then, and what bounced is forgotten."""
    error = message("<error/>", "k@royalty.lit", type="error", id="m1")
    result = traced(
        [ASKED], [error, error, message(ACK, "k@royalty.lit/x")], "--account", ME
    )
    (asked,) = asked_in(result)
    assert (asked["kind"], code_of(asked)) == ("delivered", None)


@pytest.mark.parametrize(
    ("condition", "code", "side"),
    [
        ("remote-server-not-found", "unreachable", "server"),
        ("remote-server-timeout", "unreachable", "server"),
        ("service-unavailable", "bounced", "peer"),
        ("undefined-condition", "bounced", "peer"),
    ],
)
def test_whose_part_a_bounce_is_depends_on_its_condition(
    traced: Trace, condition: str, code: str, side: str
) -> None:
    """Every error about a message has the address of the peer (RFC 6120 §8.3.1)."""
    inside = f"<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    error = message(f"<error>{inside}</error>", "k@royalty.lit", type="error", id="m1")
    (asked,) = asked_in(traced([ASKED], [error], "--account", ME))
    assert (code_of(asked), asked["side"]) == (code, side)


def test_the_text_of_an_error_is_not_its_condition(traced: Trace) -> None:
    """The condition is the element that is not for people."""
    inside = "".join(
        f"<{name} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
        for name in ("text", "item-not-found")
    )
    error = message(f"<error>{inside}</error>", "k@royalty.lit", type="error", id="m1")
    (asked,) = asked_in(traced([ASKED], [error], "--account", ME))
    assert (asked["kind"], asked["condition"]) == ("bounced", "item-not-found")


def test_every_client_that_confirms_is_listed(traced: Trace) -> None:
    """Two resources, one of them twice, one by way of a carbon."""
    received = [
        message(ACK, "k@royalty.lit/y"),
        message(CARBON, "n@shakespeare.lit"),
        message(ACK, "k@royalty.lit/y"),
    ]
    (asked,) = asked_in(traced([ASKED], received, "--account", ME))
    assert asked["confirmed_by"] == [
        {"sender": "k@royalty.lit/y", "how": "direct", "copies": 1, "after": None},
        {
            "sender": "k@royalty.lit/x",
            "how": "carbon-received",
            "copies": 0,
            "after": None,
        },
    ]


def test_clients_beyond_the_bound_are_not_listed(traced: Trace) -> None:
    """64 are recorded of one message, as the tracker does."""
    received = [message(ACK, f"k@royalty.lit/{number}") for number in range(65)]
    (asked,) = asked_in(traced([ASKED], received, "--account", ME))
    assert len(asked["confirmed_by"]) == 64


COPY = ASKED.replace(" to=", f" from='{ME}' to=")


@pytest.mark.parametrize(
    ("stamps", "after"),
    [
        ((STAMP, "2026-11-22T15:28:50.5Z"), 1.5),
        ((STAMP, "2026-11-22T16:28:50+01:00"), 1.0),
        ((STAMP, "2026-11-22T15:28:50"), None),
        (("yesterday", "2026-11-22T15:28:50Z"), None),
    ],
)
def test_how_long_it_took_is_told_where_both_stamps_exist(
    traced: Trace, stamps: tuple[str, str], after: float | None
) -> None:
    """Of two times one of which has no zone, or is none, nothing can be said."""
    ack = message(ACK, "k@royalty.lit/x")
    received = [archived(COPY, stamps[0]), archived(ack, stamps[1])]
    sent = [ASKED, QUERY]
    (asked,) = asked_in(traced(sent, received, "--account", ME))
    assert [by["after"] for by in asked["confirmed_by"]] == [after]


@pytest.mark.parametrize(
    "other",
    [
        COPY.replace(ME, "k@royalty.lit/x"),
        message(ACK, ME, id="m1", to="k@royalty.lit"),
    ],
    ids=["of-another", "own-receipt"],
)
def test_only_a_copy_of_the_message_itself_dates_it(traced: Trace, other: str) -> None:
    """Neither another message of the same id, nor a receipt of the account itself."""
    ack = message(ACK, "k@royalty.lit/x")
    received = [archived(other, STAMP), archived(ack, STAMP)]
    result = traced([ASKED, QUERY], received, "--account", ME)
    (asked,) = asked_in(result)
    assert [by["after"] for by in asked["confirmed_by"]] == [None]


@pytest.mark.parametrize(
    ("end", "state"),
    [
        ("", "unconfirmed"),
        (" from='n@shakespeare.lit'", "unconfirmed"),
        (" from='eve@evil.lit'", "delivered"),
    ],
)
def test_a_query_is_open_until_its_archive_ends_it(
    traced: Trace, end: str, state: str
) -> None:
    """Results that come afterwards were not asked for; others cannot end it."""
    result = archived(message(ACK, "k@royalty.lit/x"), STAMP)
    sent = [ASKED, QUERY]
    (asked,) = asked_in(traced(sent, [FIN.format(end), result], "--account", ME))
    assert asked["kind"] == state


@pytest.mark.requirements("R158")
def test_an_older_archive_is_an_archive(traced: Trace) -> None:
    """Its query opens its results."""
    older = [
        it.replace("mam:2", "mam:1")
        for it in (QUERY, archived(message(ACK, "k@royalty.lit/x"), STAMP))
    ]
    (asked,) = asked_in(traced([ASKED, older[0]], [older[1]], "--account", ME))
    assert asked["kind"] == "delivered"


def test_an_archive_that_is_no_jid_is_not_asked(traced: Trace) -> None:
    """Nothing is raised, and nothing is open."""
    query = QUERY.replace(" type=", " to='@' type=")
    result = archived(message(ACK, "k@royalty.lit/x"), STAMP)
    traced_result = traced([ASKED, query], [result], "--account", ME)
    assert summary_of(traced_result)["refused"] == {"archived": 1}
    assert summary_of(traced_result)["asked"] == {"unconfirmed": 1}


def test_a_message_sent_again_is_one_message(traced: Trace) -> None:
    """The same id and the same content count twice; another content does not."""
    other = ASKED.replace("hi", "ho")
    result = traced([ASKED, ASKED, other], [], "--account", ME)
    assert result.exit_code == 3  # an empty file is no recording
    result = traced([ASKED, ASKED, other], ["<presence/>"], "--account", ME)
    assert [(row["times"], row["kind"], code_of(row)) for row in asked_in(result)] == [
        (2, "unconfirmed", "not-known"),
        (1, "untracked", "pending"),
    ]


def test_whose_streams_they_are_is_said_by_the_server(traced: Trace) -> None:
    """The bind result names the account; without it --account is demanded."""
    own = message(ACK, "n@shakespeare.lit/phone")
    result = traced([ASKED], [BOUND, own])
    assert [code_of(row) for row in refused_in(result)] == ["self"]
    result = traced([ASKED], [own])
    assert result.exit_code == 2
    assert "give --account" in result.stderr


def test_an_account_is_a_jid(traced: Trace) -> None:
    """Anything else is a wrong call."""
    assert traced([ASKED], ["<presence/>"], "--account", "@").exit_code == 2


@pytest.mark.parametrize("missing", [0, 1])
def test_a_file_that_cannot_be_read_is_told_apart(tmp_path: Path, missing: int) -> None:
    """Exit code 3, and a line on standard error that names it."""
    files = list(DESK)
    files[missing] = str(tmp_path / "missing.xml")
    result = run(*files)
    assert result.exit_code == 3
    assert "missing.xml: cannot be read" in result.stderr


def test_what_cannot_be_read_is_counted(traced: Trace) -> None:
    """A broken stanza costs itself and nothing else."""
    broken = "<message xmlns='jabber:client'><!-- --></message>"
    received = [message(ACK, "k@royalty.lit/x"), broken]
    result = traced([ASKED], received, "--account", ME)
    (place,) = rows(result, "broken")
    assert (Path(place["file"]).stem, place["line"]) == ("received", 2)
    assert summary_of(result)["doubtful"] == 1
    assert summary_of(result)["asked"] == {"delivered": 1}
    text = traced([ASKED], received, "--account", ME, "--format", "text")
    assert text.stdout.splitlines()[-1] == (
        "doubtful: 1 that cannot be read, or not be trusted"
    )
    assert (result.exit_code, text.exit_code) == (1, 1)


def test_a_peers_text_reaches_no_terminal(traced: Trace) -> None:
    """Ids and addresses are quoted, their control characters escaped."""
    hostile = "m1\x9b2J[bold]:smile:"
    asked = ASKED.replace("'m1'", f"'{hostile}'")
    stray = message(ACK.replace("m1", "\u202em2"), "eve@evil.lit/[red]\u202ex")
    result = traced([asked], [stray], "--account", ME, "--format", "text")
    assert r"'m1\x9b2J[bold]:smile:'" in result.stdout
    assert r"'\u202em2'" in result.stdout
    assert r"'eve@evil.lit/[red]\u202ex'" in result.stdout
    assert {"\x9b", "\u202e"}.isdisjoint(result.stdout)


def test_random_octets_are_no_crash(tmp_path: Path) -> None:
    """Whatever the files hold, the exit code is one of the four."""
    random_ = random.Random(184)  # no secret
    original = Path(DESK[1]).read_bytes()
    for number in range(30):
        octets = bytearray(original)
        for _ in range(20):
            octets[random_.randrange(len(octets))] = random_.randrange(256)
        file = tmp_path / f"{number}.xml"
        file.write_bytes(octets)
        result = run(DESK[0], str(file), "--account", "alice@localhost/desk")
        assert result.exit_code in {0, 1, 3}


@pytest.mark.usefixtures("unmeasured")
def test_a_terminal_gets_colours_and_lines_that_fit() -> None:
    """What became of a message is seen at a glance; a pipe gets neither."""
    primary, secondary = pty.openpty()
    env = {**os.environ, "COLUMNS": "80", "TERM": "xterm"}
    env = {name: it for name, it in env.items() if name not in {"NO_COLOR", "CI"}}
    command_ = [sys.executable, "-m", "xep0184", "trace", "--message", "pros-head-20"]
    with subprocess.Popen([*command_, *DESK], stdout=secondary, env=env) as process:
        os.close(secondary)
        printed = b""
        with suppress(OSError):  # a closed pseudo-terminal
            while octets := os.read(primary, 65_536):
                printed += octets
    os.close(primary)
    assert process.returncode == 0
    text = printed.decode()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert plain != text
    assert max(map(len, plain.splitlines())) <= 80
    assert max(map(len, run(*DESK).stdout.splitlines())) > 80


# What a recording of any length may hold


def query(number: int) -> str:
    """Return a query to the account's archive."""
    return (
        f"<iq xmlns='jabber:client' id='i{number}' type='set'>"
        f"<query xmlns='urn:xmpp:mam:2' queryid='q{number}'/></iq>"
    )


@pytest.mark.usefixtures("unmeasured")
def test_no_stanza_is_held_against_every_open_query(
    traced: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2000 results to 2000 queries are 2000 comparisons, not two million."""
    compared = 0
    compare = OpenQuery.__eq__

    def counting(one: OpenQuery, other: object) -> bool:
        nonlocal compared
        compared += 1
        return compare(one, other)

    monkeypatch.setattr(OpenQuery, "__eq__", counting)
    ack = message(ACK, "k@royalty.lit/x")
    results = [archived(ack, STAMP, f" queryid='q{number}'") for number in range(2_000)]
    sent = [ASKED, *map(query, range(2_000))]
    (asked,) = asked_in(traced(sent, results, "--account", ME))
    assert asked["confirmed_by"][0]["copies"] == 1_999
    assert compared < 10_000


@pytest.mark.parametrize("namespace", ["", " xmlns='jabber:component:accept'"])
@pytest.mark.parametrize("prefix", ["", "2026 DEBUG: ", "<packet>"])
def test_stanzas_without_namespace_and_of_components_are_traced(
    traced: Trace, namespace: str, prefix: str
) -> None:
    """In a log of any form."""
    sent, received = (
        prefix + it.replace(" xmlns='jabber:client'", namespace)
        for it in (ASKED, message(ACK, "k@royalty.lit/x"))
    )
    (asked,) = asked_in(traced([sent], [received], "--account", ME))
    assert asked["kind"] == "delivered"


def test_what_is_recovered_in_a_log_confirms_nothing(traced: Trace) -> None:
    """It is counted with what cannot be read."""
    received = ["RECV: <message from='eve@e'><body>cut", message(ACK, "k@royalty.lit")]
    result = traced([ASKED], received, "--account", ME)
    assert [it["kind"] for it in asked_in(result)] == ["unconfirmed"]
    assert summary_of(result)["doubtful"] == 2


ARCHIVE = jid.parse("n@shakespeare.lit")
OTHER_ARCHIVE = jid.parse("kingrichard@royalty.england.lit")


def querying(iq: str, id_: str, version: str = "2") -> ET.Element:
    """Write an iq that queries an archive."""
    asked = ET.Element("iq", id=iq)
    ET.SubElement(asked, f"{{urn:xmpp:mam:{version}}}query", queryid=id_)
    return asked


def test_an_open_query_is_looked_for_without_a_copy_of_all() -> None:
    """What shows them is made once and follows what happens."""
    found = Queries()
    shown = found.open
    found.sent(querying("i1", "q1"), ARCHIVE)
    assert list(shown) == [OpenQuery(ARCHIVE, "q1")]
    found.received(ET.Element("iq", id="i1"), ARCHIVE)
    assert list(shown) == []


def test_a_query_is_open_as_long_as_one_iq_holds_it_open() -> None:
    """Two may carry the same query id, and two the same id of an iq."""
    found, answer = Queries(), ET.Element("iq", id="i2")
    for iq in ("i1", "i2"):
        found.sent(querying(iq, "q1"), ARCHIVE)
    found.received(ET.Element("iq", id="i1"), ARCHIVE)
    assert list(found.open) == [OpenQuery(ARCHIVE, "q1")]
    found.sent(querying("i2", "q2"), ARCHIVE)
    found.sent(querying("i2", "q2"), OTHER_ARCHIVE)
    assert [it.id for it in found.open] == ["q1", "q2", "q2"]
    found.received(answer, ARCHIVE)
    assert [it.id for it in found.open] == ["q2", "q2"]
    for _ in range(2):
        found.received(answer, ARCHIVE)
    assert list(found.open) == [OpenQuery(OTHER_ARCHIVE, "q2")]


def test_a_query_of_an_old_archive_stays_open() -> None:
    """Its results follow the answer."""
    found = Queries()
    for _ in range(2):
        found.sent(querying("i1", "q1", "0"), ARCHIVE)
    found.received(ET.Element("iq", id="i1"), ARCHIVE)
    assert list(found.open) == [OpenQuery(ARCHIVE, "q1")]


def test_of_too_many_queries_the_last_ones_are_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A recording may open one with every stanza, and end none."""
    monkeypatch.setattr(queries, "_MOST", 2)
    found = Queries()
    for number in range(3):
        found.sent(querying(f"i{number}", f"q{number}"), ARCHIVE)
    assert [it.id for it in found.open] == ["q0", "q1"]
    found.received(ET.Element("iq", id="i0"), ARCHIVE)
    found.sent(querying("i3", "q3"), ARCHIVE)
    assert [it.id for it in found.open] == ["q1", "q3"]


@pytest.mark.parametrize(("iq", "followed"), [("i" * 24, 1), ("i" * 25, 0)])
def test_a_query_with_ids_without_end_is_not_followed(iq: str, followed: int) -> None:
    """Both together are 1024 characters at most."""
    found = Queries()
    found.sent(querying(iq, "q" * 1_000), ARCHIVE)
    assert len(found.open) == followed


@pytest.mark.parametrize("options", [("--account", ME), ()])
def test_what_was_sent_is_followed_as_it_is_read(
    traced: Trace, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """No stanza waits in memory for the end of its file."""
    events: list[str] = []
    entries, follow = Reader.entries, Conversation.follow

    def reading(self: Reader, file: str, **keywords: Any) -> Any:  # noqa: ANN401
        for entry in entries(self, file, **keywords):
            events.append(Path(file).stem)
            yield entry

    def following(self: Conversation, *arguments: Any) -> None:  # noqa: ANN401
        events.append("told")
        follow(self, *arguments)

    monkeypatch.setattr(Reader, "entries", reading)
    monkeypatch.setattr(Conversation, "follow", following)
    monkeypatch.setattr(origins, "_HEAD", 2)
    result = traced([ASKED] * 4, [BOUND, message(ACK, "k@royalty.lit/x")], *options)
    assert [row["kind"] for row in asked_in(result)] == ["delivered"]
    # The beginning of each file is looked at, to sort out whose it is.
    heads = ["sent", "sent", "received", "received"]
    assert events == [*heads, *["told"] * 2, *["sent", "told"] * 2, *["told"] * 2]


def test_of_what_was_asked_only_the_outline_is_remembered() -> None:
    """A body may be 256 KiB long, and the names of what else there is 30 MB."""
    follower = Conversation(jid.parse(ME), defaultdict(Counter))
    large = ASKED.replace("hi", "x" * 100_000).replace("<body", "<x xmlns='u:x'/><body")
    source = Source(BytesIO(f"SENT {large}\nSENT {large}".encode()))
    for entry in read(source, Framing.TEXT):
        stanza = entry.evidence
        assert stanza is not None
        follower.follow(entry, stanza.element, entry.direction)
    ((_, asked),) = follower.close()
    assert isinstance(asked, TracedMessage)
    assert len(repr(asked)) < 2_000
    assert asked.times == 2


@pytest.mark.parametrize("inside", ["", "<item/>"])
def test_a_private_message_in_a_room_is_for_one_occupant(
    traced: Trace, inside: str
) -> None:
    """Also where the mark of it says more than that it is one."""
    mark = f"<x xmlns='http://jabber.org/protocol/muc#user'>{inside}</x>"
    asked = ASKED.replace("k@royalty.lit", "r@muc.lit/k").replace(
        "<body", f"{mark}<body"
    )
    result = traced([asked], [message(ACK, "r@muc.lit/eve")], "--account", ME)
    assert [code_of(row) for row in refused_in(result)] == ["wrong-sender"]


def test_what_is_refused_does_not_wait_for_the_end() -> None:
    """It is told when it comes, so that it takes no memory."""
    follower = Conversation(jid.parse(ME), defaultdict(Counter))
    stray = message(ACK, "k@royalty.lit/x")
    for entry in read(Source(BytesIO(f"RECV {stray}".encode())), Framing.TEXT):
        assert entry.evidence is not None
        follower.follow(entry, entry.evidence.element, entry.direction)
    assert [type(it).__name__ for _, it in follower.done()] == ["Refused"]
    assert [*follower.close()] == []


def test_of_a_long_id_that_is_refused_the_beginning_is_told(traced: Trace) -> None:
    """A peer chooses how long it is."""
    stray = message(ACK.replace("m1", "x" * 200_000), "k@royalty.lit/x")
    result = traced([ASKED], [stray], "--account", ME, "--format", "json")
    assert [row["id"] for row in refused_in(result)] == ["x" * 1_024 + "…"]


def test_one_standard_input_is_not_two_files() -> None:
    """Both files are read by turns."""
    result = run("-", "-", "--account", ME)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "only one FILE can be standard input" in result.stderr


@pytest.mark.parametrize(
    ("options", "expected"),
    [(("--account", ME), ["start", "stop"]), ((), ["start", "stop"])],
)
def test_two_long_files_on_a_terminal_show_one_bar_at_a_time(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    expected: list[str],
) -> None:
    """Also where one file is open while the other is read."""
    events: list[str] = []

    class Bar(Progress):
        def start(self) -> None:
            events.append("start")
            super().start()

        def stop(self) -> None:
            events.append("stop")
            super().stop()

    monkeypatch.setattr(cli_files, "Progress", Bar)
    files = (tmp_path / "sent.xml", tmp_path / "received.xml")
    for file, stanza in zip(files, (ASKED, BOUND), strict=True):
        file.write_text(stanza + " " * 4_000_000 + "<presence/>")
    arguments = ["trace", *map(str, files), *options]
    result = CliRunner(env={"FORCE_COLOR": "1"}).invoke(command, arguments)
    assert (result.exit_code, events) == (0, expected)
    assert "tracing" in result.stderr


def test_both_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    """Whether or not it is known whose they are."""
    files = [str(tmp_path / name) for name in ("one.xml", "other.xml")]
    for options in ((), ("--account", ME)):
        result = run(*files, *options)
        assert result.exit_code == 3
        assert result.stderr.count("cannot be read") == 2

"""``xep0184 trace`` with recordings as people have them: mixed, of several accounts."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from click.testing import CliRunner

from xep0184.cli import command
from xep0184.cli.files import Reader
from xep0184.cli.reporter import Collector
from xep0184.cli.style import OutputFormat, Style
from xep0184.cli.tally import Tally
from xep0184.cli.trace import trace_file
from xep0184.recordings import asked, following, origins

if TYPE_CHECKING:
    from collections.abc import Callable

    Trace: TypeAlias = Callable[..., "Told"]

LOGS = Path(__file__).parent / "logs"
STATES = {"delivered", "unconfirmed", "bounced", "untracked"}


class Told:
    """What a run of the command tells in JSON."""

    def __init__(self, *arguments: str) -> None:
        result = CliRunner().invoke(command, ["trace", *arguments, "--format", "json"])
        lines: list[Any] = [json.loads(line) for line in result.stdout.splitlines()]
        self.exit_code, self.stderr = result.exit_code, result.stderr
        self.lines = lines
        self.asked = [it for it in lines if it.get("kind") in STATES]
        self.refused = [it for it in lines if it.get("kind") in {"refused", "forged"}]
        self.events = [it for it in lines if it.get("kind") == "event"]
        self.files = [it["recording"] for it in lines if "recording" in it]
        self.summary: dict[str, Any] = lines[-1]["summary"] if lines else {}

    @property
    def became(self) -> list[tuple[str, str, str | None]]:
        """The messages, as id, state, and who confirmed them."""
        return [
            (it["id"], it["kind"], ",".join(by["sender"] for by in it["confirmed_by"]))
            for it in self.asked
        ]


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    """Return a function that traces lists of lines, a file each."""

    def traced(*files: list[str], options: tuple[str, ...] = ()) -> Told:
        names = [tmp_path / f"{number}.log" for number in range(len(files))]
        for name, lines in zip(names, files, strict=True):
            name.write_text("\n".join(lines), encoding="utf-8")
        return Told(*map(str, names), *options)

    return traced


@pytest.mark.parametrize(
    ("name", "line", "id_", "sender", "after"),
    [
        ("bosh.txt", 1, "m9", "b@example.org/d", None),
        ("bosh_http.txt", 6, "m1", "b@example.org/d", None),
        ("dino.log", 2, "m7", "b@example.org/c", 0.0),
        ("har.json", 1, "m1", "b@example.org/c", None),
        ("jsxc.log", 1, "m1", "b@example.org/d", None),
        ("logxml.xml", 4, "m3", "b@example.org/y", 1.0),
        ("nodexmpp.log", 1, "m1", "b@example.org/d", None),
        ("prosody_sd.log", 1, "m5", "b@example.org/x", 0.0),
        ("psi.txt", 2, "aac1a", "b@example.org/c", None),
        ("slixmpp.log", 3, "c8", "u1@example.com/Conversations.6e", 0.016),
        ("slix_stream.log", 4, "c8", "u1@example.com/C", None),
        ("smack.log", 1, "aa1", "b@example.org/c", 1.0),
        ("wireshark.txt", 1, "m1", "b@example.org/d", None),
    ],
)
def test_one_log_of_both_directions_suffices(
    name: str, line: int, id_: str, sender: str, after: float | None
) -> None:
    """Of any tool; the times are those in front of the stanzas."""
    told = Told(str(LOGS / name))
    (asked,) = told.asked
    assert (asked["line"], asked["id"], asked["kind"]) == (line, id_, "delivered")
    (by,) = asked["confirmed_by"]
    assert (by["sender"], by["after"]) == (sender, after)
    assert (told.exit_code, told.refused) == (0, [])


@pytest.mark.parametrize("name", ["tcpflow.txt", "xmppjs.log", "pidgin.log"])
def test_an_answer_of_the_account_confirms_nothing(name: str) -> None:
    """Who was asked is the account itself there."""
    told = Told(str(LOGS / name))
    assert (told.asked, told.refused, told.exit_code) == ([], [], 0)


@pytest.mark.parametrize(
    ("files", "how"),
    [
        (("s_sent.xml", "s_recv.xml"), "addresses"),
        (("s_recv_ns.xml", "s_sent_ns.xml"), "addresses"),
        (("s_sent_st.xml", "frag_recv.log"), "bound"),
    ],
)
def test_two_files_of_one_direction_each(files: tuple[str, str], how: str) -> None:
    """In any order, because the addresses tell which is which."""
    told = Told(*(str(LOGS / name) for name in files))
    assert told.became == [("c8", "delivered", "u1@example.com/C")]
    (sent,) = [it for it in told.files if it["direction"] == "sent"]
    (received,) = [it for it in told.files if it["direction"] == "received"]
    assert (sent["how"], received["how"]) == ("other files", how)
    assert "as the other files say" in told.stderr


def test_what_no_address_tells_is_told_by_the_order() -> None:
    """Components write both addresses; the account that was given is neither."""
    files = [str(LOGS / f"s_{name}_comp.xml") for name in ("sent", "recv")]
    told = Told(*files, "--account", "u0@example.com/BW")
    assert told.became == [("c8", "delivered", "u1@example.com/C")]


@pytest.mark.parametrize("name", ["frag_forged.log", "frag_forged_ns.log"])
def test_a_forged_receipt_fails(name: str) -> None:
    """It comes from an address that was not asked."""
    told = Told(str(LOGS / "s_sent.xml"), str(LOGS / name))
    assert told.became == [("c8", "unconfirmed", "")]
    (forged,) = told.refused
    assert (forged["kind"], forged["from"]) == ("forged", "mallory@evil.example/x")
    assert told.exit_code == 1


def test_an_id_used_again_for_somebody_else_is_two_messages() -> None:
    """Each contact confirms its own."""
    told = Told(str(LOGS / "reuse_sent.xml"), str(LOGS / "reuse_recv.xml"))
    assert told.became == [
        ("aab1a", "delivered", "bob@example.org/p"),
        ("aab1a", "delivered", "carol@example.org/p"),
    ]
    assert (told.exit_code, told.refused) == (0, [])


ME = "n@shakespeare.lit"
BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{}</jid></bind>"
BOUND = "RECV: <iq type='result' id='b'>" + BIND.format(f"{ME}/desk") + "</iq>"
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"


def asking(to: str, id_: str = "m1", extra: str = "", body: str = "hi") -> str:
    """Return a line with a message that was sent and asks."""
    return f"SENT: <message to='{to}' id='{id_}'><body>{body}</body>{REQUEST}{extra}</message>"  # noqa: E501


def ack(from_: str, id_: str = "m1", to: str = f"{ME}/desk", extra: str = "") -> str:
    """Return a line with a receipt that was received."""
    receipt = f"<received xmlns='urn:xmpp:receipts' id='{id_}'/>"
    return f"RECV: <message from='{from_}' to='{to}'>{receipt}{extra}</message>"


def forwarded(message: str) -> str:
    """Return a forwarded message."""
    inner = message.partition(": ")[2].replace(
        "<message", "<message xmlns='jabber:client'", 1
    )
    return f"<forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded>"


def carbon(name: str, message: str, from_: str = ME) -> str:
    """Return a line with a carbon."""
    inside = f"<{name} xmlns='urn:xmpp:carbons:2'>{forwarded(message)}</{name}>"
    return f"RECV: <message from='{from_}' to='{ME}/desk'>{inside}</message>"


def test_who_recorded_is_not_guessed_where_two_write_to_each_other(
    trace: Trace,
) -> None:
    """Who takes part in every stanza has recorded it, if that is one account."""
    lines = [
        asking("k@royalty.lit").replace("SENT: <message", f"<message from='{ME}/desk'"),
        ack("k@royalty.lit/throne").partition(": ")[2],
    ]
    told = trace(lines)
    assert (told.exit_code, told.asked) == (2, [])
    assert "give --account" in told.stderr
    told = trace([*lines, f"<message from='x@example.org' to='{ME}'/>"])
    assert told.became == [("m1", "delivered", "k@royalty.lit/throne")]


def test_a_receipt_in_doubt_is_the_reason(trace: Trace) -> None:
    """It proves nothing, but something was received."""
    broken = "RECV: <iq type='result'><vCard xmlns='vcard-temp'><PHOTO>iVB… [truncated]"
    told = trace([BOUND, asking("k@royalty.lit"), broken, ack("k@royalty.lit/throne")])
    (asked,) = told.asked
    assert [it["code"] for it in asked["findings"]] == ["doubtful"]
    told = trace([BOUND, asking("k@royalty.lit"), broken, ack("x@royalty.lit/throne")])
    (asked,) = told.asked
    assert [it["code"] for it in asked["findings"]] == ["not-known"]


@pytest.mark.parametrize(
    ("name", "seconds"), [("docker.json", [50, 420]), ("logstash.json", [50, 420])]
)
def test_the_time_of_a_record_may_follow_the_stanza(
    name: str, seconds: list[float]
) -> None:
    """As loggers of containers write it."""
    told = Told(str(LOGS / name))
    assert [it["confirmed_by"][0]["after"] for it in told.asked] == seconds


@pytest.mark.parametrize(
    ("name", "account"),
    [
        *((it, "alice") for it in ("table.csv", "jul.xml", "log4j.xml", "html.log")),
        *((it, "alice") for it in ("psi_html.txt", "quoted_mail.txt", "mail_flat.txt")),
        *((it, "alice") for it in ("ejabberd.log", "json_lines.json", "php.log")),
        *((it, "alice") for it in ("json_array.json", "json_in_json.json")),
        *((it, "alice") for it in ("colours.log", "prosody_colours.log")),
        *((it, "alice") for it in ("syslog.log", "compose.log", "docker_lines.json")),
        ("xmppjs_arrows.log", "alice"),
    ],
)
def test_any_tool_tells_what_was_confirmed(name: str, account: str) -> None:
    """One of two messages is confirmed; the third one is the peer's."""
    told = Told(str(LOGS / name))
    assert {it["account"] for it in told.asked} == {f"{account}@example.org"}
    assert told.became == [
        ("m1", "delivered", "bob@example.org/phone"),
        ("m2", "unconfirmed", ""),
    ]
    assert (told.refused, told.exit_code) == ([], 0)


def test_without_any_account_the_command_says_what_to_do(trace: Trace) -> None:
    """And with it, the same file is read."""
    told = trace([asking("k@royalty.lit")])
    assert (told.exit_code, told.lines) == (2, [])
    assert "does not tell which account recorded it: give --account" in told.stderr
    told = trace([asking("k@royalty.lit")], options=("--account", ME))
    assert told.became == [("m1", "unconfirmed", "")]
    assert told.files[0]["how"] == "given"


def test_two_accounts_of_one_log_are_two(trace: Trace) -> None:
    """What names neither of them is counted and said; an account can be chosen."""
    lines = [
        ack("k@royalty.lit/x", "m1", to="a@example.org/x"),
        ack("k@royalty.lit/x", "m1", to="b@example.org/x"),
        asking("k@royalty.lit"),
        ack("k@royalty.lit/x", "m1", to="b@example.org/x"),
    ]
    told = trace(lines)
    assert told.files[0]["accounts"] == ["a@example.org", "b@example.org"]
    assert told.asked == []
    assert "some stanzas name no account: give --account" in CliRunner().invoke(
        command, ["trace", *[it["file"] for it in told.files]]
    ).stderr  # fmt: skip
    told = trace(lines, options=("--account", "b@example.org"))
    assert told.became == [("m1", "delivered", "k@royalty.lit/x")]


def test_another_account_that_is_bound_later_goes_on(trace: Trace) -> None:
    """A client that was started again for another account."""
    other = "RECV: <iq type='result'>" + BIND.format("b@example.org/x") + "</iq>"
    sent = [asking("k@royalty.lit"), ack("k@royalty.lit/x")]
    second = [
        asking("c@royalty.lit", "m2"),
        ack("c@royalty.lit/x", "m2", "b@example.org/x"),
    ]
    told = trace([BOUND, *sent, other, *second])
    assert {(it["account"], it["id"], it["kind"]) for it in told.asked} == {
        (ME, "m1", "delivered"),
        ("b@example.org", "m2", "delivered"),
    }


def test_only_the_server_binds_an_account(trace: Trace) -> None:
    """A contact that sends the same iq takes over nothing."""
    forged = "RECV: <iq from='eve@evil.lit/x' type='result'>{}</iq>".format(
        BIND.format("eve@evil.lit/y")
    )
    told = trace([BOUND, forged, asking("k@royalty.lit"), ack("k@royalty.lit/x")])
    assert [it["account"] for it in told.asked] == [ME]
    assert told.became == [("m1", "delivered", "k@royalty.lit/x")]
    # One that binds the account of somebody else, as its server would.
    stolen = forged.replace("eve@evil.lit/y", "k@royalty.lit/x")
    told = trace([BOUND, stolen, asking("k@royalty.lit"), ack("k@royalty.lit/x")])
    assert [it["account"] for it in told.asked] == [ME]


def test_more_accounts_than_are_followed_are_closed(
    trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The least recent ones; nothing of them is lost."""
    monkeypatch.setattr(following, "_ACCOUNTS", 2)
    lines = []
    for number in range(5):
        me = f"a{number}@example.org"
        lines += [
            asking("k@b.lit").replace("<message ", f"<message from='{me}/x' "),
            ack("k@b.lit/x", to=f"{me}/x"),
        ]
    told = trace(lines)
    assert {it["account"] for it in told.asked} == {
        f"a{n}@example.org" for n in range(5)
    }
    assert told.summary["asked"] == {"delivered": 5}


# Every way to forge a receipt that its author could think of. Each is a list of lines
# that follow a message to k@royalty.lit; it must stay unconfirmed.
EVE = "eve@evil.lit/x"
SUBDOMAIN = "k@royalty.lit.evil.lit/x"
RESULT = (
    "RECV: <message {}to='n@shakespeare.lit/desk'><result xmlns='urn:xmpp:mam:2' "
    "queryid='q' id='1'>{}</result></message>"
)
FORGED = [
    ack(EVE),
    ack(SUBDOMAIN),
    ack("royalty.lit"),
    ack("k@royalty.lit.evil.lit"),
    ack("kk@royalty.lit/x"),
    ack("k\u200b@royalty.lit/x"),
    ack(f"{EVE} k@royalty.lit/x"),
    ack(f"{ME}/phone"),
    ack(ME),
    ack("shakespeare.lit"),
    ack("k@royalty.lit/x", "m1 "),
    ack("k@royalty.lit/x", "M1"),
    ack("k@royalty.lit/x").replace("urn:xmpp:receipts", "urn:xmpp:carbons:2"),
    ack("k@royalty.lit/x")
    .replace("<received", "<x xmlns='u:x'><received")
    .replace("</m", "</x></m"),
    ack("k@royalty.lit/x").replace("<message", "<message type='error'"),
    carbon("received", ack("k@royalty.lit/x"), EVE),
    carbon("received", ack("k@royalty.lit/x"), f"{ME}/phone"),
    carbon("received", ack("k@royalty.lit/x"), "shakespeare.lit"),
    carbon("sent", ack("k@royalty.lit/x")),
    carbon("received", ack(EVE)),
    f"RECV: <message from='{EVE}' to='{ME}/desk'>{forwarded(ack('k@royalty.lit/x'))}</message>",  # noqa: E501
    RESULT.format(f"from='{EVE}' ", forwarded(ack("k@royalty.lit/x"))),
    RESULT.format(f"from='{ME}' ", forwarded(ack("k@royalty.lit/x"))),
    RESULT.format("", forwarded(ack("k@royalty.lit/x"))),
    carbon("received", carbon("received", ack("k@royalty.lit/x"))),
    # What the account sends proves nothing.
    ack("k@royalty.lit/x")
    .replace("RECV", "SENT")
    .replace(f"to='{ME}/desk'", "to='k@b'"),
    # Text of a message, and what follows a broken one.
    f"RECV: <message from='{EVE}' to='{ME}/desk'><body>\n{ack('k@royalty.lit/x')}\n</message>",  # noqa: E501
    f"RECV: <message from='{EVE}' to='{ME}/desk'><body>&lt;&#10;{ack('k@royalty.lit/x')[6:]}</body></message>",  # noqa: E501
    f"RECV: <message from='{EVE}' to='{ME}/desk'><body><![CDATA[{ack('k@royalty.lit/x')[6:]}]]></body></message>",  # noqa: E501
]


@pytest.mark.parametrize("order", [1, -1], ids=["after", "before"])
@pytest.mark.parametrize("line", FORGED)
def test_no_forged_receipt_is_believed(trace: Trace, line: str, order: int) -> None:
    """Wherever it stands."""
    told = trace([BOUND, *[asking("k@royalty.lit"), line][::order]])
    (asked,) = told.asked
    # After a broken stanza the message itself is in doubt.
    states = {"unconfirmed", "untracked"} if order < 0 else {"unconfirmed"}
    assert (asked["id"], asked["confirmed_by"]) == ("m1", [])
    assert asked["kind"] in states
    told = trace([BOUND, asking("k@royalty.lit"), line, ack("k@royalty.lit/x")])
    if told.summary["doubtful"] == 0:
        assert told.became == [("m1", "delivered", "k@royalty.lit/x")]


@pytest.mark.parametrize(
    "line",
    [
        ack("k@royalty.lit/x"),
        ack("K@ROYALTY.LIT/x"),
        ack("k@royalty.lit"),
        carbon("received", ack("k@royalty.lit/x", to=f"{ME}/phone")),
        ack("k@royalty.lit/x", extra="<store xmlns='urn:xmpp:hints'/>"),
    ],
)
def test_what_was_asked_confirms(trace: Trace, line: str) -> None:
    """So that the refusals are not for another reason."""
    told = trace([BOUND, asking("k@royalty.lit"), line])
    assert [it["kind"] for it in told.asked] == ["delivered"]
    assert told.exit_code == 0


ROOM = "r@muc.lit"
SELF_PRESENCE = (
    f"RECV: <presence from='{ROOM}/nick' to='{ME}/desk'><x "
    "xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x></presence>"
)


def test_rooms_are_learnt_from_presence(trace: Trace) -> None:
    """A private message is for one occupant; no other one may confirm it."""
    lines = [asking(f"{ROOM}/k"), ack(f"{ROOM}/eve")]
    told = trace([BOUND, SELF_PRESENCE, *lines])
    assert told.became == [("m1", "unconfirmed", "")]
    assert (told.exit_code, [it["kind"] for it in told.refused]) == (1, ["forged"])
    told = trace([BOUND, SELF_PRESENCE, asking(f"{ROOM}/k"), ack(f"{ROOM}/k")])
    assert told.became == [("m1", "delivered", f"{ROOM}/k")]


def test_what_the_account_forwards_is_not_what_it_asks(trace: Trace) -> None:
    """The request in a forwarded message was of somebody else."""
    line = f"SENT: <message to='k@royalty.lit' id='f'>{forwarded(asking('x@y.lit'))}</message>"  # noqa: E501
    told = trace([BOUND, line, ack("x@y.lit/z")])
    assert told.asked == []
    assert told.exit_code == 0


def test_nobody_is_accused_over_an_id_that_was_never_tracked(trace: Trace) -> None:
    """The recording began later; errors about other messages are not told."""
    error = "RECV: <message from='k@royalty.lit' to='n@shakespeare.lit/desk' type='error' id='x'><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"  # noqa: E501
    told = trace([BOUND, ack(EVE, "old"), error])
    assert [it["kind"] for it in told.refused] == ["refused"]
    assert told.exit_code == 0


def test_receipts_for_other_clients_of_the_account_are_named(trace: Trace) -> None:
    """Carbons show the message and the receipt."""
    from_ = f"from='{ME}/phone' "
    sent = asking("k@royalty.lit").replace("<message ", f"<message {from_}")
    received = ack("k@royalty.lit/x", to=f"{ME}/phone")
    told = trace([BOUND, carbon("sent", sent), carbon("received", received)])
    assert told.became == [("m1", "delivered", "k@royalty.lit/x")]
    assert told.asked[0]["from"] == f"{ME}/phone"
    assert told.summary["elsewhere"] == {"delivered": 1}
    assert told.summary["asked"] == {}


@pytest.mark.parametrize("order", [1, -1])
def test_two_clients_of_one_account_tell_of_one_message(
    trace: Trace, order: int
) -> None:
    """The recording of the phone shows copies of what the desk sent."""
    from_ = f"from='{ME}/desk' "
    sent = asking("k@royalty.lit").replace("<message ", f"<message {from_}")
    phone = [BOUND.replace("desk", "phone"), carbon("sent", sent)]
    desk = [BOUND, asking("k@royalty.lit"), ack("k@royalty.lit/x")]
    options = ("--message", "m1")
    told = trace(*[phone, desk][::order], options=options)
    assert told.became == [("m1", "delivered", "k@royalty.lit/x")]
    assert (told.summary["asked"], told.summary["elsewhere"]) == ({"delivered": 1}, {})
    kinds = [it["event"] for it in told.events]
    assert sorted(kinds) == sorted(["sent", "carbon-sent", "delivered"]) or sorted(
        kinds
    ) == sorted(["sent (carbon-sent)", "sent", "delivered"])


def test_a_message_and_its_copy_are_one(trace: Trace) -> None:
    """In any order, and each time anew."""
    direct = asking("k@royalty.lit")
    copy = carbon("sent", direct.replace("<message", f"<message from='{ME}/desk'"))
    for lines in ([direct, copy], [copy, direct]):
        told = trace(lines, options=("--account", ME))
        assert [it["times"] for it in told.asked] == [1]
    told = trace([direct, copy, direct, copy], options=("--account", ME))
    assert sum(it["times"] for it in told.asked) == 2


def test_what_is_recovered_is_shown_and_never_believed(trace: Trace) -> None:
    """Neither a request nor a receipt."""
    broken = f"RECV: <message from='{EVE}' to='{ME}/desk'><body>cut"
    told = trace([BOUND, asking("k@royalty.lit"), broken, ack("k@royalty.lit/x")])
    assert told.became == [("m1", "unconfirmed", "")]
    (refused,) = told.refused
    assert (refused["kind"], refused["line"]) == ("refused", 4)
    assert refused["findings"][0]["code"] == "recovered"
    assert [it["kind"] for it in told.lines if it.get("kind") == "broken"] == ["broken"]
    told = trace([BOUND, broken, asking("k@royalty.lit"), ack("k@royalty.lit/x")])
    assert [(it["kind"], it["side"]) for it in told.asked] == [("untracked", "unknown")]


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [
        ("none", 0),
        ("forged,unreadable", 0),
        ("unconfirmed", 1),
        ("bounced", 1),
        ("refused", 1),
        ("forged", 0),
        ("all", 2),
    ],
)
def test_a_build_chooses_for_what_to_fail(
    trace: Trace, fail_on: str, code: int
) -> None:
    """One message of each state, and a receipt for none."""
    error = "RECV: <message from='b@c' to='n@shakespeare.lit/desk' type='error' id='m2'><error type='cancel'/></message>"  # noqa: E501
    lines = [
        BOUND,
        asking("k@royalty.lit"),
        asking("b@c", "m2"),
        error,
        ack("k@x/y", "z"),
    ]
    told = trace(lines, options=("--fail-on", fail_on))
    assert told.exit_code == code


@pytest.mark.parametrize(("fail_on", "code"), [("unreadable", 1), ("none", 0)])
def test_a_build_may_fail_for_what_cannot_be_read(
    trace: Trace, fail_on: str, code: int
) -> None:
    """As it does by default."""
    lines = [BOUND, f"RECV: <message from='{EVE}'><body>cut"]
    assert trace(lines, options=("--fail-on", fail_on)).exit_code == code


def test_a_timeline_says_what_happened_to_a_message(trace: Trace) -> None:
    """With places and times; others are left out."""
    times = ("10:00:00", "10:00:00.250", "10:00:02", "10:00:02", "10:00:03,5")
    lines = [
        asking("k@royalty.lit"),
        asking("k@royalty.lit"),
        ack("k@royalty.lit/x"),
        ack(EVE),
        asking("k@royalty.lit", "m2"),
    ]
    stamped = [f"{time} {line}" for time, line in zip(times, lines, strict=True)]
    late = ack("k@b.lit/x", "m3")
    told = trace([BOUND, *stamped, late], options=("--message", "m1"))
    assert told.summary["asked"] == {"delivered": 1}
    assert told.summary["receipts"] == {"delivered": 1, "wrong-sender": 1}
    assert told.summary["refused"] == {"wrong-sender": 1}
    assert told.exit_code == 1
    assert [it["id"] for it in told.refused] == ["m1"]
    assert [it["id"] for it in told.asked] == ["m1"]
    assert told.asked[0]["times"] == 2
    assert [
        (it["line"], it["event"], it["time"], it["after"]) for it in told.events
    ] == [
        (2, "sent", "10:00:00", None),
        (3, "sent again", "10:00:00.250000", 0.25),
        (4, "delivered", "10:00:02", 2.0),
    ]


def test_a_watched_message_is_not_failed_by_another(trace: Trace) -> None:
    """What is told and counted is about its id alone."""
    lines = [BOUND, asking("k@b.lit"), ack("k@b.lit/x"), asking("k@b.lit", "m2")]
    lines += [ack(EVE, "m2"), "SENT: <message to='k@b.lit'><body>hi</body></message>"]
    assert trace(lines).summary["client"] == {"did-not-ask (XEP-0184 §5)": 1}
    told = trace(lines, options=("--message", "m1"))
    assert (told.exit_code, told.refused) == (0, [])
    assert told.summary["asked"] == {"delivered": 1}
    others = ("refused", "unknown", "client")
    assert [told.summary[group] for group in others] == [{}, {}, {}]


@pytest.mark.parametrize(("id_", "is_there"), [("m1", 1), ("m9", 1), ("r1", 0)])
def test_an_id_that_nothing_has_is_said(
    tmp_path: Path, id_: str, *, is_there: bool
) -> None:
    """A receipt that was refused has one, too."""
    file = tmp_path / "a.log"
    lines = [BOUND, asking("k@b.lit"), ack("k@b.lit/x"), ack("k@b.lit/x", "m9")]
    file.write_text("\n".join(lines))
    result = CliRunner().invoke(command, ["trace", "--message", id_, str(file)])
    said = f"nothing was asked with the id '{id_}'"
    assert (said in " ".join(result.stderr.split())) is not bool(is_there)


def test_a_receipt_shows_that_the_peer_supports_receipts(trace: Trace) -> None:
    """The next message, to its account, then has another reason to be unconfirmed."""
    lines = [BOUND, asking("k@b.lit"), ack("k@b.lit/x"), asking("k@b.lit", "m2")]
    told = trace([*lines, "RECV: <presence from='x@y'/>"])
    assert told.summary["support"] == {"yes": 2}
    assert told.summary["peer"] == {"silent (XEP-0184 §7, §8)": 1}


def test_a_forged_receipt_shows_nothing_of_support(trace: Trace) -> None:
    """Nor does it show anything of the support of who forged it."""
    lines = [BOUND, asking("k@b.lit"), ack(EVE), asking(EVE, "m2")]
    told = trace([*lines, "RECV: <presence from='x@y'/>"])
    assert told.summary["support"] == {"unknown": 2}


def test_of_two_clients_of_the_other_files_neither_is_taken(trace: Trace) -> None:
    """The account is the same; which of them recorded is not told."""
    sent = ["SENT: <message to='k@b.lit' id='m1'><body/></message>"]
    other = BOUND.replace("desk", "phone")
    told = trace(sent, [BOUND], [other])
    assert told.files[0]["accounts"] == ["n@shakespeare.lit"]
    assert trace(sent, [BOUND], [BOUND]).files[0]["accounts"] == [
        "n@shakespeare.lit/desk"
    ]


def test_queries_with_the_same_iq_id_are_both_open(trace: Trace) -> None:
    """A client that starts again counts from 1; what it sent is read first."""
    query = "<iq id='mam1' type='set'><query xmlns='urn:xmpp:mam:2' queryid='{}'/></iq>"
    sent = [asking("k@b.lit"), *(f"SENT: {query.format(it)}" for it in ("q", "q2"))]
    told = trace(sent, [BOUND, RESULT.format("", forwarded(ack("k@b.lit/x")))])
    assert told.became == [("m1", "delivered", "k@b.lit/x")]
    assert told.refused == []


def test_a_watched_id_may_be_long(trace: Trace) -> None:
    """Of which the beginning is shown."""
    id_ = "i" * 2_000
    plain = f"SENT: <message to='k@b.lit' id='{id_}'><body>hi</body></message>"
    told = trace([BOUND, asking("k@b.lit", id_), plain], options=("--message", id_))
    assert (len(told.asked), len(told.events)) == (1, 1)
    assert told.summary["client"]["did-not-ask (XEP-0184 §5)"] == 1


@pytest.mark.parametrize(("damaged", "others", "told"), [(1, 1, 1), (31, 2, 2)])
def test_damaged_files_do_not_hide_the_others(
    tmp_path: Path, damaged: int, others: int, told: int
) -> None:
    """32 files are looked at together."""
    files = [tmp_path / f"{number}.log" for number in range(damaged + others)]
    for file in files[:damaged]:
        file.write_bytes(b"\x1f\x8b damaged")
    for file in files[damaged:]:
        file.write_text("\n".join([BOUND, asking("k@b.lit", file.stem)]))
    found = Told(*map(str, files))
    assert (found.exit_code, len(found.asked)) == (3, told)


def test_a_day_ends_between_message_and_receipt(trace: Trace) -> None:
    """Where the log has no date, the shortest time is told."""
    lines = [f"23:59:59 {asking('k@b.lit')}", f"00:00:01 {ack('k@b.lit/x')}"]
    told = trace([BOUND, *lines])
    assert told.asked[0]["confirmed_by"][0]["after"] == 2.0


DISCO = "<iq from='{}' to='n@shakespeare.lit/desk' type='result' id='d'><query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='pc'/>{}</query></iq>"  # noqa: E501
YES = "<feature var='urn:xmpp:receipts'/>"


@pytest.mark.parametrize(
    ("answers", "to", "code", "side"),
    [
        ([("k@b.lit/x", YES)], "k@b.lit/x", "silent", "peer"),
        ([("k@b.lit/x", YES)], "k@b.lit", "silent", "peer"),
        ([("k@b.lit/x", "")], "k@b.lit", "unsupported", "peer"),
        ([("k@b.lit/x", ""), ("k@b.lit/y", YES)], "k@b.lit", "not-known", "unknown"),
        ([("k@b.lit/x", ""), ("k@b.lit/y", YES)], "k@b.lit/y", "silent", "peer"),
        ([("eve@b.lit/x", "")], "k@b.lit", "not-known", "unknown"),
        ([], "k@b.lit", "not-known", "unknown"),
    ],
)
def test_whose_part_it_is_depends_on_the_support(
    trace: Trace, answers: list[tuple[str, str]], to: str, code: str, side: str
) -> None:
    """As the recording shows it; an account has no support of its own."""
    found = [f"RECV: {DISCO.format(*it)}" for it in answers]
    told = trace([BOUND, *found, asking(to), "RECV: <presence from='x@y'/>"])
    (asked,) = told.asked
    assert (asked["findings"][0]["code"], asked["side"]) == (code, side)
    assert sum(told.summary[side].values()) == 1


def test_nothing_is_blamed_if_nothing_was_received_afterwards(trace: Trace) -> None:
    """The recording may end there."""
    told = trace([BOUND, asking("k@b.lit")])
    assert told.asked[0]["findings"][0]["code"] == "nothing-after"


def test_what_did_not_ask_is_counted(trace: Trace) -> None:
    """It is the client, then."""
    plain = "SENT: <message to='k@b.lit'><body>hi</body></message>"
    told = trace([BOUND, plain, plain.replace("k@b.lit", "k@b.lit' type='groupchat")])
    assert told.summary["client"] == {"did-not-ask (XEP-0184 §5)": 1}


# The bounds


def test_of_too_many_messages_that_wait_the_oldest_is_told(
    trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As unconfirmed, with the reason; a receipt for it comes too late then."""
    monkeypatch.setattr(asked, "_MOST", 2)
    sent = [asking("k@b.lit", f"m{number}") for number in range(3)]
    told = trace([BOUND, *sent, ack("k@b.lit/x", "m0"), ack("k@b.lit/x", "m1")])
    assert told.became == [
        ("m0", "unconfirmed", ""),
        ("m1", "delivered", "k@b.lit/x"),
        ("m2", "unconfirmed", ""),
    ]
    assert told.asked[0]["findings"][0]["code"] == "displaced"
    assert told.exit_code == 0


def test_of_many_messages_the_oldest_is_told_early(
    trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that memory does not grow; none is told twice or lost."""
    monkeypatch.setattr(asked, "_MOST", 2)
    lines = [BOUND]
    for number in range(4):
        lines += [asking("k@b.lit", f"m{number}"), ack("k@b.lit/x", f"m{number}")]
    lines += [asking("k@b.lit", "w"), ack("k@b.lit/x", "m0")]
    told = trace(lines)
    assert [(it[0], it[1]) for it in told.became] == [
        *[(f"m{number}", "delivered") for number in range(4)],
        ("w", "unconfirmed"),
    ]
    assert told.exit_code == 0


def test_a_long_id_is_not_followed(trace: Trace) -> None:
    """It is told as one of the client."""
    told = trace(
        [BOUND, asking("k@b.lit", "i" * 1_025), asking("k@b.lit", "i" * 1_024)]
    )
    codes = [it["findings"][0]["code"] for it in told.asked]
    assert codes == ["long-id", "nothing-after"]


def test_the_beginning_that_is_looked_at_is_not_large(
    trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account that is named after it is not found, until there is a bind result."""
    monkeypatch.setattr(origins, "_LARGE", 10)
    sent = [asking("k@b.lit"), ack("k@b.lit/x")]
    assert trace(sent).exit_code == 2
    assert trace([BOUND, *sent]).became == [("m1", "delivered", "k@b.lit/x")]


def test_files_of_their_own_may_be_traced_by_several_processes(trace: Trace) -> None:
    """With the same result; a file that names no account is told."""
    found = [
        [BOUND, asking("k@b.lit", f"m{n}"), ack("k@b.lit/x", f"m{n}")] for n in "ab"
    ]
    one, two = trace(*found), trace(*found, options=("--jobs", "2"))
    assert two.became == one.became
    assert two.summary == one.summary
    three = trace(*found, [asking("k@b.lit")], options=("--jobs", "2"))
    assert three.exit_code == 3
    assert "2.log: cannot be read: it does not tell which account" in three.stderr


@pytest.mark.parametrize("jobs", ["--jobs=1", "--jobs=2"])
def test_a_damaged_file_ends_no_other_process(tmp_path: Path, jobs: str) -> None:
    """The other file is told, and what could be read of the damaged one."""
    draw = random.Random(184)  # what cannot be compressed
    bodies = [draw.randbytes(2_000).hex() for _ in range(90)]
    lines = [
        asking("k@royalty.lit", str(it), body=body) for it, body in enumerate(bodies)
    ]
    log = "\n".join([BOUND, *lines]).encode()
    whole, damaged = tmp_path / "a.log", tmp_path / "b.log.gz"
    whole.write_bytes(log)
    damaged.write_bytes(gzip.compress(log)[:-2_000])
    told = Told(str(damaged), str(whole), jobs)
    assert told.exit_code == 3
    assert {it["file"] for it in told.asked} >= {str(whole)}


def test_an_account_is_found_in_what_is_redacted(trace: Trace) -> None:
    """It is replaced as well."""
    lines = [asking("k@royalty.lit"), ack("k@royalty.lit/x")]
    told = trace(lines, options=("--redact", "--account", ME))
    assert [it["kind"] for it in told.asked] == ["delivered"]
    assert "royalty.lit" in told.asked[0]["to"]
    assert "k@" not in told.asked[0]["to"]


def test_an_archived_message_that_is_not_known_asks_nothing(trace: Trace) -> None:
    """It was sent before the recording began."""
    query = (
        "SENT: <iq id='i' type='set'><query xmlns='urn:xmpp:mam:2' queryid='q'/></iq>"
    )
    old = asking("k@b.lit").replace("<message ", f"<message from='{ME}/desk' ")
    told = trace(
        [BOUND, query, RESULT.format("", forwarded(old)), asking("k@b.lit", "m2")]
    )
    assert [it["id"] for it in told.asked] == ["m2"]


MAM0 = "SENT: <iq id='i' type='set'><query xmlns='urn:xmpp:mam:{}' queryid='q'/></iq>"


@pytest.mark.parametrize(
    ("version", "state"), [("0", "delivered"), ("2", "unconfirmed")]
)
def test_the_results_of_an_old_archive_follow_its_answer(
    trace: Trace, version: str, state: str
) -> None:
    """With later versions the answer is the end."""
    fin = f"RECV: <iq id='i' type='result' from='{ME}' to='{ME}/desk'/>"
    result = RESULT.format("", forwarded(ack("k@b.lit/x"))).replace(
        ":2'", f":{version}'"
    )
    told = trace([BOUND, asking("k@b.lit"), MAM0.format(version), fin, result])
    assert [it["kind"] for it in told.asked] == [state]


CAPS = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='{}'/>"
VER = "BU8l8wpx4J15lZF5a166BQRnd7w="  # of `urn:xmpp:receipts` and nothing else


@pytest.mark.parametrize(("ver", "code"), [(VER, "silent"), (VER[::-1], "not-known")])
def test_a_verified_answer_counts_for_all_who_advertise_it(
    trace: Trace, ver: str, code: str
) -> None:
    """Only one of two clients was asked; a wrong hash counts for nobody else."""
    presences = [
        f"RECV: <presence from='{it}@b.lit/x'>{CAPS.format(ver)}</presence>"
        for it in "ak"
    ]
    answer = (
        f"RECV: <iq from='a@b.lit/x' to='{ME}/desk' type='result' id='d'><query xmlns="
        f"'http://jabber.org/protocol/disco#info' node='n#{ver}'>{YES}</query></iq>"
    )
    told = trace(
        [BOUND, *presences, answer, presences[1], asking("k@b.lit/x"), presences[0]]
    )
    assert told.asked[0]["findings"][0]["code"] == code


@pytest.mark.parametrize(
    "line",
    [
        "RECV: <iq from='k@b.lit/x' type='result'><query xmlns='http://jabber.org/protocol/disco#info'/><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",  # noqa: E501
        "RECV: <iq from='k@b.lit/x' type='nonsense'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
        "RECV: <iq from='k@b.lit/x' type='error'><query xmlns='http://jabber.org/protocol/disco#info' node='n'/></iq>",  # noqa: E501
        "RECV: <iq from='@' type='result'><query xmlns='urn:x'/></iq>",
        "RECV: <iq xmlns='urn:x' from='k@b.lit/x' type='result'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
        "RECV: <presence from='@'/>",
        "RECV: <presence from='k@b.lit/x' to='@'/>",
        "SENT: <presence from='@'/>",
        "RECV: <message xmlns='urn:x' from='k@b.lit/x'><received xmlns='urn:xmpp:receipts' id='m1'/></message>",  # noqa: E501
        "SENT: <message xmlns='urn:x' to='k@b.lit'><request xmlns='urn:xmpp:receipts'/></message>",  # noqa: E501
        "RECV: <x:message xmlns:x='urn:x'/>",
        "SENT: <presence to='@'/>",
        f"SENT: <message to='@' id='2'>{REQUEST}</message>",
    ],
)
def test_nothing_that_a_log_may_hold_is_an_error(trace: Trace, line: str) -> None:
    """It changes nothing for the other messages."""
    told = trace([BOUND, asking("k@b.lit/x"), line, ack("k@b.lit/x")])
    assert ("m1", "delivered", "k@b.lit/x") in told.became
    assert told.exit_code == 0


@pytest.mark.parametrize(
    ("first", "second", "after"),
    [
        ("2026-03-10 23:59:59,5", "2026-03-11 00:00:01,0", 1.5),
        ("2026-03-10T10:00:00Z", "2026-03-10T11:00:01+01", 1.0),
        ("2026-03-10T10:00:00Z", "2026-03-10T10:00:01", None),
        ("2026-03-10T10:00:00", "10:00:01", None),
        ("20260310T100000", "10:00:01", None),
        ("99:99:99", "10:00:01", None),
    ],
)
def test_times_are_compared_where_they_can_be(
    trace: Trace, first: str, second: str, after: float | None
) -> None:
    """With and without a date, a zone and fractions."""
    lines = [f"{first} {asking('k@b.lit')}", f"{second} {ack('k@b.lit/x')}"]
    assert trace([BOUND, *lines]).asked[0]["confirmed_by"][0]["after"] == after


@pytest.mark.parametrize(("zone", "after"), [("", None), ("Z", 1.0)])
def test_two_clocks_are_compared_by_their_zones(
    trace: Trace, zone: str, after: float | None
) -> None:
    """Two files may be of two machines."""
    told = trace(
        [f"2026-03-10T10:00:00{zone} {asking('k@b.lit')}"],
        [BOUND, f"2026-03-10T10:00:01{zone} {ack('k@b.lit/x')}"],
    )
    assert told.asked[0]["confirmed_by"][0]["after"] == after


def test_one_file_alone_is_counted_without_a_terminal(tmp_path: Path) -> None:
    """As a worker of a cluster does it."""
    tallies = []
    for number, lines in enumerate(([BOUND, asking("k@b.lit")], [asking("k@b.lit")])):
        file = tmp_path / f"{number}.log"
        file.write_text("\n".join(lines), encoding="utf-8")
        style = Style(output_format=OutputFormat.TEXT, has_colour=False, width=None)
        collector = Collector(style, Tally())
        trace_file(str(file), Reader(collector))
        tallies.append(collector.tally)
    assert tallies[0].counts["asked"] == {"unconfirmed": 1}
    assert tallies[1].unreadable == [str(tmp_path / "1.log")]


def test_accounts_that_take_turns_are_not_guessed(trace: Trace) -> None:
    """A message without an address is of neither; the account that is given has it."""
    other = "RECV: <iq type='result'>" + BIND.format("b@example.org/x") + "</iq>"
    lines = [BOUND, other, ack("k@b.lit/x", "m0"), asking("k@b.lit")]
    told = trace(lines)
    assert told.asked == []
    assert told.summary["unassigned"] == {"stanzas": 1}
    told = trace([BOUND, asking("k@b.lit"), other], options=("--account", ME))
    assert [(it["account"], it["id"]) for it in told.asked] == [(ME, "m1")]

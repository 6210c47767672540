"""What an attacker found in the commands, and does not find any more."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from xep0184.cli import command

if TYPE_CHECKING:
    from pathlib import Path

REQUEST = "<request xmlns='urn:xmpp:receipts'/>"
SENT = (
    "SEND <message xmlns='jabber:client' from='alice@a.example/desk'"
    f" to='Bob@b.example' id='m1' type='chat'><body>x</body>{REQUEST}</message>\n"
)
RECEIVED = (
    "RECV <message xmlns='jabber:client' from='{}' to='alice@a.example/desk' id='r1'>"
    "<received xmlns='urn:xmpp:receipts' id='m1'/></message>\n"
)
BOUND = (
    "RECV <iq xmlns='jabber:client' type='result' id='b'{}>"
    "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{}</jid></bind></iq>\n"
)


def run(*arguments: str, text: str) -> Result:
    """Run a command on a text."""
    return CliRunner().invoke(command, [*arguments, "-"], input=text)


def test_a_peer_cannot_bind_an_account() -> None:
    """It sends a result that is no answer of the server."""
    mallory = "mallory@m.example/x"
    text = (
        BOUND.format("", "alice@a.example/desk")
        + BOUND.format(f" from='{mallory}' to='alice@a.example/desk'", mallory)
        + SENT
        + RECEIVED.format(mallory)
    )
    result = run("trace", text=text)
    assert result.exit_code == 1
    assert "forged" in result.stdout
    text = text.replace(RECEIVED.format(mallory), RECEIVED.format("bob@b.example/x"))
    assert "asked: 1 delivered" in run("trace", text=text).stdout


ASKED = f"SENT: <message to='bob@b.example' id='m1'><body>x</body>{REQUEST}</message>\n"
EVE = (
    "<message {}from='eve@e.example/x' to='alice@a.example/desk'><body>{}</body>"
    "</message>"
)
PROOF = (
    "<message from='bob@b.example/p' to='alice@a.example/desk'>"
    "<received xmlns='urn:xmpp:receipts' id='m1'/></message>"
)
FORGED = f"</body></message>{PROOF}<message><body>"
UNICODE, MARKUP = (FORGED.replace("<", sign) for sign in (r"\u003c", "&lt;"))
RECORD = '{{"way": "{}", "peer": "{}", "xml": "{}"}}\n'


def prefixed(prefix: str) -> str:
    """Return a line with a stanza of Eve, with a prefix, that holds a receipt."""
    start = f"{prefix}:message xmlns:{prefix}='jabber:client' from='eve@e.example/x'"
    return f"RECV: <{start} to='alice@a.example/desk'>{PROOF}</{prefix}:message>\n"


@pytest.mark.parametrize(
    "log",
    [
        f"{ASKED}RECV: {EVE.format('', UNICODE)}",
        f"[[main]] {ASKED}[[main]] RECV: {EVE.format('', UNICODE)}",
        ASKED + "RECV: " + EVE.format(r"id='=\&quot;' ", UNICODE),
        f"{ASKED}RECV: {EVE.format('', MARKUP)}",
        f"{ASKED}RECV: {EVE.format('', MARKUP)}".replace("<m", "<\x1b[3mm"),
        f"{ASKED}{prefixed('p' * 999)}",
        f"{ASKED}{prefixed('p' * 5_000)}",
        RECORD.format("sent", "", ASKED[6:-1])
        + RECORD.format("received", "", EVE.format(r"id='=\\\"' ", rf"\{UNICODE}")),
    ],
)
def test_no_text_of_a_peer_becomes_a_stanza(log: str) -> None:
    """Whatever signs of another form of logs it holds."""
    result = run("trace", "--account=alice@a.example", text=log)
    assert "asked: 1 unconfirmed" in result.stdout
    assert "Traceback" not in result.output


@pytest.mark.parametrize("id_", ['=""x', r"=\&quot;", r"\u003cmessage a=", "&lt;iq a="])
def test_no_attribute_of_a_peer_changes_how_a_log_is_read(id_: str) -> None:
    """Bob's receipt, whose quotes are double, is read as it stands."""
    eve = EVE.format(f"id='{id_}' ", "x")
    receipt = RECEIVED.format("bob@b.example/x").replace("'", '"').replace("r1", "")
    result = run("trace", text=f"{ASKED}RECV: {eve}\n{receipt}")
    assert "asked: 1 delivered" in result.stdout


def test_an_address_of_a_peer_tells_no_direction() -> None:
    """Its resource may be a word that tells one."""
    log = (
        RECORD.format("sent", "bob@b.example", ASKED[6:-1])
        + RECORD.format("received", "eve@e.example/sent", EVE.format("", "x"))
        + RECORD.format("received", "", RECEIVED.format("bob@b.example/x")[5:-1])
    )
    assert "asked: 1 delivered" in run("trace", text=log).stdout


def test_redacting_changes_no_verdict() -> None:
    """Two spellings of an address stay one, also one with blanks and quotes."""
    text = SENT + RECEIVED.format("bob@b.example/x")
    for account in ("desk", "My Phone", "Bob&apos;s Phone"):
        log = (BOUND.format("", "alice@a.example/desk") + text).replace(
            "a.example/desk", f"a.example/{account}"
        )
        assert "asked: 1 delivered" in run("trace", text=log).stdout
        assert "asked: 1 delivered" in run("trace", "--redact", text=log).stdout


@pytest.mark.parametrize(
    "stanza",
    [
        "<message from=\"a@b/O'SECRET\" to='a@b'/>",
        "<message><body>SECRET@SECRET</body></message>",
        (
            "<message><body>http://jabber.org/protocol/disco#info</body>"
            "<x xmlns='jabber:x:data'><value>SECRET</value></x></message>"
        ),
        (
            "<iq><query xmlns='http://jabber.org/protocol/disco#info'>"
            "<value>SECRET@b</value></query></iq>"
        ),
        "<message><show>SECRET</show><show/>SECRET</message>",
        "<message><x full-jid='SECRET@a/SECRET' realjid='SECRET@a'/></message>",
        "<message type='to SECRET'/>",
        "<message><x user='SECRET' userid='SECRET' url='http://a/SECRET'/></message>",
        "<message><x label='SECRET' name='SECRET' nick='SECRET'/></message>",
        (
            "<iq><query xmlns='http://jabber.org/protocol/disco#items'>"
            "<item jid='a@b' name='SECRET'/></query></iq>"
        ),
    ],
)
def test_nothing_private_is_left(stanza: str) -> None:
    """Neither of a text nor of an address, in any form of a report."""
    text = stanza.replace(">", " xmlns='jabber:client'>", 1)
    for arguments in (
        *(("check", f"--format={it}", "--all") for it in ("json", "github", "sarif")),
        *(("check", "--show=1"), ("disco",), ("disco", "--format=json"), ("caps",)),
        *(("caps", "--format=json"), ("trace", "--account=SECRET@a/SECRET")),
        ("trace", "--account=SECRET@a", "--format=json", "--message=m1"),
    ):
        told = run(*arguments, "--redact", text=f"{text}\n{SENT}{PRIVATE}")
        assert "SECRET" not in told.output, arguments


PRIVATE = (
    "SEND <message from='SECRET@a/SECRET' to='SECRET@b' id='m1'><body>SECRET</body>"
    "<request xmlns='urn:xmpp:receipts'/></message>\n"
    "RECV <message to='SECRET@a/SECRET' from='SECRET@b/SECRET'>"
    "<received xmlns='urn:xmpp:receipts' id='m1'/></message>\n"
    "RECV <message from='SECRET@a' to='SECRET@a/x'><sent xmlns='urn:xmpp:carbons:2'>"
    "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' id='m1'"
    " to='SECRET@c' from='SECRET@a/SECRET'><body>x</body>"
    "<request xmlns='urn:xmpp:receipts'/></message></forwarded></sent></message>\n"
    "RECV <iq type='result' from='SECRET@b/SECRET' id='d1' to='SECRET@a/x'>"
    "<query xmlns='http://jabber.org/protocol/disco#info' node='my SECRET'>"
    "<identity category='client' type='my SECRET' name='SECRET'/>"
    "<feature var='my SECRET'/></query></iq>\n"
)


@pytest.mark.parametrize(
    "resource",
    [
        *("&#128;", "&#xfdd0;", "&#127;", "a&#10;b", "a\nb", "a\tb", "a  b", "a&#64;b"),
        *("O&apos;x", "&quot;x", ""),
    ],
)
@pytest.mark.parametrize("local", ["bob", "b&quot;b", "b b"])
def test_redacting_changes_no_finding(local: str, resource: str) -> None:
    """Whether an address is one is judged before it is replaced."""
    text = SENT + RECEIVED.format(f"{local}@b.example/{resource}")
    for command_ in ("check", "trace"):
        plain, redacted = (
            run(command_, "--format=json", *option, text=text)
            for option in ([], ["--redact"])
        )
        assert plain.exit_code == redacted.exit_code
        told = [
            [
                re.findall(r'"(?:kind|code|line)": [^,]*', line)
                for line in it.split("\n")
            ]
            for it in (plain.stdout, redacted.stdout)
        ]
        assert told[0] == told[1]


def test_redacting_makes_no_stanza_too_large() -> None:
    """Hashes are longer than what they replace."""
    many = "<a a='' b='' c='' d='' jid='x@y/z'>1</a>" * 5_000
    many = f"<x xmlns='u:x'>{many}</x>"
    text = f"<message xmlns='jabber:client' id='1'>{many}</message>\n{SENT}"
    result = run("check", "--redact", "--all", text=text)
    assert result.exit_code == 0
    assert "kinds: 1 nothing, 1 request" in result.stdout


def test_a_peer_cannot_begin_a_line_that_is_shown() -> None:
    """A runner of workflows obeys lines that begin with two colons."""
    text = "<message id='1'><body>hi\n::error::forged\n</body></message>"
    shown = run("check", "--show", "1", text=text).stdout
    assert "    | ::error::forged" in shown


def test_a_file_name_need_not_be_utf_8(tmp_path: Path) -> None:
    """A URI has its octets."""
    name = os.fsdecode(bytes(tmp_path / "x") + b"\xff.log")
    with open(name, "w", encoding="utf-8") as file:  # noqa: PTH123  # an odd name
        file.write(SENT)
    result = CliRunner().invoke(command, ["check", "--format=sarif", name])
    assert result.exit_code == 0


@pytest.mark.parametrize("table", ["tool = 3", "[tool]\nxep0184 = 3"])
def test_a_table_of_settings_is_a_table(
    table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anything else is a wrong call."""
    (tmp_path / "pyproject.toml").write_text(table)
    monkeypatch.chdir(tmp_path)
    assert run("check", text=SENT).exit_code == 2


def test_help_needs_no_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how to mend them."""
    (tmp_path / "pyproject.toml").write_text("[tool.xep0184]\nlevle = 'must'")
    monkeypatch.chdir(tmp_path)
    for option in ("-h", "--help"):
        assert CliRunner().invoke(command, ["check", option]).exit_code == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has it")  # noqa: PTH110
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "-v", "-"), 0),
        (("check", "/no/such.log"), 3),
        (("check",), 2),
        (("ack", "--account=a@b", "--authorized", "--enabled", "/no/such.xml"), 3),
        (("request", "--to=a@b", "--type=groupchat"), 1),
    ],
)
def test_a_full_standard_error_changes_no_exit_code(
    arguments: tuple[str, ...], code: int
) -> None:
    """What nobody can be told is not told."""
    program = [sys.executable, "-m", "xep0184", *arguments]
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(program, input=SENT.encode(), stderr=full, check=False)
    assert done.returncode == code


def test_a_closed_output_is_one_that_failed() -> None:
    """There is not even a file to write to."""
    program = [sys.executable, "-m", "xep0184", "check", "-"]
    shell = ["/bin/sh", "-c", '"$@" >&-', "sh", *program]
    done = subprocess.run(shell, input=SENT.encode(), stderr=-1, check=False)
    assert (done.returncode, done.stderr) == (74, b"")

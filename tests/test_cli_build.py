"""``xep0184 request`` and ``xep0184 ack``, run as people run them."""

from __future__ import annotations

import os
import sys
from inspect import signature
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner, Result
from lxml import etree

from xep0184 import Message, MessageType, Received, codec, rules
from xep0184.cli import build, command
from xep0184.conformance import vectors
from xep0184.rules import RuleScope

if TYPE_CHECKING:
    from pathlib import Path

    from xep0184.conformance import Vector

FULL = "northumberland@shakespeare.lit/westminster"
BARE = "northumberland@shakespeare.lit"
ACCOUNT = "kingrichard@royalty.england.lit/throne"
CONSENT = ("--account", ACCOUNT, "--authorized", "--enabled")
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"
CONTENT = (
    f"<message xmlns='jabber:client' from='{FULL}' to='{ACCOUNT}' id='m1' type='chat'>"
    f"<body>hi</body>{REQUEST}</message>"
)


# Before click 8.2 the two outputs are mixed unless one says otherwise.
MIXES = "mix_stderr" in signature(CliRunner).parameters
APART: Any = {"mix_stderr": False} if MIXES else {}


def by_name(vector: Vector) -> str:
    """Name a test after its vector."""
    return vector.name


def run(*arguments: str, stanza: str | bytes | None = None) -> Result:
    """Run a command in this process, with a stanza piped into it if given."""
    return CliRunner(**APART).invoke(command, arguments, input=stanza)


def sentence(scope: RuleScope, id_: str) -> str:
    """Return what is said of a rule."""
    return next(str(rule) for rule in rules.in_scope(scope) if rule.id == id_)


def infoset(stanza: str | bytes) -> bytes:
    """Return the canonical form of a stanza."""
    return etree.tostring(etree.fromstring(stanza), method="c14n")


# request


def test_a_request_is_built_of_values() -> None:
    """What was given and nothing else."""
    values = ("--to", BARE, "--from", ACCOUNT, "--id", "a", "--type", "chat")
    result = run("request", *values, "--body", "1 < 2")
    assert (result.exit_code, result.stderr) == (0, "")
    assert codec.parse(result.stdout) == Message(
        to=BARE,
        from_=ACCOUNT,
        id="a",
        type=MessageType.CHAT,
        body="1 < 2",
        request=True,
    )


@pytest.mark.requirements("R38")
def test_a_request_without_id_gets_a_fresh_one() -> None:
    """Of 128 random bits, so never the same."""
    made = {codec.parse(run("request", "--to", BARE).stdout).id for _ in range(20)}
    assert len(made) == 20
    assert {len(id_ or "") for id_ in made} == {22}


STANZA = (
    "<c:message xmlns:c='jabber:client' to='n@shakespeare.lit' id='a' c:x='y'>"
    "<c:body xml:lang='en'>h&#xe9; &amp; &lt;</c:body><x xmlns='urn:o'>t<y/>u</x>"
    "{}</c:message>"
)


@pytest.mark.parametrize("file", [(), ("-",)], ids=["piped", "dash"])
def test_a_stanza_keeps_everything_and_asks(file: tuple[str, ...]) -> None:
    """Attributes, prefixes, foreign children and text are all there."""
    result = run("request", *file, stanza=STANZA.format(""))
    assert (result.exit_code, result.stderr) == (0, "")
    assert infoset(result.stdout) == infoset(STANZA.format(REQUEST))


def test_a_stanza_comes_from_a_file(tmp_path: Path) -> None:
    """By its name."""
    path = tmp_path / "stanza.xml"
    path.write_text(STANZA.format(""), encoding="utf-8")
    result = run("request", str(path))
    assert infoset(result.stdout) == infoset(STANZA.format(REQUEST))


@pytest.mark.parametrize(
    ("namespace", "declaration"),
    [
        ("jabber:server", " xmlns='jabber:server'"),
        ("jabber:component:accept", " xmlns='jabber:component:accept'"),
        ("", ""),
    ],
)
def test_every_content_namespace_is_taken(namespace: str, declaration: str) -> None:
    """And an answer stays in the one of the question."""
    stanza = CONTENT.replace(" xmlns='jabber:client'", declaration, 1)
    asked = run("request", stanza=stanza)
    ack = run("ack", *CONSENT, "--ack-id", "b", stanza=stanza)
    assert asked.exit_code == 0
    assert codec.parse(ack.stdout, namespaces=[namespace]) == Message(
        to=FULL, id="b", type=MessageType.CHAT, received=(Received("m1"),)
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--to", FULL, "--support", "no"), "unsupported"),
        (("--to", BARE, "--type", "groupchat"), "groupchat"),
        (("--to", BARE, "--type", "error"), "error-type"),
        (("--to", BARE, "--account", f"{BARE}/x"), "self"),
        (("--to", "@"), "bad-recipient"),
        (("--id", "a"), "no-recipient"),
    ],
)
def test_a_request_that_may_not_be_names_the_rule(
    arguments: tuple[str, ...], reason: str
) -> None:
    """On standard error, with exit code 1, and no stanza."""
    result = run("request", *arguments)
    said = f"xep0184: no: {sentence(RuleScope.REQUEST, reason)}\n"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", said)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--to", BARE),
        ("--to", BARE, "--support", "no"),
        ("--to", FULL, "--support", "yes"),
        ("--to", BARE, "--type", "groupchat", "--groupchat"),
    ],
)
def test_a_request_that_may_be_says_nothing_more(arguments: tuple[str, ...]) -> None:
    """The stanza is all there is to say."""
    result = run("request", *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert codec.parse(result.stdout).request


def test_a_request_that_should_wait_is_built_with_a_note() -> None:
    """Unknown is not no, but the rule is named."""
    result = run("request", "--to", FULL, "--support", "unknown")
    note = f"xep0184: yes, but {sentence(RuleScope.REQUEST, 'query-first')}\n"
    assert (result.exit_code, result.stderr) == (0, note)
    assert codec.parse(result.stdout).request


@pytest.mark.parametrize("id_", ["", " id=''"])
def test_a_stanza_without_id_gets_a_fresh_one(id_: str) -> None:
    """Without an id it could not ask."""
    result = run("request", stanza=f"<message xmlns='jabber:client' to='n@b'{id_}/>")
    made = codec.parse(result.stdout)
    assert (result.exit_code, made.request, len(made.id or "")) == (0, True, 22)


def test_a_value_that_cannot_be_written_names_the_reason() -> None:
    """As a shell hands over an octet that is no UTF-8."""
    result = run("request", "--to", BARE, "--body", "\udcff")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("xep0184: no: illegal-character: body: ")


# ack


@pytest.mark.parametrize(
    "vector",
    [
        it
        for it in vectors("acknowledging")
        if not {"account", "situation", "policy", "open_queries"} & it.given.keys()
        and "message" not in it.given
    ],
    ids=by_name,
)
def test_a_stanza_is_answered_as_the_vector_says(vector: Vector) -> None:
    """The ack, or the rule and exit code 1."""
    result = run("ack", *CONSENT, "--ack-id", "NEW", stanza=vector.octets)
    reason = sentence(RuleScope.ACK, vector.expect["reason"])
    if "ack" not in vector.expect:
        said = f"xep0184: no: {reason}\n"
        assert (result.exit_code, result.stdout, result.stderr) == (1, "", said)
        return
    ack = codec.parse(result.stdout_bytes)
    assert (result.exit_code, result.stderr, ack.id) == (0, "", "NEW")
    message = codec.parse(vector.octets)  # what the XEP leaves open is as in it
    expected = {"to": message.from_, "type": message.type, **vector.expect["ack"]}
    assert (ack.to, ack.type) == (expected["to"], expected["type"])
    assert ack.received == (Received(expected["id"]),)


def test_an_ack_is_built_of_values() -> None:
    """A gateway answers long after, from what it kept."""
    values = ("--from", FULL, "--to", ACCOUNT, "--id", "m1", "--type", "chat")
    result = run("ack", *CONSENT, *values, "--ack-id", "b")
    assert (result.exit_code, result.stderr) == (0, "")
    assert codec.parse(result.stdout) == Message(
        to=FULL, id="b", type=MessageType.CHAT, received=(Received("m1"),)
    )


def test_an_ack_gets_a_fresh_id() -> None:
    """Not that of the message, and never the same."""
    acks = {codec.parse(run("ack", *CONSENT, stanza=CONTENT).stdout) for _ in range(9)}
    assert len({ack.id for ack in acks}) == 9
    assert "m1" not in {ack.id for ack in acks}


SENT_BY_TOWER = CONTENT.replace(FULL, "kingrichard@royalty.england.lit/tower")
IN_ROOM = CONTENT.replace(FULL, "r@muc/eve")
GROUPCHAT = IN_ROOM.replace("'chat'", "'groupchat'")


@pytest.mark.parametrize(
    ("options", "stanza", "reason"),
    [
        (("--not-authorized",), CONTENT, "unauthorized"),
        (("--disabled",), CONTENT, "disabled"),
        (("--groupchat", "--occupant", "r@muc/eve"), GROUPCHAT, "reflected"),
        ((), SENT_BY_TOWER, "self"),
    ],
)
def test_every_fact_can_be_said(
    options: tuple[str, ...], stanza: str, reason: str
) -> None:
    """An option for each thing that only a stack knows; the later one counts."""
    result = run("ack", *CONSENT, *options, stanza=stanza)
    said = f"xep0184: no: {sentence(RuleScope.ACK, reason)}\n"
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", said)


@pytest.mark.parametrize(
    ("options", "stanza", "to"),
    [
        (("--groupchat", "--occupant", "r@muc/me"), GROUPCHAT, "r@muc"),
        (("--groupchat",), GROUPCHAT.replace("r@muc/eve", "r@muc"), "r@muc"),
    ],
)
def test_every_wish_can_be_said(options: tuple[str, ...], stanza: str, to: str) -> None:
    """An option for each thing that is left to the user."""
    result = run("ack", *CONSENT, *options, stanza=stanza)
    assert (result.exit_code, result.stderr) == (0, "")
    assert codec.parse(result.stdout).to == to


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--ack-id", "m1"), "echoed-id: id: "),
        (("--ack-id", ""), "empty-id: id: "),
    ],
)
def test_an_ack_that_cannot_be_written_names_the_reason(
    options: tuple[str, ...], code: str
) -> None:
    """With exit code 1, and no stanza."""
    result = run("ack", *CONSENT, *options, stanza=CONTENT)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"xep0184: no: {code}")


# Usage, input, output.


@pytest.mark.parametrize(
    ("given", "missing", "why"),
    [
        (("--enabled",), "--authorized or --not-authorized", "you are there"),
        (("--disabled",), "--authorized or --not-authorized", "you are there"),
        (("--authorized",), "--enabled or --disabled", "unless told to"),
        (("--not-authorized",), "--enabled or --disabled", "unless told to"),
    ],
)
def test_consent_is_not_assumed(given: tuple[str, ...], missing: str, why: str) -> None:
    """Leaving out a guard is a wrong call, and the reason is given."""
    result = run("ack", "--account", ACCOUNT, *given, stanza=CONTENT)
    said = " ".join(result.stderr.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Say {missing}" in said
    assert why in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("ack", "--authorized", "--enabled"),
        ("ack", "--account", "@", "--authorized", "--enabled"),
        ("ack", *CONSENT, "--occupant", "a@"),
        ("ack", *CONSENT, "--id", "a", "-"),
        ("ack", *CONSENT, "--type", "CHAT"),
        ("request", "--to", BARE, "-"),
        ("request", "--body", "", "-"),
        ("request", "--support", "maybe"),
        ("request", "--account", "a@"),
        ("request", "one.xml", "two.xml"),
    ],
)
def test_a_wrong_call_is_told_from_a_no(arguments: tuple[str, ...]) -> None:
    """Exit code 2, and nothing is read or written."""
    result = run(*arguments, stanza=CONTENT)
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize("arguments", [("request",), ("ack", *CONSENT)])
@pytest.mark.parametrize(
    ("stanza", "code"),
    [
        (b"", "not-well-formed"),
        (b"<message", "not-well-formed"),
        (CONTENT.encode() * 2, "not-well-formed"),
        (b"<!DOCTYPE message><message/>", "restricted-xml"),
        (b"\xff\xfe<\0", "unsupported-encoding"),
        (b" " * 300_000, "limit"),
        (b"<iq xmlns='jabber:client'/>", "not-a-message"),
        (b"<message xmlns='urn:o'/>", "not-a-stanza"),
    ],
)
def test_what_cannot_be_read_is_told_from_a_no(
    arguments: tuple[str, ...], stanza: bytes, code: str
) -> None:
    """Exit code 3, and the reader's own reason."""
    result = run(*arguments, stanza=stanza)
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith(f"xep0184: -: cannot be read: {code}: ")


def test_a_file_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    """Exit code 3, as for any other input."""
    result = run("request", str(tmp_path / "none.xml"))
    assert (result.exit_code, result.stdout) == (3, "")
    assert "none.xml: cannot be read: " in result.stderr


HOSTILE = "\x9b2J\x7f\u202e\u2066"


@pytest.mark.parametrize(
    "stanza",
    [
        f"<message xmlns='jabber:client' to='n@b' id='{HOSTILE}'/>",
        f"<message xmlns='jabber:client' to='n@b' id='a'><x y='{HOSTILE}'/></message>",
        f"<message xmlns='jabber:client' to='n@b' id='a'>{HOSTILE}<x/></message>",
        f"<m xmlns='{HOSTILE}'/>",
        f"<message xmlns='urn:{HOSTILE}'/>",
        f"<iq xmlns='jabber:client' id='{HOSTILE}'/>",
    ],
)
def test_a_peers_text_reaches_no_terminal_as_it_is(stanza: str) -> None:
    """Neither in a stanza nor in an error: it could move the cursor or turn text."""
    result = run("request", stanza=stanza)
    assert result.exit_code in {0, 3}
    assert {*"\x9b\x7f\u202e\u2066"}.isdisjoint(result.output)


def test_what_is_not_printed_as_it_is_reads_back() -> None:
    """A reference stands for the character."""
    stanza = f"<message xmlns='jabber:client' to='n@b' id='{HOSTILE}'/>"
    assert codec.parse(run("request", stanza=stanza).stdout).id == HOSTILE


@pytest.mark.parametrize(
    ("character", "reference"),
    [
        ("\x7f", "&#127;"),
        ("\x85", "&#133;"),
        ("\x9f", "&#159;"),
        ("\u061c", "&#1564;"),
        ("\u200e", "&#8206;"),
        ("\u200f", "&#8207;"),
        ("\u2028", "&#8232;"),
        ("\u2029", "&#8233;"),
        ("\u202a", "&#8234;"),
        ("\u202e", "&#8238;"),
        ("\u2066", "&#8294;"),
        ("\u2069", "&#8297;"),
    ],
)
def test_each_character_that_a_terminal_may_obey_is_a_reference(
    character: str, reference: str
) -> None:
    """In values of attributes and in text, of a stanza and of one made of values."""
    stanza = (
        f"<message xmlns='jabber:client' to='n@b' id='a{character}'>"
        f"<x xmlns='u:x' y=\"'{character}\">{character}</x>{character}</message>"
    )
    made = ("--to", BARE, "--id", f"a{character}", "--body", character)
    for result, count in (
        (run("request", stanza=stanza), 4),
        (run("request", *made), 2),
    ):
        assert (result.exit_code, character in result.stdout) == (0, False)
        assert result.stdout.count(reference) == count
        assert codec.parse(result.stdout).id == f"a{character}"


@pytest.mark.parametrize(
    "character", ["\u200b", "\u200c", "\u200d", "\u2027", "\u202f"]
)
def test_what_stands_beside_them_is_printed_as_it_is(character: str) -> None:
    """No terminal obeys a joiner or a space."""
    result = run("request", "--to", BARE, "--id", f"a{character}")
    assert f'id="a{character}"' in result.stdout


def test_a_name_that_holds_such_a_character_is_refused() -> None:
    """U+061C is a name character in the fifth edition of XML only."""
    inside = "<x\u061c xmlns='u:x'/>"
    stanza = f"<message xmlns='jabber:client' to='n@b' id='a'>{inside}</message>"
    assert run("request", stanza=stanza).exit_code == 3


def test_letters_and_signs_are_printed_as_they_are() -> None:
    """An id of emoji stays legible, in UTF-8."""
    id_ = "é\U0001f469\u200d\U0001f680"
    result = run("request", "--to", BARE, "--id", id_)
    assert id_.encode() in result.stdout_bytes


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no terminals here")
def test_a_terminal_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a stanza or a value there is nothing to build; say so at once."""
    master, terminal = os.openpty()
    try:
        with os.fdopen(terminal, encoding="utf-8") as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            with pytest.raises(click.UsageError) as caught:
                build._given_message(None, {})  # noqa: SLF001
    finally:
        os.close(master)
    assert "pipe a stanza" in caught.value.message

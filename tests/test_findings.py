"""What is odd about a stanza, beyond what the vectors of reading list."""

from __future__ import annotations

import sys
from xml.etree import ElementTree as ET

import pytest

from xep0184 import findings, xml
from xep0184.errors import BuildError, XMLError
from xep0184.findings import FindingSource, StanzaKind

R = "urn:xmpp:receipts"
REQUEST = f"<request xmlns='{R}'/>"
RECEIVED = f"<received xmlns='{R}' id='a'/>"


def message(content: str, attributes: str = "id='m'") -> str:
    """Wrap content in a message."""
    return f"<message xmlns='jabber:client' {attributes}>{content}</message>"


@pytest.mark.parametrize(
    ("kind", "stanza"),
    [
        (StanzaKind.REQUEST, message(REQUEST)),
        (StanzaKind.ACK, message(RECEIVED)),
        (StanzaKind.BOTH, message(REQUEST + RECEIVED)),
        (StanzaKind.CARBON, message("<received xmlns='urn:xmpp:carbons:2'/>")),
        (StanzaKind.CARBON, message("<sent xmlns='urn:xmpp:carbons:2'/>")),
        (StanzaKind.ARCHIVED, message("<result xmlns='urn:xmpp:mam:2'/>")),
        (StanzaKind.ARCHIVED, "<result xmlns='urn:xmpp:mam:2'/>"),
        (StanzaKind.ARCHIVED, message("<result xmlns='urn:xmpp:mam:1'/>")),
        (StanzaKind.FORWARDED, message("<forwarded xmlns='urn:xmpp:forward:0'/>")),
        (StanzaKind.LOOK_ALIKE, message("<received xmlns='urn:xmpp:chat-markers:0'/>")),
        (StanzaKind.LOOK_ALIKE, message("<request/>")),
        (StanzaKind.LOOK_ALIKE, message(f"<receipt xmlns='{R}'/>")),
        (StanzaKind.NOTHING, message("<body>hi</body>")),
        (StanzaKind.NOTHING, f"<iq xmlns='jabber:client'>{REQUEST}</iq>"),
    ],
)
def test_every_stanza_has_a_kind(kind: StanzaKind, stanza: str) -> None:
    """By the direct children of a message, whatever the names look like."""
    assert findings.examine(xml.parse(stanza)).kind is kind


def test_a_wrapper_with_a_receipt_of_its_own_is_one() -> None:
    """A receipt beside a forwarded message is no part of it."""
    stanza = message("<forwarded xmlns='urn:xmpp:forward:0'/>" + RECEIVED)
    assert findings.examine(xml.parse(stanza)).kind is StanzaKind.ACK


def test_the_ids_of_a_report_are_those_asked_for_and_acknowledged() -> None:
    """In both roles at once a message names its own id first."""
    report = findings.examine(xml.parse(message(REQUEST + RECEIVED)))
    assert report.ids == ("m", "a")


def test_what_is_no_message_has_no_ids() -> None:
    """An iq with a request in it asks for nothing."""
    stanza = f"<iq xmlns='jabber:client' id='i' type='get'>{REQUEST}</iq>"
    assert findings.examine(xml.parse(stanza)).ids == ()


def test_what_is_no_stanza_is_not_held_against_a_schema() -> None:
    """The features of a stream belong to nobody's grammar here."""
    features = xml.parse("<features xmlns='http://etherx.jabber.org/streams'/>")
    assert findings.examine(features).findings == ()


def test_without_xmlschema_the_verdict_stays_and_the_reason_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A missing extra costs the explanation, not the finding."""
    monkeypatch.setitem(sys.modules, "xmlschema", None)
    report = findings.examine(xml.parse(message(f"<received xmlns='{R}'/>")))
    (problem,) = [it for it in report.findings if it.verdict is FindingSource.SCHEMA]
    assert "pip install 'xep0184[schema]'" in problem.text


def test_an_unknown_revision_is_refused() -> None:
    """There is no guessing which one was meant."""
    with pytest.raises(BuildError):
        findings.examine(xml.parse(message("")), revision="1.1")


def test_what_xmpp_forbids_is_refused_in_elements_too() -> None:
    """A comment that a host's parser kept is no finding but an error."""
    element = ET.Element("{jabber:client}message")
    element.append(ET.Comment("x"))
    with pytest.raises(XMLError):
        findings.examine(element)


@pytest.mark.parametrize(
    ("code", "content"),
    [("look-alike", "<p:request/>"), ("unknown-element", f"<p xmlns='{R}'/>")],
)
def test_a_name_is_kept_once_however_many_elements_have_it(
    code: str, content: str
) -> None:
    """8,000 elements of a name of 4,000 signs would take 32 MB otherwise."""
    stanza = message(content * 1_000, f"id='m' xmlns:p='urn:{'x' * 4_000}'")
    found = [it for it in findings.examine(xml.parse(stanza)).findings if it.where]
    assert [it.code for it in found] == [code] * 1_000
    assert len({id(it.where) for it in found}) == 1


def test_a_large_stanza_has_findings_of_its_beginning_and_one_that_says_so() -> None:
    """Explained are the message, its id and 1022 of the receipts."""
    stanza = xml.parse(message(f"<received xmlns='{R}'/>" * 5_000))
    found = findings.examine(stanza).findings
    note, *problems = (it for it in found if it.verdict is FindingSource.SCHEMA)
    assert note.text.startswith("excerpt: ")
    assert (note.code, note.level) == ("excerpt", "note")
    assert {(it.code, it.level) for it in problems} == {("schema", "MUST")}
    said = [it.text for it in problems]
    assert said == ["missing required attribute 'id'"] * 1_022

"""The findings about a stanza, beyond those that the vectors list."""

from __future__ import annotations

import sys
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from lxml import etree

from xep0184 import findings, stream, xml
from xep0184.errors import BuildError, XMLCode, XMLError
from xep0184.findings import FindingSource, StanzaKind
from xep0184.findings.form import has_prefix
from xep0184.stream import Stanza

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
        (StanzaKind.ARCHIVED, message("<result xmlns='urn:xmpp:mam:0'/>")),
        (StanzaKind.ARCHIVED, message("<result xmlns='urn:xmpp:mam:tmp'/>")),
        (StanzaKind.FORWARDED, message("<forwarded xmlns='urn:xmpp:forward:0'/>")),
        (StanzaKind.LOOK_ALIKE, message("<received xmlns='urn:xmpp:chat-markers:0'/>")),
        (StanzaKind.LOOK_ALIKE, message("<request/>")),
        (StanzaKind.LOOK_ALIKE, message(f"<receipt xmlns='{R}'/>")),
        (StanzaKind.NOTHING, message("<body>hi</body>")),
        (StanzaKind.NOTHING, f"<iq xmlns='jabber:client'>{REQUEST}</iq>"),
    ],
)
def test_every_stanza_has_a_kind(kind: StanzaKind, stanza: str) -> None:
    """The direct children of a message tell it, by their expanded names."""
    assert findings.examine(xml.parse(stanza)).kind is kind


def test_a_wrapper_with_a_receipt_of_its_own_is_one() -> None:
    """A receipt beside a forwarded message is not part of it."""
    stanza = message("<forwarded xmlns='urn:xmpp:forward:0'/>" + RECEIVED)
    assert findings.examine(xml.parse(stanza)).kind is StanzaKind.ACK


def test_the_ids_of_a_report_are_those_asked_for_and_acknowledged() -> None:
    """A message that asks and acknowledges names its own id first."""
    report = findings.examine(xml.parse(message(REQUEST + RECEIVED)))
    assert report.ids == ("m", "a")


def test_a_stanza_that_is_not_a_message_has_no_ids() -> None:
    """An iq with a request in it asks for nothing."""
    stanza = f"<iq xmlns='jabber:client' id='i' type='get'>{REQUEST}</iq>"
    assert findings.examine(xml.parse(stanza)).ids == ()


def test_only_stanzas_are_validated() -> None:
    """The features of a stream have no schema here."""
    features = xml.parse("<features xmlns='http://etherx.jabber.org/streams'/>")
    assert findings.examine(features).findings == ()


def test_without_xmlschema_the_finding_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without the extra there is no explanation, but still a finding."""
    monkeypatch.setitem(sys.modules, "xmlschema", None)
    report = findings.examine(xml.parse(message(f"<received xmlns='{R}'/>")))
    (problem,) = [it for it in report.findings if it.source is FindingSource.SCHEMA]
    assert "pip install 'xep0184[schema]'" in problem.text


def test_an_unknown_revision_is_refused() -> None:
    """No revision is chosen instead."""
    with pytest.raises(BuildError):
        findings.examine(xml.parse(message("")), revision="1.1")


def test_what_xmpp_forbids_is_refused_in_elements_too() -> None:
    """A comment that another parser kept is an error, not a finding."""
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
    """1,000 elements with a name of 900 characters would take a megabyte otherwise."""
    stanza = message(content * 1_000, f"id='m' xmlns:p='urn:{'x' * 900}'")
    found = [it for it in findings.examine(xml.parse(stanza)).findings if it.where]
    assert [it.code for it in found] == [code] * 1_000
    assert len({id(it.where) for it in found}) == 1


def test_of_a_large_stanza_the_first_problem_is_a_finding() -> None:
    """The schema engine that lists all of them takes too long for it."""
    stanza = xml.parse(message(f"<received xmlns='{R}'/>" * 5_000))
    found = findings.examine(stanza).findings
    (problem,) = (it for it in found if it.source is FindingSource.SCHEMA)
    assert (problem.code, problem.level) == ("schema", "stated")
    assert "only its first problem is listed" in problem.text


@pytest.mark.requirements("R11")
@pytest.mark.parametrize(
    ("content", "where"),
    [
        (RECEIVED + "<body>hi</body>", "{jabber:client}body"),
        (REQUEST + RECEIVED, "{urn:xmpp:receipts}request"),
        (
            "<delay xmlns='urn:xmpp:delay'/><a xmlns='urn:o'/><b xmlns='urn:o'/>"
            + RECEIVED,
            "{urn:o}a",
        ),
    ],
)
def test_the_first_extra_child_of_an_ack_message_is_named(
    content: str, where: str
) -> None:
    """What servers add on the way is no extra child."""
    found = findings.findings(xml.parse(message(content)))
    assert [it.where for it in found if it.code == "extra-in-ack"] == [where]


@pytest.mark.requirements("R159")
def test_an_error_that_copies_receipts_has_no_findings() -> None:
    """The entity that refuses a message may copy it (RFC 6120 §8.3.1)."""
    gone = "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    error = f"<error type='cancel'>{gone}</error>"
    content = f"{RECEIVED}{RECEIVED}{REQUEST}{REQUEST}<request xmlns='urn:o'/>{error}"
    stanza = xml.parse(message(content, "id='a' type='error'"))
    assert findings.examine(stanza).findings == ()
    iq = f"<iq xmlns='jabber:client' id='a' type='error'>{REQUEST}{error}</iq>"
    assert list(findings.findings(xml.parse(iq))) == []


@pytest.mark.parametrize(
    ("code", "level", "section", "content"),
    [
        ("look-alike", "note", "XEP-0184 §7", "<request xmlns='urn:o'/>"),
        ("multiple-request", "decision", "decision D21", REQUEST * 2),
        ("multiple-received", "SHOULD", "XEP-0184 §7", RECEIVED * 2),
        ("unknown-element", "stated", "XEP-0184 §7", f"<x xmlns='{R}'/>"),
    ],
)
def test_a_finding_has_the_level_and_the_section_of_its_rule(
    code: str, level: str, section: str, content: str
) -> None:
    """The text is that of the rule, too."""
    (found,) = findings.findings(xml.parse(message(content)))
    assert (found.code, found.level, found.section) == (code, level, section)


@pytest.mark.parametrize(
    ("section", "stanza"),
    [
        ("XEP-0184 §11", f"<received xmlns='{R}'/>"),
        ("RFC 6120 §8", "<presence xmlns='jabber:client' type='foo'/>"),
        ("XEP-0115 §12", message("<c xmlns='http://jabber.org/protocol/caps'/>")),
    ],
)
def test_a_problem_with_a_schema_cites_that_schema(section: str, stanza: str) -> None:
    """The section is the one of the element at fault."""
    found = findings.examine(xml.parse(stanza)).findings
    sections = {it.section for it in found if it.source is FindingSource.SCHEMA}
    assert sections == {section}


@pytest.mark.parametrize(
    ("code", "level", "section"),
    [
        (XMLCode.RESTRICTED, "MUST NOT", "RFC 6120 §11.1"),
        (XMLCode.NOT_WELL_FORMED, "MUST NOT", "RFC 6120 §11.3"),
        (XMLCode.ENCODING, "MUST NOT", "RFC 6120 §11.6"),
        (XMLCode.LIMIT, "decision", "decision D34"),
    ],
)
def test_an_error_of_the_parser_makes_a_finding(
    code: XMLCode, level: str, section: str
) -> None:
    """A stanza that is too large breaks no RFC."""
    found = findings.xml_finding(XMLError(code, 3, "why"))
    assert (found.source, found.code, found.text, found.line) == ("xml", code, "why", 3)
    assert (found.level, found.section) == (level, section)


PREFIXED = "<c:message xmlns:c='jabber:client'/>"
PLAIN = "<message xmlns='jabber:client' xmlns:c='urn:c' c:a='<'><c:body/></message>"


@pytest.mark.requirements("R14")
@pytest.mark.parametrize(
    ("stanza", "expected"),
    [
        (PREFIXED, True),
        (" \r\n\t" + PREFIXED, True),
        ("<?xml version='1.0' encoding='UTF-8'?>\n" + PREFIXED, True),
        ("<é:message xmlns:é='jabber:client' />", True),
        (PLAIN.replace("<'", "&lt;'"), False),
        ("<?xml version='1.0'?><message\nxmlns='jabber:client'/>", False),
        ("<message>:</message>", False),
        ("<message/>", False),
    ],
)
def test_the_first_start_tag_tells_whether_a_stanza_has_a_prefix(
    stanza: str,
    expected: bool,  # noqa: FBT001
) -> None:
    """Octets, text and elements of lxml tell it alike."""
    assert has_prefix(stanza) is expected
    assert has_prefix(stanza.encode()) is expected
    assert has_prefix(etree.fromstring(stanza.encode())) is expected


def test_an_element_of_the_standard_library_has_lost_its_prefix() -> None:
    """So the finding can be made of octets only."""
    assert not has_prefix(ET.fromstring(PREFIXED))  # noqa: S314


def test_white_space_and_long_names_are_scanned_once() -> None:
    """One million characters of each, which backtracking would take hours for."""
    for octets in (b" " * 1_000_000 + b"<m/>", b"<" + b"m" * 1_000_000 + b"/>"):
        assert not has_prefix(octets)


@pytest.mark.parametrize(
    ("namespace", "expected"),
    [
        ("jabber:client", ["content-prefix"]),
        ("jabber:server", ["content-prefix"]),
        ("jabber:component:accept", []),
    ],
)
def test_a_prefix_is_forbidden_for_two_content_namespaces(
    namespace: str, expected: list[str]
) -> None:
    """RFC 6120 §4.8.5 names two; the namespace of components is not among them."""
    element = etree.fromstring(f"<c:iq xmlns:c='{namespace}'/>")
    assert [it.code for it in findings.findings(element)] == expected


TOGETHER = "".join(
    [
        "<stream xmlns='jabber:client' xml:lang='en'>",
        message(REQUEST),
        message(f"<received xmlns='{R}'/>"),
        message("<body/>" * 300, "id=''"),
        "<presence type='nobody'/><iq/><features/>",
        f"<message><received xmlns='{R}'/><p:x xmlns:p='no uri %'/></message>",
        "</stream>",
        "<stream xmlns='jabber:server'>",
        message(RECEIVED + "<p xmlns='urn:p'>" + "x" * 2_000 + "</p>"),
        message(f"<request xmlns='{R}'>no</request>"),
        "</stream>",
    ]
)


def test_stanzas_of_a_recording_are_examined_as_one_by_one() -> None:
    """Whether one stanza is valid depends on no other."""
    stanzas = list(stream.read(BytesIO(TOGETHER.encode())))
    assert len(stanzas) == 9
    together = findings.examine_all(it for it in stanzas if isinstance(it, Stanza))
    for piece, report in zip(stanzas, together, strict=True):
        assert isinstance(piece, Stanza)
        alone = findings.examine(piece.element)
        assert report.kind == alone.kind
        assert {it.code for it in report.findings} == {it.code for it in alone.findings}


def test_each_invalid_stanza_of_many_is_found() -> None:
    """Behind, before and between valid ones, in the first batch and later."""
    invalid = message("<x/>")
    recording = (message(REQUEST) * 70 + invalid) * 3
    stanzas = list(stream.read(BytesIO(recording.encode())))
    reports = findings.examine_all(it for it in stanzas if isinstance(it, Stanza))
    numbers = [
        number
        for number, report in enumerate(reports, 1)
        if "schema" in {it.code for it in report.findings}
    ]
    assert numbers == [71, 142, 213]


def test_stanzas_of_a_recording_are_read_within_the_limits() -> None:
    """`examine_all` applies its limits as `examine` does."""
    two = message(f"<received xmlns='{R}' id='1'/><received xmlns='{R}' id='2'/>")
    limits = xml.Limits(receipts=1)
    stanzas = stream.read(BytesIO(two.encode()), limits=limits)
    found = (it for it in stanzas if isinstance(it, Stanza))
    (report,) = findings.examine_all(found, limits=limits)
    assert report.ids == findings.examine(two, limits=limits).ids == ("1",)


@pytest.mark.parametrize(
    ("stanza", "codes"),
    [
        (message(f"<received xmlns='{R}'/>"), ["missing-id"]),
        (message(f"<request xmlns='{R}' id='1'/>"), ["unexpected-attribute"]),
        (message(f"<request xmlns='{R}'>x</request>"), ["unexpected-content"]),
        (message("", "type='foo'"), ["unknown-type"]),
        (message("<body/>x", "type='foo'"), ["unknown-type", "schema"]),
        (message(f"<body a='1'/><request xmlns='{R}'/>"), ["schema"]),
        (
            message(f"<body a='1'/><request xmlns='{R}' id='1'/>"),
            ["unexpected-attribute", "schema"],
        ),
    ],
)
def test_a_fault_that_a_rule_names_is_no_problem_with_the_schema_as_well(
    stanza: str, codes: list[str]
) -> None:
    """One fault is one finding; another fault of the same stanza is kept."""
    assert [it.code for it in findings.examine(stanza).findings] == codes


@pytest.mark.parametrize("version", ["1", "0", "tmp"])
def test_a_result_of_an_old_archive_is_named(version: str) -> None:
    """It is a note, because the message in it can be read all the same."""
    result = f"<result xmlns='urn:xmpp:mam:{version}'/>"
    (found,) = findings.findings(message(result))
    assert (found.code, found.level, found.where) == (
        "old-archive",
        "note",
        f"{{urn:xmpp:mam:{version}}}result",
    )
    assert list(findings.findings(message("<result xmlns='urn:xmpp:mam:2'/>"))) == []


def test_a_bounce_that_copies_a_request_is_lawful() -> None:
    """An error may hold the message that it returns (RFC 6120 §8.3.1)."""
    gone = "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    error = f"<error type='cancel'>{gone}</error>"
    request = f"<body>Hi</body><request xmlns='{R}'/>"
    bounce = message(request + error, "type='error' id='1'")
    assert findings.examine(bounce).findings == ()

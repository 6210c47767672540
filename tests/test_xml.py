"""The parser's edges that no stanza of the vectors reaches."""

from __future__ import annotations

import gc
import pickle
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from xep0184 import codec, stream, xml
from xep0184.errors import (
    BuildCode,
    BuildError,
    EngineError,
    FormatCode,
    FormatError,
    MissingExtraError,
    RuleError,
    SchemaError,
    Xep0184Error,
    XMLCode,
    XMLError,
)
from xep0184.message import Message, MessageType, Received
from xep0184.rules import RULES
from xep0184.xml.many import parse_all

WITHIN = xml.wrapper({None: "jabber:client", "p": "urn:p"}, "en")


TEXT = "<message xmlns='jabber:client'><body>\xe9</body></message>"


def code_of(
    data: bytes | str, within: bytes = b"", limits: xml.Limits = xml.DEFAULT_LIMITS
) -> str:
    """Return the code that refuses something."""
    with pytest.raises(XMLError) as caught:
        xml.parse(data, within=within, limits=limits)
    return caught.value.code


def test_an_element_inherits_from_the_parent_it_is_parsed_within() -> None:
    """The namespaces of a stream apply to its stanzas."""
    element = xml.parse("<message><p:x/></message> ", within=WITHIN)
    assert [node.tag for node in element.iter()] == [
        "{jabber:client}message",
        "{urn:p}x",
    ]
    assert element.tail is None


@pytest.mark.parametrize(
    "data",
    ["", "<a/><b/>", "X<a/>", "<a/>x", "</_><_>", "<a/></_><_/>", "\xa0<a/>"],
)
def test_nothing_but_one_element_is_parsed_within_a_parent(data: str) -> None:
    """What closes the parent, or stands beside the element, is not let in."""
    assert code_of(data, WITHIN) == XMLCode.NOT_WELL_FORMED


def test_white_space_of_xml_may_stand_around_an_element() -> None:
    """Blank, TAB, CR and LF, and no other blank of Unicode."""
    element = xml.parse(" \t\r\n<message/>\n", within=WITHIN)
    assert element.tag == "{jabber:client}message"


def test_names_of_the_fifth_edition_of_xml_are_refused() -> None:
    """Expat knows the name characters of the fourth edition; U+0221 came later."""
    message = "<message xmlns='jabber:client'><body>hi</body><\u0221/></message>"
    assert code_of(message) == XMLCode.NOT_WELL_FORMED


ENCODINGS = [
    (TEXT.encode("utf-8-sig"), "UTF-8 with a byte order mark"),
    (TEXT.encode("utf-16"), "UTF-16"),
    (TEXT.encode("utf-16-le"), "UTF-16"),
    (TEXT.encode("utf-16-be"), "UTF-16"),
    (TEXT.encode("utf-32"), "UTF-32"),
    (TEXT.encode("utf-32-le"), "UTF-32"),
    (TEXT.encode("utf-32-be"), "UTF-32"),
    (f"<?xml version='1.0'?>{TEXT}".encode("cp037"), "EBCDIC"),
    *(
        (f"<?xml version='1.0' encoding='{name}'?>{TEXT}".encode(name, "replace"), name)
        for name in ("ISO-8859-1", "windows-1252", "Shift_JIS", "utf-7", "us-ascii")
    ),
]


@pytest.mark.parametrize(("octets", "name"), ENCODINGS)
def test_another_encoding_is_refused_by_its_name(octets: bytes, name: str) -> None:
    """RFC 6120 §11.6; text that is not ASCII makes no difference."""
    with pytest.raises(XMLError) as caught:
        codec.parse(octets)
    assert caught.value.code == XMLCode.ENCODING
    assert name in str(caught.value)


@pytest.mark.parametrize("octets", [b"\xff", b"<a>\xe9</a>", b"<a>\xc0\x80</a>"])
def test_octets_of_no_declared_encoding_are_not_well_formed(octets: bytes) -> None:
    """There is no other encoding to name."""
    assert code_of(octets) == XMLCode.NOT_WELL_FORMED


def crowd(uri: str) -> str:
    """Return a message with 900 prefixed children, whose local names are 4 long."""
    children = "".join(f"<p:a{number}/>" for number in range(100, 1_000))
    return f"<message xmlns='jabber:client' xmlns:p='{uri}'>{children}</message>"


@pytest.mark.parametrize("letter", ["u", "\U0001f600"])
def test_expanded_names_are_limited_together(letter: str) -> None:
    """Four times `octets` characters, in octets and in elements alike.

    The names are {uri}a100 and so on: 900 of len(uri) + 6, and 22 of the message.
    """
    limits = xml.Limits(octets=100_000)
    longest = (4 * 100_000 - 22) // 900 - 6
    most, more = (crowd(letter * length) for length in (longest, longest + 1))
    assert len(xml.parse(most, limits=limits)) == 900
    xml.check(ET.fromstring(most), limits=limits)  # noqa: S314
    assert code_of(more, limits=limits) == XMLCode.LIMIT
    with pytest.raises(XMLError) as caught:
        xml.check(ET.fromstring(more), limits=limits)  # noqa: S314
    assert caught.value.code == XMLCode.LIMIT


def test_names_of_attributes_count_as_well() -> None:
    """A namespace name of 4 KB, repeated by each of 250 attributes in 5 elements."""
    attributes = " ".join(f"p:a{number}=''" for number in range(250))
    element = f"<x {attributes}/>"
    text = f"<message xmlns:p='{'u' * 4_000}'>{element * 5}</message>"
    assert len(text) < 20_000
    assert code_of(text) == XMLCode.LIMIT


def test_a_prefix_means_what_is_declared_nearest() -> None:
    """A long name that is bound elsewhere does not count."""
    long = "u" * 4_000
    inner = f"<x xmlns:p='v'>{'<p:a/>' * 1_000}</x><y xmlns:p='{long}'/>"
    text = f"<message xmlns='' xmlns:p='{long}'>{inner}</message>"
    assert len(xml.parse(text)[0]) == 1_000
    assert code_of(text.replace("<x xmlns:p='v'>", "<x>")) == XMLCode.LIMIT


def test_a_namespace_name_with_a_closing_brace_is_refused_everywhere() -> None:
    """In an expanded name nobody could tell where it ends."""
    text = "<message xmlns='jabber:client'><x xmlns='a}b'/></message>"
    assert code_of(text) == XMLCode.NOT_WELL_FORMED
    recovering = etree.XMLParser(recover=True)
    attribute = ET.Element("{jabber:client}message", {"{a}b}c": ""})
    for element in (etree.fromstring(text, recovering), attribute):
        with pytest.raises(XMLError) as caught:
            xml.check(element)
        assert caught.value.code == XMLCode.NOT_WELL_FORMED


def test_an_error_has_line_and_column_within_a_parent_too() -> None:
    """The parent is not part of the source."""
    for text, place in (("<a><b></a>", (1, 9)), ("<a>\n <b></a>", (2, 7))):
        for within in (b"", WITHIN):
            with pytest.raises(XMLError) as caught:
                xml.parse(text, within=within)
            assert (caught.value.line, caught.value.column) == place
    with pytest.raises(XMLError) as caught:
        xml.parse("<a>\n <!-- --></a>", within=WITHIN)
    assert (caught.value.line, caught.value.column) == (2, 2)


def test_a_column_counts_characters_whatever_the_parent_holds() -> None:
    """As `XMLError.column` says; the parent here has fewer characters than octets."""
    within = xml.wrapper({None: "jabber:client", "p": "urn:" + "\u00e9" * 20}, None)
    with pytest.raises(XMLError) as caught:
        xml.parse("<iq><!-- --></iq>", within=within)
    assert (caught.value.line, caught.value.column) == (1, 5)
    recording = f"<log xmlns:p='urn:{chr(0xE9) * 20}'><iq/><iq><!-- --></iq></log>"
    pieces = list(stream.read(BytesIO(recording.encode())))
    (broken,) = (it for it in pieces if isinstance(it, stream.Broken))
    assert broken.error.column == recording.index("<!--") + 1


@pytest.mark.parametrize(
    ("name", "value"),
    [("octets", 9_999), ("octets", 10_000_001), ("depth", 0), ("depth", 256)],
)
def test_a_limit_is_within_what_the_rfc_and_libxml2_allow(
    name: str, value: int
) -> None:
    """RFC 6120 §13.12 wants 10,000 octets at least."""
    with pytest.raises(BuildError) as caught:
        xml.Limits(**{name: value})
    assert (caught.value.code, caught.value.field) == (BuildCode.LIMIT, name)


ERRORS: tuple[Xep0184Error, ...] = (
    BuildError(BuildCode.MISSING_ID, "id"),
    XMLError(XMLCode.LIMIT, 3, "more elements than allowed", 7),
    XMLError(XMLCode.ENCODING),
    FormatError(FormatCode.NOT_A_MESSAGE, "{jabber:client}iq"),
    SchemaError(["one", "two"]),
    RuleError(RULES[:2]),
    MissingExtraError("schema", "xmlschema"),
    EngineError("dictionary full"),
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: str(error)[:20])
def test_an_error_survives_a_process_boundary(error: Xep0184Error) -> None:
    """Pickled and read again, it holds the same facts and says the same."""
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own octets
    assert (type(again), vars(again), str(again)) == (
        type(error),
        vars(error),
        str(error),
    )


def test_an_error_says_what_where_why_and_what_to_do() -> None:
    """One line, made of the facts."""
    assert str(ERRORS[1]) == (
        "limit: line 3, column 7: more elements than allowed; this exceeds the limits"
        " (RFC 6120 §13.12); pass higher Limits if you trust the source"
    )
    assert str(ERRORS[4]) == "one; two"


def test_a_message_without_receipts_is_always_writable() -> None:
    """There is nothing about it that the XEP could forbid."""
    codec.ensure_writable(Message(type=MessageType.ERROR))


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        (
            Message(id="m", received=(Received("\1"),)),
            "illegal-character",
            "received@id",
        ),
        (Message(id="\1", received=(Received("a"),)), "illegal-character", "id"),
        (Message(id="\1", request=True), "illegal-character", "id"),
        (Message(id="a", received=(Received("a"),)), "echoed-id", "id"),
        (Message(id="m", received=(Received(""),)), "empty-id", "received@id"),
        (Message(id="m", received=(Received(None),)), "missing-id", "received@id"),
        (Message(id="", received=(Received("a"),)), "empty-id", "id"),
        (Message(request=True), "missing-id", "id"),
    ],
)
def test_what_is_not_writable_is_not_written(
    message: Message, code: str, field: str
) -> None:
    """A check beforehand gives the same error as `serialize`."""
    for refuse in (codec.ensure_writable, codec.serialize):
        with pytest.raises(BuildError) as caught:
            refuse(message)
        assert (caught.value.code, caught.value.field) == (code, field)


def test_an_ack_is_writable_with_and_without_an_id_of_its_own() -> None:
    """The id of the ack message is recommended, not required (RFC 6120 §8.1.3)."""
    codec.ensure_writable(Message(received=(Received("a"),)))
    codec.ensure_writable(Message(id="m", received=(Received("a"),)))


def test_every_code_has_a_sentence() -> None:
    """No code of the closed enumerations is without its explanation."""
    said = [
        *(str(BuildError(code, "id")) for code in BuildCode),
        *(str(XMLError(code)) for code in XMLCode),
        *(str(FormatError(code, "x")) for code in FormatCode),
    ]
    assert [line for line in said if len(line.split()) < 5] == []


def test_a_type_that_is_none_is_not_written() -> None:
    """A plain str is as good as a member, if it is one of the five."""
    plain: Any = "chat"
    others: list[Any] = ["chat' onload='", None]
    assert codec.serialize(Message(type=plain)) == codec.serialize(
        Message(type=MessageType.CHAT)
    )
    for type_ in others:
        with pytest.raises(BuildError) as caught:
            codec.serialize(Message(type=type_))
        assert caught.value.code is BuildCode.UNKNOWN_TYPE


def test_reading_leaves_nothing_to_the_garbage_collector() -> None:
    """A long stanza, which is inspected first, is freed at once."""
    document = (
        b"<message xmlns='jabber:client'><body>" + b"x" * 5_000 + b"</body></message>"
    )
    xml.parse(document)
    gc.collect()
    gc.disable()
    try:
        xml.parse(document)
        assert gc.collect() == 0
    finally:
        gc.enable()


def facts(element: Any) -> tuple[object, ...]:  # noqa: ANN401  # of either library
    """Return all that an element says, but not its prefixes."""
    text, tail = element.text or "", element.tail or ""
    inner = tuple(map(facts, element))
    return element.tag, sorted(element.items()), text, tail, inner


@pytest.mark.parametrize(
    "text",
    [
        "<iq/>",
        "<iq xmlns='jabber:client' id='&#9;&#10;&#13;&quot;&amp;&lt;'>&#13;\n&lt;</iq>",
        "<a:iq xmlns:a='u'><a:x xmlns='v'/>t<y xmlns='v'><z xmlns=''/></y></a:iq>",
        "<iq xmlns='jabber:client' xml:lang='de' xmlns:b='b' b:c='1' c='2' b:d='3'/>",
        "<xml:a/>",
        "<iq xmlns='u'><xml:a b='c' xml:lang='de'>t<d/><e xmlns='v'/></xml:a><f/></iq>",
    ],
)
def test_what_is_written_reads_back_as_the_same_element(text: str) -> None:
    """Of both libraries, and elements have no prefixes."""
    for element in (xml.parse(text), etree.fromstring(text)):
        octets = xml.to_octets(element)
        assert facts(xml.parse(octets)) == facts(element)
        assert b":iq" not in octets


@given(text=st.text(max_size=20), value=st.text(max_size=20))
def test_any_text_is_written_or_refused(text: str, value: str) -> None:
    """XML carries no control characters."""
    element = ET.Element("{u}a", {"b": value})
    ET.SubElement(element, "{u}c").tail = text
    try:
        octets = xml.to_octets(element)
    except BuildError:
        assert not (xml.is_writable(text) and xml.is_writable(value))
        return
    found = xml.parse(octets)
    assert (found.get("b"), found[0].tail or "") == (value, text)


def test_a_deep_element_of_the_stack_is_written() -> None:
    """Without recursion."""
    element = inner = ET.Element("{u}a")
    for _ in range(10_000):
        inner = ET.SubElement(inner, "{u}a")
    assert xml.to_octets(element) == b'<a xmlns="u">' + b"<a>" * 9_999 + b"<a/>" + (
        b"</a>" * 10_000
    )


LONG = "u" * 4_000


@pytest.mark.parametrize(
    ("content", "is_refused"),
    [
        ("<a/>" * 400, True),  # 400 times the namespace name
        ("<a " + " ".join(f"a{it}=''" for it in range(150)) + "/>", False),
    ],
)
def test_the_default_namespace_is_part_of_the_names_of_elements_only(
    content: str, *, is_refused: bool
) -> None:
    """Not of attributes (Namespaces in XML 1.0 §6.2)."""
    text = f"<message xmlns='{LONG}'>{content}{content}</message>"
    if is_refused:
        assert code_of(text) == XMLCode.LIMIT
    else:
        assert len(xml.parse(text)) == 2


def test_a_prefix_is_bound_again_behind_an_element() -> None:
    """As it was before."""
    inner = f"<y xmlns:p='{LONG}'/>{'<p:a/>' * 1_000}"
    assert len(xml.parse(f"<message xmlns:p='v'>{inner}</message>")) == 1_001


def test_few_attributes_may_have_long_names() -> None:
    """Thirty of 1,500 characters exceed 40,000."""
    attributes = " ".join(f"p:a{number}=''" for number in range(30))
    text = f"<message xmlns:p='{'u' * 1_500}' {attributes}/>"
    assert code_of(text, limits=xml.Limits(octets=10_000)) == XMLCode.LIMIT
    assert xml.parse(text).tag == "message"


def test_a_limit_is_named_with_what_exceeds_it() -> None:
    """Of 65 elements inside each other."""
    deep = b"<a>" * 64 + b"<a/>" + b"</a>" * 64
    with pytest.raises(XMLError) as caught:
        xml.parse(deep)
    assert caught.value.detail == "depth: 65"
    assert parse_all([deep, b"<a/>"], limits=xml.DEFAULT_LIMITS, within=b"<_>") == []


def test_as_many_characters_of_names_as_the_limit_are_accepted() -> None:
    """In an element: 900 names of 44 + 6 and one of 4 are four times 11,251."""
    children = "".join(f"<p:a{number}/>" for number in range(100, 1_000))
    text = f"<root xmlns:p='{'u' * 44}'>{children}</root>"
    element = ET.fromstring(text)  # noqa: S314  # ours
    xml.check(element, limits=xml.Limits(octets=11_251))
    with pytest.raises(XMLError):
        xml.check(element, limits=xml.Limits(octets=11_250))


def test_short_elements_have_long_names_within_a_long_namespace() -> None:
    """101 names of 403 characters exceed 40,000, though 410 octets are few."""
    piece = b"<a>" + b"<b/>" * 100 + b"</a>"
    within = b"<_ xmlns='" + b"u" * 400 + b"'>"
    limits = xml.Limits(octets=10_000)
    assert parse_all([piece, piece], limits=limits, within=within) == []


def test_octets_that_are_not_the_declared_utf_8_are_not_well_formed() -> None:
    """The encoding is the right one."""
    octets = b"<?xml version='1.0' encoding='UTF-8'?><a>\xff</a>"
    assert code_of(octets) == XMLCode.NOT_WELL_FORMED


@pytest.mark.parametrize(
    ("opening", "piece", "length"),
    [
        # {jabber:client}a, and {http://www.w3.org/XML/1998/namespace}x
        ("<iq xmlns='jabber:client'>", "<a xml:x=''/>", 16 + 39),
        (f"<iq xmlns='{'u' * 500}'>", "<xmlns/>", 507),
    ],
)
def test_every_expanded_name_counts(opening: str, piece: str, length: int) -> None:
    """Those in the namespace of XML, and those that look like a declaration."""
    limits = xml.Limits(octets=10_000)  # so that 40,000 characters of names are allowed
    name = len(ET.XML(opening + "</iq>").tag)
    most = (4 * limits.octets - name) // length

    def checked(text: str, *, limits: xml.Limits) -> None:
        xml.check(ET.XML(text), limits=limits)

    for number in (most, most + 1):
        text = opening + piece * number + "</iq>"
        for door in (
            xml.parse,
            lambda it, limits: xml.check(ET.XML(it), limits=limits),
        ):
            if number == most:
                door(text, limits=limits)
                continue
            with pytest.raises(XMLError) as caught:
                door(text, limits=limits)
            assert caught.value.code == XMLCode.LIMIT


def test_a_comment_has_no_name() -> None:
    """It is no node whose name counts (`Limits.name_characters`)."""
    limits = xml.Limits(octets=10_000)
    names = [f"{number:x>399}" for number in range(100)]  # 39,900 of 40,000
    element = ET.Element("a" * 100, dict.fromkeys(names, ""))
    element.append(ET.Comment("x"))
    xml.check(element, limits=limits, comments=True)
    element.append(ET.Element("a"))
    with pytest.raises(XMLError):
        xml.check(element, limits=limits, comments=True)

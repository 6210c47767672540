"""The parser's edges that no stanza of the vectors reaches."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from xep0184 import codec, xml
from xep0184.errors import (
    BuildCode,
    BuildError,
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

WITHIN = xml.wrapper({None: "jabber:client", "p": "urn:p"}, "en")


def code_of(data: bytes | str, within: bytes = b"") -> str:
    """Return the code that refuses something."""
    with pytest.raises(XMLError) as caught:
        xml.parse(data, within=within)
    return caught.value.code


def test_an_element_inherits_from_the_parent_it_is_parsed_within() -> None:
    """Namespaces and language of a stream reach its stanzas."""
    element = xml.parse("<message><p:x/></message>", within=WITHIN)
    assert [node.tag for node in element.iter()] == [
        "{jabber:client}message",
        "{urn:p}x",
    ]
    assert next(element.iterancestors()).attrib.values() == ["en"]


@pytest.mark.parametrize(
    "data",
    ["", "<a/><b/>", "x<a/>", "<a/>x", "</_><_>", "<a/></_><_/>", "\xa0<a/>"],
)
def test_nothing_but_one_element_is_parsed_within_a_parent(data: str) -> None:
    """What closes the parent, or stands beside the element, is not let in."""
    assert code_of(data, WITHIN) == XMLCode.NOT_WELL_FORMED


def test_a_long_namespace_name_is_refused_among_many_elements_too() -> None:
    """They are then left to be looked at one by one; a long text is harmless."""
    name, text = b"<x xmlns='%b'/>" % (b"a" * 4097), b"<x>%b</x>" % (b"a" * 4097)
    assert xml.parse_all(b"<iq/>" + name, within=WITHIN) == []
    assert len(xml.parse_all(b"<iq/>" + text, within=WITHIN)) == 2


@pytest.mark.parametrize(
    "octets",
    [b"x<iq/>", b"<iq/>x<iq/>", b"<iq/>&#32;<iq/>", b"<iq/><!--x-->", b"<iq/></_>"],
)
def test_many_elements_are_parsed_at_once_if_beyond_doubt(octets: bytes) -> None:
    """What may be anything else is left to be looked at one by one."""
    assert len(xml.parse_all(b"<iq/>\n<iq/>", within=WITHIN)) == 2
    assert xml.parse_all(octets, within=WITHIN) == []


def test_white_space_of_xml_may_stand_around_an_element() -> None:
    """Blank, TAB, CR and LF, and no other blank of Unicode."""
    element = xml.parse(" \t\r\n<message/>\n", within=WITHIN)
    assert element.tag == "{jabber:client}message"


def test_names_that_only_one_edition_of_xml_knows_part_the_two_parsers() -> None:
    """U+0221 came with the fifth edition, which libxml2 knows and expat does not.

    So a message with such a name is read, unless something else about it is unusual
    enough to be looked at first. Safe either way, and named here so that it is known.
    """
    message = "<message xmlns='jabber:client'><body>{}</body><\u0221/></message>"
    assert codec.parse(message.format("hi")).body == "hi"
    assert code_of(message.format("<![CDATA[hi]]>")) == XMLCode.NOT_WELL_FORMED


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
    XMLError(XMLCode.LIMIT, 3, "more elements than allowed"),
    XMLError(XMLCode.ENCODING),
    FormatError(FormatCode.NOT_A_MESSAGE, "{jabber:client}iq"),
    SchemaError(["one", "two"]),
    RuleError(RULES[:2]),
    MissingExtraError("schema", "xmlschema"),
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
        "limit: line 3: more elements than allowed; this is larger than the limits in"
        " force (RFC 6120 §13.12); raise Limits if you trust the source"
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
    """Whoever asks beforehand hears what `serialize` would say."""
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

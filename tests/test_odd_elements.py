"""Elements that no strict parser makes: only documented errors come out of any door.

A host may use lxml with ``recover=True``, which keeps octets that are no text, or
build a tree by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from xep0184 import (
    BuildCode,
    BuildError,
    FormatError,
    Received,
    Request,
    XMLCode,
    XMLError,
    codec,
    jid,
    ns,
)
from xep0184.envelope import OpenQuery, unwrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.xml import ElementLike

# Older ones drop the octets that these tests are about.
pytestmark = pytest.mark.skipif(
    etree.LIBXML_VERSION < (2, 14), reason="libxml2 is older than 2.14"
)

ACCOUNT = jid.parse("me@a/x")
MESSAGE = "<message xmlns='jabber:client' from='me@a' id='m'>{}</message>"
FORWARD = "<forwarded xmlns='urn:xmpp:forward:0'>{}</forwarded>"
SENT = f"<sent xmlns='urn:xmpp:carbons:2'>{FORWARD}</sent>"
RESULT = f"<result xmlns='urn:xmpp:mam:2' queryid='q'>{FORWARD}</result>"
SURROGATE = "&#xD800;"  # libxml2 recovers with three octets that are not UTF-8


def unwrapped(element: ElementLike) -> object:
    """Unwrap a message of an account that has an open query."""
    query = OpenQuery(ACCOUNT.bare, "q")
    return unwrap(element, account=ACCOUNT, open_queries=[query])


# Each door, and what its documentation says that it raises.
DOORS: dict[Callable[[Any], object], tuple[type[Exception], ...]] = {
    codec.from_element: (XMLError, FormatError),
    unwrapped: (XMLError, FormatError),
    codec.payload_of: (),
    codec.add_request: (BuildError,),
    lambda element: codec.add_request(element, new_id=lambda: "b"): (BuildError,),
    lambda element: codec.add_received(element, "b"): (BuildError,),
}


def outcome(
    door: Callable[[Any], object],
    errors: tuple[type[Exception], ...],
    element: ElementLike,
) -> object:
    """Return what a door returns, or the documented error that it raises."""
    try:
        return door(element)
    except errors as error:
        return error


def judge(element: ElementLike) -> None:
    """Pass an element and its children through every door."""
    for node in (element, *element):
        for door, errors in DOORS.items():
            assert str(outcome(door, errors, node))


def recovered(octets: bytes, *, resolve_entities: bool = True) -> Any:  # noqa: ANN401  # None too
    """Parse octets as a host would that asks lxml to recover from any fault."""
    parser = etree.XMLParser(recover=True, resolve_entities=resolve_entities)
    return etree.fromstring(octets, parser)


@pytest.mark.requirements("R25")
@pytest.mark.parametrize(
    "inner",
    [
        SURROGATE,
        f"<body>{SURROGATE}</body>",
        f"<x/>{SURROGATE}",
        f"<x a='{SURROGATE}'/>",
        f"<x xmlns='{SURROGATE}'/>",
        f"<x xmlns:p='{SURROGATE}' p:a=''/>",
        f"<received xmlns='urn:xmpp:receipts' id='{SURROGATE}'/>",
        f"<request xmlns='urn:xmpp:receipts'>{SURROGATE}</request>",
        SENT.format(MESSAGE.format(SURROGATE)),
        RESULT.format(f"<delay xmlns='urn:xmpp:delay' stamp='{SURROGATE}'/>"),
    ],
)
def test_octets_that_are_no_text_are_not_well_formed(inner: str) -> None:
    """Wherever they stand; a peer can send them to a host that recovers."""
    element = recovered(MESSAGE.format(inner).encode())
    for door in (codec.from_element, unwrapped):
        with pytest.raises(XMLError) as caught:
            door(element)
        assert caught.value.code is XMLCode.NOT_WELL_FORMED
    judge(element)


@pytest.mark.requirements("R25")
def test_a_receipt_whose_id_is_no_text_is_none() -> None:
    """The door for one child raises nothing."""
    octets = f"<received xmlns='urn:xmpp:receipts' id='{SURROGATE}'/>"
    assert codec.payload_of(recovered(octets.encode())) is None


@pytest.mark.requirements("R25")
@pytest.mark.parametrize("attribute", ["id", "type"])
def test_nothing_is_added_to_a_stanza_that_is_no_text(attribute: str) -> None:
    """The adders say so by an error of the host's."""
    octets = f"<message xmlns='jabber:client' {attribute}='{SURROGATE}'/>"
    element = recovered(octets.encode())
    for add in (codec.add_request, lambda it: codec.add_received(it, "b")):
        with pytest.raises(BuildError) as caught:
            add(element)
        assert (caught.value.code, caught.value.field) == (
            BuildCode.NOT_TEXT,
            "element",
        )
        assert len(element) == 0


PIECES = [
    *("<message xmlns='jabber:client'>", "</message>", "<body>hi</body>", "<a:b/>"),
    *("<request xmlns='urn:xmpp:receipts'/>", "<sent xmlns='urn:xmpp:carbons:2'>"),
    *("<received xmlns='urn:xmpp:receipts' id='x'/>", "</sent>", "</forwarded>"),
    *("<forwarded xmlns='urn:xmpp:forward:0'>", "<result xmlns='urn:xmpp:mam:2'>"),
    *("<!-- -->", "<?x y?>", "&e;", SURROGATE, "&#1;", "&#0;", "<", ">", "'", "]]>"),
    *("<x xmlns='a}b'/>", "<{/>", "<:/>", "<1/>", " id=", " xmlns:a=''", "\0", "\1"),
]


@pytest.mark.requirements("R25")
@given(
    pieces=st.lists(
        st.sampled_from(PIECES).map(str.encode) | st.binary(max_size=3), max_size=8
    ),
    resolve_entities=st.booleans(),
)
def test_whatever_was_recovered_gives_documented_errors(
    pieces: list[bytes], *, resolve_entities: bool
) -> None:
    """Undeclared prefixes, half tags, references to entities, any octets."""
    octets = b"<message xmlns='jabber:client' id='m'>" + b"".join(pieces)
    element = recovered(octets, resolve_entities=resolve_entities)
    if element is not None:  # as it is if nothing could be recovered
        judge(element)


ODD: dict[str, Any] = {
    "none": None,
    "int": 5,
    "zero": 0,
    "bytes": b"id",
    "list": ["id"],
    "qname": ET.QName("id"),
    "object": object(),
}


def message() -> ET.Element:
    """Build a message of a body and a receipt by hand."""
    element = ET.Element(f"{{{ns.CLIENT}}}message", {"from": "me@a", "id": "m"})
    ET.SubElement(element, f"{{{ns.CLIENT}}}body").text = "hi"
    ET.SubElement(element, ns.RECEIVED_TAG, {"id": "a"})
    return element


@pytest.mark.requirements("R25")
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("place", ["root", "body", "receipt"])
def test_what_is_no_text_in_a_tree_made_by_hand_gives_documented_errors(
    odd: object, place: str
) -> None:
    """The standard library takes anything for a name, a value or a text."""
    wrong: Any = odd
    for change in ("tag", "text", "tail", "from", "id", "type", "name"):
        element = message()
        node = {"root": element, "body": element[0], "receipt": element[1]}[place]
        if change in {"tag", "text", "tail"}:
            setattr(node, change, odd)
        elif change != "name":
            node.set(change, wrong)
        elif not isinstance(odd, list):
            node.set(wrong, "a")
        judge(element)
        if change in {"from", "id", "type"}:
            with pytest.raises(XMLError) as caught:
                codec.from_element(element)
            assert caught.value.code is XMLCode.NOT_WELL_FORMED


@pytest.mark.requirements("R25")
def test_a_receipt_built_by_hand_may_be_an_empty_element_of_any_text() -> None:
    """What is text is read as it stands."""
    assert codec.payload_of(message()[1]) == Received("a")
    assert codec.payload_of(ET.Element(ns.REQUEST_TAG)) == Request()


@pytest.mark.requirements("R25", "R114")
def test_a_tree_that_contains_itself_is_too_large() -> None:
    """The standard library lets an element be its own child."""
    element = message()
    element[0].append(element)
    for door in (codec.from_element, unwrapped):
        with pytest.raises(XMLError) as caught:
            door(element)
        assert caught.value.code is XMLCode.LIMIT

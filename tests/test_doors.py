"""Laws of reading and writing, for generated messages in generated spellings."""

from __future__ import annotations

import runpy
import subprocess
import sys
from contextlib import nullcontext
from copy import deepcopy
from dataclasses import FrozenInstanceError, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from xep0184 import (
    BuildCode,
    BuildError,
    FormatError,
    Limits,
    Message,
    MessageType,
    MissingExtraError,
    Received,
    RemoteError,
    Request,
    XMLCode,
    XMLError,
    codec,
    jid,
    ns,
    stream,
    xml,
)
from xep0184.envelope import unwrap
from xep0184.jid import JID
from xep0184.strategies import (
    acks,
    broken_wire,
    ids,
    jids,
    messages,
    register,
    streams,
    wire,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from hypothesis.strategies import DataObject
    from lxml.etree import _Element as LxmlElement


T = TypeVar("T")
Element: TypeAlias = "LxmlElement | ET.Element"

TREES = pytest.mark.parametrize("tree", [etree, ET], ids=["lxml", "stdlib"])


def elements(octets: bytes) -> list[Element]:
    """Parse with both libraries, as hosts would."""
    return [etree.fromstring(octets), ET.fromstring(octets)]  # noqa: S314


def without_extensions(message: Message) -> Message:
    """Return a message without the children that a spelling adds."""
    return replace(message, extensions=())


def infoset(element: Element) -> tuple[object, ...]:
    """Return what an element is, whichever library made it."""
    children = [(infoset(child), child.tail) for child in element]
    return element.tag, dict(element.attrib), element.text, children


@pytest.mark.requirements("R17")
@given(messages())
def test_what_is_written_reads_back(message: Message) -> None:
    """Parse after serialize is the identity, and writing again changes no octet."""
    written = codec.serialize(message)
    assert codec.parse(written) == message
    assert codec.serialize(codec.parse(written)) == written


@pytest.mark.requirements("R14", "R19")
@given(messages(), st.sampled_from([ns.CLIENT, ns.SERVER, ns.COMPONENT, ns.FRAGMENT]))
def test_the_content_namespace_changes_no_fact(message: Message, where: str) -> None:
    """Clients, servers, components and fragments have the same messages."""
    written = codec.serialize(message, namespace=where)
    assert codec.parse(written, namespaces=[where]) == message


@pytest.mark.requirements("R1", "R2", "R3", "R27")
@given(st.data())
def test_no_spelling_changes_the_receipt(data: DataObject) -> None:
    """Prefixes, order, references and other children change nothing."""
    message = data.draw(messages())
    octets = data.draw(wire(message))
    assert without_extensions(codec.parse(octets)) == message


@pytest.mark.requirements("R24")
@given(wire())
def test_all_doors_agree(octets: bytes) -> None:
    """Octets, text and both kinds of elements give the same message."""
    message = codec.parse(octets)
    read = [codec.from_element(element) for element in elements(octets)]
    assert [codec.parse(octets.decode()), *read] == [message] * 3


@given(wire())
def test_receipts_of_children_are_those_of_the_message(octets: bytes) -> None:
    """Reading each child gives what reading the stanza gives."""
    message = codec.parse(octets)
    for element in elements(octets):
        receipts = [codec.payload_of(child) for child in element]
        received = [it for it in receipts if isinstance(it, Received)]
        assert (Request() in receipts) is message.request
        assert tuple(dict.fromkeys(received)) == message.received


@TREES
@given(message=messages(), namespace=st.sampled_from([ns.SERVER, ns.FRAGMENT]))
def test_elements_are_built_as_written(
    tree: ModuleType, message: Message, namespace: str
) -> None:
    """The element of each library is that of the octets."""
    for more in ({}, {"namespace": namespace}):
        element = codec.to_element(message, tree=tree, **more)
        expected = tree.fromstring(codec.serialize(message, **more))
        assert infoset(element) == infoset(expected)
        assert type(element) is type(tree.Element("x"))


def test_elements_are_of_the_standard_library_unless_told_otherwise() -> None:
    """Those of lxml are an option."""
    element = codec.to_element(Message(id="a"), namespace=ns.COMPONENT)
    assert type(element) is ET.Element
    assert element.tag == "{jabber:component:accept}message"


def test_an_element_in_an_unknown_namespace_is_not_built() -> None:
    """As for `serialize`."""
    with pytest.raises(BuildError) as caught:
        codec.to_element(Message(id="a"), namespace="urn:o")
    assert (caught.value.code, caught.value.field) == (BuildCode.NAMESPACE, "namespace")


@given(st.data())
def test_child_order_never_changes_the_receipt(data: DataObject) -> None:
    """The children of a stanza are shuffled."""
    octets = data.draw(wire())
    message = codec.parse(octets)
    for element in elements(octets):
        children: list[Any] = data.draw(st.permutations([*element]))
        element[:] = children
        shuffled = codec.from_element(element)
        assert replace(shuffled, extensions=(), received=()) == replace(
            message, extensions=(), received=()
        )
        assert sorted(shuffled.extensions) == sorted(message.extensions)
        assert {*shuffled.received} == {*message.received}


@pytest.mark.requirements("R109", "R111", "R112", "R114", "R115")
@given(broken_wire())
def test_what_is_broken_is_refused_with_its_code(case: tuple[bytes, XMLCode]) -> None:
    """The rest of the stanza does not matter."""
    octets, code = case
    with pytest.raises(XMLError) as caught:
        codec.parse(octets)
    assert caught.value.code is code


MARKUP = st.lists(
    st.sampled_from(["<", ">", "&", "'", '"', "/", "=", ";", "#", "!", "?", "x", ":"])
    | st.sampled_from(["<message ", "<request ", "</message>", "/>", "xml", "xmlns"])
    | st.sampled_from(["xmlns='jabber:client'", "id='a'", "&#60;", "&lt;", "&x;"])
    | st.sampled_from(["<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE ", "[", "]"])
    | st.sampled_from(["<?xml ", "?>", "version='1.0'", "encoding='utf-16'"])
    | st.text(max_size=3)
).map(" ".join)


def outcome(door: Callable[[T], object], given: T) -> object:
    """Return the result of a function, or the documented error that it raises."""
    try:
        return door(given)
    except RemoteError as error:
        return error


@pytest.mark.requirements("R25")
@given(st.binary() | MARKUP.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_octets_give_a_value_or_a_documented_error(octets: bytes) -> None:
    """No error of a parser gets out."""
    result = outcome(codec.parse, octets)
    assert isinstance(result, Message | XMLError | FormatError)
    assert str(result)


@pytest.mark.requirements("R25")
@given(st.text(st.characters()) | MARKUP)
@example("\ud800")
@example("\0")
@example("")
def test_any_text_gives_what_its_octets_give(text: str) -> None:
    """No error of a parser gets out, and both kinds of input agree."""
    result = outcome(codec.parse, text)
    assert isinstance(result, Message | XMLError | FormatError)
    octets = text.encode("utf-8", "surrogatepass")
    assert facts_of(outcome(codec.parse, octets)) == facts_of(result)


def facts_of(result: object) -> object:
    """Return a value as it is and an error as its code, to compare them."""
    return getattr(result, "code", result)


@pytest.mark.requirements("R25", "R146")
@given(st.text(st.characters()) | jids())
def test_any_text_is_a_jid_or_a_documented_error(text: str) -> None:
    """Reading a normalised JID again gives the same JID."""
    result = outcome(jid.parse, text)
    assert isinstance(result, JID | FormatError)
    if isinstance(result, JID):
        assert jid.parse(str(result)) == result


@pytest.mark.requirements("R9")
@given(ids(), ids(), st.sampled_from(MessageType))
def test_both_elements_are_never_written(own: str, id_: str, kind: MessageType) -> None:
    """With any ids and any type."""
    message = Message(id=own, type=kind, request=True, received=(Received(id_),))
    with pytest.raises(BuildError) as caught:
        codec.serialize(message)
    assert caught.value.code is BuildCode.REQUEST_IN_ACK


@pytest.mark.requirements("R5")
@given(ids(), ids())
def test_ids_are_compared_by_code_points(first: str, second: str) -> None:
    """Two ids are two receipts unless every code point is the same."""
    pair = [
        f"<received xmlns='{ns.RECEIPTS}' id='{xml.escape_attribute(id_, 'id')}'/>"
        for id_ in (first.replace("'", "\u2019"), second.replace("'", "\u2019"))
    ]
    message = codec.parse(f"<message xmlns='{ns.CLIENT}'>{''.join(pair)}</message>")
    assert (len(message.received) == 1) is (len(set(pair)) == 1)


@pytest.mark.requirements("R8", "R9", "R21")
@given(wire(Message(id="a", body="hi")))
def test_a_request_is_added_and_nothing_touched(octets: bytes) -> None:
    """On both kinds of element; adding it again changes nothing."""
    message = codec.parse(octets)
    for element in elements(octets):
        before = deepcopy(element)
        codec.add_request(element)
        codec.add_request(element)
        assert codec.from_element(element) == replace(message, request=True)
        del element[-1]
        assert infoset(element) == infoset(before)


@TREES
@pytest.mark.requirements("R8")
@pytest.mark.parametrize("attributes", [{}, {"id": ""}])
def test_a_request_can_give_the_stanza_its_id(
    tree: ModuleType, attributes: dict[str, str]
) -> None:
    """Many stacks assign ids only when they send."""
    element = tree.Element("{jabber:client}message", attributes)
    assert codec.add_request(element, new_id=lambda: "a") == "a"
    assert codec.from_element(element) == Message(id="a", request=True)
    assert codec.add_request(element, new_id=lambda: "b") == "a"
    assert codec.add_request(element) == "a"
    assert codec.from_element(element) == Message(id="a", request=True)


@TREES
@pytest.mark.requirements("R8", "R16")
@pytest.mark.parametrize(
    ("made", "code"),
    [
        ("", BuildCode.EMPTY_ID),
        ("\1", BuildCode.ILLEGAL_CHARACTER),
        (5, BuildCode.NOT_TEXT),
        (None, BuildCode.MISSING_ID),
    ],
)
def test_an_unusable_new_id_is_refused_before_anything_is_added(
    tree: ModuleType, made: object, code: BuildCode
) -> None:
    """The element stays as it was."""
    wrong: Any = made
    element = tree.Element("{jabber:client}message")
    with pytest.raises(BuildError) as caught:
        codec.add_request(element, new_id=lambda: wrong)
    assert (caught.value.code, caught.value.field) == (code, "id")
    assert codec.from_element(element) == Message()


@pytest.mark.requirements("R8")
def test_a_request_without_id_is_refused_with_advice() -> None:
    """The error says that stacks assign ids when sending, and what to do."""
    element = ET.Element("{jabber:client}message")
    with pytest.raises(BuildError) as caught:
        codec.add_request(element)
    assert caught.value.code is BuildCode.MISSING_ID
    assert str(caught.value) == (
        "missing-id: id: is missing, and a receipt needs it to name the message"
        " (XEP-0184 §7). Many stacks assign ids only when they send: assign one"
        " first, or call add_request(element, new_id=fresh_id)"
    )


@pytest.mark.requirements("R6", "R12")
@given(octets=wire(Message(id="a", type=MessageType.CHAT)), id_=ids())
def test_a_receipt_is_added_and_nothing_touched(octets: bytes, id_: str) -> None:
    """On both kinds of element, with the id exactly as given."""
    id_ += "'" * (id_ == "a")
    message = codec.parse(octets)
    for element in elements(octets):
        before = deepcopy(element)
        codec.add_received(element, id_)
        added = replace(message, received=(Received(id_),))
        assert codec.from_element(element) == added
        del element[-1]
        assert infoset(element) == infoset(before)


@given(acks())
def test_nothing_is_added_to_an_ack(message: Message) -> None:
    """Neither a request (XEP-0184 §5.4) nor another receipt."""
    adders: list[Callable[[Element], object]] = [
        codec.add_request,
        lambda element: codec.add_received(element, "x"),
    ]
    for tree in (etree, ET):
        for adder in adders:
            element = codec.to_element(message, tree=tree)
            with pytest.raises(BuildError):
                adder(element)
            assert codec.from_element(element) == message


@given(acks(), st.booleans())
def test_an_ack_acknowledges_its_id(message: Message, legacy: bool) -> None:  # noqa: FBT001
    """An explicit id is used in both readings of the XEP."""
    assert codec.acknowledged_ids(message, legacy=legacy) == (message.received[0].id,)


@given(streams())
def test_streams_hold_the_stanzas_they_were_made_of(
    case: tuple[bytes, tuple[Message, ...]],
) -> None:
    """Reading the stream gives each message, in order, and nothing else."""
    octets, expected = case
    pieces = list(stream.read(BytesIO(octets)))
    read = [codec.from_element(it.element) for it in pieces if hasattr(it, "element")]
    assert len(pieces) == len(expected)
    assert tuple(map(without_extensions, read)) == expected


@pytest.mark.requirements("R24")
@pytest.mark.parametrize("field", ["id", "received", "request"])
def test_results_are_immutable(field: str) -> None:
    """A message that was read stays as it was read."""
    message = codec.parse("<message xmlns='jabber:client'/>")
    with pytest.raises(FrozenInstanceError):
        setattr(message, field, None)
    assert hash(message) == hash(Message())


@pytest.mark.requirements("R24", "R109")
def test_an_entity_node_in_an_element_is_refused() -> None:
    """Lxml can keep a reference to an entity as a node."""
    octets = (
        b"<!DOCTYPE message [<!ENTITY e 'x'>]>"
        b"<message xmlns='jabber:client'><body>&e;</body></message>"
    )
    element = etree.fromstring(octets, etree.XMLParser(resolve_entities=False))
    with pytest.raises(XMLError) as caught:
        codec.from_element(element)
    assert caught.value.code is XMLCode.RESTRICTED


def deep(tree: ModuleType, levels: int) -> Element:
    """Build a tree of so many levels."""
    root: Element = tree.Element("{jabber:client}message")
    node = root
    for _ in range(levels - 1):
        node = tree.SubElement(node, "x")
    return root


@TREES
@pytest.mark.requirements("R24", "R114")
def test_depth_of_an_element_is_limited_without_recursion(tree: ModuleType) -> None:
    """At the limit it passes; far above the recursion limit it is refused."""
    assert codec.from_element(deep(tree, 64)).extensions == ("x",)
    for levels in (65, 10_000):
        with pytest.raises(XMLError) as caught:
            codec.from_element(deep(tree, levels))
        assert caught.value.code is XMLCode.LIMIT


@TREES
@pytest.mark.requirements("R24", "R114")
def test_size_of_an_element_is_limited(tree: ModuleType) -> None:
    """Texts, tails and attributes are counted, except the tail of the root."""
    for place in ("text", "tail", "id"):
        element = tree.Element("{jabber:client}message")
        child = tree.SubElement(element, "x")
        element.tail = "x" * 20_000
        assert codec.from_element(element, limits=Limits(octets=10_000)).id is None
        if place == "id":
            child.set(place, "x" * 20_000)
        else:
            setattr(child, place, "x" * 20_000)
        with pytest.raises(XMLError) as caught:
            codec.from_element(element, limits=Limits(octets=10_000))
        assert caught.value.code is XMLCode.LIMIT


@pytest.mark.requirements("R114")
@pytest.mark.parametrize(
    "limits", [{"elements": 3}, {"depth": 2}, {"elements": 3, "depth": 2}]
)
def test_the_stream_around_a_stanza_is_not_counted(limits: dict[str, int]) -> None:
    """Elements and levels are those of the stanza alone."""
    octets = (
        b"<stream:stream xmlns='jabber:client'"
        b" xmlns:stream='http://etherx.jabber.org/streams'>"
        b"<message id='a'><body>hi</body><x></x></message></stream:stream>"
    )
    kept = list(stream.read(BytesIO(octets), limits=Limits(**limits)))
    lower = {name: value - 1 for name, value in limits.items()}
    refused = list(stream.read(BytesIO(octets), limits=Limits(**lower)))
    assert [type(piece) for piece in kept] == [stream.Stanza]
    assert [type(piece) for piece in refused] == [stream.Broken]


@TREES
@pytest.mark.requirements("R114")
def test_wrappers_are_counted(tree: ModuleType) -> None:
    """Elements and levels are those of the outer message: here five of each."""
    element = tree.fromstring(
        "<message xmlns='jabber:client'><sent xmlns='urn:xmpp:carbons:2'>"
        "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'>"
        "<body>hi</body></message></forwarded></sent></message>"
    )
    account = jid.parse("n@shakespeare.lit")
    for name in ("elements", "depth"):
        envelope = unwrap(element, account=account, limits=Limits(**{name: 5}))
        assert envelope.message == Message(body="hi")
        with pytest.raises(XMLError) as caught:
            unwrap(element, account=account, limits=Limits(**{name: 4}))
        assert caught.value.code is XMLCode.LIMIT


@pytest.mark.requirements("R114")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("octets", 9_999),
        ("octets", 10_000_001),
        ("depth", 0),
        ("depth", 256),
        ("elements", 0),
        ("attributes", 0),
        ("receipts", 0),
    ],
)
def test_limits_have_limits(name: str, value: int) -> None:
    """A server may not refuse stanzas below 10,000 octets; libxml2 has ceilings."""
    with pytest.raises(BuildError) as caught:
        Limits(**{name: value})
    assert (caught.value.code, caught.value.field) == (BuildCode.LIMIT, name)


@pytest.mark.requirements("R116")
def test_a_swapped_default_parser_changes_nothing() -> None:
    """Another library may set lxml's default parser; it is not used."""
    octets = b"<message xmlns='jabber:client'><body>a</body>"
    etree.set_default_parser(etree.XMLParser(recover=True))
    try:
        with pytest.raises(XMLError):
            codec.parse(octets)
    finally:
        etree.set_default_parser()


@pytest.mark.requirements("R143", "R144", "R145")
@given(jids())
def test_generated_jids_are_jids(text: str) -> None:
    """Upper case, except in the resource, and a final dot do not matter."""
    address = jid.parse(text)
    bare, slash, resource = text.partition("/")
    for dot in ("", "."):
        spelled = f"{bare.removesuffix('.')}{dot}{slash}{resource}"
        assert jid.parse(spelled) == address
    assert address.resource is None or slash == "/"


@pytest.mark.parametrize(
    ("type_", "again"),
    [
        (JID, lambda it: jid.parse(str(it))),
        (Message, lambda it: codec.parse(codec.serialize(it))),
        (Received, lambda it: Received(it.id) if it.id else None),
    ],
)
def test_hypothesis_knows_our_types(
    type_: type[object], again: Callable[[Any], object]
) -> None:
    """The entry point lets others ask by name alone for values that can be written."""
    register()

    @given(st.from_type(type_))
    def law(made: object) -> None:
        assert isinstance(made, type_)
        assert again(made) == made

    law()


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("first", ["hypothesis", "xep0184.strategies"])
def test_hypothesis_and_the_strategies_load_in_any_order(first: str) -> None:
    """Each imports the other: Hypothesis through the entry point."""
    code = f"import {first}, xep0184.strategies, hypothesis"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_strategies_without_hypothesis_name_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(MissingExtraError) as caught:
        runpy.run_module("xep0184.strategies.__init__")
    assert (caught.value.extra, caught.value.module) == ("testing", "hypothesis")


@pytest.mark.parametrize("more", [0, 1])
@pytest.mark.parametrize("declarations", [1, 200])
def test_expanded_names_have_the_same_limit_in_octets_and_elements(
    more: int, declarations: int
) -> None:
    """At most 4 times `Limits.octets` characters; declarations are no names."""
    limits = Limits(octets=10_000)
    namespace = "urn:example:" + "n" * 988  # {urn:example:nnn}a has 1,003 characters
    others = "".join(f" xmlns:p{it}='urn:p'" for it in range(declarations))
    declared = f" xmlns:n='{namespace}'{others}"
    children = "<n:a/>" * 39  # 39,117 characters
    name = "b" * (40_000 - 39_117 - len("{jabber:client}message") + more)
    stanza = f"<message xmlns='jabber:client'{declared} {name}=''>{children}</message>"
    for read in (
        lambda: xml.parse(stanza, limits=limits),
        lambda: xml.check(ET.fromstring(stanza), limits=limits),  # noqa: S314  # our own
        lambda: xml.check(etree.fromstring(stanza), limits=limits),
    ):
        with pytest.raises(XMLError, match=r"^limit: ") if more else nullcontext():
            read()

"""Entity capabilities: the vectors, what is refused, and what stanzas advertise."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from lxml import etree

from xep0184 import caps, conformance, disco, ns
from xep0184.caps import Advertisement, Caps, Hash, HashSet
from xep0184.disco import DataForm, Field, Identity, Info
from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.conformance import Vector

VECTORS = conformance.vectors("caps")


def having(*keys: str) -> pytest.MarkDecorator:
    """Parametrise a test with the vectors that have one of these keys."""
    chosen = [it for it in VECTORS if {*keys} & {*it.given, *it.expect}]
    return pytest.mark.parametrize("vector", chosen, ids=attrgetter("name"))


def info_of(vector: Vector) -> Info:
    """Read the answer of a vector."""
    element = etree.fromstring(vector.given["answer"])
    read = disco.answer_of if element.tag == ns.QUERY_TAG else disco.from_element
    info = read(element, lang=vector.given.get("lang")).info
    assert info is not None
    return info


def advertised_of(xml: str) -> caps.AnyCaps:
    """Read a ``<c/>`` of either XEP."""
    element = etree.fromstring(xml)
    advertised = caps.caps_of(element) or caps.hash_set_of(element)
    assert advertised is not None
    return advertised


@having("ver")
def test_ver(vector: Vector) -> None:
    """The hash of XEP-0115 is the published one, by every function given."""
    info = info_of(vector)
    assert {name: caps.ver(info, name) for name in vector.expect["ver"]} == (
        vector.expect["ver"]
    )


@having("ver_input")
def test_ver_input(vector: Vector) -> None:
    """The hash input is the string S of XEP-0115."""
    assert caps.ver_input(info_of(vector)) == vector.expect["ver_input"].encode()


@having("ver_error")
def test_ver_refused(vector: Vector) -> None:
    """An ill-formed or ambiguous answer has no hash of XEP-0115."""
    with pytest.raises(BuildError) as caught:
        caps.ver(info_of(vector))
    assert caught.value.code == vector.expect["ver_error"]


@having("digest")
def test_digest(vector: Vector) -> None:
    """The hash of XEP-0390 is the published one, by every function given."""
    info = info_of(vector)
    assert {name: caps.digest(info, name) for name in vector.expect["digest"]} == (
        vector.expect["digest"]
    )


@having("digest_input")
def test_digest_input(vector: Vector) -> None:
    """The hash input is the one of XEP-0390."""
    assert caps.digest_input(info_of(vector)) == vector.expect["digest_input"].encode()


@having("digest_octets")
def test_digest_octets(vector: Vector) -> None:
    """The hash input is as long as the hexdump in XEP-0390."""
    assert len(caps.digest_input(info_of(vector))) == vector.expect["digest_octets"]


@having("digest_error")
def test_digest_refused(vector: Vector) -> None:
    """Content that the hash does not cover is refused."""
    with pytest.raises(BuildError) as caught:
        caps.digest(info_of(vector))
    assert caught.value.code == vector.expect["digest_error"]


@having("ver", "digest")
def test_conceals(vector: Vector) -> None:
    """Only K4b has the name of the feature in a form."""
    assert caps.conceals(info_of(vector)) is vector.expect.get("conceals", False)


@having("verdict")
def test_verify(vector: Vector) -> None:
    """The verdict is that of the vector."""
    advertised = advertised_of(vector.given["advertised"])
    assert caps.verify(advertised, info_of(vector)) == vector.expect["verdict"]


@having("usable")
def test_checkable_hashes(vector: Vector) -> None:
    """Only hashes that can be checked are returned, and none of an ill-formed set."""
    hashes = advertised_of(vector.given["advertised"])
    assert isinstance(hashes, HashSet)
    assert [each.algo for each in caps.checkable_hashes(hashes)] == vector.expect[
        "usable"
    ]


@having("hash_node")
def test_hash_node(vector: Vector) -> None:
    """The node of a hash names function and value, and is split again."""
    hash_ = Hash("sha-256", vector.expect["digest"]["sha-256"])
    assert caps.hash_node(hash_) == vector.expect["hash_node"]
    assert caps.split_node(vector.expect["hash_node"]) == hash_


@having("node")
def test_split_node(vector: Vector) -> None:
    """A hash node is split at its last full stop."""
    expected = vector.expect["split"] and Hash(*vector.expect["split"])
    assert caps.split_node(vector.given["node"]) == expected


def test_every_row_has_a_vector() -> None:
    """Every published example, and every row about ill-formed answers, has a vector."""
    rows = {"K-115a", "K-115b", "K-390a", "K-390b", "K-neg1", "K-neg2"}
    rows |= {"K1", "K1l", "K2", "K4", "K4a", "K4b", "K7", "K8", "K11", "K12"}
    rows |= {"M1", "M2", "M3", "M4", "M5", "M7", "M8", "M9"}
    assert rows <= {vector.row for vector in VECTORS}


def test_names_are_unique() -> None:
    """No two vectors have the same name."""
    names = [vector.name for vector in VECTORS]
    assert len(set(names)) == len(names)


# What is refused


def typed(type_: str, fields: list[Field]) -> DataForm:
    """Make a form of a type."""
    head = Field(var="FORM_TYPE", type="hidden", values=(type_,))
    return DataForm(fields=(*fields, head))


@pytest.mark.parametrize("name", ["SHA-1", "sha1", "md5", "", "shake-128", "sha-1 "])
def test_unknown_functions_are_refused(name: str) -> None:
    """Names are looked up in one table and never passed to hashlib."""
    for hashed in (caps.ver, caps.digest):
        with pytest.raises(BuildError) as caught:
            hashed(Info(), name)
        assert caught.value.code is BuildCode.ALGORITHM


@pytest.mark.parametrize(
    ("algorithms", "accepted"),
    [
        (("sha-256", "sha3-256"), True),
        (("blake2b-512",), True),
        (("sha-1", "sha-256"), True),
        (("sha-1",), False),
        (("sha-512",), False),
        (("sha-256", "md5"), False),
        (("sha-256", "sha-256"), False),
        ((), False),
    ],
)
def test_sets_hold_a_mandatory_function(
    algorithms: tuple[str, ...], *, accepted: bool
) -> None:
    """A set has one of the mandatory functions, and no function twice."""
    if accepted:
        made = caps.hash_set(Info(), iter(algorithms))
        assert tuple(each.algo for each in made.hashes) == algorithms
    else:
        with pytest.raises(BuildError) as caught:
            caps.hash_set(Info(), algorithms)
        assert caught.value.code is BuildCode.ALGORITHM


@pytest.mark.parametrize("algorithm", caps.SIZES)
def test_sizes_are_those_of_the_functions(algorithm: str) -> None:
    """The sizes are those of the functions, so no right hash is skipped."""
    made = Hash(algorithm, caps.digest(Info(), algorithm))
    assert caps.checkable_hashes(HashSet((made,))) == (made,)


@pytest.mark.parametrize("separator", ["\x1c", "\x1d", "\x1e", "\x1f"])
@pytest.mark.parametrize("place", ["feature", "identity", "form"])
def test_separators_of_0390_are_refused(place: str, separator: str) -> None:
    """A value made by hand cannot have the hash input of another one."""
    text = f"a{separator}b"
    info = {
        "feature": Info(features=(text,)),
        "identity": Info(identities=(Identity(category="c", type="t", name=text),)),
        "form": Info(forms=(typed("t", [Field(var="v", values=(text,))]),)),
    }[place]
    with pytest.raises(BuildError) as caught:
        caps.digest(info)
    assert caught.value.code is BuildCode.AMBIGUOUS


@pytest.mark.parametrize("hashed", [caps.ver, caps.digest])
def test_lone_surrogates_are_refused(hashed: Callable[[Info], str]) -> None:
    """A lone surrogate is refused with our own error."""
    with pytest.raises(BuildError) as caught:
        hashed(Info(features=("\ud800",)))
    assert caught.value.code is BuildCode.ILLEGAL_CHARACTER


# What stanzas advertise


C1 = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>"
C2 = "<c xmlns='urn:xmpp:caps'><hash xmlns='urn:xmpp:hashes:2' algo='a'>b</hash></c>"
ONE = Caps(node="n", ver="v", hash="sha-1")
TWO = HashSet((Hash("a", "b"),))


@pytest.mark.parametrize(
    ("stanza", "expected"),
    [
        (f"<presence xmlns='jabber:client'>{C1}</presence>", Advertisement(caps=ONE)),
        (f"<presence xmlns='jabber:server'>{C2}</presence>", Advertisement(hashes=TWO)),
        (
            f"<presence xmlns='jabber:client'><show>away</show>{C1}{C2}</presence>",
            Advertisement(caps=ONE, hashes=TWO),
        ),
        (
            f"<presence xmlns='jabber:client'>{C1}{C1.replace('v', 'w')}</presence>",
            Advertisement(caps=ONE),
        ),
        ("<presence xmlns='jabber:client'/>", Advertisement()),
        (f"<presence>{C1}</presence>", Advertisement(caps=ONE)),
        (
            f"<s:features xmlns:s='http://etherx.jabber.org/streams'>{C1}</s:features>",
            Advertisement(caps=ONE),
        ),
        (f"<presence xmlns='jabber:client' type='unavailable'>{C1}</presence>", None),
        (f"<presence xmlns='jabber:client' type='subscribe'>{C1}</presence>", None),
        (f"<presence xmlns='jabber:client' type='error'>{C1}</presence>", None),
        (f"<presence xmlns='jabber:client' type=''>{C1}</presence>", None),
        (f"<presence xmlns='urn:example'>{C1}</presence>", None),
        (f"<message xmlns='jabber:client'>{C1}</message>", None),
        (f"<features xmlns='jabber:client'>{C1}</features>", None),
        (
            f"<presence xmlns='jabber:client'><x xmlns='u'>{C1}</x></presence>",
            Advertisement(),
        ),
    ],
)
def test_what_is_advertised(stanza: str, expected: Advertisement | None) -> None:
    """Only direct children of available presence and of stream features count."""
    assert caps.advertisement_of(etree.fromstring(stanza)) == expected


def test_0390_is_preferred() -> None:
    """If both are advertised, that of XEP-0390 is used (XEP-0390 §7.2)."""
    assert Advertisement(caps=ONE, hashes=TWO).preferred == TWO
    assert Advertisement(caps=ONE, hashes=HashSet(())).preferred == HashSet(())
    assert Advertisement(caps=ONE).preferred == ONE
    assert Advertisement().preferred is None


@pytest.mark.parametrize("advertised", [ONE, TWO])
def test_what_is_written_is_read_again(advertised: caps.AnyCaps) -> None:
    """Writing and reading agree."""
    assert advertised_of(caps.serialize(advertised).decode()) == advertised


@pytest.mark.parametrize(
    ("advertised", "field"),
    [
        (replace(ONE, hash=None), "hash"),
        (replace(ONE, node=""), "node"),
        (replace(ONE, ver=None), "ver"),
        (HashSet(()), "c"),
        (HashSet((Hash("", "b"),)), "algo"),
        (HashSet((Hash("a", ""),)), "hash"),
    ],
)
def test_nothing_incomplete_is_written(advertised: caps.AnyCaps, field: str) -> None:
    """The format before 2007 is read but not written."""
    with pytest.raises(BuildError) as caught:
        caps.serialize(advertised)
    assert (caught.value.code, caught.value.field) == (BuildCode.EMPTY, field)


# Elements that no parser of XMPP makes

UNREADABLE = b"&#xD800;"  # lxml keeps it, and raises when it decodes the text
CAPS_XML = b"<c xmlns='http://jabber.org/protocol/caps' node='%s'/>"
SET_XML = (
    b"<c xmlns='urn:xmpp:caps'><hash xmlns='urn:xmpp:hashes:2' algo='%s'>%s</hash></c>"
)
PRESENCE_XML = b"<presence xmlns='jabber:client' %s>%s</presence>"
RECOVERED = [
    CAPS_XML % UNREADABLE,
    SET_XML % (UNREADABLE, b"b"),
    SET_XML % (b"a", UNREADABLE),
    PRESENCE_XML % (b"", CAPS_XML % UNREADABLE),
    PRESENCE_XML % (b"", SET_XML % (b"a", UNREADABLE)),
    PRESENCE_XML % (b"type='%s'" % UNREADABLE, CAPS_XML % b"n"),
    PRESENCE_XML % (b"", b"<:c/><a:b:c/><-x/><c xmlns='a}b'/>\x00\xff&undefined;"),
    PRESENCE_XML.replace(b"jabber:client", UNREADABLE) % (b"", b""),
]


@pytest.mark.parametrize("octets", RECOVERED)
def test_elements_of_a_recovering_parser(octets: bytes) -> None:
    """Reading raises nothing, whatever lxml makes of broken octets."""
    element = etree.fromstring(octets, etree.XMLParser(recover=True))
    for node in element.iter():
        assert isinstance(caps.caps_of(node), Caps | None)
        assert isinstance(caps.hash_set_of(node), HashSet | None)
        assert isinstance(caps.advertisement_of(node), Advertisement | None)


def parsed(xml: str) -> ET.Element:
    """Parse with the standard library."""
    return ET.fromstring(xml)  # noqa: S314  # made here


def odd_children() -> list[Any]:
    """Make children whose name is no str, or that have no name at all."""
    qualified: Any = ET.QName("urn:example", "c")
    return [
        ET.Comment("c"),
        ET.ProcessingInstruction("p"),
        ET.Element(qualified),
        ET.Element(""),
        ET.Element("}"),
        ET.Element("{"),
    ]


def test_elements_made_by_hand() -> None:
    """Odd children are ignored, and what is odd itself advertises nothing."""
    presence = ET.Element("{jabber:client}presence")
    presence.extend([*odd_children(), parsed(C1)])
    assert caps.advertisement_of(presence) == Advertisement(caps=ONE)
    hashes = ET.Element(ns.CAPS2_TAG)
    hashes.extend([*odd_children(), *parsed(C2)])
    assert caps.hash_set_of(hashes) == TWO
    for odd in odd_children():
        odd.extend([parsed(C1)])
        found = caps.caps_of(odd), caps.hash_set_of(odd), caps.advertisement_of(odd)
        assert found == (None, None, None)


@pytest.mark.parametrize(
    "stanza",
    [
        f"<presence xmlns='jabber:client'>{C1.replace('/caps', '%2Fcaps')}</presence>",
        f"<presence xmlns='jabber:client'>{C2.replace(':caps', '%3Acaps')}</presence>",
    ],
)
def test_a_percent_encoded_namespace_is_another_one(stanza: str) -> None:
    """Namespace names are compared as they are (Namespaces in XML §2.3)."""
    assert caps.advertisement_of(etree.fromstring(stanza)) == Advertisement()

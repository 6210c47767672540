"""Every vector, given to each function that accepts it.

The expected values are in the vectors and come from the specifications. This module
gives them to the functions of the codec, the findings and the JIDs.
"""

from __future__ import annotations

import random
import re
from base64 import b64decode
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.etree import ElementTree as ET

import pytest
from lxml import etree

from xep0184 import (
    BuildError,
    FormatError,
    Limits,
    Message,
    Received,
    RemoteError,
    Request,
    SourceForm,
    XMLCode,
    XMLError,
    codec,
    conformance,
    jid,
)
from xep0184.conformance.library import facts, to_write
from xep0184.findings import findings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType

    from xep0184.conformance import Vector
    from xep0184.xml import ElementLike

LxmlElement: TypeAlias = etree._Element  # noqa: SLF001  # it has no other name
Element: TypeAlias = "LxmlElement | ET.Element"

READ = (*conformance.vectors("parsing"), *conformance.vectors("restricted"))
BUILDING = conformance.vectors("building")
JIDS = conformance.vectors("jids")
ALL = (*READ, *BUILDING, *JIDS)
LONG = 400_000  # octets

REQUIREMENTS = {
    *(f"R{number}" for number in range(1, 28)),  # A1, the codec
    *(f"R{number}" for number in range(109, 119)),  # A6, XML restrictions
    *(f"R{number}" for number in range(143, 149)),  # A9, JIDs
}
# The rows of the published tables, with the number of cases in each.
ROWS = {
    **dict.fromkeys(["P2", "P4", "P6", "P8", "P13", "P22", "P23", "P25"], 1),
    **dict.fromkeys(["P31", "P35", "X4", "X15", "Q7"], 1),
    **dict.fromkeys(["P1", "P3", "P9", "P14", "P15", "P16", "P18", "P20"], 2),
    **dict.fromkeys(["P29", "P30", "P33", "P36", "X14"], 2),
    "P7": 4,
    "P12": 4,
    "P19": 5,
    "P24": 4,
    "P34": 4,
    "P37": 4,
    "P39": 3,
    "X1": 9,
    "X2": 4,
    "X3": 1,
    "X10": 4,
    "X11": 8,
    "Q4": 4,
    "Q5": 2,
    "Q6": 7,
}


def proven(path: Path) -> list[str]:
    """Return the names in the `requirements` markers of a test module."""
    markers = re.findall(r"mark\.requirements\(([^)]*)\)", path.read_text("utf-8"))
    return re.findall(r'"(\w+)"', " ".join(markers))


MARKED = [
    name for path in Path(__file__).parent.glob("test_*.py") for name in proven(path)
]


def by_name(vector: Vector) -> str:
    """Name a test after its vector."""
    return vector.name


@pytest.fixture
def _unmeasured_if_long(vector: Vector, request: pytest.FixtureRequest) -> None:
    """Measure no coverage where a thing is repeated a hundred thousand times."""
    if len(vector.octets) >= LONG:
        request.getfixturevalue("unmeasured")


def options(vector: Vector) -> dict[str, Any]:
    """Return the keyword arguments that the functions of the codec share."""
    namespaces = vector.given.get("namespaces", ["jabber:client", "jabber:server"])
    return {
        "namespaces": namespaces,
        "limits": Limits(**vector.given.get("limits", {})),
    }


def is_text(vector: Vector) -> bool:
    """Check whether the octets are UTF-8."""
    return "base64" not in vector.given


def by_lxml(octets: bytes) -> LxmlElement:
    """Parse with lxml, with few limits, as a host may do."""
    parser = etree.XMLParser(huge_tree=True, collect_ids=False)
    return etree.fromstring(octets, parser)


def by_stdlib(octets: bytes) -> ET.Element:
    """Parse with ElementTree, and keep comments and processing instructions."""
    builder = ET.TreeBuilder(insert_comments=True, insert_pis=True)
    parser = ET.XMLParser(target=builder)  # noqa: S314  # our own octets
    parser.feed(octets)
    element: ET.Element = parser.close()
    return element


HOSTS: dict[str, Callable[[bytes], Element]] = {"lxml": by_lxml, "stdlib": by_stdlib}
ILL = {XMLCode.NOT_WELL_FORMED, XMLCode.ENCODING}


def reaches_an_element(vector: Vector) -> bool:
    """Check whether another parser makes an element that shows what is expected."""
    return not (vector.given.get("wire_only") or ILL.intersection(vector.error))


ELEMENTS = [vector for vector in READ if reaches_an_element(vector)]
# The large ones are about the readers; what is read from them is small.
STATED = [it for it in ELEMENTS if it.expect and len(it.octets) < LONG]


def write(element: Element) -> bytes:
    """Serialize an element with its own library."""
    if isinstance(element, LxmlElement):
        return etree.tostring(element, encoding="utf-8")
    return bytes(ET.tostring(element, encoding="utf-8"))


def infoset(element: ElementLike) -> tuple[object, ...]:
    """Return the infoset of an element of either library."""
    attributes = dict(element.attrib)
    children = [(infoset(child), child.tail or "") for child in element]
    return element.tag, attributes, element.text or "", children


def strings(message: Message) -> Iterable[object]:
    """Yield every string in a message."""
    held = (message.to, message.from_, message.id, message.raw_type, message.body)
    ids = (receipt.id for receipt in message.received)
    return (it for it in chain(held, ids, message.extensions) if it is not None)


def found(element: Element, vector: Vector) -> list[str]:
    """Return the codes of the findings; ElementTree does not keep prefixes."""
    limits = options(vector)["limits"]
    codes = {finding.code for finding in findings(element, limits=limits)}
    if not isinstance(element, LxmlElement):
        codes |= {"content-prefix"} & set(vector.expect.get("findings", []))
    return sorted(codes)


def outcome(
    door: Callable[..., Message], given: object, vector: Vector, **more: object
) -> dict[str, Any]:
    """Return the facts that a function reads, or the code of its error."""
    try:
        return facts(door(given, **options(vector), **more))
    except (XMLError, FormatError) as error:
        return {"error": error.code}


def assert_right(vector: Vector, answer: dict[str, Any]) -> None:
    """Assert that an answer is the expected one, with the code of an error."""
    result = conformance.judge(vector, answer)
    assert result.status == "passed", conformance.explanation(result)
    assert answer.get("error") in {None, *vector.error}


@pytest.mark.usefixtures("_unmeasured_if_long")
@pytest.mark.parametrize("vector", READ, ids=by_name)
def test_octets_are_read_as_the_vector_says(vector: Vector) -> None:
    """`parse` returns every fact of octets, or raises the expected error."""
    form = SourceForm(vector.given.get("form", "document"))
    assert_right(vector, outcome(codec.parse, vector.octets, vector, form=form))


@pytest.mark.parametrize(
    "vector",
    [it for it in READ if is_text(it) and len(it.octets) < LONG],
    ids=by_name,
)
def test_text_is_read_as_the_vector_says(vector: Vector) -> None:
    """`parse` returns every fact of a str, or raises the expected error."""
    form = SourceForm(vector.given.get("form", "document"))
    text = vector.octets.decode()
    assert_right(vector, outcome(codec.parse, text, vector, form=form))


@pytest.mark.requirements("R24")
@pytest.mark.usefixtures("_unmeasured_if_long")
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("vector", ELEMENTS, ids=by_name)
def test_elements_are_read_as_the_vector_says(vector: Vector, host: str) -> None:
    """`from_element` reads elements of lxml and ElementTree alike."""
    element = HOSTS[host](vector.octets)
    before = write(element)
    assert_right(vector, outcome(codec.from_element, element, vector))
    assert write(element) == before


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("vector", STATED, ids=by_name)
def test_payloads_are_read_as_the_vector_says(vector: Vector, host: str) -> None:
    """`payload_of` finds in the children the receipts of the whole stanza."""
    receipts = [codec.payload_of(child) for child in HOSTS[host](vector.octets)]
    ids = dict.fromkeys(it.id for it in receipts if isinstance(it, Received))
    kept = options(vector)["limits"].receipts
    assert list(ids)[:kept] == vector.expect.get("received", [])
    assert (Request() in receipts) == vector.expect.get("request", False)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("vector", STATED, ids=by_name)
def test_findings_are_those_of_the_vector(vector: Vector, host: str) -> None:
    """Exactly the expected findings are reported."""
    element = HOSTS[host](vector.octets)
    assert found(element, vector) == vector.expect.get("findings", [])


@pytest.mark.requirements("R24")
@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("vector", STATED, ids=by_name)
def test_results_hold_no_reference_to_the_tree(vector: Vector, host: str) -> None:
    """Strings are of type str; those of lxml's XPath refer to their element."""
    element = HOSTS[host](vector.octets)
    message = codec.from_element(element, **options(vector))
    assert {type(held) for held in strings(message)} <= {str}


# Namespaces in XML demands a URI reference and no check of it: such names are read. A
# closing brace in one is refused.
EITHER = {
    "R2-namespace-with-leading-blank": "read",
    "R2-namespace-with-trailing-newline": "read",
    "R2-namespace-that-is-no-uri": "read",
    "R2-namespace-beyond-ascii": "read",
    "R2-relative-namespace": "read",
    # RFC 6120 §4.8.5 forbids a prefix for messages; a reader SHOULD NOT accept it.
    "P6-prefixed-content-namespace": "read",
    "R2-prefix-bound-anew": "read",
    "R2-receipts-as-default-namespace-around-a-prefixed-message": "read",
    "R2-prefixed-message-body-without-prefix": "read",
    "R4-message-attributes-in-a-namespace": "read",
    "R117-brace-in-namespace": "refused",
}


def test_where_reading_and_refusing_are_both_right_the_choice_is_listed() -> None:
    """By name; octets and elements are treated alike."""
    either = [it for it in READ if it.expect and it.error]
    answers = {it.name: outcome(codec.parse, it.octets, it) for it in either}
    assert {
        name: "refused" if "error" in answer else "read"
        for name, answer in answers.items()
    } == EITHER


def named(ask: str, *, refused: bool) -> list[Vector]:
    """Return the building vectors of one function."""
    return [it for it in BUILDING if it.ask == ask and bool(it.error) is refused]


def namespace_of(vector: Vector) -> dict[str, str]:
    """Return the keyword argument of `serialize`, if the vector has one."""
    given = vector.given
    return {"namespace": given["namespace"]} if "namespace" in given else {}


@pytest.mark.parametrize("vector", named("write", refused=False), ids=by_name)
def test_messages_are_written_as_the_vector_says(vector: Vector) -> None:
    """The octets are exactly the expected ones, and are parsed to the message."""
    message = to_write(vector.given["message"])
    written = codec.serialize(message, **namespace_of(vector))
    namespaces = [vector.given.get("namespace", "jabber:client")]
    read = codec.parse(written, namespaces=namespaces)
    assert written == vector.expect["xml"].encode()
    assert read == message
    assert codec.serialize(read, **namespace_of(vector)) == written


@pytest.mark.parametrize("vector", named("write", refused=True), ids=by_name)
def test_messages_are_refused_as_the_vector_says(vector: Vector) -> None:
    """The error has the expected code and field."""
    message = to_write(vector.given["message"])
    with pytest.raises(BuildError) as caught:
        codec.serialize(message, **namespace_of(vector))
    assert (caught.value.code,) == vector.error
    assert caught.value.field == vector.field


@pytest.mark.parametrize("tree", [etree, ET], ids=["lxml", "stdlib"])
@pytest.mark.parametrize(
    "vector",
    [it for it in named("write", refused=False) if "namespace" not in it.given],
    ids=by_name,
)
def test_elements_are_built_as_the_vector_says(
    vector: Vector, tree: ModuleType
) -> None:
    """The element of either library has the infoset of the octets."""
    element = codec.to_element(to_write(vector.given["message"]), tree=tree)
    assert infoset(element) == infoset(by_lxml(vector.expect["xml"].encode()))


ADDING = ("add-request", "add-received")


def add(vector: Vector, element: Element) -> None:
    """Add to an element what a building vector says."""
    if vector.ask == "add-request":
        codec.add_request(element)
    else:
        given = vector.given["id"]
        id_: Any = b64decode(given["base64"]) if isinstance(given, dict) else given
        codec.add_received(element, id_)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    "vector",
    [it for key in ADDING for it in named(key, refused=False)],
    ids=by_name,
)
def test_receipts_are_added_as_the_vector_says(vector: Vector, host: str) -> None:
    """An element of either library has the receipt, and is otherwise unchanged."""
    element = HOSTS[host](vector.octets)
    add(vector, element)
    assert infoset(element) == infoset(HOSTS[host](vector.expect["xml"].encode()))


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    "vector",
    [it for key in ADDING for it in named(key, refused=True)],
    ids=by_name,
)
def test_additions_are_refused_as_the_vector_says(vector: Vector, host: str) -> None:
    """The error has the expected code and field; the element is unchanged."""
    element = HOSTS[host](vector.octets)
    before = write(element)
    with pytest.raises(BuildError) as caught:
        add(vector, element)
    assert (caught.value.code,) == vector.error
    assert caught.value.field == vector.field
    assert write(element) == before


def test_the_ack_of_the_xep_is_written() -> None:
    """Q7: it has the infoset of XEP-0184 example 4 with the namespace added."""
    example = next(it for it in READ if it.name == "P2-example-4-as-fragment")
    ours = next(it for it in BUILDING if it.name == "Q7-example-4")
    declared = example.octets.replace(b"<message", b"<message xmlns='jabber:client'")
    written = codec.serialize(to_write(ours.given["message"]))
    without_blanks = etree.XMLParser(remove_blank_text=True)
    expected = infoset(etree.fromstring(declared, without_blanks))
    assert infoset(by_lxml(written)) == expected


@pytest.mark.parametrize(
    "vector", [it for it in JIDS if it.error and not it.expect], ids=by_name
)
def test_what_is_no_jid_is_refused(vector: Vector) -> None:
    """The error holds the code and the text."""
    with pytest.raises(FormatError) as caught:
        jid.parse(vector.given["jid"])
    assert (caught.value.code,) == vector.error


@pytest.mark.parametrize(
    "vector", [it for it in JIDS if it.ask == "jid" and it.expect], ids=by_name
)
def test_jids_are_split_as_the_vector_says(vector: Vector) -> None:
    """The parts are those, in the form in which they are compared."""
    parts = ("local", "domain", "resource")
    read = jid.parse(vector.given["jid"])
    assert [vector.expect.get(part) for part in parts] == [
        getattr(read, part) for part in parts
    ]


@pytest.mark.parametrize(
    "vector", [it for it in JIDS if it.ask == "same-jid"], ids=by_name
)
def test_jids_are_compared_as_the_vector_says(vector: Vector) -> None:
    """Two spellings of one address are equal, and so are their hashes."""
    first, second = map(jid.parse, vector.given["pair"])
    assert (first == second) is vector.expect["equal"]
    assert (len({first, second}) == 1) is vector.expect["equal"]


def distinct(times: int, spelling: str) -> bytes:
    """Return a message whose child has that many different attributes."""
    attributes = " ".join(spelling.format(number) for number in range(times))
    return f"<message xmlns='jabber:client' id='a'><x {attributes}/></message>".encode()


@pytest.mark.requirements("R114", "R118")
@pytest.mark.parametrize("spelling", ["a{0}='{0}'", "xmlns:p{0}='urn:p{0}'"])
def test_ten_thousand_attributes_are_refused_or_read(spelling: str) -> None:
    """A limit refuses them by default; with a higher one they are read."""
    octets = distinct(10_000, spelling)
    limits = Limits(octets=10_000_000, attributes=10_000)
    with pytest.raises(XMLError) as caught:
        codec.parse(octets, limits=Limits(octets=10_000_000))
    assert caught.value.code is XMLCode.LIMIT
    assert codec.parse(octets, limits=limits).id == "a"


def mutated(octets: bytes, seed: int) -> bytes:
    """Return octets with up to three of them changed, inserted or removed."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(octets))
        new = chance.choice([b"", bytes([chance.randrange(256)]), b"<", b"&", b"\0"])
        octets = octets[:at] + new + octets[at + chance.randint(0, 1) :]
    return octets


@pytest.mark.requirements("R25", "X15")
@pytest.mark.parametrize(
    "vector", [it for it in READ if it.row in {"P1", "P2"}], ids=by_name
)
def test_mutations_give_a_value_or_an_error_of_ours(vector: Vector) -> None:
    """A thousand mutations of the examples raise only documented errors."""
    kinds: Counter[str] = Counter()
    for seed in range(1_000):
        try:
            codec.parse(mutated(vector.octets, seed), **options(vector))
            kinds["read"] += 1
        except RemoteError as error:
            kinds[type(error).__name__] += 1
    assert kinds.total() == 1_000
    assert kinds["XMLError"] > 0


def test_every_requirement_is_proven() -> None:
    """Every numbered requirement of the codec has a vector or a marked test."""
    named_by = Counter(chain(*(it.requirements for it in ALL), MARKED))
    assert REQUIREMENTS - named_by.keys() == set()


def test_every_case_of_every_row_is_there() -> None:
    """The published rows are complete."""
    present = Counter(chain((it.row for it in ALL if it.row), MARKED))
    assert {row: cases for row, cases in ROWS.items() if present[row] < cases} == {}


@pytest.mark.parametrize("suite", conformance.SUITES)
def test_names_are_unique_and_name_their_row(suite: str) -> None:
    """A name identifies a vector, and begins with its row."""
    names = Counter(vector.name for vector in conformance.vectors(suite))
    rows = [it for it in conformance.vectors(suite) if it.row]
    assert [name for name, times in names.items() if times > 1] == []
    assert [it.name for it in rows if not it.name.startswith(f"{it.row}-")] == []


def test_an_unknown_suite_is_not_found() -> None:
    """A misspelt name raises an error."""
    with pytest.raises(FileNotFoundError):
        conformance.vectors("prasing")

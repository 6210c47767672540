"""What matches the schemas and what does not, through the doors of `schema`."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from base64 import b64decode, b64encode
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

import xep0184
from xep0184 import (
    BuildError,
    MissingExtraError,
    SchemaError,
    XMLError,
    conformance,
    schema,
)
from xep0184.errors import EngineError
from xep0184.schema import Problem, Revision, verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from xep0184.conformance import Vector

Element: TypeAlias = Any  # of lxml or of the standard library, whichever a host has
Parse: TypeAlias = "Callable[[str], Element]"

VECTORS = conformance.vectors("schema")
EXAMPLES = Path(__file__).parents[1] / "examples"
PACKAGE = Path(xep0184.__file__).parent
SCHEMAS = next(
    place
    for place in (PACKAGE / "_schema", PACKAGE.parent / "schema")
    if place.is_dir()
)
STATM = Path("/proc/self/statm")
XSD = "{http://www.w3.org/2001/XMLSchema}"
# The rows of the published table that vectors can show, with the cases of each.
ROWS = {"S1": 1, "S2": 1, "S3": 2, "S4": 6, "S7": 5, "S8": 6, "S9": 6}
REQUIREMENTS = {"R119", "R120", "R121", "R122", "R123", "R124", "R126"}
# ElementTree keeps no prefixes: what a QName in a value meant cannot be known.
LOST_BY_STDLIB = {"request-with-xsi-type-prefixed"}

CLIENT = "jabber:client"
RECEIPTS = "urn:xmpp:receipts"
REQUEST = f"<request xmlns='{RECEIPTS}'/>"
RECEIVED = f"<received xmlns='{RECEIPTS}'/>"
XSI = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
UNTYPED = f"<x xmlns='urn:example:x' {XSI} xsi:type='none'/>"


def by_lxml(xml: str) -> Element:
    """Parse as a host on lxml would."""
    return etree.fromstring(xml)


def by_stdlib(xml: str) -> Element:
    """Parse as a host would that keeps all the standard library can keep."""
    builder = ET.TreeBuilder(insert_comments=True, insert_pis=True)
    parser = ET.XMLParser(target=builder)  # noqa: S314  # it is the careless host
    return ET.fromstring(xml, parser)  # noqa: S314


HOSTS = [by_lxml, by_stdlib]
hosts = pytest.mark.parametrize("parse", HOSTS)


CASES = [
    pytest.param(vector, parse, id=f"{vector.name}-{parse.__name__}")
    for vector in VECTORS
    for parse in HOSTS
    if parse is by_lxml or vector.name not in LOST_BY_STDLIB
]


def reasons(element: Element, revision: str = "1.4.0") -> list[str]:
    """Return why an element is not valid."""
    return [problem.reason for problem in schema.problems(element, revision=revision)]


def run(code: str, *arguments: str, cwd: Path | None = None) -> str:
    """Run code in an interpreter of its own and return what it printed."""
    command = [sys.executable, "-I", "-c", code, *arguments]
    return subprocess.run(
        command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip()


# Verdicts


@pytest.mark.parametrize(("vector", "parse"), CASES)
def test_every_door_gives_the_verdict_of_the_vector(
    vector: Vector, parse: Parse
) -> None:
    """Validity, and whether there are problems, for each revision."""
    element = parse(vector.given["xml"])
    expected = vector.expect["valid"]
    assert expected == {
        revision: schema.is_valid(element, revision=revision) for revision in expected
    }
    assert expected == {
        revision: not reasons(element, revision) for revision in expected
    }


def test_what_the_standard_library_loses_is_not_valid() -> None:
    """A type named with a prefix that is lost names nothing."""
    found = {vector.name: vector.given["xml"] for vector in VECTORS}
    for name in LOST_BY_STDLIB:
        assert not schema.is_valid(by_stdlib(found[name]))


def test_the_rows_of_the_table_are_complete() -> None:
    """Every case of every row is a vector of its own."""
    assert Counter(vector.row for vector in VECTORS if vector.row) == ROWS


def test_every_requirement_has_a_vector() -> None:
    """Those of validation that can be shown by an element."""
    proven = {name for vector in VECTORS for name in vector.requirements}
    assert proven >= REQUIREMENTS


def test_recorded_traffic_is_valid_but_for_the_receipt_without_id() -> None:
    """Four recorded streams hold one stanza that breaks a schema."""
    recover = etree.XMLParser(recover=True)  # a recording just ends
    stanzas = [
        (path.name, stanza)
        for path in sorted(EXAMPLES.glob("*-*.xml"))
        for stanza in etree.fromstring(path.read_bytes(), recover)
        if etree.QName(stanza).namespace == CLIENT
    ]
    refused = [
        (name, stanza.get("from"), reasons(stanza))
        for name, stanza in stanzas
        if not schema.is_valid(stanza)
    ]
    reason = "missing required attribute 'id'"
    assert refused == [("desk-received.xml", "carol@localhost/mcab", [reason])]
    assert len(stanzas) > 100
    assert all(schema.is_valid(stanza, revision="1.2") for _, stanza in stanzas)


@pytest.mark.parametrize("door", ["is_valid", "problems", "ensure_valid"])
def test_an_unknown_revision_is_refused_at_once(door: str) -> None:
    """Even where nothing has been asked of the iterator yet."""
    with pytest.raises(BuildError) as caught:
        getattr(schema, door)(by_lxml(REQUEST), revision="1.3")
    code, field = caught.value.code, caught.value.field
    assert (code, field) == ("revision", "revision")


def test_a_revision_may_be_a_member_or_its_text() -> None:
    """And 1.4.0 is the one in force unless another is named."""
    verdicts = {
        name: schema.is_valid(by_lxml(RECEIVED), revision=name) for name in Revision
    }
    assert verdicts == {
        Revision.V1_0: True,
        Revision.V1_2: True,
        Revision.V1_4_0: False,
    }
    assert not schema.is_valid(by_lxml(RECEIVED))


# Problems


STANZA = f"""<message xmlns='{CLIENT}' type='foo'>
  <body>hi</body>
  <received xmlns='{RECEIPTS}'/>
  <request xmlns='{RECEIPTS}' id='a'/>
</message>"""


def test_all_problems_are_listed_with_their_place() -> None:
    """Three wrong things are three problems, in document order."""
    found = list(schema.problems(by_lxml(STANZA)))
    assert [(problem.element, problem.line) for problem in found] == [
        ("{jabber:client}message", 1),
        ("{urn:xmpp:receipts}received", 3),
        ("{urn:xmpp:receipts}request", 4),
    ]
    assert str(found[1]) == (
        "line 3: {urn:xmpp:receipts}received: missing required attribute 'id'"
    )


def test_without_lines_the_rest_is_the_same() -> None:
    """An element of the standard library does not know where it stood."""
    by_line, without = (list(schema.problems(parse(STANZA))) for parse in HOSTS)
    assert [(problem.path, problem.reason, problem.element) for problem in by_line] == [
        (problem.path, problem.reason, problem.element) for problem in without
    ]
    assert {problem.line for problem in without} == {None}
    assert str(without[0]).startswith(".: attribute type='foo'")


@hosts
def test_a_path_leads_to_the_element(parse: Parse) -> None:
    """With the `find` of either library, also past siblings of the same name."""
    payload = f"<x xmlns='urn:example:x'>{RECEIVED * 3}</x>"
    element = parse(f"<message xmlns='{CLIENT}'>{REQUEST}{payload}</message>")
    found = [element.find(problem.path) for problem in schema.problems(element)]
    assert list(element[1]) == found


def test_a_place_is_found_beside_comments() -> None:
    """Comments change neither the verdict nor the lines."""
    xml = STANZA.replace("<body>", "<!-- a\n -->\n<?p i?><body>")
    lines = [problem.line for problem in schema.problems(by_lxml(xml))]
    assert lines == [1, 5, 6]


XHTML = "<html xmlns='http://www.w3.org/1999/xhtml'><blink/></html>"


@hosts
@pytest.mark.parametrize(
    "xml",
    [
        f"<request xmlns='{RECEIPTS}' id='a'><!-- c --></request>",
        f"<message xmlns='{CLIENT}'>{XHTML}{RECEIVED}</message>",
    ],
    ids=["comment", "foreign"],
)
def test_no_more_is_explained_than_is_wrong(xml: str, parse: Parse) -> None:
    """What xmlschema alone would mind is no problem beside a real one either."""
    assert len(reasons(parse(xml))) == 1


def test_problems_are_found_as_they_are_asked_for() -> None:
    """The element is looked at when the first one is."""
    element = by_lxml(REQUEST)
    found = schema.problems(element)
    element.set("id", "a")
    assert next(found).element == "{urn:xmpp:receipts}request"


@hosts
def test_an_element_of_no_schema_says_so(parse: Parse) -> None:
    """By itself; inside a stanza it passes."""
    (reason,) = reasons(parse("<x xmlns='urn:example:x'/>"))
    assert reason.startswith("no-declaration")


def test_ensure_valid_raises_everything_there_is_to_say() -> None:
    """And nothing, if there is nothing."""
    element = by_lxml(STANZA)
    with pytest.raises(SchemaError) as caught:
        schema.ensure_valid(element)
    assert list(schema.problems(element)) == list(caught.value.problems)
    assert "missing required attribute 'id'" in str(caught.value)
    element.remove(element[2])
    del element[1:], element.attrib["type"]
    schema.ensure_valid(element)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, and whatever the element; validity needs no extra."""
    monkeypatch.setitem(sys.modules, "xmlschema", None)
    with pytest.raises(MissingExtraError) as caught:
        schema.problems(by_lxml(REQUEST))
    extra, module = caught.value.extra, caught.value.module
    assert (extra, module) == ("schema", "xmlschema")
    assert schema.is_valid(by_lxml(REQUEST))


def test_without_lxml_the_import_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError) as caught:
        importlib.reload(schema)
    assert (caught.value.extra, caught.value.module) == ("schema", "lxml")


def test_xmlschema_is_loaded_for_the_first_explanation_only() -> None:
    """Not by the import, nor to find a valid element valid."""
    printed = run("""if True:
        import sys
        from lxml import etree
        from xep0184 import schema
        for name in ("request", "received"):
            element = etree.fromstring(f"<{name} xmlns='urn:xmpp:receipts'/>")
            schema.is_valid(element)
            list(schema.problems(element))
            print("xmlschema" in sys.modules)
    """)
    assert printed.split() == ["False", "True"]


# What a peer, or a host, may come up with


def nested(depth: int, library: ModuleType) -> Element:
    """Return a message of so many levels, the last a receipt without id."""
    element = message = library.Element(f"{{{CLIENT}}}message")
    for _ in range(depth - 2):
        element = library.SubElement(element, "{urn:example:x}x")
    library.SubElement(element, f"{{{RECEIPTS}}}received")
    return message


def crowded(elements: int, library: ModuleType) -> Element:
    """Return a message of so many elements, each but one a receipt without id."""
    message = library.Element(f"{{{CLIENT}}}message")
    for _ in range(elements - 1):
        library.SubElement(message, f"{{{RECEIPTS}}}received")
    return message


def decorated(attributes: int, library: ModuleType) -> Element:
    """Return a receipt with so many attributes, none of which is the id."""
    names = (f"a{number}" for number in range(attributes))
    return library.Element(f"{{{RECEIPTS}}}received", dict.fromkeys(names, ""))


@pytest.mark.parametrize("library", [etree, ET])
@pytest.mark.parametrize(
    ("make", "most", "expected"),
    [(nested, 64, 1), (crowded, 8192, 1), (decorated, 256, 257)],
)
def test_what_is_too_large_is_not_judged(
    make: Callable[[int, ModuleType], Element],
    most: int,
    expected: int,
    library: ModuleType,
) -> None:
    """Up to the default limits it is explained, beyond them it is refused."""
    assert len(reasons(make(most, library))) == expected
    assert not schema.is_valid(make(most + 1, library))
    (reason,) = reasons(make(most + 1, library))
    assert reason.startswith("limit")


@pytest.mark.parametrize("library", [etree, ET])
def test_a_crowd_that_is_valid_is_valid(library: ModuleType) -> None:
    """Large is not wrong."""
    message = crowded(8192, library)
    for received in message:
        received.set("id", "a")
    assert schema.is_valid(message)
    assert reasons(message) == []


@pytest.mark.parametrize("library", [etree, ET])
def test_what_is_far_too_large_is_refused_before_any_engine_sees_it(
    library: ModuleType,
) -> None:
    """A tower and a crowd; neither costs the stack."""
    assert not schema.is_valid(nested(5_000, library))
    assert not schema.is_valid(crowded(50_000, library))


ONLY_FIRST = "only its first problem is listed"


def test_long_names_are_left_to_libxml2() -> None:
    """Xmlschema writes all names into each problem; 21 of them, with the tag."""
    for length, expected in ((300, "attribute not allowed"), (400, ONLY_FIRST)):
        names = (f"{{urn:{'x' * length}}}a{number}" for number in range(20))
        wrong = dict.fromkeys(names, "") | {"id": "a"}
        found = reasons(etree.Element(f"{{{RECEIPTS}}}received", wrong))
        assert len(found) in {1, 20}
        assert all(expected in reason for reason in found)


def test_many_namespaces_are_left_to_libxml2() -> None:
    """Xmlschema compares all in scope with each other: minutes, for 240 KB."""
    depth = range(55)
    tags = ("<a " + " ".join(f"xmlns:p{i}_{j}='u'" for j in range(8)) for i in depth)
    octets = f"<message xmlns='{CLIENT}'>{'>'.join(tags)}>{'</a>' * 55}</message>"
    assert len(octets) < 8192
    (reason,) = schema.problems(octets)
    assert ONLY_FIRST in reason.reason


def test_long_values_are_left_to_libxml2() -> None:
    """Xmlschema writes each of them into all that it minds about the others."""
    wrong = {f"a{number}": "" for number in range(200)} | {"id": "x" * 200_000}
    (reason,) = reasons(etree.Element(f"{{{RECEIPTS}}}received", wrong))
    assert ONLY_FIRST in reason


NO_ID = "missing required attribute 'id'"


def test_all_problems_of_8192_octets_are_listed() -> None:
    """One octet more, and libxml2 tells the first one, with the element at fault."""
    stanza = f"<message xmlns='{CLIENT}'>{RECEIVED * 100}<body>{{}}</body></message>"
    padding = "x" * (8192 - len(stanza) + 2)
    assert reasons(stanza.format(padding)) == [NO_ID] * 100
    (problem,) = schema.problems(stanza.format(padding + "x"))
    assert "The attribute 'id' is required but missing" in problem.reason
    assert ONLY_FIRST in problem.reason
    assert (problem.path, problem.element) == (".", f"{{{RECEIPTS}}}received")


def test_what_is_wrong_only_at_the_end_libxml2_says() -> None:
    """Nothing is refused without a reason, wherever it stands."""
    message = f"<message xmlns='{CLIENT}'>{REQUEST * 5000}{RECEIVED}</message>"
    (reason,) = reasons(by_lxml(message))
    assert "The attribute 'id' is required but missing" in reason


def test_long_paths_stay_in_bounds() -> None:
    """Each of the problems has a path with the names of all levels."""
    start, end = "<p:x>" * 60, "</p:x>" * 60
    text = (
        f"<message xmlns='{CLIENT}' xmlns:p='urn:{'x' * 60}'>"
        f"{start}{RECEIVED * 60}{end}</message>"
    )
    found = list(schema.problems(text))
    assert [problem.reason for problem in found] == [NO_ID] * 60
    assert sum(len(problem.path) for problem in found) < 1_000_000


@pytest.mark.heavy
@pytest.mark.usefixtures("unmeasured")
def test_neither_door_costs_much_more_than_its_stanza() -> None:
    """libxml2 would repeat a long name in 8000 errors, xmlschema take minutes."""
    printed = run(
        """if True:
        from resource import RUSAGE_SELF, getrusage
        from lxml import etree
        from xep0184 import schema
        name = "urn:" + "x" * 60_000
        message = etree.Element("{jabber:client}message", nsmap={"x": name})
        wrong = {f"{{{name}}}a{number}": "" for number in range(200)}
        for _ in range(40):
            etree.SubElement(message, "{urn:xmpp:receipts}received", wrong)
        before = getrusage(RUSAGE_SELF).ru_maxrss
        print(schema.is_valid(message))
        print(any(schema.problems(message)))
        print((getrusage(RUSAGE_SELF).ru_maxrss - before) // 1024)
        """
    )
    is_valid, has_problems, mebibytes = printed.split()
    assert (is_valid, has_problems) == ("False", "True")
    assert int(mebibytes) < 150


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.skipif(not STATM.exists(), reason="no /proc, where memory is told")
@pytest.mark.heavy
def test_what_was_explained_does_not_stay() -> None:
    """Nothing is kept of an invalid element, small or large."""
    printed = run(
        """if True:
        from pathlib import Path
        from xep0184 import schema
        start = "<message xmlns='jabber:client'>"
        received = "<received xmlns='urn:xmpp:receipts'/>"
        small = f"{start}{received}</message>"
        large = f"{start}{received * 300}</message>"
        pages = []
        for _ in range(2):
            for number in range(4_000):
                assert list(schema.problems(small))
                assert number % 40 or not schema.is_valid(large)
            pages.append(int(Path("/proc/self/statm").read_text().split()[1]))
        print(pages[1] - pages[0])
        """
    )
    assert int(printed) * os.sysconf("SC_PAGE_SIZE") < 2 << 20


def test_large_or_small_the_verdict_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Elements that are fed in pieces get the verdicts of those that are not."""
    monkeypatch.setattr(verdict, "_FEW", 0)
    monkeypatch.setattr(verdict, "_BLOCK", 7)
    for vector in VECTORS:
        element = by_lxml(f"<x>{vector.given['xml']}y</x>")[0]
        for revision, expected in vector.expect["valid"].items():
            assert expected == schema.is_valid(element, revision=revision), vector.name
    assert not schema.is_valid(with_entity())


def test_an_element_that_contains_itself_is_refused() -> None:
    """The standard library lets a host build one."""
    element = ET.Element(f"{{{RECEIPTS}}}request")
    element.append(element)
    assert not schema.is_valid(element)


def with_entity() -> Element:
    """Return a request as a host's parser leaves it that does not expand."""
    xml = f"<!DOCTYPE x [<!ENTITY e ''>]><request xmlns='{RECEIPTS}'>&e;</request>"
    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False))


def with_text(text: str) -> Element:
    """Return a message of the standard library with a body."""
    message = ET.Element(f"{{{CLIENT}}}message")
    ET.SubElement(message, f"{{{CLIENT}}}body").text = text
    return message


@pytest.mark.parametrize(
    "element",
    [
        etree.Comment("c"),
        etree.ProcessingInstruction("p"),
        ET.Comment("c"),
        ET.ProcessingInstruction("p"),
        with_entity(),
        with_text("\x00"),
        with_text("\ud800"),
        with_text(5),  # type: ignore[arg-type]  # no text, on purpose
        ET.Element("a b"),
        ET.Element(f"{{{RECEIPTS}}}received", {"id": 5}),  # type: ignore[dict-item]  # as above
        ET.Element(f"{{{RECEIPTS}}}received", {"i d": "5"}),
    ],
)
def test_what_is_no_element_of_xml_has_one_problem(element: Element) -> None:
    """It is refused with a reason; nothing escapes."""
    assert not schema.is_valid(element)
    assert len(reasons(element)) == 1


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (
            f"<message xmlns='{CLIENT}'>{UNTYPED}</message>",
            "does not resolve to a type definition",
        ),
        (
            f"<presence xmlns='{CLIENT}'><priority>1_0</priority></presence>",
            "'1_0' is not a valid value of the atomic type 'xs:byte'",
        ),
    ],
    ids=["xmlschema-raises", "xmlschema-sees-nothing"],
)
def test_what_xmlschema_cannot_explain_libxml2_does(xml: str, expected: str) -> None:
    """What is refused is never refused without a reason."""
    problem = next(schema.problems(by_lxml(xml)))
    assert expected in problem.reason
    assert problem.element in {"{urn:example:x}x", "{jabber:client}priority"}
    assert (problem.path, problem.line) == (".", None)


def test_what_xmlschema_breaks_off_libxml2_says_instead() -> None:
    """Nothing is left out because something else cannot be explained."""
    xml = f"<message xmlns='{CLIENT}'>{RECEIVED}{UNTYPED}</message>"
    first, second, *_ = reasons(by_lxml(xml))
    assert "'id' is required but missing" in first
    assert "does not resolve to a type definition" in second


@hosts
def test_an_element_stays_as_it_is(parse: Parse) -> None:
    """Comments, tails and all; also if it is only a part of something."""
    write: Any = etree.tostring if parse is by_lxml else ET.tostring
    received = RECEIVED.replace("/>", "><!-- c --> x<?p i?></received>")
    xml = f"<a><!-- b -->{received} y</a>"
    element = parse(xml)
    assert reasons(element[1]) != []
    assert write(element) == write(parse(xml))


def test_a_part_of_a_stanza_is_judged_by_itself() -> None:
    """What stands around it and after it is none of its own."""
    stanza = by_lxml(f"<x xmlns='urn:example:x'>a{REQUEST}b{RECEIVED}c</x>")
    assert [schema.is_valid(child) for child in stanza] == [True, False]


def test_threads_do_not_disturb_each_other() -> None:
    """Each gets the problems of its own element, whichever engine finds them."""
    priority = f"<presence xmlns='{CLIENT}'><priority>1_0</priority></presence>"
    elements = [by_lxml(xml) for xml in (STANZA, priority, REQUEST, RECEIVED)] * 20
    expected = [reasons(element) for element in elements]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(reasons, elements)) == expected


# Where schemas come from


def hinting(location: str, attributes: str = "") -> str:
    """Return a message that says where its schemas are to be found."""
    hints = (
        f"{XSI} xsi:noNamespaceSchemaLocation='{location}'"
        f" xsi:schemaLocation='{RECEIPTS} {location} urn:example:x {location}'"
    )
    return (
        f"<message xmlns='{CLIENT}'><received xmlns='{RECEIPTS}' {hints} {attributes}/>"
        f"<x xmlns='urn:example:x' {hints}><undeclared/></x></message>"
    )


@pytest.fixture
def other_rules(tmp_path: Path) -> str:
    """Write a schema by which no id is needed and no foreign payload is valid."""
    path = tmp_path / "other.xsd"
    path.write_text(
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'"
        f" targetNamespace='{RECEIPTS}'><xs:element name='received'/></xs:schema>",
        encoding="utf-8",
    )
    return path.as_uri()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Listen on the loopback interface, where an engine might call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


@hosts
def test_a_hint_at_other_rules_changes_no_verdict(
    parse: Parse, other_rules: str
) -> None:
    """Neither makes an invalid element valid nor the other way round."""
    assert reasons(parse(hinting(other_rules))) == ["missing required attribute 'id'"]
    assert schema.is_valid(parse(hinting(other_rules, "id='a'")))


@hosts
def test_a_hint_is_not_followed_into_the_network(
    parse: Parse, listener: socket.socket
) -> None:
    """By neither engine."""
    host, port = listener.getsockname()
    location = f"http://{host}:{port}/receipts.xsd"
    assert reasons(parse(hinting(location))) == ["missing required attribute 'id'"]
    assert schema.is_valid(parse(hinting(location, "id='a'")))
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_an_engine_that_follows_hints_would_be_noticed(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given no schema, xmlschema calls where the element tells it to."""
    monkeypatch.setenv("no_proxy", "*")
    host, port = listener.getsockname()
    message = ET.fromstring(hinting(f"http://{host}:{port}/x.xsd"))  # noqa: S314
    listener.settimeout(30)

    def hang_up() -> None:
        listener.accept()[0].close()
        listener.close()  # it calls again

    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(hang_up)
        with contextlib.suppress(OSError, xmlschema.XMLSchemaException):
            xmlschema.validate(message[1])
        call.result()


def test_both_engines_work_without_sockets_and_other_files() -> None:
    """Loading reads the schemas and what Python itself and xmlschema consist of."""
    printed = run(
        """if True:
        import json, sys
        seen = []
        def watch(event, arguments):
            is_file = event == "urllib.Request" and arguments[0].startswith("file:")
            if event.partition(".")[0] in ("socket", "urllib") and not is_file:
                raise PermissionError(event)
            if event == "open" and str(arguments[0]).endswith(".xsd"):
                seen.append(str(arguments[0]))
        sys.addaudithook(watch)
        from lxml import etree
        from xep0184 import schema
        received = etree.fromstring("<received xmlns='urn:xmpp:receipts'/>")
        for revision in schema.Revision:
            print([it.reason for it in schema.problems(received, revision=revision)])
        print(json.dumps(seen))
        """
    )
    *found, opened = printed.splitlines()
    places = {Path(path).resolve().parent for path in json.loads(opened)}
    own = Path(xmlschema.__file__).resolve().parent
    assert found == ["""["missing required attribute 'id'"]""", "[]", "[]"]
    assert SCHEMAS.resolve() in places
    assert {p for p in places if not p.is_relative_to(own)} == {SCHEMAS.resolve()}


def test_a_packaged_copy_needs_no_checkout(tmp_path: Path) -> None:
    """Schemas inside the package are found, in whatever folder it is installed."""
    site = tmp_path / os.fsdecode("a b#c%20d-é".encode())
    ignored = shutil.ignore_patterns("__pycache__", "_schema")
    shutil.copytree(PACKAGE, site / "xep0184", ignore=ignored)
    shutil.copytree(SCHEMAS, site / "xep0184" / "_schema")
    printed = run(
        """if True:
        import sys
        sys.path.insert(0, sys.argv[1])
        from lxml import etree
        from xep0184 import schema
        assert schema.__file__.startswith(sys.argv[1])
        received = etree.fromstring("<received xmlns='urn:xmpp:receipts'/>")
        for revision in schema.Revision:
            found = [problem.reason for problem in
                     schema.problems(received, revision=revision)]
            print(schema.is_valid(received, revision=revision), found)
        """,
        str(site),
        cwd=tmp_path,
    )
    assert printed.splitlines() == [
        """False ["missing required attribute 'id'"]""",
        "True []",
        "True []",
    ]


# The schemas themselves


def source(name: str) -> str:
    """Return the text of a schema."""
    return (SCHEMAS / name).read_text(encoding="utf-8")


def test_the_published_schemas_are_as_published() -> None:
    """1.2 to the byte; 1.4.0 differs from it in one word (XEP-0184 §11)."""
    digest = sha256((SCHEMAS / "receipts-1.2.xsd").read_bytes()).hexdigest()
    assert digest == "abe57accbcf0711140b33a4e41d8e3eb72220147c23c12f0e57336fa7a7628bf"
    original = source("receipts-1.2.xsd")
    assert source("receipts.xsd") == original.replace('"optional"', '"required"')
    plain = re.sub(
        r'<xs:element name="received">.*</xs:element>\n  (?=<xs:el)',
        '<xs:element name="received" type="empty"/>\n  ',
        original,
        flags=re.DOTALL,
    )
    assert source("receipts-1.0.xsd").replace("www.xmpp.org", "xmpp.org") == plain


def test_both_engines_refuse_the_broken_text() -> None:
    """S10: 1.1, and 1.2 as of 2011, name a type that XML Schema does not have."""
    broken = source("receipts-1.2.xsd").replace('base="empty"', 'base="xs:empty"')
    with pytest.raises(etree.XMLSchemaParseError, match="empty"):
        etree.XMLSchema(etree.fromstring(broken.encode()))
    with pytest.raises(xmlschema.XMLSchemaParseError, match="xs:empty"):
        xmlschema.XMLSchema10(broken)


@pytest.mark.parametrize("name", sorted(path.name for path in SCHEMAS.glob("*.xsd")))
def test_a_schema_says_what_it_states_and_stays_at_home(name: str) -> None:
    """It cites a specification, and every other schema it needs lies beside it."""
    tree = etree.fromstring(source(name).encode())
    stated = tree.findtext(f"{XSD}annotation/{XSD}documentation") or ""
    assert re.search(r"(XEP-\d{4}|RFC \d{4}|XML 1\.0)", stated)
    locations = {element.get("schemaLocation") for element in tree.iter()} - {None}
    assert locations <= {path.name for path in SCHEMAS.glob("*.xsd")}
    assert all("schemaLocation" in i.attrib for i in tree.iter(f"{XSD}import"))


def test_problems_are_values() -> None:
    """Equal if they say the same, and usable as keys."""
    one, two = (Problem(path="/a", reason="r", element="a") for _ in range(2))
    assert {one: 1}[two] == 1
    assert str(one) == "/a: r"


def is_base64(text: str) -> bool:
    """Whether a text is the one canonical Base64 spelling of some octets."""
    try:
        octets = b64decode(text, validate=True)
    except ValueError:
        return False
    return text != "" and b64encode(octets).decode() == text


@given(st.text("ABCDwgQ048+/az=", max_size=50))
@example("AAAA=")
@example("AAA=A")
@example("AAAAAB==")
@example("A" * 43 + "=")
@example("A" * 86 + "==")
@example("A" * 87 + "==")
def test_a_hash_is_canonical_base64(text: str) -> None:
    """Both engines; libxml2 misjudges a pattern with counters (XEP-0300 §3)."""
    hash_ = f"<hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>{text}</hash>"
    assert schema.is_valid(hash_) is is_base64(text)
    assert bool(list(schema.problems(hash_))) is not is_base64(text)


def large_stanza(number: int) -> str:
    """Return a valid stanza with six long names that no other has."""
    names = (f"a{number}-{each}{'x' * 40_000}" for each in range(6))
    return f"<message xmlns='{CLIENT}'><{'/><'.join(names)}/></message>"


def exhausted(door: Callable[[], object]) -> bool:
    """Return whether a door soon says that libxml2 is out of memory."""
    for _ in range(100):
        try:
            door()
        except EngineError as error:
            return len(str(error).split()) > 5
    return False


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.skipif(etree.LIBXML_VERSION < (2, 14), reason="libxml2 before 2.14")
@pytest.mark.heavy
def test_exhausted_memory_of_libxml2_is_no_fault_of_the_peer() -> None:
    """It keeps all names that a thread reads; the octets door does not use it."""
    stanzas = map(large_stanza, range(10_000))

    def in_a_thread_of_its_own() -> list[object]:
        with pytest.raises(etree.XMLSyntaxError):
            deque(map(etree.fromstring, stanzas), maxlen=0)
        return [
            exhausted(lambda: schema.is_valid(next(stanzas))),
            exhausted(lambda: schema.is_valid(ET.fromstring(next(stanzas)))),  # noqa: S314
            xep0184.parse(next(stanzas)).type,
        ]

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(in_a_thread_of_its_own).result() == [True, True, "normal"]


@pytest.mark.parametrize("library", [etree, ET])
def test_limits_apply_to_elements_before_any_engine_sees_them(
    library: ModuleType,
) -> None:
    """One long namespace name, repeated; a body of a megabyte."""
    names = library.Element(f"{{{CLIENT}}}message")
    for number in range(3_000):
        library.SubElement(names, f"{{urn:{'x' * 4_000}}}a{number}")
    body = library.Element(f"{{{CLIENT}}}message")
    library.SubElement(body, f"{{{CLIENT}}}body").text = "x" * 1_000_000
    for element in (names, body):
        assert not schema.is_valid(element)
        (reason,) = reasons(element)
        assert reason.startswith("limit")


def test_octets_that_xmpp_does_not_allow_are_an_error() -> None:
    """As at every other door; an element with a comment is judged without it."""
    for octets in (b"<message", f"<request xmlns='{RECEIPTS}'><!-- --></request>"):
        for door in (schema.is_valid, schema.problems, schema.ensure_valid):
            with pytest.raises(XMLError):
                door(octets)


def test_a_namespace_name_that_is_no_uri_is_not_valid() -> None:
    """Every other door reads it; libxml2, which validates, does not."""
    stanza = f"<message xmlns='{CLIENT}'>\n<x xmlns='no uri'/></message>"
    assert not schema.is_valid(stanza)
    (problem,) = schema.problems(stanza)
    reason = "xmlns: 'no uri' is not a valid URI"
    assert (problem.reason, problem.line) == (reason, 2)


@pytest.mark.parametrize(
    "octets",
    [
        f"<received xmlns='{RECEIPTS}' id='a' id='b'/>",
        f"<message xmlns='{CLIENT}'><body a='1' a='2'/></message>",
        f"<message xmlns='{CLIENT}' type='&foo;'><body a='1' a='2'/></message>",
    ],
)
def test_what_recover_mode_lets_pass_is_a_problem(octets: str) -> None:
    """Written again, it would not be well-formed."""
    element = etree.fromstring(octets, etree.XMLParser(recover=True))
    assert not schema.is_valid(element)
    assert len(reasons(element)) >= 1


def test_only_short_elements_are_judged_together() -> None:
    """A long one might have more nodes than libxml2 can bear."""
    short, long = (
        b"<request xmlns='urn:xmpp:receipts'%b/>" % (b" " * number)
        for number in (0, 1_024)
    )
    revision = verdict.compiled("1.4.0")
    assert verdict.valid_ones([short, long], revision, within=b"<_>") == [True, False]


def test_an_error_is_found_behind_elements_of_any_depth() -> None:
    """Libxml2 stops at a depth of 256 otherwise."""
    deep = "<a xmlns='urn:x'>" * 300 + "</a>" * 300
    wrong = "<request xmlns='urn:xmpp:receipts' id='a'/>"
    parser = etree.XMLParser(huge_tree=True)
    stanza = f"<message xmlns='jabber:client'>{deep}{wrong}</message>"
    errors = verdict.first_errors(
        etree.fromstring(stanza, parser), verdict.compiled("1.4.0")
    )
    assert errors[0].startswith("Element '{urn:xmpp:receipts}request', attribute 'id'")

"""The format of the vectors, the judge, the adapters and the reports."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
import threading
from collections import Counter
from copy import deepcopy
from dataclasses import replace
from functools import cache
from importlib import resources
from itertools import chain
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from unittest import SkipTest
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from xep0184 import conformance, jid
from xep0184.cli import command
from xep0184.conformance import (
    SUITES,
    VERSION,
    NoAnswerError,
    Program,
    UnusableProgramError,
    VectorLevel,
    VectorStatus,
    asks,
    check,
    explanation,
    json_report,
    judge,
    put,
    requirements,
    run,
    select,
)
from xep0184.conformance.library import library
from xep0184.conformance.processes import LineProcess
from xep0184.errors import FormatError
from xep0184.normalisers import precis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.conformance import Answer, Vector

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples" / "conformance"
FILES = resources.files("xep0184.conformance")
JSON = ["index.json", *(f"vectors/{suite}.json" for suite in SUITES)]
ALL = select(levels=[*VectorLevel])
PASSED, FAILED, NOT_SUPPORTED = VectorStatus


def text_of(name: str) -> str:
    """Return a file of the vectors."""
    return (FILES / name).read_text("utf-8")


@cache
def named(name: str) -> Vector:
    """Return the vector of a name."""
    return next(it for it in ALL if it.name == name)


# The format


@cache
def schema() -> Draft202012Validator:
    """Return the JSON Schema of the vectors."""
    document = json.loads(text_of("format.schema.json"))
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document)


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("name", JSON)
def test_the_vectors_are_of_the_documented_format(name: str) -> None:
    """The JSON Schema describes every key of every file."""
    errors = schema().iter_errors(json.loads(text_of(name)))
    assert [f"{it.json_path}: {it.message}" for it in errors] == []


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("level", "xep-0184"),
        ("ask", "parse"),
        ("given", {"stanza": "<message/>"}),
        ("expect", {"requested": True}),
        ("requirements", []),
        ("requirements", ["7"]),
        ("more", None),
    ],
)
def test_the_schema_refuses_what_is_not_of_the_format(key: str, wrong: object) -> None:
    """A misspelt name or a value of another kind is an error."""
    document = json.loads(text_of("vectors/parsing.json"))
    document["vectors"] = document["vectors"][:1]
    assert schema().is_valid(document)
    document["vectors"][0][key] = wrong
    assert not schema().is_valid(document)


def fields_of(document: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # any JSON
    """Yield every property in a JSON Schema."""
    if isinstance(document, dict):
        properties = document.get("properties", {})
        yield from properties.items()
        yield from fields_of([*properties.values(), *document.values()])
    elif isinstance(document, list):
        for item in document:
            yield from fields_of(item)


def test_every_field_is_described() -> None:
    """In the JSON Schema; the conditions by what is asked describe none."""
    definitions = json.loads(text_of("format.schema.json"))["$defs"]
    shorthand = {"text", "repeated"}
    conditions = definitions["vector"].pop("allOf")
    assert len(conditions) == len(asks())
    described = {it: definitions[it] for it in definitions if it not in shorthand}
    without = [name for name, it in fields_of(described) if "description" not in it]
    assert without == []


def test_a_vector_of_the_xep_rests_on_more_than_a_decision_not_to_acknowledge() -> None:
    """The XEP forbids a request in an ack message, and not to acknowledge it (R41)."""
    decisions = {"R40", "R41"}
    wrong = [it.name for it in select() if decisions.issuperset(it.requirements)]
    assert wrong == []
    assert {requirements()[it].keyword for it in decisions} == {"MUST (d)"}


def values_of(document: Any) -> Iterator[object]:  # noqa: ANN401  # any JSON
    """Yield every key and value that is no container."""
    if isinstance(document, dict):
        yield from document
        document = list(document.values())
    if isinstance(document, list):
        for item in document:
            yield from values_of(item)
    else:
        yield document


@pytest.mark.parametrize("name", [*JSON, "format.schema.json"])
def test_every_json_reader_can_read_the_vectors(name: str) -> None:
    """No lone surrogate, NaN, large number or repeated key (RFC 8259 §4, §6, §8)."""

    def without_repetition(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert max(Counter(key for key, _ in pairs).values(), default=1) == 1
        return dict(pairs)

    document = json.loads(
        text_of(name),
        object_pairs_hook=without_repetition,
        parse_constant=pytest.fail,
    )
    for value in values_of(document):
        if isinstance(value, str):
            assert value.encode() is not None
        elif isinstance(value, int | float):
            assert abs(value) < 2**53


def test_every_file_has_the_same_version() -> None:
    """A file that is copied alone tells which it is (Semantic Versioning)."""
    assert {json.loads(text_of(it))["version"] for it in JSON} == {VERSION}
    assert re.fullmatch(r"1\.\d+\.\d+", VERSION)


def test_the_levels_are_those_of_the_index() -> None:
    """Each is explained, and each has vectors."""
    levels = json.loads(text_of("index.json"))["levels"]
    assert [*levels] == [*VectorLevel]
    assert {it.level for it in ALL} == {*VectorLevel}


def test_every_vector_asks_what_the_index_explains() -> None:
    """Nothing is explained that no vector asks, and no required fact is missing."""
    assert {it.ask for it in ALL} == {*asks()}
    for vector in ALL:
        expected = {**asks()[vector.ask].expect, **(vector.expect or {})}
        assert vector.error or expected.keys() >= {*asks()[vector.ask].required}


@pytest.mark.skipif(
    not (ROOT / "xep0184").is_dir(), reason="only a checkout can be built"
)
@pytest.mark.usefixtures("unmeasured")
def test_the_vectors_are_in_both_archives(tmp_path: Path) -> None:
    """At a stable path, for readers in other languages."""
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,), (sdist,) = tmp_path.glob("*.whl"), tmp_path.glob("*.tar.gz")
    with ZipFile(wheel) as packed, tarfile.open(sdist) as source:
        names = set(packed.namelist())
        sources = {it.partition("/")[2] for it in source.getnames()}
    files = {f"xep0184/conformance/{it}" for it in [*JSON, "format.schema.json"]}
    assert files <= names & sources
    assert "examples/conformance/judge.mjs" in sources


def test_vectors_are_selected() -> None:
    """By level, suite and a part of the name; by default all of level ``xep``."""
    assert {it.level for it in select()} == {VectorLevel.XEP}
    assert {it.suite for it in select()} == {*SUITES} - {"restricted"}
    chosen = select(suites=["restricted"], levels=["security"], name="entity")
    assert {(it.suite, it.level) for it in chosen} == {("restricted", "security")}
    assert all("entity" in it.name for it in chosen)


# The judge


@pytest.mark.parametrize(
    ("name", "answer", "status", "wrong"),
    [
        ("R143-bare", {"local": "a", "domain": "b", "resource": None}, PASSED, ()),
        ("R143-bare", {"domain": "b"}, PASSED, ()),
        ("R143-bare", {"domain": "b", "localpart": "a"}, FAILED, ("localpart",)),
        ("R143-bare", {"domain": "b", "error": None}, PASSED, ()),
        ("R143-bare", {"domain": "c", "error": None}, FAILED, ("domain",)),
        ("R143-nothing", {"error": None}, FAILED, ("error",)),
        ("R143-nothing", {"error": "x", "localpart": "a"}, PASSED, ()),
        ("R143-bare", {"domain": "c"}, FAILED, ("domain",)),
        ("R143-bare", {"local": "a"}, FAILED, ("domain",)),
        ("R143-bare", {"domain": "b", "resource": ""}, FAILED, ("resource",)),
        ("R143-bare", {"error": "bad-jid"}, FAILED, ("error",)),
        ("R143-bare", None, NOT_SUPPORTED, ()),
        ("R143-nothing", {"error": "another code"}, PASSED, ()),
        ("R143-nothing", {"domain": ""}, FAILED, ("error",)),
        ("P36-iq", {"error": "x"}, PASSED, ()),
        ("P36-iq", {"id": "a", "request": False, "received": []}, PASSED, ()),
        ("P36-iq", {"id": "a", "request": True, "received": []}, FAILED, ("error",)),
        ("P36-iq", {}, FAILED, ("error",)),
        ("R147-a-label", {"domain": "xn--bcher-kva.example"}, PASSED, ()),
        ("R147-a-label", {"domain": "b\u00fccher.example"}, PASSED, ()),
        ("R147-a-label", {"domain": "bucher.example"}, FAILED, ("domain",)),
        (
            "R147-a-label",
            {"local": "a", "domain": "b\u00fccher.example"},
            FAILED,
            ("local", "domain"),
        ),
        ("A1-a-request", {"ack": {"id": "m1", "to": "x"}}, PASSED, ()),
        ("A1-a-request", {"ack": {}}, FAILED, ("ack",)),
        ("A1-a-request", {"ack": {"to": "x"}}, FAILED, ("ack",)),
        ("K1-receipts", {}, NOT_SUPPORTED, ()),
        ("K1-receipts", {"conceals": False}, NOT_SUPPORTED, ()),
        ("K1-receipts", {"ver": {"sha-1": "4dEbfnwbFywRnYhM2Bffp+wwDOE="}}, PASSED, ()),
        ("K1-receipts", {"ver": {"sha-1": "4dEbfnwbFywRnYhM2Bffp"}}, FAILED, ("ver",)),
        ("K1-receipts", {"ver": {"sha-1": "x", "md5": ""}}, FAILED, ("ver",)),
        ("R144-case-of-local", {"equal": True}, PASSED, ()),
        ("R144-case-of-local", {"equal": 1}, FAILED, ("equal",)),
        ("a-receipt-confirms", {"acks": [[], []]}, PASSED, ()),
        ("a-receipt-confirms", {"acks": ((), ())}, PASSED, ()),
        ("a-receipt-confirms", {"acks": [[]]}, FAILED, ("acks",)),
        ("a-receipt-confirms", {"acks": [[], ["o1"]]}, FAILED, ("acks",)),
    ],
)
def test_an_answer_is_judged(
    name: str,
    answer: Answer,
    status: VectorStatus,
    wrong: tuple[str, ...],
) -> None:
    """By the facts that it has, and those that are required."""
    result = judge(named(name), answer)
    assert (result.status, result.wrong) == (status, wrong)


WRITTEN = "<message xmlns='jabber:server' id='a'>{}</message>"
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"


@pytest.mark.parametrize(
    ("xml", "is_right"),
    [
        (WRITTEN.format("<body>hi</body>" + REQUEST), True),
        (WRITTEN.format(REQUEST + "<body>hi</body>"), True),
        (
            (
                "<c:message id='a' xmlns:c='jabber:server'><c:body>hi</c:body>"
                "<r:request xmlns:r='urn:xmpp:receipts'></r:request></c:message>"
            ),
            True,
        ),
        (
            WRITTEN.format(f"<body>hi</body>{REQUEST}").replace(
                "<message ", "<message type='normal' "
            ),
            True,
        ),
        (WRITTEN.format("<body>hi</body>"), False),
        (WRITTEN.format("<body>ho</body>" + REQUEST), False),
        (WRITTEN.format(f"<body>hi</body>{REQUEST}x"), False),
        (WRITTEN.format("<body>hi</body><request xmlns='urn:x'/>"), False),
        (f"<!DOCTYPE x>{WRITTEN.format('<body>hi</body>' + REQUEST)}", False),
        (WRITTEN.format(f"<body>hi</body>{REQUEST}") + " " * 9_999, True),
        (WRITTEN.format(f"<body>hi</body>{REQUEST}") + " " * 19_999, False),
        ("<message", False),
        (None, False),
    ],
)
def test_xml_is_compared_as_xml(xml: str | None, *, is_right: bool) -> None:
    """Prefixes, quotes, order and the default type do not count."""
    result = judge(named("R14-server-namespace"), {"xml": xml})
    assert result.status is (PASSED if is_right else FAILED)


# This library


def costly(vector: Vector) -> Any:  # noqa: ANN401  # what pytest makes of it
    """Mark a vector with a large stanza, which other tests read under every Python."""
    is_large = "a-hundred-thousand" in vector.name
    return pytest.param(vector, marks=[pytest.mark.heavy] * is_large)


@pytest.mark.parametrize(
    "vector", [*map(costly, ALL)], ids=[f"{it.suite}-{it.name}" for it in ALL]
)
def test_the_library_passes(vector: Vector, request: pytest.FixtureRequest) -> None:
    """It supports everything, and its errors have the expected codes.

    Of several right answers it gives the one in ``expect``, not that in ``instead``.
    """
    if "hundred-thousand" in vector.name:
        request.getfixturevalue("unmeasured")
    result = put(library, vector)
    answer = result.answer or {}
    assert result.status is PASSED, explanation(result)
    assert answer.get("error") in {None, *vector.error}
    if vector.expect is not None:
        assert judge(replace(vector, instead=None), answer).status is PASSED


def with_precis(ask: str, given: Any) -> Answer:  # noqa: ANN401  # any JSON
    """Answer questions about JIDs as a server does that follows RFC 7622."""
    texts = given["pair"] if ask == "same-jid" else [given["jid"]]
    try:
        first, *more = (jid.parse(it, normaliser=precis) for it in texts)
    except FormatError as error:
        return {"error": error.code}
    if more:
        return {"equal": [first] == more}
    return {"local": first.local, "domain": first.domain, "resource": first.resource}


def unanswered(expected: Any, found: Any) -> list[str]:  # noqa: ANN401  # any JSON
    """Return the names in an expected answer that another one lacks."""
    match expected, found:
        case dict(), dict():
            inner = [unanswered(it, found.get(name)) for name, it in expected.items()]
            return [*(expected.keys() - found.keys()), *chain(*inner)]
        case list(), list() | tuple():
            return [*chain(*map(unanswered, expected, found))]
        case _:
            return []


# These have facts that only show the way, or an error instead.
PARTIAL = {"caps-hash", "disco-read", "read", "validate"}


@pytest.mark.parametrize("ask", sorted(asks().keys() - PARTIAL))
def test_the_library_answers_all_that_is_expected(ask: str) -> None:
    """What an answer lacks is not compared, so nothing else would notice."""
    for vector in ALL:
        if vector.ask == ask and vector.expect is not None:
            answer = library(ask, vector.question)
            assert answer is not None
            assert unanswered(vector.expect, answer) == []


@pytest.mark.parametrize(
    "vector", conformance.vectors("jids"), ids=lambda it: f"{it.level}-{it.name}"
)
def test_an_implementation_with_precis_passes_too(vector: Vector) -> None:
    """No vector calls wrong what RFC 7622 and RFC 8265 demand."""
    check(with_precis, vector)


def test_a_check_that_fails_tells_what_is_wrong() -> None:
    """The message has the requirement, its section, the stanza and both answers."""
    vector = named("A7-ack-with-request")
    with pytest.raises(AssertionError) as caught:
        check(lambda *_: {"ack": {"id": "m1"}, "kind": "direct"}, vector)
    assert str(caught.value).splitlines() == [
        "A7-ack-with-request (suite acknowledging, level ours)",
        (
            "  R41       XEP-0184 §5.4 (MUST (d)): An ack message is not acknowledged,"
            " even if it asks for a receipt."
        ),
        "  asked     acknowledge",
        f"  stanza    {vector.given['xml']}",
        '  expected  {"ack": null}',
        "  because   is-ack",
        '  came      {"ack": {"id": "m1"}}',
    ]


def test_what_differs_from_the_defaults_is_explained() -> None:
    """And nothing else, though the vector has all of the situation."""
    lines = explanation(judge(named("A20-undecryptable"), {"ack": {"id": "m1"}}))
    asked = '  asked     acknowledge {"situation": {"processed": false}}'
    assert lines.splitlines()[2] == asked


@pytest.mark.parametrize(
    ("name", "answer", "expected", "came"),
    [
        ("R143-nothing", {"domain": ""}, "an error, here bad-jid", '{"domain": ""}'),
        (
            "R143-bare",
            {"error": "x"},
            'no error but {"local": "a", "resource": null, "domain": "b"}',
            '{"error": "x"}',
        ),
        ("R143-bare", {"domain": "\x9b"}, '{"domain": "b"}', r'{"domain": "\x9b"}'),
        ("R143-bare", {"domain": "b"}, None, '{"domain": "b"}'),
        (
            "R143-bare",
            {"domain": "b", "localpart": "a"},
            "no other facts than local, domain, resource",
            '{"localpart": "a"}',
        ),
        ("K12-split-at-the-last-full-stop", {}, None, "{}"),
        (
            "percent-encoded-query-namespace",
            {"support": "yes"},
            '{"support": "unknown"} or {"support": "no"}',
            '{"support": "yes"}',
        ),
        (
            "percent-encoded-query-namespace",
            {"support": "unknown", "id": "x"},
            '{"id": "disco1"}',
            '{"id": "x"}',
        ),
        (
            "R20-capital-message",
            {"id": None, "request": True, "received": []},
            'an error, here not-a-message or {"request": false, "received": []}',
            '{"id": null, "request": true, "received": []}',
        ),
    ],
)
def test_a_result_is_explained(
    name: str,
    answer: Answer,
    expected: str | None,
    came: str,
) -> None:
    """What was expected and what came, so that a terminal can show it."""
    lines = explanation(judge(named(name), answer)).splitlines()
    assert lines[-1] == f"  came      {came}"
    assert expected is None or lines[-2] == f"  expected  {expected}"


def test_what_was_expected_of_an_answer_that_is_right_is_told_too() -> None:
    """It is shown where all results are."""
    lines = explanation(judge(named("R143-bare"), {"domain": "b"})).splitlines()
    assert lines[-2] == ('  expected  {"local": "a", "resource": null, "domain": "b"}')


def test_a_failure_points_at_the_test_that_checks() -> None:
    """Pytest leaves out the code of this library."""
    with pytest.raises(AssertionError) as caught:
        check(lambda *_: {"domain": "x"}, named("R143-bare"))
    hidden = [it.ishidden(caught) for it in caught.traceback]
    assert hidden == [False, True]


def test_codes_and_requirements_are_tuples() -> None:
    """Also where the file has none."""
    assert named("R143-bare").error == ()
    assert named("R143-nothing").error == ("bad-jid",)
    assert {type(it.requirements) for it in ALL} == {tuple}


def test_what_is_not_supported_is_skipped() -> None:
    """As pytest and unittest do."""
    with pytest.raises(SkipTest, match=r"^jid is not supported$"):
        check(lambda *_: None, named("R143-bare"))


def test_an_adapter_that_raises_fails_its_vector_alone() -> None:
    """The others are put to it."""

    def fragile(ask: str, question: Any) -> dict[str, str] | None:  # noqa: ANN401
        if question["jid"] == "b":
            raise ZeroDivisionError(ask)
        return {"domain": "b"}

    results = [*run(fragile, [named("R143-domain-only"), named("R143-bare")])]
    assert [it.status for it in results] == [FAILED, PASSED]
    line = fragile.__code__.co_firstlineno + 2
    crash = f"ZeroDivisionError: jid (test_conformance.py:{line})"
    assert results[0].crash == crash
    assert explanation(results[0]).endswith(f"came      {crash}")


def test_the_place_of_an_error_is_in_the_adapter() -> None:
    """Though the standard library raises it."""

    def careless(_: str, __: object) -> Answer:
        return {"domain": json.loads("{")}

    (result,) = run(careless, [named("R143-bare")])
    line = careless.__code__.co_firstlineno + 1
    place = f"(test_conformance.py:{line})"
    assert (result.crash or "").startswith("JSONDecodeError: Expecting")
    assert (result.crash or "").endswith(place)


def test_what_advertises_nothing_is_not_valid() -> None:
    """An element that is no ``<c/>`` of either XEP."""
    given = {"advertised": "<x/>", "answer": "<query/>", "lang": None}
    assert library("caps-verify", given) == {"valid": False}


# Programs

PYTHON = (sys.executable, "-I", "-S", "-c")  # which is started quickly
ADAPTER = """
import json, os, sys, time
for line in sys.stdin:
    question = json.loads(line)
    text = question["given"].get("jid")
    if text == "b": os._exit(3)
    if text == "b/c": time.sleep(60)
    if text == "a@b/": os.kill(os.getpid(), 15)
    if text == "a@b": print("no JSON"); print(json.dumps({"domain": "of a@b"}))
    elif text == "": print("[]")
    elif text == "a@b//": sys.stdout.write('{"domain": "b"}')
    elif text == "a@b/c": sys.stdout.write("{"); sys.stdout.flush(); os._exit(0)
    elif text is None: print(json.dumps({"crash": "of my own"}))
    else: print(json.dumps({"domain": str(text)}))
    sys.stdout.flush()
"""


UNREADABLE = "a line that cannot be read as JSON (logs go to standard error): "


@pytest.mark.parametrize(
    ("name", "crash"),
    [
        ("R143-domain-only", "the program ended with exit code 3"),
        ("R143-domain-and-resource", "no answer within 2 seconds (is it flushed?)"),
        ("R143-bare", rf"{UNREADABLE}b'no JSON\n'"),
        ("R143-nothing", r"neither an object nor null: b'[]\n'"),
        (
            "R143-all-three",
            "the program ended with exit code 0, only b'{' without a line feed",
        ),
        (
            "R143-resource-of-one-slash",
            'no answer within 2 seconds, only b\'{"domain": "b"}\' without a line feed',
        ),
        ("R143-no-resource", "the program was ended by signal 15"),
        ("R144-case-of-local", "of my own"),
    ],
)
def test_a_program_that_fails_costs_its_vector_alone(name: str, crash: str) -> None:
    """It is started again for the next question."""
    with Program([*PYTHON, ADAPTER], seconds=2) as program:
        failed = put(program, named(name))
        assert failed.crash == f"NoAnswerError: {crash}"
        assert program("jid", {"jid": "x"}) == {"domain": "x"}


DEAF = """
import os, sys, time
sys.stdin.readline()
os.close(0)
print("null", flush=True)
time.sleep(60)
"""


def test_a_program_that_closes_its_output_is_not_said_to_have_ended() -> None:
    """It is killed then, but that is not the reason."""
    code = "import os, time; input(); os.close(1); time.sleep(60)"
    with (
        Program([*PYTHON, code]) as program,
        pytest.raises(NoAnswerError, match=r"^the program closed its standard output"),
    ):
        program("jid", {})


def test_a_program_that_stops_reading_is_started_again() -> None:
    """The question cannot be written."""
    with Program([*PYTHON, DEAF]) as program:
        assert program("jid", {}) is None
        with pytest.raises(NoAnswerError, match=r"^the program was ended by signal 9"):
            program("jid", {})
        assert program("jid", {}) is None


def test_a_program_that_hangs_is_ended_with_what_it_started() -> None:
    """A shell that waits for a child keeps no pipe open."""
    with Program(["sh", "-c", "sleep 60; true"], seconds=0.2) as program:
        with pytest.raises(NoAnswerError, match=r"^no answer within 0\.2 seconds"):
            program("jid", {})
        program.stop()


def test_a_command_that_does_not_exist_ends_the_run() -> None:
    """With the error of the operating system."""
    with (
        Program(["/nonexistent/program"]) as program,
        pytest.raises(UnusableProgramError, match=r"^the program cannot be started: "),
    ):
        put(program, named("R143-bare"))


SLOW = """
import sys, time
for line in sys.stdin:
    if "quick" not in line: time.sleep(60)
    print("null", flush=True)
"""
ODD = """
import json, sys
for line in sys.stdin:
    given = json.loads(line)["given"]
    if "end" in given: sys.exit(5)
    print("Welcome!" if "greet" in given else "null", flush=True)
"""


def asked(program: Program, words: str) -> list[str]:
    """Return in a word what comes of each question."""
    found = []
    for word in words.split():
        try:
            program("jid", {word: True})
        except NoAnswerError:
            found.append("fails")
        except UnusableProgramError:
            found.append("stops")
        else:
            found.append("answers")
    return found


@pytest.mark.parametrize(
    ("source", "words", "expected"),
    [
        (SLOW, "slow slow slow", "fails fails stops"),
        (SLOW, "quick slow slow slow", "answers fails fails stops"),
        (SLOW, "slow slow quick slow", "fails fails answers fails"),
        (ODD, "end greet end", "fails fails stops"),
        (ODD, "speak end greet end", "answers fails fails fails"),
    ],
)
def test_a_program_that_does_not_answer_ends_the_run(
    source: str, words: str, expected: str
) -> None:
    """After three time-outs in a row, or three failures before the first answer."""
    with Program([*PYTHON, source], seconds=0.5) as program:
        assert " ".join(asked(program, words)) == expected


ECHO = """
from xep0184.conformance.serving import serve
def adapter(ask, given):
    print("what an adapter prints is no answer")
    if ask == "fail": raise KeyError("x")
    return None if ask == "nothing" else {"given": given}
serve(adapter)
"""


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\U0001f600", "\n\0", ""])
def test_a_function_is_served_as_a_program(text: str) -> None:
    """Lone surrogates arrive, though they are no text of JSON."""
    with Program([sys.executable, "-c", ECHO]) as program:
        asked = {"jid": text, "more": [text, 1, None, {"deeper": text}]}
        assert program("echo", asked) == {"given": asked}
        assert program("nothing", {}) is None
        with pytest.raises(NoAnswerError, match=r"^KeyError: 'x' \(<string>:5\)$"):
            program("fail", {})


ESCAPED = "setsid sleep 8 & sleep 0.2"
ESCAPED_WITH_INPUT = "exec 3<&0; setsid sleep 8 <&3 & exec sleep 60"


@pytest.mark.skipif(shutil.which("setsid") is None, reason="there is no setsid here")
@pytest.mark.parametrize(
    ("source", "length"), [(ESCAPED, 1), (ESCAPED_WITH_INPUT, 1_000_000)]
)
def test_a_process_that_keeps_a_pipe_open_does_not_delay_the_run(
    source: str, length: int
) -> None:
    """It has a session of its own, so that it is not ended with the program."""
    begun = monotonic()
    with (
        Program(["sh", "-c", source], seconds=0.5) as program,
        pytest.raises(NoAnswerError, match=r"^no answer within 0\.5 seconds"),
    ):
        program("jid", {"jid": "x" * length})
    assert monotonic() - begun < 5


ANSWERS = """
import sys
for line in sys.stdin:
    if '"good"' in line: print("null", flush=True)
    else: print(eval(sys.argv[1]), flush=True)
"""
TOO_LONG = "an answer of more than 8,388,608 octets"
WRITTEN_OUT = f"{TOO_LONG} when written out"
NEITHER = "neither an object nor null: "
SECOND = "more than one line (logs go to standard error)"


@pytest.mark.parametrize(
    ("answer", "crash"),
    [
        ("'x' * 8_500_000", TOO_LONG),
        ('\'{"a":{"parts":[["x",90000000]]}}\'', WRITTEN_OUT),
        ('\'{"a":{"parts":[["",-9e9],["x",9000000]]}}\'', WRITTEN_OUT),
        ('\'{"a":{"parts":[[[0],9000000]]}}\'', WRITTEN_OUT),
        ('\'{"a":{"repeat":[0,2000000]}}\'', WRITTEN_OUT),
        ("'{\"repeat\":[' * 9 + '0' + ',9]}' * 9", WRITTEN_OUT),
        ("'{\"a\":[' + '{\"parts\":[[\"x\",999999]]},' * 9 + '0]}'", WRITTEN_OUT),
        ('\'{"a":{"parts":[["x",90000000],["",NaN]]}}\'', UNREADABLE),
        ("'{\"a\":NaN}'", UNREADABLE),
        ("'{\"a\":-Infinity}'", UNREADABLE),
        ('\'{"a":{"parts":5}}\'', UNREADABLE),
        ('\'{"a":{"parts":[["x","y"]]}}\'', UNREADABLE),
        ("'{\"a\":{\"code_points\":[1' + '0' * 30 + ']}}'", UNREADABLE),
        ("'[' * 1_000_000", UNREADABLE),
        ("'{\"a\":' * 200 + '1' + '}' * 200", 'nested more than 100 deep: b\'{"a":'),
        ("'[5]'", NEITHER),
        ("'null\\nnull'", f"{SECOND}, the second b'null"),
    ],
)
def test_an_answer_that_is_too_much_costs_its_vector_alone(
    answer: str, crash: str
) -> None:
    """Before it takes memory, and with one line that says why."""
    with Program([*PYTHON, ANSWERS, answer]) as program:
        assert program("jid", {"good": True}) is None
        with pytest.raises(NoAnswerError) as caught:
            program("jid", {})
        assert str(caught.value).startswith(crash)
        assert len(str(caught.value)) < 300
        assert program("jid", {"good": True}) is None


IN_OTHER_OCTETS = """
import sys
for line in sys.stdin:
    sys.stdout.buffer.write(eval(sys.argv[1])); sys.stdout.flush()
"""


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ('b\'\\xef\\xbb\\xbf{"a":"\\xc3\\xa9"}\\r\\n\'', {"a": "\u00e9"}),
        ("'null\\n'.encode('utf-16')", None),
        ('b\'{"a":"\\xe9"}\\n\'', None),
        ("b'\\n'", None),
    ],
)
def test_an_answer_is_utf_8(octets: str, expected: Answer) -> None:
    """A byte order mark and CR before LF are no fault; what else is, is told."""
    with Program([*PYTHON, IN_OTHER_OCTETS, octets]) as program:
        if expected:
            assert program("jid", {}) == expected
        else:
            with pytest.raises(NoAnswerError, match=f"^{re.escape(UNREADABLE)}b'"):
                program("jid", {})


CIRCLE: list[object] = []
CIRCLE.append(CIRCLE)


@pytest.mark.parametrize(
    "answer",
    [{"id": b"a"}, {"id": {1}}, {"id": float("nan")}, {"id": CIRCLE}, {b"id": 1}, [1]],
    ids=repr,
)
def test_a_function_that_returns_no_json_fails_its_vector_alone(
    answer: Any,  # noqa: ANN401  # what no adapter should return
) -> None:
    """The report can be written, with the reason."""
    good, bad = select(suites=["jids"])[:2]
    results = [
        *run(lambda _, given: answer if given == bad.given else None, [bad, good])
    ]
    assert [it.status for it in results] == ["failed", "not-supported"]
    assert "Error: " in (results[0].crash or "")
    json.loads(json_report(results), parse_constant=pytest.fail)


class UnreadableError(Exception):
    """An error that has no text."""

    def __str__(self) -> str:
        raise RuntimeError


def test_an_error_without_a_text_fails_its_vector_alone() -> None:
    """Its kind and its place are reported."""

    def fail(*_: object) -> Answer:
        raise UnreadableError

    line = fail.__code__.co_firstlineno + 1

    results = [*run(fail, select(suites=["jids"])[:2])]
    crash = f"UnreadableError (test_conformance.py:{line})"
    assert [it.crash for it in results] == [crash] * 2


def test_a_long_answer_whose_names_are_numbers_is_judged_and_reported() -> None:
    """As the JSON of it, in which they are texts."""
    (result,) = run(lambda *_: {1: "x" * 5_000}, select(suites=["jids"])[:1])
    assert (result.status, result.wrong) == ("failed", ("1",))
    json_report([result])


def test_an_adapter_that_changes_its_input_changes_no_vector() -> None:
    """Neither its values nor what they contain."""
    before = deepcopy(chosen := select())

    def change(_: str, given: Any) -> Answer:  # noqa: ANN401
        for it in given.values():
            if isinstance(it, list | dict):
                it.clear()
        given.clear()
        return None

    assert {it.status for it in run(change, chosen)} == {"not-supported"}
    assert [it.given for it in chosen] == [it.given for it in before]
    assert [it.question for it in chosen] == [it.question for it in before]


def test_a_served_error_without_a_text_goes_on() -> None:
    """As in the same process."""
    source = """if True:
        from xep0184.conformance.serving import serve

        class UnreadableError(Exception):
            def __str__(self):
                raise RuntimeError

        def fail(ask, given):
            raise UnreadableError

        serve(fail)
    """
    with Program([sys.executable, "-c", source]) as program:
        for _ in range(4):
            with pytest.raises(NoAnswerError, match=r"^UnreadableError \(.*:9\)$"):
                program("jid", {})


def test_a_served_function_that_returns_no_json_goes_on() -> None:
    """Its program is asked the next question."""
    source = (
        "from xep0184.conformance.serving import serve; serve(lambda *_: {'a': b''})"
    )
    with Program([sys.executable, "-c", source]) as program:
        for _ in range(4):
            with pytest.raises(NoAnswerError, match=r"^TypeError: .*bytes"):
                program("jid", {})


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 86_401])
def test_a_time_limit_without_a_meaning_is_refused(seconds: float) -> None:
    """At once, and not at the first answer."""
    with pytest.raises(ValueError, match=r"^seconds must be more than 0 and at most"):
        Program(["true"], seconds=seconds)


MORE = """
import sys, time
for line in sys.stdin:
    print("null", flush=True)
    if "twice" in line: time.sleep(0.2); print("{}", flush=True)
"""


def test_a_second_answer_is_not_the_answer_to_the_next_question() -> None:
    """It costs one vector, not all that follow."""
    with Program([*PYTHON, MORE]) as program:
        assert program("jid", {"twice": True}) is None
        sleep(1)
        with pytest.raises(NoAnswerError, match=r"^the program wrote something before"):
            program("jid", {})
        assert program("jid", {}) is None


FLOOD = """
import os, sys
sys.stdin.readline()
os.write(1, b"null" + chr(10).encode())
while True: os.write(1, b"x" * 65_536)
"""
MEMORY = """
import resource, sys
from xep0184.conformance import NoAnswerError, Program, UnusableProgramError
limit = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with Program([sys.executable, "-c", sys.argv[1]], seconds=3) as program:
    for _ in range(3):
        try: program("jid", {})
        except (NoAnswerError, UnusableProgramError): pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - limit)
"""


def test_a_flood_is_not_kept() -> None:
    """Neither as an answer, nor while the program is stopped."""
    pytest.importorskip("resource")
    arguments = [sys.executable, "-c", MEMORY, FLOOD]
    grown = subprocess.run(arguments, check=True, capture_output=True, text=True)
    assert int(grown.stdout) < 60_000  # KiB


def test_the_results_of_a_run_are_short() -> None:
    """So that thousands can be kept, whatever the implementation answers."""
    vector = named("R143-bare")
    long: dict[str, Any] = {
        "domain": "x" * 1_000_000,
        **{f"{number}{'y' * 9_999}": [[]] * 9_999 for number in range(99)},
    }
    (failed,) = run(lambda *_: long, [vector])
    assert failed.answer is not None
    assert failed.answer["domain"].startswith('"xxx')
    assert len(json.dumps([failed.answer, failed.wrong])) < 100_000
    assert (
        explanation(failed).splitlines()[:4]
        == (explanation(judge(vector, long)).splitlines()[:4])
    )
    (crashed,) = run(lambda *_: int("x" * 1_000_000), [vector])  # type: ignore[arg-type]  # it raises
    assert crashed.crash is not None
    assert len(crashed.crash) < 1_100
    short: dict[str, Any] = {"domain": "b", "local": ["x"] * 100}
    assert next(run(lambda *_: short, [vector])).answer == short


# The command line and the reports


SECONDS = ("inf", "1e12", "nan", "0", "-1", "86401")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--command", ""], "there is no program in --command"),
        (["--command", "'"], "No closing quotation"),
        (["my_module:adapter", "--command", "true"], "exclude each other"),
        (["--command", "/nonexistent/program"], "the program cannot be started"),
        (["nonexistent:adapter"], "no answer; the last: the program ended with exit"),
        (["--suite", "restricted"], "--level (by default xep)"),
        (["--suite", "restricted", "--list"], "no vector has this"),
        (["--name", "mistyped"], "no vector has this"),
        *((["--seconds", it], "more than 0 and at most 86400") for it in SECONDS),
    ],
)
def test_a_wrong_call_is_one_message(arguments: list[str], message: str) -> None:
    """And exit code 2, whatever the vectors are."""
    result = CliRunner().invoke(command, ["conformance", *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert result.stderr.count("Error: ") == 1


def test_a_module_that_cannot_be_loaded_is_named() -> None:
    """Without a traceback."""
    serving = [sys.executable, "-m", "xep0184.conformance.serving", "json:adapter"]
    served = subprocess.run(serving, check=False, capture_output=True, text=True)
    reason = "module 'json' has no attribute 'adapter'"
    assert served.stderr == f"cannot load json:adapter: {reason}\n"
    assert served.returncode == 1


def invoke(*arguments: str, exit_code: int = 0) -> str:
    """Run ``xep0184 conformance`` and return what it writes."""
    result = CliRunner().invoke(command, ["conformance", *arguments])
    assert (result.exception, result.exit_code) == (
        (None, 0) if exit_code == 0 else (result.exception, exit_code)
    )
    return result.stdout


def test_the_vectors_are_listed() -> None:
    """With suite, level and requirements."""
    listed = invoke("--list", "--suite", "jids", "--name", "R143-b")
    assert listed == "jids xep R143-bare R143\n"
    assert len(invoke("--list").splitlines()) == len(select())


def test_this_library_is_put_to_the_vectors_by_default() -> None:
    """As a program, of which a table by suite and level is written."""
    options = ["--level", "xep", "--level", "ours", "--suite", "envelopes"]
    assert invoke(*options, "--suite", "caps").splitlines() == [
        "suite          level     passed failed not-supported",
        "caps           xep           97      0             0",
        "caps           ours           9      0             0",
        "envelopes      xep           13      0             0",
        "envelopes      ours           7      0             0",
        "",
        f"126 passed, 0 failed, 0 not-supported (vectors {VERSION})",
    ]


FEW = ("--suite", "jids", "--suite", "caps", "--name", "R143-a", "--seconds", "2")


def test_any_program_is_put_to_the_vectors(tmp_path: Path) -> None:
    """Each failure is explained, and the exit code is 1."""
    adapter = tmp_path / "adapter.py"
    adapter.write_text(ADAPTER, encoding="utf-8")
    python = f"'{sys.executable}' '{adapter}'"
    lines = invoke("--command", python, *FEW, exit_code=1).splitlines()
    assert lines[0] == "R143-all-three (suite jids, level xep)"
    assert lines[-1] == f"0 passed, 3 failed, 0 not-supported (vectors {VERSION})"


REPORTED = [
    judge(named("R143-bare"), {"domain": "b"}),
    judge(named("R143-all-three"), {"domain": "\x01"}),
    judge(named("R144-case-of-local"), None),
    put(lambda *_: 1 // 0, named("K12-split-at-the-last-full-stop")),  # type: ignore[arg-type]  # never answers
]


def test_the_report_is_json() -> None:
    """With every result."""
    report = json.loads(conformance.json_report(REPORTED))
    assert report["version"] == VERSION
    assert report["results"][1] == {
        "suite": "jids",
        "name": "R143-all-three",
        "level": "xep",
        "requirements": ["R143"],
        "status": "failed",
        "wrong": ["domain"],
        "answer": {"domain": "\x01"},
        "crash": None,
    }
    assert [it["status"] for it in report["results"]] == [
        *("passed", "failed", "not-supported", "failed")
    ]


def test_the_report_is_junit_xml() -> None:
    """With a failure, a crash and a skipped test, each in its suite."""
    root = ET.fromstring(conformance.junit_report(REPORTED))  # noqa: S314  # ours
    jids, caps = root
    assert {it.tag for it in root} == {"testsuite"}
    assert jids.attrib == {
        "name": "jids",
        "tests": "3",
        "failures": "1",
        "skipped": "1",
    }
    assert caps.attrib == {
        "name": "caps",
        "tests": "1",
        "failures": "1",
        "skipped": "0",
    }
    failure = jids.find("testcase[@name='R143-all-three']/failure")
    assert failure is not None
    assert failure.get("message") == "wrong: domain"
    assert failure.text == explanation(REPORTED[1])
    skipped = jids.find("testcase[@name='R144-case-of-local']/skipped")
    assert skipped is not None
    assert skipped.get("message") == "same-jid is not supported"
    crash = caps.find("testcase/failure")
    assert crash is not None
    assert crash.get("message") == "no answer"


@pytest.mark.parametrize("format_", ["text", "json", "junit"])
def test_what_a_program_answers_can_be_shown_in_a_terminal(format_: str) -> None:
    """The names of the facts, the values and the crashes."""
    odd = "\x1b]0;\x07\ud800\ufffe"
    name = f"{FAILED}{odd}"
    results = [
        judge(named("R143-bare"), {name: 1}),
        judge(named("R143-bare"), {"domain": odd}),
        replace(judge(named("R143-bare"), {"domain": "x"}), crash=odd),
    ]
    report: Any = getattr(conformance, f"{format_}_report")
    lines = report(results).splitlines()
    assert all(it.isprintable() for it in lines)
    assert sum(r"\x07" in it or r"\u0007" in it for it in lines) >= 3
    if format_ == "junit":
        failure = ET.fromstring(report(results)).find(".//failure")  # noqa: S314  # ours
        assert failure is not None
        assert failure.get("message") == r"wrong: failed\x1b]0;\x07\ud800\ufffe"


@pytest.mark.parametrize("format_", ["json", "junit"])
def test_the_format_of_the_report_is_chosen(format_: str) -> None:
    """On the command line."""
    written = invoke("--format", format_, "--suite", "jids", "--name", "R143-bare")
    parsed = json.loads(written) if format_ == "json" else ET.fromstring(written)  # noqa: S314
    assert parsed is not None


# JavaScript

NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="Node is not installed")
@pytest.mark.usefixtures("unmeasured")
def test_the_vectors_are_loaded_and_judged_in_forty_lines_of_javascript() -> None:
    """As here: the same adapter has the same results through a pipe."""
    judge_file, adapter = EXAMPLES / "judge.mjs", EXAMPLES / "adapter.mjs"
    assert len(judge_file.read_text("utf-8").splitlines()) < 40
    arguments = [
        str(it) for it in (NODE, judge_file, str(FILES), adapter, *VectorLevel)
    ]
    judged = subprocess.run(
        arguments, check=True, capture_output=True, text=True
    ).stdout
    with Program([str(NODE), str(adapter)]) as program:
        results = [*run(program, ALL)]
    expected = [f"{it.vector.suite} {it.vector.name} {it.status}" for it in results]
    assert sorted(judged.splitlines()) == sorted(expected)
    assert {it.status for it in results} == {*VectorStatus}


ONCE = "input(); print('{}', flush=True)"


def test_a_program_that_has_ended_is_not_blamed_for_an_early_answer() -> None:
    """The end of its output is no line."""
    process = LineProcess([*PYTHON, ONCE], seconds=60)
    assert process.answer(b"{}\n") == b"{}\n"
    while process._chunks.empty():  # noqa: SLF001  # no answer, nothing to wait for
        sleep(0.01)
    with pytest.raises(NoAnswerError, match=r"^the program ended with exit code 0$"):
        process.answer(b"{}\n")


def test_a_program_is_started_again_after_it_was_stopped() -> None:
    """It may answer once more, and be stopped twice."""
    program = Program([*PYTHON, ONCE])
    for _ in range(2):
        assert program("jid", {}) == {}
        program.stop()
        program.stop()


DRIPPING = """
import sys, time
sys.stdin.readline()
for octet in "1" * 30 + chr(10):
    print(octet, end="", flush=True)
    time.sleep(0.1)
"""


def test_an_answer_that_drips_has_no_more_time_than_another() -> None:
    """The limit is for the whole line, not for each octet."""
    with (
        Program([*PYTHON, DRIPPING], seconds=0.5) as program,
        pytest.raises(NoAnswerError, match=r"^no answer within 0\.5 seconds"),
    ):
        program("jid", {})


def test_a_pipe_that_stays_open_does_not_keep_python_running() -> None:
    """What a program started may hold its pipes after it was stopped."""
    before = set(threading.enumerate())
    with Program([*PYTHON, ONCE]) as program:
        program("jid", {})
        begun = set(threading.enumerate()) - before
        assert [it.daemon for it in begun] == [True, True]


LONG = """
import sys
sys.stdin.readline()
sys.stdout.write("x" * int(sys.argv[1])); sys.stdout.flush()
sys.stdin.readline()
"""


def test_the_longest_line_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """One octet more is an error before its line feed comes."""
    monkeypatch.setattr("xep0184.conformance.processes.LONGEST_LINE", 1_000)
    for length, sentence in (
        (1_000, "no answer within"),
        (1_001, "more than 1,000 octets"),
    ):
        process = LineProcess([*PYTHON, LONG, str(length)], seconds=2)
        with pytest.raises(NoAnswerError, match=sentence):
            process.answer(b"{}\n")
        process.stop(patience=0)

"""Reports results as text, JSON and JUnit XML."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, cast
from xml.etree import ElementTree as ET

from xep0184.conformance.comparing import VectorStatus
from xep0184.conformance.loading import VERSION, VectorLevel, asks, requirements
from xep0184.quoting import beginning, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xep0184.conformance.comparing import VectorResult
    from xep0184.conformance.loading import Vector

__all__ = ["counts", "explanation", "json_report", "junit_report", "text_report"]

_LONGEST: Final = 1_000  # characters of a value that is shown
_ROW: Final = "{:<14} {:<9} {:>6} {:>6} {:>13}"
_PASSED, _FAILED, _NOT_SUPPORTED = VectorStatus


def explanation(result: VectorResult, /) -> str:
    """Return what a result is about: requirements, stanza, expected, what came.

    Args:
        result: The result for one vector.

    >>> from xep0184.conformance import judge, vectors
    >>> vector = next(it for it in vectors("caps") if it.ask == "caps-node")
    >>> print(explanation(judge(vector, {"split": None})))
    K12-split-at-the-last-full-stop (suite caps, level xep)
      R104      XEP-0390 §4.3 (MUST): A node for a hash is split at its last full stop.
      asked     caps-node {"node": "urn:xmpp:caps#sha-512.256.AAAA="}
      expected  {"split": ["sha-512.256", "AAAA="]}
      came      {"split": null}
    """
    vector = result.vector
    lines = [
        *_rests_on(vector),
        *_asked(vector),
        ("expected", _expected(result)),
        *_because(vector),
        ("came", _came(result)),
    ]
    return "\n".join(
        [
            f"{vector.name} (suite {vector.suite}, level {vector.level})",
            *(f"  {name:<9} {printable(text)}" for name, text in lines),
        ]
    )


def _rests_on(vector: Vector) -> Iterator[tuple[str, str]]:
    for number in vector.requirements:
        it = requirements()[number]
        yield number, f"{it.section} ({it.keyword}): {it.text}"


def _asked(vector: Vector) -> Iterator[tuple[str, str]]:
    given = _unusual(vector.given, asks()[vector.ask].given)
    stanza = given.pop("xml", None)
    yield "asked", f"{vector.ask} {_short(given)}" if given else vector.ask
    if stanza is not None:
        yield "stanza", beginning(stanza, width=_LONGEST)


def _unusual(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an input that differs from the defaults."""
    unusual = {name: it for name, it in given.items() if it != defaults.get(name, ...)}
    inner = {
        name: _unusual(cast("Mapping[str, Any]", it), defaults[name])
        for name, it in unusual.items()
        if isinstance(it, dict) and isinstance(defaults.get(name), dict)
    }
    return unusual | inner


def _because(vector: Vector) -> Iterator[tuple[str, str]]:
    """Yield the rule of this library that applies, where there is one."""
    if vector.expect is not None and "reason" in vector.expect:
        yield "because", vector.expect["reason"]


def _expected(result: VectorResult) -> str:
    vector = result.vector
    facts = asks()[vector.ask].facts
    if result.wrong and {*result.wrong}.isdisjoint({*facts, "error"}):
        return f"no other facts than {', '.join(facts)}"
    instead = vector.instead or {}
    or_instead = f" or {_short(instead)}" if instead else ""
    if vector.expect is None:
        return f"an error, here {' or '.join(vector.error)}{or_instead}"
    expected = {**asks()[vector.ask].expect, **vector.expect}
    if result.wrong == ("error",):
        return f"no error but {_short(expected)}"
    names = result.wrong or (*expected,)
    shown = _short({it: expected[it] for it in names})
    return shown if instead.keys().isdisjoint(names) else shown + or_instead


def _came(result: VectorResult) -> str:
    if result.crash is not None:
        return result.crash
    answer = result.answer or {}
    named = {it: answer[it] for it in result.wrong if it in answer}
    return _short(named or answer)


def _short(facts: Mapping[str, Any]) -> str:
    return beginning(json.dumps(facts, ensure_ascii=False), width=_LONGEST)


def counts(
    results: Sequence[VectorResult], /
) -> Counter[tuple[str, VectorLevel, VectorStatus]]:
    """Return how many results there are of each suite, level and status.

    Args:
        results: Results in any order.
    """
    return Counter((it.vector.suite, it.vector.level, it.status) for it in results)


def text_report(results: Sequence[VectorResult], /) -> str:
    """Return each failure with its explanation, then a table by suite and level.

    Args:
        results: Results in any order.
    """
    number = counts(results)
    order = [*VectorLevel]
    rows = sorted(
        {(suite, level) for suite, level, _ in number},
        key=lambda row: (row[0], order.index(row[1])),
    )
    table = [
        _ROW.format(*row, *(number[*row, status] for status in VectorStatus))
        for row in rows
    ]
    failed = [f"{explanation(it)}\n" for it in results if it.status is _FAILED]
    head = _ROW.format("suite", "level", *VectorStatus)
    totals = Counter(it.status for it in results)
    summary = ", ".join(f"{totals[it]} {it}" for it in VectorStatus)
    return "\n".join([*failed, head, *table, "", f"{summary} (vectors {VERSION})"])


def json_report(results: Sequence[VectorResult], /) -> str:
    """Return all results as a JSON document.

    Args:
        results: Results in any order.
    """
    rows = [
        {
            "suite": it.vector.suite,
            "name": it.vector.name,
            "level": it.vector.level,
            "requirements": it.vector.requirements,
            "status": it.status,
            "wrong": it.wrong,
            "answer": it.answer,
            "crash": it.crash,
        }
        for it in results
    ]
    return json.dumps({"version": VERSION, "results": rows}, indent=2)


def junit_report(results: Sequence[VectorResult], /) -> str:
    """Return all results as JUnit XML.

    Args:
        results: Results in any order.
    """
    root = ET.Element("testsuites", name=f"XEP-0184 vectors {VERSION}")
    suites = {it.vector.suite: ET.Element("testsuite") for it in results}
    for name, suite in suites.items():
        here = [it for it in results if it.vector.suite == name]
        status = Counter(it.status for it in here)
        suite.attrib |= {"name": name, "tests": str(len(here))}
        suite.attrib |= {"failures": str(status[_FAILED])}
        suite.attrib |= {"skipped": str(status[_NOT_SUPPORTED])}
        suite.extend(map(_test_case, here))
    root.extend(suites.values())
    return ET.tostring(root, encoding="unicode")


def _test_case(result: VectorResult) -> ET.Element:
    vector = result.vector
    case = ET.Element("testcase", name=vector.name, classname=vector.suite)
    if result.status is _FAILED:
        wrong = printable(", ".join(result.wrong))
        message = f"wrong: {wrong}" if wrong else "no answer"
        ET.SubElement(case, "failure", message=message).text = explanation(result)
    elif result.status is _NOT_SUPPORTED:
        ET.SubElement(case, "skipped", message=f"{vector.ask} is not supported")
    return case

"""The formats in which a command prints what it finds, as a table."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from xep0184.cli.item import sentence
from xep0184.cli.style import OutputFormat
from xep0184.findings import CODES
from xep0184.quoting import printable
from xep0184.rules import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from xep0184.cli.item import Item
    from xep0184.cli.style import Style
    from xep0184.cli.tally import Tally
    from xep0184.findings import Finding
    from xep0184.recordings import Place

__all__ = ["JSON_VERSION", "PRINTERS", "sarif_head", "sarif_tail"]

JSON_VERSION: Final = 1
"""The version of report.schema.json, which describes the JSON."""


def _text(item: Item, style: Style) -> Iterator[str]:
    for line in item.lines:
        yield from style.fit(line)


def _json(item: Item, _: Style) -> Iterator[str]:
    yield json.dumps({"version": JSON_VERSION, **item.plain})


_SARIF_LEVELS: Final[Mapping[Severity, str]] = {
    Severity.MUST: "error",
    Severity.SHOULD: "warning",
    Severity.NOTE: "note",
}
_ANNOTATIONS: Final = {**_SARIF_LEVELS, Severity.NOTE: "notice"}


def _github(item: Item, _: Style) -> Iterator[str]:
    file = _escaped(item.place.file).replace(":", "%3A").replace(",", "%2C")
    for finding in item.findings:
        level = _ANNOTATIONS[finding.level.severity]
        line, column = _start(finding, item.place)
        start = f"line={line}" if column is None else f"line={line},col={column}"
        where = f"file={file},{start},title={finding.code}"
        yield f"::{level} {where}::{_escaped(sentence(finding))}"


def _start(finding: Finding, place: Place) -> tuple[int, int | None]:
    """Return the line of a finding, and its column where that is known."""
    line = finding.line or place.line
    return line, place.column if line == place.line else None


def _escaped(text: str) -> str:
    return printable(text.replace("%", "%25"))


def _sarif(item: Item, _: Style) -> Iterator[str]:
    place = item.place
    for finding in item.findings:
        line, column = _start(finding, place)
        region = {"startLine": line}
        if column is not None:
            region["startColumn"] = column
        location = {
            "artifactLocation": {"uri": quote(os.fsencode(place.file))},
            "region": region,
        }
        result = {
            "ruleId": finding.code,
            "level": _SARIF_LEVELS[finding.level.severity],
            "message": {"text": sentence(finding)},
            "locations": [{"physicalLocation": location}],
        }
        yield json.dumps(result)


def sarif_head() -> str:
    """Return what comes before the results."""
    from importlib import metadata  # which no other format needs

    version = metadata.version("xep0184")
    rules = [
        {"id": rule.id, "shortDescription": {"text": f"{rule.text} ({rule.section})"}}
        for rule in CODES.values()
    ]
    driver = {"name": "xep0184", "version": version, "rules": rules}
    return (
        '{"$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/'
        'schemas/sarif-schema-2.1.0.json", "version": "2.1.0", "runs": [{'
        f'"tool": {json.dumps({"driver": driver})}, "columnKind": "unicodeCodePoints",'
        '\n"results": ['
    )


def sarif_tail(tally: Tally, /) -> str:
    """Return what comes after the results: whether all files could be read."""
    notifications = [
        {"level": "error", "message": {"text": f"{file} cannot be read"}}
        for file in tally.unreadable
    ]
    invocation = {
        "executionSuccessful": not notifications,
        "exitCode": tally.exit_code.value,
        "toolExecutionNotifications": notifications,
    }
    return f'],\n"invocations": [{json.dumps(invocation)}]}}]}}'


PRINTERS: Final[Mapping[OutputFormat, Callable[[Item, Style], Iterator[str]]]] = {
    OutputFormat.TEXT: _text,
    OutputFormat.JSON: _json,
    OutputFormat.GITHUB: _github,
    OutputFormat.SARIF: _sarif,
}

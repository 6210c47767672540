"""The formats in which a command prints what it finds, as a table."""

from __future__ import annotations

import json
import os
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final
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

__all__ = ["JSON_VERSION", "PRINTERS", "SARIF_HEAD", "sarif_tail"]

JSON_VERSION: Final = 1
"""The version of report.schema.json, which describes the JSON."""


def _text(item: Item, style: Style) -> Iterator[str]:
    for line in item.lines:
        yield from style.fit(line)


def _json(item: Item, _: Style) -> Iterator[str]:
    yield json.dumps({"version": JSON_VERSION, **item.plain})


_ANNOTATIONS: Final[Mapping[Severity, str]] = {
    Severity.MUST: "error",
    Severity.SHOULD: "warning",
    Severity.NOTE: "notice",
}


def _github(item: Item, _: Style) -> Iterator[str]:
    place = item.place
    for finding in item.findings:
        level = _ANNOTATIONS[finding.level.severity]
        file = _escaped(place.file).replace(":", "%3A").replace(",", "%2C")
        line = finding.line or place.line
        column = f",col={place.column}" if line == place.line else ""
        where = f"file={file},line={line}{column},title={finding.code}"
        yield f"::{level} {where}::{_escaped(sentence(finding))}"


def _escaped(text: str) -> str:
    return printable(text.replace("%", "%25"))


_SARIF_LEVELS: Final[Mapping[Severity, str]] = {
    Severity.MUST: "error",
    Severity.SHOULD: "warning",
    Severity.NOTE: "note",
}


def _sarif(item: Item, _: Style) -> Iterator[str]:
    place = item.place
    for finding in item.findings:
        line = finding.line or place.line
        region = {"startLine": line}
        if line == place.line:
            region["startColumn"] = place.column
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


def _descriptors() -> list[dict[str, Any]]:
    """Return what a check can report."""
    return [
        {"id": rule.id, "shortDescription": {"text": f"{rule.text} ({rule.section})"}}
        for rule in CODES.values()
    ]


_DRIVER: Final = {
    "name": "xep0184",
    "version": metadata.version("xep0184"),
    "rules": _descriptors(),
}
SARIF_HEAD: Final = (
    '{"$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/'
    'sarif-schema-2.1.0.json", "version": "2.1.0", "runs": [{'
    f'"tool": {json.dumps({"driver": _DRIVER})}, "columnKind": "unicodeCodePoints",'
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

"""How the entries of a check reach their reader: lines for people, or JSON.

A peer chooses how much there is to say of a stanza: 100 KB can be made to fill 30 MB.
So of each the first findings are told, with the beginning of long texts, and how
many more there are; all of them are counted.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final, Protocol

import click
from rich.console import Console
from rich.table import Table

from xep0184._value import value
from xep0184.findings import Finding, StanzaKind
from xep0184.quoting import beginning, printable, shown
from xep0184.recordings import Unreadable
from xep0184.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xep0184.recordings import Entry

__all__ = ["BROKEN", "JSONReporter", "ReportEntry", "Reporter", "Tally", "TextReporter"]

BROKEN: Final = "broken"
"""The kind of a place that could not be read."""

_MOST: Final = 64


@value(kw_only=True)
class ReportEntry:
    """What a check says of one entry of a recording.

    Attributes:
        entry: The entry.
        name: The local name of the element; '' if there is none.
        kind: What it is: a `StanzaKind`, or BROKEN.
        ids: The ids that a receipt is asked for or given for.
        findings: Everything odd about it.
    """

    entry: Entry
    kind: str
    name: str = ""
    ids: tuple[str, ...] = ()
    findings: tuple[Finding, ...]

    @property
    def plain(self) -> dict[str, Any]:
        """The entry as JSON can hold it; a stretch has its last line and its places."""
        content, keys = self.entry.content, dataclasses.asdict(self.entry.place)
        if isinstance(content, Unreadable):
            keys |= {"last_line": content.last_line, "places": content.places}
        return {
            **keys,
            "direction": self.entry.direction,
            "kind": self.kind,
            "name": self.name,
            "ids": self.ids,
            "findings": [dataclasses.asdict(it) for it in self.findings],
        }


class Tally:
    """What was counted over all files."""

    def __init__(self, *, strict: bool) -> None:
        self.kinds: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.unreadable: int = 0
        self.inputs: Mapping[str, str] = {}
        self._strict = strict
        self._found = False

    def add(self, entry: ReportEntry) -> None:
        """Count one entry."""
        self.kinds[entry.kind] += 1
        for finding in entry.findings:
            self.codes[finding.code] += 1
            is_fault = finding.level.is_demand or entry.kind == BROKEN
            self._found |= self._strict or is_fault

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 3 a file that cannot be read."""
        return 3 if self.unreadable else int(self._found)


class Reporter(Protocol):
    """What a check reports to."""

    def entry(self, entry: ReportEntry) -> None:
        """Report one entry."""
        ...

    def summary(self, tally: Tally) -> None:
        """Report what was counted."""
        ...


class JSONReporter:
    """One JSON object a line; the last one has the key ``summary``."""

    def entry(self, entry: ReportEntry) -> None:
        """Print an entry.

        If there are more findings than are told, ``more`` is their number.
        """
        told, more = _told(entry)
        keys = told.plain
        click.echo(json.dumps({**keys, "more": more} if more else keys))

    def summary(self, tally: Tally) -> None:
        """Print the counts."""
        counts = {
            "kinds": dict(tally.kinds),
            "findings": dict(tally.codes),
            "inputs": tally.inputs,
            "unreadable": tally.unreadable,
            "exit_code": tally.exit_code,
        }
        click.echo(json.dumps({"summary": counts}))


_COLOURS: Final[Mapping[str, str]] = {
    StanzaKind.REQUEST: "cyan",
    StanzaKind.ACK: "green",
    StanzaKind.BOTH: "yellow",
    StanzaKind.LOOK_ALIKE: "yellow",
    BROKEN: "red",
}


class TextReporter:
    """One line a stanza, its findings below it, a table at the end."""

    def entry(self, entry: ReportEntry) -> None:
        """Print an entry; a peer's text is quoted, so that it cannot pose as ours."""
        told, more = _told(entry)
        kind = click.style(f"{entry.kind:<10}", fg=_COLOURS.get(entry.kind))
        parts = (printable(told.name), *map(shown, told.ids), *_stretch(told.entry))
        place = told.entry.place
        where = f"{printable(place.file)}:{place.line}: #{place.number:<3}"
        click.echo(f"{where} {kind} {' '.join(filter(None, parts))}".rstrip())
        for finding in told.findings:
            click.echo(f"    {_sentence(finding, place.line)}")
        if more:
            click.echo(f"    … and {more} more")

    def summary(self, tally: Tally) -> None:
        """Print the counts as a table, if there is anything to count."""
        if not tally.kinds:
            return
        table = Table("stanzas", "", "findings", "", box=None, pad_edge=False)
        for pairs in zip_longest(
            tally.kinds.most_common(), tally.codes.most_common(), fillvalue=("", "")
        ):
            table.add_row(*(str(cell) for pair in pairs for cell in pair))
        click.echo()
        Console(highlight=False).print(table)


def _stretch(entry: Entry) -> Iterator[str]:
    """Yield up to which line an entry cannot be read, if it is more than a stanza."""
    content, line = entry.content, entry.place.line
    if isinstance(content, Unreadable) and not content.whole:
        if content.last_line > line:
            yield f"lines {line} to {content.last_line}"
        if content.places > 1:
            yield f"({content.places} stanzas)"


def _told(entry: ReportEntry) -> tuple[ReportEntry, int]:
    """Return as much of an entry as is told, and how many more findings it has."""
    told = dataclasses.replace(
        entry,
        name=beginning(entry.name),
        ids=tuple(map(beginning, entry.ids)),
        findings=tuple(map(_shortened, entry.findings[:_MOST])),
    )
    return told, len(entry.findings) - len(told.findings)


def _shortened(finding: Finding) -> Finding:
    text, where = beginning(finding.text), beginning(finding.where)
    return dataclasses.replace(finding, text=text, where=where)


def _sentence(finding: Finding, line: int) -> str:
    level = click.style(finding.level, fg=_LEVEL_COLOURS.get(finding.level))
    place = "" if finding.line in {None, line} else f"line {finding.line}: "
    where = f" in {shown(finding.where)}" if finding.where else ""
    text = printable(finding.text)
    return f"{level} {finding.code}{where}: {place}{text} ({finding.section})"


_LEVEL_COLOURS: Final[Mapping[str, str]] = {
    Level.MUST: "red",
    Level.MUST_NOT: "red",
    Level.STATED: "red",
    Level.SHOULD: "yellow",
    Level.SHOULD_NOT: "yellow",
    Level.NOT_RECOMMENDED: "yellow",
}

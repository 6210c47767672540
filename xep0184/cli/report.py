"""What a check says of the entries of a recording, as lines for people or for JSON.

A peer chooses how much there is to say of a stanza: 100 KB can be made to fill 30 MB.
So for each, the first findings are shown, with the beginnings of long texts, and the
number of the others; all of them are counted.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Final

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

__all__ = ["BROKEN", "ReportEntry", "Tally"]

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
        """The entry for JSON; ``more`` is the number of findings that are not shown."""
        content, keys = self.entry.content, dataclasses.asdict(self.entry.place)
        if isinstance(content, Unreadable):
            keys |= {"last_line": content.last_line, "places": content.places}
        told = {
            "direction": self.entry.direction,
            "kind": self.kind,
            "name": beginning(self.name),
            "ids": list(map(beginning, self.ids)),
            "findings": [
                dataclasses.asdict(_shortened(it)) for it in self.findings[:_MOST]
            ],
        }
        return {**keys, **told, "more": self._more} if self._more else {**keys, **told}

    @property
    def lines(self) -> Iterator[str]:
        """A line and its findings; a peer's text is quoted, it cannot pose as ours."""
        ids = (shown(beginning(id_)) for id_ in self.ids)
        parts = (printable(beginning(self.name)), *ids, *_stretch(self.entry))
        tail = " ".join(filter(None, parts))
        name = f"{self.kind:<10} " if tail else self.kind
        place = self.entry.place
        where = f"{printable(place.file)}:{place.line}: #{place.number:<3}"
        yield f"{where} {click.style(name, fg=_COLOURS.get(self.kind))}{tail}"
        for finding in self.findings[:_MOST]:
            yield f"    {_sentence(_shortened(finding), place.line)}"
        if self._more:
            yield f"    … and {self._more} more"

    @property
    def _more(self) -> int:
        return len(self.findings[_MOST:])


class Tally:
    """What was counted over all files.

    Attributes:
        has_findings: Whether there are findings that make the check fail.
    """

    def __init__(self, *, strict: bool) -> None:
        self.has_findings: bool = False
        self._kinds: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._strict = strict

    def add(self, entry: ReportEntry) -> None:
        """Count one entry."""
        self._kinds[entry.kind] += 1
        for finding in entry.findings:
            self._codes[finding.code] += 1
            is_fault = finding.level.is_demand or entry.kind == BROKEN
            self.has_findings |= self._strict or is_fault

    @property
    def plain(self) -> dict[str, object]:
        """The counts for JSON."""
        return {"kinds": dict(self._kinds), "findings": dict(self._codes)}

    def print(self) -> None:
        """Print the counts as a table, if there is anything to count."""
        if not self._kinds:
            return
        table = Table("stanzas", "", "findings", "", box=None, pad_edge=False)
        for pairs in zip_longest(
            self._kinds.most_common(), self._codes.most_common(), fillvalue=("", "")
        ):
            table.add_row(*(str(cell) for pair in pairs for cell in pair))
        click.echo()
        Console(highlight=False).print(table)


_COLOURS: Final[Mapping[str, str]] = {
    StanzaKind.REQUEST: "cyan",
    StanzaKind.ACK: "green",
    StanzaKind.BOTH: "yellow",
    StanzaKind.LOOK_ALIKE: "yellow",
    BROKEN: "red",
}


def _stretch(entry: Entry) -> Iterator[str]:
    """Yield up to which line an entry cannot be read, if it is more than a stanza."""
    content, line = entry.content, entry.place.line
    if isinstance(content, Unreadable) and not content.whole:
        if content.last_line > line:
            yield f"lines {line} to {content.last_line}"
        if content.places > 1:
            yield f"({content.places} stanzas)"


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

"""What a command tells of one place in a recording, for people and for JSON.

A peer chooses how much there is to say of a stanza: 100 KB can be made to fill 30 MB.
So for each, the first findings are shown, with the beginnings of long texts, and the
number of the others; all of them are counted.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from xep0184._value import value
from xep0184.findings import Finding, xml_finding
from xep0184.findings.codes import SCHEMA
from xep0184.quoting import beginning, printable, shown
from xep0184.recordings import Direction, Place
from xep0184.rules import Severity
from xep0184.stream import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xep0184.recordings import Entry, Redactor

__all__ = ["BROKEN", "COLOURS", "Item", "item_of", "sentence"]

BROKEN: Final = "broken"
"""The kind of a place that could not be read."""

_MOST: Final = 64
COLOURS: Final[Mapping[Severity, str]] = {
    Severity.MUST: "red",
    Severity.SHOULD: "yellow",
    Severity.NOTE: "",
}
"""The colours of levels."""


@value(kw_only=True)
class Item:
    """What a command tells of one place in a recording.

    Attributes:
        place: The place.
        kind: What it is, in a word.
        colour: The colour of this word.
        direction: Whether it was sent or received.
        from_: Who sent it.
        to: Who is to receive it.
        findings: What is wrong or odd about it.
        words: What else the first line says; a peer's text in it is quoted.
        notes: Further lines.
        told: What else is told in JSON.
    """

    place: Place
    kind: str
    colour: str = ""
    direction: Direction = Direction.UNKNOWN
    from_: str | None = None
    to: str | None = None
    findings: tuple[Finding, ...] = ()
    words: str = ""
    notes: tuple[Text, ...] = ()
    told: Mapping[str, Any] | None = None

    def redacted(self, redactor: Redactor, /) -> Item:
        """Return the item without private addresses and values in problems.

        What makes the words, the notes and the rest replaces what is private there.
        """
        return replace(
            self,
            from_=self.from_ and redactor.address(self.from_),
            to=self.to and redactor.address(self.to),
            findings=tuple(
                replace(it, text=redactor.problem(it.text)) if it.code == SCHEMA else it
                for it in self.findings
            ),
        )

    @property
    def plain(self) -> dict[str, Any]:
        """The item for JSON; ``more`` is the number of findings that are not shown."""
        told: dict[str, Any] = {
            **_fields(self.place),
            "direction": self.direction.value,
            "from": self.from_ and beginning(self.from_),
            "to": self.to and beginning(self.to),
            "kind": self.kind,
            **(self.told or {}),
            "findings": [_plain(finding) for finding in self.findings[:_MOST]],
        }
        return {**told, "more": self._more} if self._more else told

    @property
    def lines(self) -> Iterator[Text]:
        """The item for people: a line, its notes and its findings."""
        place = self.place
        where = f"{printable(place.file)}:{place.line}:{place.column}: #{place.number} "
        if self.direction is not Direction.UNKNOWN:
            where += f"{self.direction.value} "
        line = Text(where, end="").append(self.kind, self.colour)
        line.append(f" {self.words}" if self.words else "")
        for name, address in (("from", self.from_), ("to", self.to)):
            line.append("" if address is None else f" {name} {shown(address)}")
        yield line
        yield from self.notes
        for finding in self.findings[:_MOST]:
            yield _finding_line(finding, place.line)
        if self._more:
            yield Text(f"    … and {self._more} more", end="")

    @property
    def _more(self) -> int:
        return len(self.findings[_MOST:])


def item_of(entry: Entry, kind: str = BROKEN, **told: Any) -> Item:  # noqa: ANN401
    """Return the item of an entry.

    Args:
        entry: The entry; if it cannot be read, the item is that of a broken place.
        kind: What it is, in a word.
        told: Other fields of `Item`.
    """
    content = entry.content
    if isinstance(content, Broken):
        told = {**_broken(content, entry.place.line), **told}
    else:
        element = content.element
        told |= {"from_": element.get("from"), "to": element.get("to")}
    return Item(place=entry.place, direction=entry.direction, kind=kind, **told)


def _broken(content: Broken, line: int) -> dict[str, Any]:
    """Return what is told of a stretch: up to which line, and how many stanzas."""
    words = ""
    if not content.whole and content.last_line > line:
        words = f"lines {line} to {content.last_line}"
    if content.places > 1:
        words += f" ({content.places} stanzas)"
    return {
        "colour": "red",
        "words": words.strip(),
        "findings": (xml_finding(content.error),),
        "told": {"last_line": content.last_line, "places": content.places},
    }


def sentence(finding: Finding, /) -> str:
    """Return a finding as one sentence; a peer's text is quoted."""
    where = f" in {shown(finding.where)}" if finding.where else ""
    text = printable(beginning(finding.text))
    return f"{finding.code}{where}: {text} ({finding.section})"


def _finding_line(finding: Finding, begin: int) -> Text:
    place = "" if finding.line in {None, begin} else f"line {finding.line}: "
    line = Text("    ", end="")
    line.append(str(finding.level), COLOURS[finding.level.severity])
    return line.append(f" {place}{sentence(finding)}")


def _plain(finding: Finding) -> dict[str, Any]:
    long = {"text": beginning(finding.text), "where": beginning(finding.where)}
    return {**_fields(finding), "severity": finding.level.severity, **long}


def _fields(plain: Place | Finding) -> dict[str, Any]:
    """Return the fields of a value; asdict would copy each."""
    return {it.name: getattr(plain, it.name) for it in fields(plain)}

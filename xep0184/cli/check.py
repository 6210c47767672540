"""``xep0184 check``: what every stanza of a recording is, and what is odd about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from xep0184 import ns, schema
from xep0184.cli.files import files_argument, reader_options
from xep0184.cli.item import BROKEN, Item, item_of
from xep0184.findings import Finding, FindingSource, StanzaKind, examine_all
from xep0184.quoting import beginning, printable, shown
from xep0184.rules import Level, Severity
from xep0184.stream import Stanza

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xep0184.cli.files import Reader
    from xep0184.findings import Report
    from xep0184.recordings import Entry

__all__ = ["check"]

_MANY: Final = 64  # pieces that are examined together
_LARGE: Final = 65_536  # octets of them
_RECOVERED: Final = Finding(
    source=FindingSource.XML,
    code="recovered",
    level=Level.NOTE,
    section="RFC 6120 §11",
    text="It may be part of the broken piece before it, so it proves nothing",
)


@click.command()
@files_argument
@reader_options
@click.option(
    "--revision",
    type=click.Choice([str(revision) for revision in schema.Revision]),
    default=str(schema.Revision.V1_4_0),
    show_default=True,
    help="The receipts schema to hold the stanzas against.",
)
@click.option("--all", "-a", "shows_all", is_flag=True, help="Show every stanza.")
@click.option("--quiet", "-q", is_flag=True, help="Show only what has findings.")
@click.option(
    "--level",
    type=click.Choice([str(severity) for severity in Severity]),
    help="Report only findings of this severity and above, and fail for them.",
)
def check(
    files: tuple[str, ...],
    revision: str,
    reader: Reader,
    level: str | None,
    *,
    shows_all: bool,
    quiet: bool,
) -> None:
    """Say of each stanza in FILE... what it is and what is odd about it."""
    tally = reader.tally
    tally.counts = {"kinds": Counter(), "findings": Counter()}
    reported = _severities(level or Severity.NOTE)
    failing = _severities(level or Severity.SHOULD)
    for file in reader.files(files):
        entries = reader.entries(file, doing="checking")
        for item, has_receipt in _items(entries, revision, reported):
            tally.count("kinds", item.kind)
            for finding in item.findings:
                tally.count("findings", finding.code)
                fails = finding.level.severity in failing or item.kind == BROKEN
                tally.has_findings |= fails
            if item.findings or shows_all or (has_receipt and not quiet):
                reader.reporter.show(item)
    reader.reporter.finish()


def _severities(least: str) -> frozenset[Severity]:
    """Return a severity and those above it."""
    severities = list(Severity)
    return frozenset(severities[: severities.index(Severity(least)) + 1])


_COLOURS: Final[Mapping[str, str]] = {
    StanzaKind.REQUEST: "cyan",
    StanzaKind.ACK: "green",
    StanzaKind.BOTH: "yellow",
    StanzaKind.LOOK_ALIKE: "yellow",
}


def _items(
    found: Iterable[Entry], revision: str, reported: frozenset[Severity]
) -> Iterator[tuple[Item, bool]]:
    """Yield what is told of each entry, and whether it is about receipts."""
    for chunk in _chunks(found):
        stanzas = [it.content for it in chunk if isinstance(it.content, Stanza)]
        reports = examine_all(stanzas, revision=revision)
        for entry in chunk:
            if isinstance(entry.content, Stanza):
                report = next(reports)
                item = _item(entry, entry.content, report, reported)
                yield item, _has_receipt(entry.content, report)
            else:
                yield item_of(entry), False


def _has_receipt(stanza: Stanza, report: Report) -> bool:
    is_message = report.kind is not StanzaKind.NOTHING
    return is_message and ns.RECEIPTS.encode() in stanza.octets


def _chunks(found: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Yield some entries at a time: enough to be fast, and never much memory."""
    chunk: list[Entry] = []
    octets = 0
    for entry in found:
        chunk.append(entry)
        octets += len(entry.content.octets) if isinstance(entry.content, Stanza) else 0
        if len(chunk) == _MANY or octets > _LARGE:
            yield chunk
            chunk, octets = [], 0
    yield chunk


def _item(
    entry: Entry, stanza: Stanza, report: Report, reported: frozenset[Severity]
) -> Item:
    recovered = (_RECOVERED,) if stanza.recovered else ()
    found = (*recovered, *(_placed(it, stanza.line) for it in report.findings))
    ids = [beginning(id_) for id_ in report.ids]
    return item_of(
        entry,
        report.kind,
        colour=_COLOURS.get(report.kind, ""),
        words=" ".join((printable(beginning(report.name)), *map(shown, ids))),
        findings=tuple(it for it in found if it.level.severity in reported),
        told={"name": beginning(report.name), "ids": ids},
    )


def _placed(finding: Finding, begin: int) -> Finding:
    """Count the line of a finding from the beginning of the recording."""
    if finding.line is None:
        return finding
    return replace(finding, line=begin + finding.line - 1)

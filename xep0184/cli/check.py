"""``xep0184 check``: what every stanza of a recording is, and what is odd about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from xep0184 import schema
from xep0184.cli.files import files_argument, reader_options
from xep0184.cli.report import BROKEN, ReportEntry, Tally
from xep0184.findings import Finding, FindingSource, examine_all, xml_finding
from xep0184.rules import Level
from xep0184.stream import Stanza

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xep0184.cli.files import Reader
    from xep0184.cli.output import Output
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
@click.option("--strict", is_flag=True, help="Count notes and decisions, too.")
@click.option("--quiet", "-q", is_flag=True, help="Leave out stanzas without findings.")
def check(
    files: tuple[str, ...],
    revision: str,
    reader: Reader,
    output: Output,
    *,
    strict: bool,
    quiet: bool,
) -> None:
    """Say of each stanza in FILE... what it is and what is odd about it.

    A FILE is a log or any other text with stanzas in it, a recorded stream, an
    archive export, a compressed file of these, or a folder; - is standard input.
    The exit code is 0 if all is in order, 1 if there are findings, 2 for a wrong
    call, 3 if a FILE cannot be read. Of one stanza the first 64 findings are
    told, the first 1024 characters of a text, and how many more there are:
    "more", in JSON.
    """
    tally = Tally(strict=strict)
    for file in reader.files(files):
        for entry in _entries(reader.entries(file, doing="checking"), revision):
            tally.add(entry)
            if entry.findings or not quiet:
                output.show(entry.plain, entry.lines)
    if not output.is_json:
        tally.print()
    counts = {**tally.plain, "inputs": reader.inputs}
    output.finish(counts, is_good=not tally.has_findings)


def _entries(found: Iterable[Entry], revision: str) -> Iterator[ReportEntry]:
    for chunk in _chunks(found):
        stanzas = [it.content for it in chunk if isinstance(it.content, Stanza)]
        reports = examine_all(stanzas, revision=revision)
        for entry in chunk:
            if isinstance(entry.content, Stanza):
                yield _entry(entry, entry.content, next(reports))
            else:
                finding = xml_finding(entry.content.error)
                yield ReportEntry(entry=entry, kind=BROKEN, findings=(finding,))


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


def _entry(entry: Entry, stanza: Stanza, report: Report) -> ReportEntry:
    found = tuple(_placed(it, stanza.line) for it in report.findings)
    return ReportEntry(
        entry=entry,
        name=report.name,
        kind=report.kind,
        ids=report.ids,
        findings=(_RECOVERED, *found) if stanza.recovered else found,
    )


def _placed(finding: Finding, begin: int) -> Finding:
    """Count the line of a finding from the beginning of the recording."""
    if finding.line is None:
        return finding
    return replace(finding, line=begin + finding.line - 1)

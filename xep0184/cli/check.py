"""``xep0184 check``: what every stanza of a recording is, and what is odd about it."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from xep0184 import schema, stream
from xep0184.cli.files import files_argument, format_option, pieces
from xep0184.cli.report import BROKEN, JSONReporter, ReportEntry, Tally, TextReporter
from xep0184.findings import Finding, FindingSource, examine_all, xml_finding
from xep0184.rules import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    from xep0184.cli.files import Piece
    from xep0184.cli.report import Reporter
    from xep0184.findings import Report

    _Numbered: TypeAlias = tuple[int, Piece]

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
@format_option
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
    files: tuple[str, ...], style: str, revision: str, *, strict: bool, quiet: bool
) -> None:
    """Say of each stanza in FILE... what it is and what is odd about it.

    A FILE is a recorded stream, whole or cut off, stanzas one after another, or
    an archive export; - is standard input. The exit code is 0 if all is in
    order, 1 if there are findings, 2 for a wrong call, 3 if a FILE cannot be
    read. Of one stanza the first 64 findings are told, the first 1024 characters
    of a text, and how many more there are: "more", in JSON.
    """
    tally = Tally(strict=strict)
    reporter: Reporter = JSONReporter() if style == "json" else TextReporter()
    unreadable: list[str] = []
    for file in files:
        for entry in _entries(file, revision, unreadable):
            tally.add(entry)
            if entry.findings or not quiet:
                reporter.entry(entry)
    tally.unreadable = len(unreadable)
    reporter.summary(tally)
    sys.exit(tally.exit_code)


def _entries(file: str, revision: str, unreadable: list[str]) -> Iterator[ReportEntry]:
    for chunk in _chunks(pieces(file, unreadable, doing="checking")):
        stanzas = [it for _, it in chunk if isinstance(it, stream.Stanza)]
        reports = examine_all(stanzas, revision=revision)
        for number, piece in chunk:
            if isinstance(piece, stream.Broken):
                yield _broken_entry(file, number, piece)
            else:
                yield _entry(file, number, piece, next(reports))


def _chunks(found: Iterable[_Numbered]) -> Iterator[list[_Numbered]]:
    """Yield some pieces at a time: enough to be fast, and never much memory."""
    chunk: list[_Numbered] = []
    octets = 0
    for number, piece in found:
        chunk.append((number, piece))
        octets += len(piece.octets) if isinstance(piece, stream.Stanza) else 0
        if len(chunk) == _MANY or octets > _LARGE:
            yield chunk
            chunk, octets = [], 0
    yield chunk


def _broken_entry(file: str, number: int, piece: stream.Broken) -> ReportEntry:
    return ReportEntry(
        file=file,
        line=piece.line,
        number=number,
        kind=BROKEN,
        findings=(xml_finding(piece.error),),
    )


def _entry(file: str, number: int, piece: stream.Stanza, report: Report) -> ReportEntry:
    found = tuple(_placed(it, piece.line) for it in report.findings)
    return ReportEntry(
        file=file,
        line=piece.line,
        number=number,
        name=report.name,
        kind=report.kind,
        ids=report.ids,
        findings=(_RECOVERED, *found) if piece.recovered else found,
    )


def _placed(finding: Finding, begin: int) -> Finding:
    """Count the line of a finding from the beginning of the recording."""
    if finding.line is None:
        return finding
    return replace(finding, line=begin + finding.line - 1)

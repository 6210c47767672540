"""``xep0184 check``: what every stanza of a recording is, and what is odd about it."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from xep0184 import schema, stream
from xep0184.cli.files import files_argument, format_option, pieces
from xep0184.cli.report import BROKEN, JSONReporter, ReportEntry, Tally, TextReporter
from xep0184.findings import Finding, FindingSource, examine, xml_finding
from xep0184.rules import Level

if TYPE_CHECKING:
    from xep0184.cli.files import Piece
    from xep0184.cli.report import Reporter

__all__ = ["check"]

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
        for number, piece in pieces(file, unreadable, doing="checking"):
            entry = _entry(file, number, piece, revision)
            tally.add(entry)
            if entry.findings or not quiet:
                reporter.entry(entry)
    tally.unreadable = len(unreadable)
    reporter.summary(tally)
    sys.exit(tally.exit_code)


def _entry(file: str, number: int, piece: Piece, revision: str) -> ReportEntry:
    if isinstance(piece, stream.Broken):
        return ReportEntry(
            file=file,
            line=piece.line,
            number=number,
            kind=BROKEN,
            findings=(xml_finding(piece.error),),
        )
    report = examine(
        piece.element, revision=revision, octets=piece.octets, within=piece.within
    )
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

"""``xep0184 check``: what every stanza of a recording is, and what is odd about it."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final, cast

import click
from rich.console import Console
from rich.progress import Progress

from xep0184 import schema, stream
from xep0184.cli.report import BROKEN, Entry, JSONReporter, Tally, TextReporter
from xep0184.findings import Finding, Verdict, examine
from xep0184.rules import Level

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from contextlib import AbstractContextManager

    from xep0184.cli.report import Reporter
    from xep0184.errors import XMLError

__all__ = ["check"]

_LONG: Final = 4_000_000  # octets; a shorter file is done before a bar is read


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Lines for people, or one JSON object a line.",
)
@click.option(
    "--revision",
    type=click.Choice([str(revision) for revision in schema.Revision]),
    default=str(schema.Revision.V1_4_0),
    show_default=True,
    help="The receipts schema to hold the stanzas against.",
)
@click.option("--strict", is_flag=True, help="Let notes count as findings.")
@click.option("--quiet", "-q", is_flag=True, help="Leave out stanzas without findings.")
def check(
    files: tuple[str, ...], style: str, revision: str, *, strict: bool, quiet: bool
) -> None:
    """Say of each stanza in FILE... what it is and what is odd about it.

    A FILE is a recorded stream, whole or cut off, stanzas one after another, or
    an archive export; - is standard input. The exit code is 0 if all is in
    order, 1 if there are findings, 2 for a wrong call, 3 if a FILE cannot be
    read.
    """
    tally = Tally(strict=strict)
    reporter: Reporter = JSONReporter() if style == "json" else TextReporter()
    for file in files:
        try:
            for entry in _entries(file, revision):
                tally.add(entry)
                if entry.findings or not quiet:
                    reporter.entry(entry)
        except (OSError, _UnreadableError) as error:
            tally.unreadable += 1
            click.echo(f"xep0184: {file}: cannot be read: {error}", err=True)
    reporter.summary(tally)
    sys.exit(tally.exit_code)


class _UnreadableError(Exception):
    """A file in which not one stanza could be told apart."""


def _entries(file: str, revision: str) -> Iterator[Entry]:
    """Yield an entry for each piece, once one piece shows that it is a recording."""
    first: stream.Broken | None = None
    recognised = False
    with _opened(file) as octets, _progress(octets) as source:
        for number, piece in enumerate(stream.read(source), 1):
            if not recognised and isinstance(piece, stream.Broken) and not piece.whole:
                first = piece
                continue
            if first is not None:
                yield _entry(file, 1, first, revision)
                first = None
            recognised = True
            yield _entry(file, number, piece, revision)
    if not recognised:
        raise _UnreadableError(first.error if first else "it holds no stanza")


def _opened(file: str) -> AbstractContextManager[BinaryIO]:
    return cast("AbstractContextManager[BinaryIO]", click.open_file(file, "rb"))


def _entry(
    file: str, number: int, piece: stream.Stanza | stream.Broken, revision: str
) -> Entry:
    if isinstance(piece, stream.Broken):
        return Entry(
            file=file,
            line=piece.line,
            number=number,
            kind=BROKEN,
            findings=(_xml_finding(piece.error, piece.line),),
        )
    report = examine(piece.element, revision=revision)
    return Entry(
        file=file,
        line=piece.line,
        number=number,
        name=report.name,
        kind=report.kind,
        ids=report.ids,
        findings=report.findings,
    )


def _xml_finding(error: XMLError, line: int) -> Finding:
    return Finding(
        verdict=Verdict.XML,
        code=error.code,
        level=Level.MUST,
        section="RFC 6120 §11",
        text=error.detail,
        line=(error.line or line) - line + 1,
    )


@contextmanager
def _progress(octets: BinaryIO) -> Generator[stream.Source]:
    """Show a bar on standard error, if that is a terminal and the file is long."""
    console = Console(stderr=True)
    size = os.fstat(octets.fileno()).st_size if console.is_terminal else 0
    if size < _LONG:
        yield octets
        return
    with Progress(console=console, transient=True) as progress:
        yield progress.wrap_file(octets, total=size, description="checking")

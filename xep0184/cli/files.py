"""Recordings for the commands that read them: open, show progress, tell failures."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final, TypeAlias, cast

import click
from rich.console import Console
from rich.progress import Progress

from xep0184 import stream
from xep0184.quoting import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from contextlib import AbstractContextManager

__all__ = ["Piece", "files_argument", "format_option", "pieces"]

Piece: TypeAlias = stream.Stanza | stream.Broken
_Decorator: TypeAlias = "Callable[[Callable[..., None]], Callable[..., None]]"

_LONG: Final = 4_000_000  # octets; a shorter file is done before a bar is read

files_argument: Final[_Decorator] = click.argument(
    "files", nargs=-1, required=True, metavar="FILE..."
)
format_option: Final[_Decorator] = click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Lines for people, or one JSON object a line.",
)


def pieces(
    file: str, /, unreadable: list[str], *, doing: str | None = "reading"
) -> Iterator[tuple[int, Piece]]:
    """Iterate over the numbered pieces of a recording.

    Args:
        file: The name of the file; - is standard input.
        unreadable: Where its name goes if it is no recording; then a line on
            standard error says why, and nothing is raised.
        doing: What the progress bar says; None shows none, for of two at a time
            one is drawn over the other.

    Yields:
        A number, counted from 1, and what stands there.
    """
    try:
        yield from _recognised(file, doing)
    except (OSError, _UnreadableError) as error:
        unreadable.append(file)
        reason = printable(str(error))
        name = printable(file)
        click.echo(f"xep0184: {name}: cannot be read: {reason}", err=True)


class _UnreadableError(Exception):
    """A file in which not one stanza could be told apart."""


def _recognised(file: str, doing: str | None) -> Iterator[tuple[int, Piece]]:
    """Yield each piece, once one piece shows that it is a recording."""
    first: stream.Broken | None = None
    recognised = False
    with _opened(file) as octets, _progress(octets, doing) as source:
        for number, piece in enumerate(stream.read(source), 1):
            if not recognised and isinstance(piece, stream.Broken) and not piece.whole:
                first = piece
                continue
            if first is not None:
                yield 1, first
                first = None
            recognised = True
            yield number, piece
    if not recognised:
        raise _UnreadableError(first.error if first else "it holds no stanza")


def _opened(file: str) -> AbstractContextManager[BinaryIO]:
    return cast("AbstractContextManager[BinaryIO]", click.open_file(file, "rb"))


@contextmanager
def _progress(octets: BinaryIO, doing: str | None) -> Generator[stream.Readable]:
    """Show a bar on standard error, if that is a terminal and the file is long."""
    console = Console(stderr=True)
    size = os.fstat(octets.fileno()).st_size if console.is_terminal else 0
    if doing is None or size < _LONG:
        yield octets
        return
    with Progress(console=console, transient=True) as progress:
        yield progress.wrap_file(octets, total=size, description=doing)

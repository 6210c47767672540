"""Opens the recordings that a command is given, with a progress bar and its errors."""

from __future__ import annotations

import functools
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias, cast

import click
from rich.console import Console
from rich.progress import Progress

from xep0184 import recordings
from xep0184.cli.output import Output
from xep0184.quoting import printable
from xep0184.recordings import DESCRIPTIONS, Framing, RecordingCode, RecordingError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from contextlib import AbstractContextManager

    from xep0184.recordings import Entry
    from xep0184.stream import Readable

__all__ = ["Reader", "files_argument", "reader_options"]

_Command: TypeAlias = "Callable[..., None]"
_Decorator: TypeAlias = "Callable[[_Command], _Command]"

_LONG: Final = 4_000_000  # octets; a shorter file is read before a bar can be seen

files_argument: Final[_Decorator] = click.argument(
    "files", nargs=-1, required=True, metavar="FILE..."
)
_format_option: Final[_Decorator] = click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Lines for people, or one JSON object a line.",
)
_input_option: Final[_Decorator] = click.option(
    "--input",
    "framing",
    type=click.Choice([str(framing) for framing in Framing]),
    help="How the stanzas stand in FILE, if it is not to be recognised.",
)
_verbose_option: Final[_Decorator] = click.option(
    "--verbose", "-v", is_flag=True, help="Say how each FILE is read."
)


def reader_options(command: _Command) -> _Command:
    """Add the options for reading; the command gets a `Reader` and an `Output`."""

    @_format_option
    @_input_option
    @_verbose_option
    @functools.wraps(command)
    def with_reader(
        *arguments: Any,  # noqa: ANN401  # click's
        style: str,
        framing: str | None,
        verbose: bool,
        **options: Any,  # noqa: ANN401
    ) -> None:
        reader = Reader(framing, is_verbose=verbose)
        output = Output(reader, is_json=style == "json")
        command(*arguments, reader=reader, output=output, **options)

    return with_reader


class Reader:
    """Reads files; what cannot be read is said on standard error, and not raised.

    Attributes:
        unreadable: The names of the files that cannot be read.
        inputs: The framing of each file that was opened.
        doubtful: How many stanzas cannot be read, or prove nothing.
    """

    def __init__(self, framing: str | None, *, is_verbose: bool) -> None:
        self.unreadable: list[str] = []
        self.inputs: dict[str, str] = {}
        self.doubtful: int = 0
        self._framing = framing
        self._is_verbose = is_verbose
        self._in_folder: list[str] = []
        self._read = 0  # files of the folder in which there were stanzas

    def files(self, paths: Iterable[str], /) -> Iterator[str]:
        """Iterate over files, and over those in folders.

        In a folder, a file without any stanza is named and left out.
        """
        for path in paths:
            files = list(recordings.files_in(path))
            self._in_folder = files if files != [path] else []
            self._read = 0
            yield from files
            if self._in_folder == files and not self._read:
                self.unreadable.append(path)
                self._say(path, "cannot be read: no file in it holds a stanza")

    def entries(
        self, file: str, /, *, doing: str | None = "reading"
    ) -> Iterator[Entry]:
        """Iterate over the entries of a recording.

        Args:
            file: The name of the file; - is standard input.
            doing: What the progress bar says; None shows none, because of two at a
                time one is drawn over the other.
        """
        try:
            with _opened(file) as octets, _progress(octets, doing) as readable:
                source = recordings.Source(readable)
                framing = Framing(self._framing or recordings.recognise(source.head))
                self.inputs[file] = framing.value
                if self._is_verbose:
                    self._say(file, f"read as {DESCRIPTIONS[framing]}")
                for entry in recordings.read(source, framing, file=file):
                    if entry.evidence is None:
                        self.doubtful += getattr(entry.content, "places", 1)
                    yield entry
            self._read += 1
        except (OSError, RecordingError) as error:
            if self._in_folder and _is_empty(error):
                self._say(file, f"left out: {error}")
            else:
                self.unreadable.append(file)
                self._say(file, f"cannot be read: {error}")

    def _say(self, file: str, text: str) -> None:
        click.echo(f"xep0184: {printable(file)}: {printable(text)}", err=True)


def _is_empty(error: OSError | RecordingError) -> bool:
    is_empty = getattr(error, "code", None) is RecordingCode.NO_STANZA
    return is_empty and not getattr(error, "detail", "")


def _opened(file: str) -> AbstractContextManager[BinaryIO]:
    return cast("AbstractContextManager[BinaryIO]", click.open_file(file, "rb"))


@contextmanager
def _progress(octets: BinaryIO, doing: str | None) -> Generator[Readable]:
    """Show a bar on standard error, if that is a terminal and the file is long."""
    console = Console(stderr=True)
    size = os.fstat(octets.fileno()).st_size if console.is_terminal else 0
    if doing is None or size < _LONG:
        yield octets
        return
    with Progress(console=console, transient=True) as progress:
        yield progress.wrap_file(octets, total=size, description=doing)

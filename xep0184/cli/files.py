"""Opens the recordings that a command is given, with a progress bar and its errors."""

from __future__ import annotations

import functools
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias, cast

import click
from rich.console import Console
from rich.progress import Progress

from xep0184 import recordings
from xep0184._value import value
from xep0184.cli.reporter import Reporter
from xep0184.cli.style import OutputFormat, style_of_stdout
from xep0184.cli.tally import Tally
from xep0184.recordings import (
    DESCRIPTIONS,
    Framing,
    RecordingCode,
    RecordingError,
    Redactor,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from contextlib import AbstractContextManager

    from xep0184.recordings import Entry
    from xep0184.stream import Readable

__all__ = ["Reader", "ReaderSettings", "files_argument", "reader_options"]

_Command: TypeAlias = "Callable[..., None]"
_Decorator: TypeAlias = "Callable[[_Command], _Command]"

_LONG: Final = 4_000_000  # octets; a shorter file is read before a bar can be seen

files_argument: Final[_Decorator] = click.argument(
    "files", nargs=-1, required=True, metavar="FILE..."
)
_OPTIONS: Final[tuple[_Decorator, ...]] = (
    click.option(
        "--format",
        "output_format",
        type=click.Choice([str(each) for each in OutputFormat]),
        default=str(OutputFormat.TEXT),
        show_default=True,
        help="Lines for people, one JSON object a line, annotations or SARIF 2.1.0.",
    ),
    click.option(
        "--input",
        "framing",
        type=click.Choice([str(framing) for framing in Framing]),
        help="How the stanzas stand in FILE, if it is not to be recognised.",
    ),
    click.option("--verbose", "-v", is_flag=True, help="Say how each FILE is read."),
    click.option(
        "--redact",
        is_flag=True,
        help="Replace texts, and local parts and resources of addresses.",
    ),
    click.option(
        "--color",
        "colour",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        show_default=True,
        help="Whether to use colours; NO_COLOR and FORCE_COLOR decide for auto.",
    ),
)


def reader_options(command: _Command) -> _Command:
    """Add the options for reading and printing; the command gets a `Reader`."""

    @functools.wraps(command)
    def with_reader(
        *arguments: Any,  # noqa: ANN401  # click's
        output_format: str,
        framing: str | None,
        verbose: bool,
        redact: bool,
        colour: str,
        **options: Any,  # noqa: ANN401
    ) -> None:
        redactor = Redactor.with_new_key() if redact else Redactor(None)
        style = style_of_stdout(output_format, colour, redactor)
        settings = ReaderSettings(framing=framing, is_verbose=verbose)
        reader = Reader(settings, Reporter(style, Tally()))
        command(*arguments, reader=reader, **options)

    made: _Command = with_reader
    for option in reversed(_OPTIONS):
        made = option(made)
    return made


@value(kw_only=True)
class ReaderSettings:
    """How files are read.

    Attributes:
        framing: How stanzas stand in the files; None if it is to be recognised.
        is_verbose: Whether to say how each file is read.
    """

    framing: str | None = None
    is_verbose: bool = False


class Reader:
    """Reads files; what cannot be read is said on standard error, and not raised.

    Args:
        settings: How files are read.
        reporter: Where it is said that a file cannot be read.

    Attributes:
        settings: How files are read.
        reporter: The reporter of the command.
        tally: Its tally, which counts what cannot be read.
    """

    def __init__(self, settings: ReaderSettings, reporter: Reporter) -> None:
        self.settings = settings
        self.reporter = reporter
        self.tally: Tally = reporter.tally

    def files(self, paths: Iterable[str], /) -> Iterator[str]:
        """Iterate over files, and over those in folders.

        In a folder, a file without any stanza is named and left out.
        """
        for path in paths:
            files = list(recordings.files_in(path))
            if files != [path]:
                self.tally.folders[path] = set(files)
            yield from files

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
            with _opened(file) as octets, self._progress(octets, doing) as readable:
                source = recordings.Source(readable)
                named = self.settings.framing
                framing = Framing(named or recordings.recognise(source.head))
                if self.settings.is_verbose:
                    self.reporter.say(f"{file}: read as {DESCRIPTIONS[framing]}")
                for entry in recordings.read(source, framing, file=file):
                    self.tally.inputs[file] = framing.value
                    if entry.evidence is None:
                        self.tally.doubtful += getattr(entry.content, "places", 1)
                    yield entry
        except (OSError, RecordingError) as error:
            if _is_empty(error) and self.tally.is_in_folder(file):
                self.reporter.say(f"{file}: left out: {error}")
            else:
                self.tally.unreadable.append(file)
                self.reporter.show_unreadable(file, str(error))

    @contextmanager
    def _progress(self, octets: BinaryIO, doing: str | None) -> Generator[Readable]:
        """Show a bar on standard error, if that is a terminal and the file is long."""
        console = Console(stderr=True)
        is_shown = console.is_terminal and not console.is_dumb_terminal
        is_shown &= type(self.reporter) is Reporter  # no other process shows a bar
        size = os.fstat(octets.fileno()).st_size if is_shown else 0
        if doing is None or size < _LONG:
            yield octets
            return
        bar = Progress(
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        # On the same terminal, output is printed above the bar.
        shares = sys.stdout.isatty() and os.path.sameopenfile(1, 2)
        with bar:
            self.reporter.bar = console if shares else None
            try:
                yield bar.wrap_file(octets, total=size, description=doing)
            finally:
                self.reporter.bar = None


def _is_empty(error: OSError | RecordingError) -> bool:
    is_empty = getattr(error, "code", None) is RecordingCode.NO_STANZA
    return is_empty and not getattr(error, "detail", "")


def _opened(file: str) -> AbstractContextManager[BinaryIO]:
    return cast("AbstractContextManager[BinaryIO]", click.open_file(file, "rb"))

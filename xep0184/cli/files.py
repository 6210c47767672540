"""Opens the recordings that a command is given, with a progress bar and its errors."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import contextmanager
from copy import copy
from functools import wraps
from itertools import chain
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NoReturn, TypeAlias

import click
from rich.console import Console
from rich.progress import Progress

from xep0184 import recordings
from xep0184.cli.item import item_of
from xep0184.cli.reporter import Reporter
from xep0184.cli.style import OutputFormat, style_of_stdout
from xep0184.cli.tally import Tally
from xep0184.recordings import DESCRIPTIONS, Framing, RecordingError, Redactor
from xep0184.stream import Broken

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from xep0184.recordings import Entry
    from xep0184.stream import Readable, Stanza

__all__ = ["Reader", "reader_options"]

_Command: TypeAlias = "Callable[..., None]"
_Decorator: TypeAlias = "Callable[[_Command], _Command]"

_LONG: Final = 4_000_000  # octets; a shorter file is read before a bar can be seen

_OPTIONS: Final[tuple[_Decorator, ...]] = (
    click.argument("paths", nargs=-1, required=True, metavar="FILE..."),
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
    """Add FILE... and the options for reading; the command gets a `Reader`."""

    @wraps(command)
    def with_reader(
        *,
        paths: tuple[str, ...],
        output_format: str,
        framing: str | None,
        verbose: bool,
        redact: bool,
        colour: str,
        **options: Any,  # noqa: ANN401
    ) -> None:
        redactor = Redactor(secrets.token_bytes(16) if redact else None)
        style = style_of_stdout(output_format, colour, redactor)
        reporter = Reporter(style, Tally())
        reader = Reader(reporter, paths, framing=framing, is_verbose=verbose)
        command(reader=reader, **options)

    made: _Command = with_reader
    for option in reversed(_OPTIONS):
        made = option(made)
    return made


class Reader:
    """Reads files; what cannot be read is said on standard error, and not raised.

    Args:
        reporter: Where it is said that a file cannot be read.
        paths: The files and folders that the command is given. In a folder, a file
            without any stanza is named and left out.
        framing: How stanzas stand in the files; None if it is to be recognised.
        is_verbose: Whether to say how each file is read.

    Attributes:
        reporter: The reporter of the command.
        paths: The files and folders that the command is given.
    """

    def __init__(
        self,
        reporter: Reporter,
        paths: Sequence[str] = (),
        *,
        framing: str | None = None,
        is_verbose: bool = False,
    ) -> None:
        self.reporter = reporter
        self.paths = paths
        self._folders = [path for path in paths if os.path.isdir(path)]  # noqa: PTH112
        self._framing, self._is_verbose = framing, is_verbose

    def reporting_to(self, reporter: Reporter, /) -> Reader:
        """Return a reader that reads in the same way."""
        other = copy(self)
        other.reporter = reporter
        return other

    @property
    def tally(self) -> Tally:
        """The tally of the reporter, which counts what cannot be read."""
        return self.reporter.tally

    @property
    def redactor(self) -> Redactor:
        """What replaces private texts."""
        return self.reporter.style.redactor

    @property
    def files(self) -> Iterator[str]:
        """The files, and those in the folders."""
        return chain.from_iterable(map(recordings.files_in, self.paths))

    def entries(
        self, file: str, /, *, doing: str | None = "reading"
    ) -> Iterator[Entry]:
        """Iterate over the entries of a recording.

        Args:
            file: The name of the file; - is standard input.
            doing: What the progress bar says; None for no bar. Two bars at a time
                overwrite each other.
        """
        try:
            opened: Any = click.open_file(file, "rb")
            with opened as octets, self._progress(octets, doing) as readable:
                source = recordings.Source(readable)
                framing = Framing(self._framing or recordings.recognise(source.head))
                if self._is_verbose:
                    self.reporter.say(f"{file}: read as {DESCRIPTIONS[framing]}")
                for entry in recordings.read(source, framing, file=file):
                    self.tally.inputs[file] = framing.value
                    if entry.evidence is None:
                        self.tally.doubtful += getattr(entry.content, "places", 1)
                    yield entry
        except (OSError, RecordingError) as error:
            is_empty = isinstance(error, RecordingError) and error.is_empty
            if is_empty and any(_is_in(it, file) for it in self._folders):
                self.reporter.say(f"{file}: left out: {error}")
            else:
                self.reporter.show_unreadable(file, str(error))

    def stanzas(self, file: str, /) -> Iterator[tuple[Entry, Stanza]]:
        """Iterate over the stanzas that prove something; report what is broken."""
        for entry in self.entries(file):
            if isinstance(entry.content, Broken):
                self.reporter.report(item_of(entry))
            if (stanza := entry.evidence) is not None:
                yield entry, stanza

    def finish(self, hint: str = "") -> NoReturn:
        """Print the summary, and leave with the exit code of the tally.

        Args:
            hint: As for `Reporter.finish`.
        """
        for folder in self._folders:
            if not any(_is_in(folder, file) for file in self.tally.inputs):
                self.reporter.show_unreadable(folder, "no file in it holds a stanza")
        self.reporter.finish(hint)

    @contextmanager
    def _progress(self, octets: BinaryIO, doing: str | None) -> Generator[Readable]:
        """Show a bar on standard error, if that is a terminal and the file is long."""
        console = Console(stderr=True)
        is_shown = console.is_terminal and not console.is_dumb_terminal
        is_shown &= type(self.reporter) is Reporter  # no other process shows a bar
        is_text = self.reporter.style.output_format is OutputFormat.TEXT
        is_shown &= is_text or not sys.stdout.isatty()  # rich would fold a long line
        size = os.fstat(octets.fileno()).st_size if is_shown else 0
        if doing is None or size < _LONG:
            yield octets
            return
        bar = Progress(
            console=console,
            transient=True,
            # On the same terminal, output is printed above the bar.
            redirect_stdout=sys.stdout.isatty() and os.path.sameopenfile(1, 2),
            redirect_stderr=False,
        )
        with bar:
            yield bar.wrap_file(octets, total=size, description=doing)


def _is_in(folder: str, file: str) -> bool:
    return file.startswith(os.path.join(folder, ""))  # noqa: PTH118  # as it was given

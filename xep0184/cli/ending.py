"""How every command ends: its exit code, and a clean end when something is cut off."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from contextlib import contextmanager, suppress
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, cast

import click

from xep0184.errors import EngineError
from xep0184.quoting import printable

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["CommandGroup", "ExitCode", "say"]


class ExitCode(IntEnum):
    """The exit codes, the same for every command."""

    CLEAN = 0
    FINDINGS = 1
    WRONG_CALL = 2
    UNREADABLE = 3
    OUTPUT_FAILED = 74
    INTERRUPTED = 130


class CommandGroup(click.Group):
    """Commands that end without a traceback, and with one of the exit codes."""

    def main(self, *arguments: Any, **extra: Any) -> NoReturn:  # noqa: ANN401  # click's
        """Run a command and leave with its exit code."""
        extra["standalone_mode"] = False
        if cast("object", sys.stdout) is None:  # it was closed
            sys.exit(ExitCode.OUTPUT_FAILED)
        try:
            code: Any = super().main(*arguments, **extra)
            sys.stdout.flush()
        except click.ClickException as error:
            with _unless_full(sys.stderr):
                error.show()
            code = error.exit_code
        except (click.Abort, KeyboardInterrupt):
            code = _ended("interrupted", ExitCode.INTERRUPTED)
        except EngineError as error:
            say(str(error))
            code = ExitCode.UNREADABLE
        except OSError as error:
            place = error.filename or "standard output"
            reason = f"{place}: {error.strerror or error}"
            code = _ended(reason, ExitCode.OUTPUT_FAILED)
        sys.exit(code if isinstance(code, int) else ExitCode.CLEAN)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # click's
        """Run a command; click would end a closed pipe with the code of findings."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # its reader has enough
            ctx.exit(_ended("", ExitCode.OUTPUT_FAILED))


def say(text: str, /) -> None:
    """Tell people something on standard error, if that can be written to."""
    line = f"xep0184: {printable(text)}"
    if sys.stderr and sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        line = textwrap.fill(
            line, width, subsequent_indent="    ", break_long_words=False
        )
    with _unless_full(sys.stderr):
        click.echo(line, err=True)


def _ended(text: str, code: ExitCode) -> ExitCode:
    """Discard the output that nobody can or wants to read, and say why it ends."""
    _discard(sys.stdout)
    if text:
        say(text)
    return code


@contextmanager
def _unless_full(stream: TextIO) -> Generator[None]:
    """Discard what cannot be written; Python would try again when it ends."""
    try:
        yield
    except OSError:
        _discard(stream)


def _discard(stream: TextIO) -> None:
    """Write to nothing from now on."""
    with suppress(OSError):  # it is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

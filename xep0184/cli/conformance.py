"""``xep0184 conformance``: put the test vectors to an implementation."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from xep0184.conformance import (
    SUITES,
    Program,
    UnusableProgramError,
    VectorLevel,
    VectorStatus,
    json_report,
    junit_report,
    run,
    select,
    text_report,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xep0184.conformance import VectorResult

__all__ = ["conformance"]

_REPORTS: Final[Mapping[str, Callable[[Sequence[VectorResult]], str]]] = {
    "text": text_report,
    "json": json_report,
    "junit": junit_report,
}
_SERVER: Final = (sys.executable, "-m", "xep0184.conformance.serving")
_OURS: Final = "xep0184.conformance.library:library"


@click.command(name="conformance")
@click.argument("adapter", required=False)
@click.option("--command", help="A program that answers one JSON object a line.")
@click.option(
    "--seconds",
    default=10.0,
    show_default=True,
    help="How many seconds an answer may take.",
)
@click.option(
    "--suite",
    "suites",
    multiple=True,
    type=click.Choice(SUITES),
    default=SUITES,
    help="Suites; all if left out.",
)
@click.option(
    "--level",
    "levels",
    multiple=True,
    type=click.Choice([it.value for it in VectorLevel]),
    default=[VectorLevel.XEP.value],
    show_default=True,
    help="What the expected results rest on.",
)
@click.option("--name", default="", help="A part of the names of the vectors.")
@click.option("--list", "lists", is_flag=True, help="List the vectors only.")
@click.option(
    "--format",
    "format_",
    type=click.Choice([*_REPORTS]),
    default="text",
    help="Report.",
)
def conformance(
    adapter: str | None,
    command: str | None,
    seconds: float,
    format_: str,
    *,
    lists: bool,
    **chosen: Any,  # noqa: ANN401  # those of `select`
) -> None:
    """Put the test vectors to an implementation.

    ADAPTER is a Python function as "module:function"; without it, this library is
    tested. Use --command for an implementation in another language. Either runs as a
    program of its own: one that crashes or hangs fails a single vector.

    Exit code: 0 if no vector failed, 1 if one did; 2 if no vector is chosen, or the
    program cannot be started or does not answer.

    Example: xep0184 conformance my_module:adapter
    """
    vectors = select(**chosen)
    if not vectors:
        message = "no vector has this --suite, --level (by default xep) and --name"
        raise click.UsageError(message)
    if lists:
        for it in vectors:
            numbers = " ".join(it.requirements)
            click.echo(f"{it.suite} {it.level} {it.name} {numbers}")
        return
    try:
        program = Program(_arguments(adapter, command), seconds=seconds)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    try:
        with program:
            results = [*run(program, vectors)]
    except UnusableProgramError as error:
        raise click.UsageError(str(error)) from error
    click.echo(_REPORTS[format_](results))
    has_failed = any(it.status is VectorStatus.FAILED for it in results)
    click.get_current_context().exit(has_failed)


def _arguments(adapter: str | None, command: str | None) -> Sequence[str]:
    """Return the program to run and its arguments."""
    if command is None:
        return [*_SERVER, adapter or _OURS]
    if adapter is not None:
        message = "ADAPTER and --command exclude each other"
        raise ValueError(message)
    if not (arguments := shlex.split(command)):
        message = "there is no program in --command"
        raise ValueError(message)
    return arguments

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
from xep0184.conformance.programs import ensure_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xep0184.conformance import Vector, VectorResult

__all__ = ["conformance"]

_REPORTS: Final[Mapping[str, Callable[[Sequence[VectorResult]], str]]] = {
    "text": text_report,
    "json": json_report,
    "junit": junit_report,
}
_SERVER: Final = (sys.executable, "-m", "xep0184.conformance.serving")
_OURS: Final = "xep0184.conformance.library:library"


def _checked_seconds(_: click.Context, __: click.Parameter, seconds: float) -> float:
    try:
        ensure_seconds(seconds)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    return seconds


@click.command(name="conformance")
@click.argument("adapter", required=False)
@click.option("--command", help="A program that answers one JSON object a line.")
@click.option(
    "--seconds",
    default=10.0,
    callback=_checked_seconds,
    help="How long an answer may take.",
)
@click.option(
    "--suite", "suites", multiple=True, type=click.Choice(SUITES), help="Suites."
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
def conformance(  # one for each option
    adapter: str | None,
    command: str | None,
    seconds: float,
    lists: bool,  # noqa: FBT001  # click passes it by name
    format_: str,
    **chosen: Any,  # noqa: ANN401  # those of `select`
) -> None:
    """Put the test vectors to an implementation.

    ADAPTER is a Python function as "module:function"; without it, this library is
    tested. Use --command for an implementation in another language. Either runs as a
    program of its own: one that crashes or hangs fails a single vector.

    Exit code: 0 if no vector failed, 1 if one did; 2 if no vector is chosen, or the
    program cannot be started or does not answer.
    """
    vectors = _chosen(**chosen)
    if lists:
        click.echo("\n".join(map(_listed, vectors)))
        return
    try:
        with Program(_arguments(adapter, command), seconds=seconds) as program:
            results = [*run(program, vectors)]
    except UnusableProgramError as error:
        raise click.UsageError(str(error)) from error
    click.echo(_REPORTS[format_](results))
    sys.exit(any(it.status is VectorStatus.FAILED for it in results))


def _chosen(
    suites: Sequence[str], levels: Sequence[str], name: str
) -> Sequence[Vector]:
    """Return the vectors that the options choose, at least one."""
    suites = suites or SUITES
    vectors = select(suites=suites, levels=levels, name=name)
    if not vectors:
        named = select(suites=suites, levels=[*VectorLevel], name=name)
        found = [it for it in VectorLevel if any(it is at.level for at in named)]
        there = f"those of this name and suite have level {', '.join(found)}"
        message = f"no vector is chosen; {there if found else 'none has this name'}"
        raise click.UsageError(message)
    return vectors


def _arguments(adapter: str | None, command: str | None) -> Sequence[str]:
    """Return the program to run and its arguments."""
    if command is None:
        return [*_SERVER, adapter or _OURS]
    if adapter is not None:
        message = "ADAPTER and --command exclude each other"
        raise click.UsageError(message)
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--command") from error
    if not arguments:
        message = "there is no program in it"
        raise click.BadParameter(message, param_hint="--command")
    return arguments


def _listed(vector: Vector) -> str:
    numbers = " ".join(vector.requirements)
    return f"{vector.suite} {vector.level} {vector.name} {numbers}"

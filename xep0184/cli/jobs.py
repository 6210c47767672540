"""Does the work of a command for every file, in several processes if asked for.

A file is the unit of work. What a process prints and counts for a file is collected
there, and printed here in the order of the files, as if there were one process.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

import click

from xep0184.cli.reporter import Collector
from xep0184.cli.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.cli.files import Reader

    Work: TypeAlias = Callable[[str, Reader], None]

__all__ = ["jobs_option", "work_apart", "work_through"]

jobs_option: Final = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="How many processes read the files; one file is read by one process.",
)


def work_through(work: Work, reader: Reader, jobs: int) -> None:
    """Do the work for every file, in order.

    Args:
        work: A function that other processes can import, or a partial of one.
        reader: The reader of the command.
        jobs: How many processes to use.
    """
    if jobs == 1:
        for file in reader.files:
            work(file, reader)
        return
    from xep0184.cli import pool  # slow to import, and only needed here

    do, give_up = (partial(work_apart, it, reader) for it in (work, _tell_of_death))
    for lines, tally in pool.results(do, give_up, [*reader.files], jobs):
        reader.reporter.repeat(lines)
        reader.tally.add(tally)


def work_apart(
    work: Work, reader: Reader, file: str
) -> tuple[list[tuple[bool, str]], Tally]:
    """Do the work for a file, and return what is to be printed and what was counted.

    Args:
        work: As for `work_through`.
        reader: The reader of the command.
        file: The file.
    """
    collector = Collector(reader.reporter.style, Tally())
    work(file, reader.reporting_to(collector))
    return collector.lines, collector.tally


def _tell_of_death(file: str, reader: Reader) -> None:
    reader.reporter.show_unreadable(file, "a process ended before it was done")

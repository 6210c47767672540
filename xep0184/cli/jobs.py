"""Does the work of a command for every file, in several processes if asked for.

A file is the unit of work. What a process prints and counts for a file is collected
there, and printed here in the order of the files, as if there were one process.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, cast

import click

from xep0184.cli.reporter import Collector
from xep0184.cli.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from xep0184.cli.files import Reader

    Work: TypeAlias = Callable[[str, Reader], None]

__all__ = ["jobs_option", "results", "work_apart", "work_through"]

_Result = TypeVar("_Result")

_STDIN: Final = "-"

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
    do, give_up = (partial(work_apart, it, reader) for it in (work, _tell_of_death))
    for lines, tally in results(do, give_up, [*reader.files], jobs):
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


def results(
    do: Callable[[str], _Result],
    give_up: Callable[[str], _Result],
    files: Sequence[str],
    number: int,
) -> Iterator[_Result]:
    """Yield a result for each file, in order; raise what a process has raised.

    The files are assigned in turn. Each process has a pipe of its own and no lock, so
    it may be killed at any time: the pipe ends with it, and only its file is lost. It
    waits when the pipe is full, so few results are in memory.

    Args:
        do: What the processes do for a file; they must be able to import it.
        give_up: What is done here for a file whose process has ended.
        files: The files.
        number: How many processes there are at most.
    """
    begun = [_begin(do, files[it::number]) for it in range(min(number, len(files)))]
    try:
        for index, file in enumerate(files):
            if file == _STDIN:  # which belongs to this process
                yield do(file)
                continue
            try:
                result: Any = begun[index % number][1].recv()
            except (EOFError, OSError):
                result = give_up(file)
                begun[index % number] = _begin(do, files[index + number :: number])
            if isinstance(result, Exception):
                raise result
            yield result
    finally:
        for process, _ in begun:
            process.kill()
            process.join()


def _begin(
    do: Callable[[str], object], files: Sequence[str]
) -> tuple[BaseProcess, Connection]:
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(
        target=_serve, args=(theirs, do, files), daemon=True
    )
    process.start()
    theirs.close()  # so that the pipe ends with the process
    return process, ours


def _serve(
    connection: Connection, do: Callable[[str], object], files: Sequence[str]
) -> None:
    """Do the work for files, and send the results to the process that prints."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that prints
    Thread(target=_end_with_parent, daemon=True).start()
    for file in files:
        if file == _STDIN:
            continue
        try:
            result = do(file)
        except Exception as error:  # noqa: BLE001  # it is raised by the other one
            result = error
        with suppress(OSError):  # the other one ends, and this one with it
            connection.send(result)


def _end_with_parent() -> None:
    """End this process when its parent is gone, whatever it waits for."""
    cast("BaseProcess", multiprocessing.parent_process()).join()
    os._exit(1)

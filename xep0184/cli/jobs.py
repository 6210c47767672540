"""Does the work of a command for every file, in several processes if asked for.

A file is the unit of work. What a process prints and counts for a file is collected
there, and printed here in the order of the files, as if there were one process.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from contextlib import suppress
from functools import partial
from multiprocessing.connection import wait
from threading import Thread
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import click

from xep0184.cli.files import Reader
from xep0184.cli.reporter import Collector
from xep0184.cli.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from xep0184.cli.files import ReaderSettings
    from xep0184.cli.style import Style

    Work: TypeAlias = Callable[[str, Reader], None]
    _Result: TypeAlias = tuple[list[tuple[bool, str]], Tally]
    _Do: TypeAlias = Callable[[Work, str, bool], _Result]

__all__ = ["jobs_option", "work_apart", "work_through"]

jobs_option: Final = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="How many processes read the files; one file is read by one process.",
)
_STDIN: Final = "-"
_AHEAD: Final = 4  # files for each process whose output may wait


def work_through(work: Work, paths: Iterable[str], reader: Reader, jobs: int) -> None:
    """Do the work for every file, in order.

    Args:
        work: A function that other processes can import, or a partial of one.
        paths: Files and folders.
        reader: The reader of the command.
        jobs: How many processes to use.
    """
    files = reader.files(paths)
    if jobs == 1:
        for file in files:
            work(file, reader)
        return
    style, settings = reader.reporter.style, reader.settings
    pool = _Pool(jobs, work, partial(work_apart, style=style, settings=settings))
    tasks = (_Task(file, is_found=reader.tally.is_in_folder(file)) for file in files)
    try:
        for lines, tally in pool.results(tasks):
            reader.reporter.repeat(lines)
            reader.tally.add(tally)
    finally:
        pool.kill()


class _Task:
    """A file, and what came of it."""

    def __init__(self, file: str, *, is_found: bool) -> None:
        self.arguments = file, is_found
        self.result: _Result | Exception | None = None  # until it is known


class _Pool:
    """Processes that do the work for one file after another.

    Each has a pipe of its own and no lock, so it may be killed at any time: the pipe
    ends with the process, and only its file is lost.
    """

    def __init__(self, jobs: int, work: Work, do: _Do) -> None:
        self._jobs, self._work, self._do = jobs, work, do
        self._processes: list[BaseProcess] = []
        self._idle: list[Connection] = []
        self._busy: dict[Connection, _Task] = {}

    def results(self, tasks: Iterable[_Task]) -> Iterator[_Result]:
        """Yield the results in the order of the tasks."""
        begun: deque[_Task] = deque()
        for task in tasks:
            self._begin(task)
            begun.append(task)
            while begun and (begun[0].result or len(begun) >= self._jobs * _AHEAD):
                yield self._result(begun.popleft())
        yield from map(self._result, begun)

    def kill(self) -> None:
        """End all processes at once."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()

    def _begin(self, task: _Task) -> None:
        if task.arguments[0] == _STDIN:  # which belongs to this process
            task.result = self._do(self._work, *task.arguments)
            return
        while len(self._busy) == self._jobs:
            self._receive()
        connection = self._idle.pop() if self._idle else self._start()
        self._busy[connection] = task
        with suppress(OSError):  # of a dead process, which is seen on receiving
            connection.send(task.arguments)

    def _start(self) -> Connection:
        ours, theirs = multiprocessing.Pipe()
        arguments = theirs, partial(self._do, self._work)
        process = multiprocessing.Process(target=_serve, args=arguments, daemon=True)
        process.start()
        self._processes.append(process)
        theirs.close()  # so that the pipe ends with the process
        return ours

    def _receive(self) -> None:
        """Wait for at least one result."""
        for connection in cast("list[Connection]", wait(self._busy)):
            task = self._busy.pop(connection)
            try:
                task.result = connection.recv()
                self._idle.append(connection)
            except (EOFError, OSError):
                task.result = self._do(_tell_of_death, *task.arguments)

    def _result(self, task: _Task) -> _Result:
        while task.result is None:
            self._receive()
        if isinstance(task.result, Exception):
            raise task.result
        return task.result


def _tell_of_death(file: str, reader: Reader) -> None:
    reader.tally.unreadable.append(file)
    reader.reporter.show_unreadable(file, "a process ended before it was done")


def work_apart(
    work: Work,
    file: str,
    is_found: bool,  # noqa: FBT001
    style: Style,
    settings: ReaderSettings,
) -> tuple[list[tuple[bool, str]], Tally]:
    """Do the work for a file, and return what is to be printed and what was counted.

    Args:
        work: As for `work_through`.
        file: The file.
        is_found: Whether it was found in a folder.
        style: How the output looks.
        settings: How files are read.
    """
    tally = Tally()
    if is_found:
        tally.folders[""] = {file}
    collector = Collector(style, tally)
    work(file, Reader(settings, collector))
    return collector.lines, tally


def _serve(connection: Connection, do: Callable[[str, bool], _Result]) -> None:
    """Do the work for the files that another process names."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that prints
    Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError):
        while True:
            arguments = connection.recv()
            result: _Result | Exception
            try:
                result = do(*arguments)
            except Exception as error:  # noqa: BLE001  # it is raised by the other one
                result = error
            connection.send(result)


def _end_with_parent() -> None:
    """End this process when its parent is gone, whatever it waits for."""
    cast("BaseProcess", multiprocessing.parent_process()).join()
    os._exit(1)

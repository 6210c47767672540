"""Does the work of a command for every file, in several processes if asked for.

A file is the unit of work. What a process prints and counts for a file is collected
there, and printed here in the order of the files, as if there were one process.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import TYPE_CHECKING, Final, TypeAlias

import click

from xep0184.cli.files import Reader
from xep0184.cli.reporter import Collector
from xep0184.cli.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

    from xep0184.cli.files import ReaderSettings
    from xep0184.cli.style import Style

    Work: TypeAlias = Callable[[str, Reader], None]
    _Begun: TypeAlias = Future[tuple[list[tuple[bool, str]], Tally]]

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
    with ProcessPoolExecutor(jobs, initializer=_handle_signals) as pool:
        try:
            _share(pool, work, files, reader, jobs * _AHEAD)
        except BaseException:
            for process in multiprocessing.active_children():
                process.terminate()
            pool.shutdown(cancel_futures=True)
            raise


def _share(
    pool: ProcessPoolExecutor,
    work: Work,
    files: Iterable[str],
    reader: Reader,
    most: int,
) -> None:
    def begin(file: str) -> tuple[str, _Begun]:
        is_found = reader.tally.is_in_folder(file)
        arguments = work, file, is_found, reader.reporter.style, reader.settings
        if file == _STDIN:  # which belongs to this process
            done: _Begun = Future()
            done.set_result(work_apart(*arguments))
            return file, done
        return file, pool.submit(work_apart, *arguments)

    rest = iter(files)
    begun = deque(map(begin, islice(rest, most)))
    while begun:
        file, future = begun.popleft()
        try:
            lines, tally = future.result()
        except BrokenProcessPool:
            files_left = ", ".join(chain([file], (it for it, _ in begun), rest))
            reason = f"a process ended before it was done; not read: {files_left}"
            reader.tally.unreadable.append(file)
            reader.reporter.show_unreadable(file, reason)
            return
        reader.reporter.repeat(lines)
        reader.tally.add(tally)
        begun.extend(map(begin, islice(rest, 1)))


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


def _handle_signals() -> None:
    """Leave Ctrl-C to the process that prints; it ends the others.

    They end between two entries: a result of which a part is missing would be waited
    for without end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)


def _stop(_: int, __: FrameType | None) -> None:
    Collector.stop()

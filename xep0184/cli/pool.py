"""Processes that do the same for every file, with the results in order."""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

__all__ = ["results"]

_Result = TypeVar("_Result")

_STDIN: Final = "-"


def results(
    do: Callable[[str], _Result],
    give_up: Callable[[str], _Result],
    files: Sequence[str],
    number: int,
) -> Iterator[_Result]:
    """Yield a result for each file, in order; raise what a process has raised.

    The files are dealt out in turn. Each process has a pipe of its own and no lock, so
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

"""Processes that do the same for one file after another, with the results in order."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing.connection import wait
from threading import Thread
from typing import TYPE_CHECKING, Final, Generic, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

__all__ = ["Pool"]

_Result = TypeVar("_Result")

_STDIN: Final = "-"
_AHEAD: Final = 4  # results for each process that may wait for their turn


class Pool(Generic[_Result]):
    """Processes that are started when they are needed.

    Each has a pipe of its own and no lock, so it may be killed at any time: the pipe
    ends with the process, and only its file is lost.

    Args:
        number: How many there are at most.
        do: What they do for a file; they must be able to import it.
        give_up: What is done here for a file whose process has ended.
    """

    def __init__(
        self,
        number: int,
        do: Callable[[str], _Result],
        give_up: Callable[[str], _Result],
    ) -> None:
        self._number, self._do, self._give_up = number, do, give_up
        self._processes: list[BaseProcess] = []
        self._idle: list[Connection] = []
        self._busy: dict[Connection, tuple[str, Future[_Result]]] = {}

    def results(self, files: Iterable[str]) -> Iterator[_Result]:
        """Yield a result for each file, in order; raise what a process has raised."""
        begun: deque[Future[_Result]] = deque()
        for file in files:
            begun.append(self._begin(file))
            while begun and (begun[0].done() or len(begun) >= self._number * _AHEAD):
                yield self._result(begun.popleft())
        yield from map(self._result, begun)

    def kill(self) -> None:
        """End all processes at once."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()

    def _begin(self, file: str) -> Future[_Result]:
        future: Future[_Result] = Future()
        if file == _STDIN:  # which belongs to this process
            future.set_result(self._do(file))
            return future
        while len(self._busy) == self._number:
            self._receive()
        connection = self._idle.pop() if self._idle else self._start()
        self._busy[connection] = file, future
        with suppress(OSError):  # of a dead process, which is seen on receiving
            connection.send(file)
        return future

    def _start(self) -> Connection:
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.Process(
            target=_serve, args=(theirs, self._do), daemon=True
        )
        process.start()
        self._processes.append(process)
        theirs.close()  # so that the pipe ends with the process
        return ours

    def _receive(self) -> None:
        """Wait for at least one result."""
        for connection in cast("list[Connection]", wait(self._busy)):
            file, future = self._busy.pop(connection)
            try:
                received: _Result | Exception = connection.recv()
                self._idle.append(connection)
            except (EOFError, OSError):
                received = self._give_up(file)
            if isinstance(received, Exception):
                future.set_exception(received)
            else:
                future.set_result(received)

    def _result(self, future: Future[_Result]) -> _Result:
        while not future.done():
            self._receive()
        return future.result()


def _serve(connection: Connection, do: Callable[[str], object]) -> None:
    """Do the work for the files that another process names."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that prints
    Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError):
        while True:
            file = connection.recv()
            try:
                result = do(file)
            except Exception as error:  # noqa: BLE001  # it is raised by the other one
                result = error
            connection.send(result)


def _end_with_parent() -> None:
    """End this process when its parent is gone, whatever it waits for."""
    cast("BaseProcess", multiprocessing.parent_process()).join()
    os._exit(1)

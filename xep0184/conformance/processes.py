"""A process that answers one line with one line, in time and within a length."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from queue import Empty, Queue
from subprocess import PIPE, Popen, TimeoutExpired
from threading import Thread
from time import monotonic
from typing import IO, TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LONGEST_LINE", "LineProcess", "NoAnswerError"]

LONGEST_LINE: Final = 8_388_608
"""Octets of an answer; those to the vectors have at most 3,200,000."""
_CHUNK: Final = 65_536


class NoAnswerError(Exception):
    """A program ended, took too long, crashed, or answered with something else.

    Attributes:
        is_late: Whether it took too long.
    """

    def __init__(self, text: str, /, *, is_late: bool = False) -> None:
        super().__init__(text)
        self.is_late = is_late


class LineProcess:
    """A process that is asked in a line and answers in a line.

    Two threads write and read. A pipe may block for as long as any other process has
    it open, and only threads can wait for a pipe with a time limit on every platform.
    Each thread closes its pipe.

    Args:
        command: The program and its arguments.
        seconds: How long an answer may take.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(self, command: Sequence[str], /, *, seconds: float) -> None:
        self._seconds = seconds
        self._process = Popen(  # noqa: S603  # the command of the user
            command, stdin=PIPE, stdout=PIPE, bufsize=0, start_new_session=True
        )
        self._questions: Queue[bytes] = Queue()  # an empty one closes the pipe
        self._chunks: Queue[bytes] = Queue(1)  # an empty one is the end
        self._is_over = False  # what comes is discarded
        self._goes_on = False  # after it was told to stop
        for work in (self._write, self._read):
            Thread(target=work, daemon=True).start()

    def answer(self, question: bytes, /) -> bytes:
        """Return the line that answers a line, and what was read after it.

        Args:
            question: A line.

        Raises:
            NoAnswerError: There is no answer; stop the process.
        """
        deadline = monotonic() + self._seconds
        if not self._chunks.empty():
            self._chunk(deadline)
            msg = "the program wrote something before it was asked"
            raise NoAnswerError(msg)
        self._questions.put(question)
        return self._until_line_feed(deadline)

    def stop(self, *, patience: float = 1) -> None:
        """Close the standard input, then kill what still runs of the process group.

        Args:
            patience: How many seconds the process has to end by itself.
        """
        self._is_over = True
        self._questions.put(b"")
        with suppress(Empty):
            self._chunks.get_nowait()  # the thread that reads may wait for room
        try:
            self._process.wait(patience)
        except TimeoutExpired:
            self._goes_on = True
        self._kill()
        self._process.wait()

    def _until_line_feed(self, deadline: float) -> bytes:
        found = bytearray()
        while b"\n" not in (chunk := self._chunk(deadline, found)):
            found += chunk
            if len(found) > LONGEST_LINE:
                msg = f"an answer of more than {LONGEST_LINE:,} octets"
                raise NoAnswerError(msg)
        return bytes(found + chunk)

    def _chunk(self, deadline: float, found: bytes | bytearray = b"") -> bytes:
        """Return what the process wrote next, after the beginning of a line."""
        beginning = f"{bytes(found[:100])!r:.100}"
        after = f", only {beginning} without a line feed" if found else ""
        try:
            chunk = self._chunks.get(timeout=max(0, deadline - monotonic()))
        except Empty:
            limit = f"within {self._seconds:g} seconds"
            msg = f"no answer {limit}{after or ' (is it flushed?)'}"
            raise NoAnswerError(msg, is_late=True) from None
        if not chunk:
            self.stop()
            msg = f"the program {self._ending()}{after}"
            raise NoAnswerError(msg)
        return chunk

    def _ending(self) -> str:
        if self._goes_on:
            return "closed its standard output"
        code = self._process.returncode
        if os.name == "posix" and code < 0:
            return f"was ended by signal {-code}"
        return f"ended with exit code {code}"

    def _write(self) -> None:
        with cast("IO[bytes]", self._process.stdin) as pipe:
            try:
                while left := memoryview(self._questions.get()):
                    while left:
                        left = left[pipe.write(left) :]
            except OSError:
                self._kill()  # it does not read any more

    def _read(self) -> None:
        with cast("IO[bytes]", self._process.stdout) as pipe:
            while (chunk := pipe.read(_CHUNK)) and self._process.returncode is None:
                if not self._is_over:
                    self._chunks.put(chunk)
        if not self._is_over:
            self._chunks.put(b"")

    def _kill(self) -> None:
        with suppress(OSError):  # it may have ended
            is_posix = hasattr(os, "killpg")
            pid = self._process.pid
            os.killpg(pid, signal.SIGKILL) if is_posix else self._process.kill()

"""Implementations in any language: a program that answers one line with one line."""

from __future__ import annotations

import json
import os
import re
import signal
from contextlib import suppress
from subprocess import PIPE, Popen, TimeoutExpired
from threading import Event, Timer
from typing import IO, TYPE_CHECKING, Any, Final, Self, cast

from xep0184.conformance.loading import written_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xep0184.conformance.comparing import Answer

__all__ = ["NoAnswerError", "Program", "UnusableProgramError", "encodable"]

_LONGEST: Final = 16_777_216  # octets of an answer
_MOST_FAILURES: Final = 3
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class NoAnswerError(Exception):
    """A program ended, took too long, crashed, or answered with something else."""


class UnusableProgramError(Exception):
    """A program cannot be started, or three questions in a row have no answer.

    Those are time-outs, or anything but an answer before the first one.
    """


class Program:
    """A program as an adapter.

    It reads ``{"ask": …, "given": …}`` in one line of standard input, and writes the
    answer in one line to standard output: an object of facts, ``{"error": code}``, or
    ``null`` if it does not support what is asked. ``{"crash": text}`` says that it
    failed and goes on. If it ends, takes too long or writes anything else, it is
    started again.

    Args:
        command: The program and its arguments.
        seconds: How long an answer may take.
    """

    def __init__(self, command: Sequence[str], /, *, seconds: float = 10) -> None:
        self._command = command
        self._seconds = seconds
        self._process: Popen[bytes] | None = None
        self._late = Event()
        self._failures = 0  # in a row
        self._has_answered = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the program: close its standard input, and kill it if it goes on."""
        if self._process is not None:
            with suppress(OSError, TimeoutExpired):
                self._process.communicate(timeout=1)
            _kill(self._process)
            with self._process:  # closes the pipes and waits
                self._process = None

    def __call__(self, ask: str, given: Mapping[str, Any], /) -> Answer:
        """Return the answer of the program.

        Args:
            ask: What is asked.
            given: The input.

        Raises:
            NoAnswerError: There is none in time, or it is no answer.
            UnusableProgramError: There is no program, or no use in asking it more.
        """
        question = json.dumps(encodable({"ask": ask, "given": given}))
        try:
            answer = _answer(self._reply(question.encode() + b"\n"))
        except NoAnswerError as error:
            self.stop()  # its next line may be the answer to this question
            self._count(error)
            raise
        self._failures, self._has_answered = 0, True
        if answer and answer.get("crash") is not None:
            raise NoAnswerError(answer["crash"])
        return answer

    def _count(self, error: NoAnswerError) -> None:
        """Count the failures in a row that may have nothing to do with the vector."""
        is_of_the_vector = self._has_answered and not self._late.is_set()
        self._failures = 0 if is_of_the_vector else self._failures + 1
        if self._failures == _MOST_FAILURES:
            msg = f"three questions in a row have no answer; the last: {error}"
            raise UnusableProgramError(msg) from error

    def _reply(self, question: bytes) -> bytes:
        process, self._late = self._running(), Event()
        timer = Timer(self._seconds, _give_up, [process, self._late])
        timer.start()
        try:
            reply = _exchange(process, question)
        finally:
            timer.cancel()
        if not reply.endswith(b"\n"):
            self.stop()
            ended = f"the program ended with exit code {process.returncode}"
            late = f"no answer within {self._seconds:g} seconds (is it flushed?)"
            raise NoAnswerError(late if self._late.is_set() else ended)
        return reply

    def _running(self) -> Popen[bytes]:
        if self._process is None:
            try:
                self._process = Popen(  # noqa: S603  # the command of the user
                    self._command, stdin=PIPE, stdout=PIPE, start_new_session=True
                )
            except OSError as error:
                msg = f"the program cannot be started: {error}"
                raise UnusableProgramError(msg) from error
        return self._process


def _answer(reply: bytes) -> Answer:
    with suppress(ValueError):
        answer = json.loads(reply, object_hook=written_out)
        if isinstance(answer, dict | None):
            return cast("Answer", answer)
    msg = f"neither an object nor null: {reply!r:.200}"
    raise NoAnswerError(msg)


def _exchange(process: Popen[bytes], question: bytes) -> bytes:
    """Return the next line that a program writes; what lacks a line feed is none."""
    stdin = cast("IO[bytes]", process.stdin)
    stdout = cast("IO[bytes]", process.stdout)
    with suppress(OSError):  # it may have ended
        stdin.write(question)
        stdin.flush()
        return stdout.readline(_LONGEST)
    return b""


def _give_up(process: Popen[bytes], late: Event) -> None:
    late.set()
    _kill(process)


def _kill(process: Popen[bytes]) -> None:
    """End a program and what it started."""
    with suppress(OSError):  # it may have ended
        is_posix = hasattr(os, "killpg")
        os.killpg(process.pid, signal.SIGKILL) if is_posix else process.kill()


def encodable(value: Any, /) -> Any:  # noqa: ANN401  # any JSON
    r"""Replace each text with a lone surrogate, which few JSON readers accept.

    Args:
        value: Any JSON.

    >>> encodable({"id": "\ud800"})
    {'id': {'code_points': [55296]}}
    """
    match value:
        case str():
            is_text = _SURROGATE.search(value) is None
            return value if is_text else {"code_points": [*map(ord, value)]}
        case dict():
            items = cast("Mapping[str, Any]", value).items()
            return {name: encodable(it) for name, it in items}
        case list() | tuple():
            return [*map(encodable, cast("Sequence[Any]", value))]
        case _:
            return value

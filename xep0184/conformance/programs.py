"""Implementations in any language: a program that answers one line with one line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, Self, cast

from xep0184.conformance.loading import written_out
from xep0184.conformance.processes import LONGEST_LINE, LineProcess, NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from xep0184.conformance.comparing import Answer

__all__ = ["Program", "UnusableProgramError", "encodable", "ensure_seconds"]

_DAY: Final = 86_400.0  # seconds

_DEEPEST: Final = 100  # lists and objects in each other
_POINTER: Final = 8  # octets of an item of a list
_MOST_FAILURES: Final = 3
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


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
        seconds: How long an answer may take; a day at most.

    Raises:
        ValueError: `seconds` is out of its range.
    """

    def __init__(self, command: Sequence[str], /, *, seconds: float = 10) -> None:
        ensure_seconds(seconds)
        self._command = command
        self._seconds = seconds
        self._process: LineProcess | None = None
        self._failures = 0  # in a row
        self._has_answered = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the program: close its standard input, and kill it if it goes on."""
        if self._process is not None:
            self._process.stop()
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
            answer = _answer(self._running().answer(question.encode() + b"\n"))
        except NoAnswerError as error:
            self._running().stop(patience=0)
            self._process = None  # its next line may be the answer to this question
            self._count(error)
            raise
        self._failures, self._has_answered = 0, True
        if answer and answer.get("crash") is not None:
            raise NoAnswerError(str(answer["crash"]))
        return answer

    def _count(self, error: NoAnswerError) -> None:
        """Count the failures in a row that may have nothing to do with the vector."""
        is_of_the_vector = self._has_answered and not error.is_late
        self._failures = 0 if is_of_the_vector else self._failures + 1
        if self._failures == _MOST_FAILURES:
            msg = f"three questions in a row have no answer; the last: {error}"
            raise UnusableProgramError(msg) from error

    def _running(self) -> LineProcess:
        if self._process is None:
            try:
                self._process = LineProcess(self._command, seconds=self._seconds)
            except OSError as error:
                msg = f"the program cannot be started: {error}"
                raise UnusableProgramError(msg) from error
        return self._process


def ensure_seconds(seconds: float, /) -> None:
    """Refuse a time limit without a meaning.

    Args:
        seconds: How long an answer may take.

    Raises:
        ValueError: It is not more than 0, or more than a day.

    >>> ensure_seconds(10)
    """
    if not 0 < seconds <= _DAY:  # NaN is refused, too
        msg = f"seconds must be more than 0 and at most {_DAY:g}, not {seconds}"
        raise ValueError(msg)


def _answer(reply: bytes) -> Answer:
    line, _, more = reply.partition(b"\n")
    answer = _facts(line)
    if more:
        second = f"{more[:200]!r:.200}"
        msg = f"more than one line (logs go to standard error), the second {second}"
        raise NoAnswerError(msg)
    return answer


def _facts(line: bytes) -> Answer:
    try:
        answer: object = json.loads(
            line.decode("utf-8-sig"), object_hook=_WritingOut(), parse_constant=_refuse
        )
    except (ArithmeticError, RecursionError, TypeError, ValueError):
        fault = "a line that cannot be read as JSON (logs go to standard error)"
    else:
        if _is_deep([answer]):
            fault = f"nested more than {_DEEPEST} deep"
        elif isinstance(answer, dict | None):
            return cast("Answer", answer)
        else:
            fault = "neither an object nor null"
    beginning = line[:200] + b"\n"
    msg = f"{fault}: {beginning!r:.200}"
    raise NoAnswerError(msg)


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are no JSON (RFC 8259 §6)


class _WritingOut:
    """Writes out the abbreviations of one answer, up to a length."""

    def __init__(self) -> None:
        self._room = LONGEST_LINE

    def __call__(self, item: dict[str, Any], /) -> Any:  # noqa: ANN401  # any JSON
        self._room -= _octets(item)
        if self._room < 0:
            msg = f"an answer of more than {LONGEST_LINE:,} octets when written out"
            raise NoAnswerError(msg)
        return written_out(item)


def _octets(item: Mapping[str, Any]) -> int:
    """Return what an abbreviation takes when written out; 0 if it is none."""
    match [*item.items()]:
        case [("parts", parts)]:
            return int(sum(len(text) * max(times, 0) for text, times in parts))
        case [("repeat", [element, times])]:
            return int((_POINTER + len(json.dumps(element))) * max(times, 0))
        case _:
            return 0


def _is_deep(level: Iterable[object]) -> bool:
    """Check whether values are nested too deeply to be compared and reported."""
    for _ in range(_DEEPEST):
        level = [child for it in level for child in _children(it)]
    return any(True for _ in level)


def _children(value: object) -> Iterable[object]:
    match value:
        case dict():
            return cast("Mapping[str, object]", value).values()
        case list():
            return cast("Sequence[object]", value)
        case _:
            return ()


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

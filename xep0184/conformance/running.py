"""Puts the vectors to an implementation."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from unittest import SkipTest

from xep0184.conformance.comparing import (
    Answer,
    VectorResult,
    VectorStatus,
    crash_of,
    judge,
)
from xep0184.conformance.loading import select
from xep0184.conformance.programs import UnusableProgramError
from xep0184.conformance.reporting import explanation
from xep0184.quoting import beginning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from xep0184.conformance.loading import Vector

__all__ = ["Adapter", "check", "put", "run"]

_LONGEST: Final = 4_000  # characters of an answer that is kept as it is
_WIDTH: Final = 1_000  # characters of a text that is kept
_MOST: Final = 20  # facts that are kept of a longer answer; none has as many

Adapter: TypeAlias = "Callable[[str, Mapping[str, Any]], Answer]"
"""An implementation: takes what is asked and the input, and returns the answer."""


def run(
    adapter: Adapter, chosen: Iterable[Vector] | None = None, /
) -> Iterator[VectorResult]:
    """Put vectors to an implementation, and yield a result for each.

    Answers of more than 4,000 characters of JSON are shortened after they are
    compared, so that all results can be kept: each fact is the beginning of its JSON.

    Args:
        adapter: The implementation. Its exceptions fail their vectors.
        chosen: The vectors; None for all of level ``xep``.

    Raises:
        UnusableProgramError: The implementation is a program that does not answer.

    >>> from xep0184.conformance.library import library
    >>> result = next(run(library))
    >>> result.vector.suite, str(result.status)
    ('acknowledging', 'passed')
    """
    for vector in select() if chosen is None else chosen:
        yield _shortened(put(adapter, vector))


def _shortened(result: VectorResult) -> VectorResult:
    """Return a result that takes little memory, whatever was answered."""
    if result.answer is None or len(json.dumps(result.answer)) <= _LONGEST:
        return result
    facts = {
        beginning(name, width=_WIDTH): beginning(json.dumps(it), width=_WIDTH)
        for name, it in islice(result.answer.items(), _MOST)
    }
    wrong = tuple(beginning(it, width=_WIDTH) for it in result.wrong[:_MOST])
    return replace(result, answer=facts, wrong=wrong)


def put(adapter: Adapter, vector: Vector, /) -> VectorResult:
    """Put one vector to an implementation.

    Args:
        adapter: The implementation.
        vector: The vector.

    Raises:
        UnusableProgramError: The implementation is a program that does not answer.
    """
    try:
        answer = adapter(vector.ask, deepcopy(vector.question))  # it may change it
        as_json = json.dumps(answer, allow_nan=False)  # raises, if it is no JSON
        return judge(vector, json.loads(as_json))
    except UnusableProgramError:
        raise
    except Exception as error:  # noqa: BLE001  # it costs this vector alone
        crash = beginning(crash_of(error), width=_WIDTH)
        return VectorResult(vector=vector, status=VectorStatus.FAILED, crash=crash)


def check(adapter: Adapter, vector: Vector, /) -> None:
    """Assert that an implementation passes a vector, as a test.

    Args:
        adapter: The implementation.
        vector: The vector.

    Raises:
        AssertionError: It fails; the message tells the stanza, what was expected,
            what came, and the section of the specification.
        unittest.SkipTest: It does not support what is asked; pytest skips the test.

    >>> from xep0184.conformance.library import library
    >>> check(library, select(suites=["jids"])[0])
    """
    __tracebackhide__ = True
    result = put(adapter, vector)
    if result.status is VectorStatus.NOT_SUPPORTED:
        msg = f"{vector.ask} is not supported"
        raise SkipTest(msg)
    if result.status is VectorStatus.FAILED:
        raise AssertionError(explanation(result))

"""Puts the vectors to an implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias
from unittest import SkipTest

from xep0184.conformance.comparing import Answer, VectorResult, VectorStatus, judge
from xep0184.conformance.loading import select
from xep0184.conformance.programs import UnusableProgramError
from xep0184.conformance.reporting import explanation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from xep0184.conformance.loading import Vector

__all__ = ["Adapter", "check", "put", "run"]

Adapter: TypeAlias = "Callable[[str, Mapping[str, Any]], Answer]"
"""An implementation: takes what is asked and the input, and returns the answer."""


def run(
    adapter: Adapter, chosen: Iterable[Vector] | None = None, /
) -> Iterator[VectorResult]:
    """Put vectors to an implementation, and yield a result for each.

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
        yield put(adapter, vector)


def put(adapter: Adapter, vector: Vector, /) -> VectorResult:
    """Put one vector to an implementation.

    Args:
        adapter: The implementation.
        vector: The vector.

    Raises:
        UnusableProgramError: The implementation is a program that does not answer.
    """
    try:
        return judge(vector, adapter(vector.ask, vector.question))
    except UnusableProgramError:
        raise
    except Exception as error:  # noqa: BLE001  # it costs this vector alone
        crash = f"{type(error).__name__}: {error}"
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

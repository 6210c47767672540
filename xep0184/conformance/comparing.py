"""Compares the answer of an implementation with the expected one."""

from __future__ import annotations

import sysconfig
from enum import StrEnum
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast
from xml.etree import ElementTree as ET

from xep0184._value import value
from xep0184.conformance.loading import asks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xep0184.conformance.loading import Vector

__all__ = ["Answer", "VectorResult", "VectorStatus", "crash_of", "judge"]

_HERE: Final = Path(__file__).parent
_LIBRARY: Final = Path(sysconfig.get_path("stdlib"))

Answer: TypeAlias = "Mapping[str, Any] | None"
"""The facts, or an error as ``{"error": code}``, or None if it is not supported."""


class VectorStatus(StrEnum):
    """The result for one vector in a word."""

    PASSED = "passed"
    """Every fact that was compared is the expected one."""
    FAILED = "failed"
    """A fact is wrong or missing, or there is no answer."""
    NOT_SUPPORTED = "not-supported"
    """The implementation leaves out what is asked."""


@value(kw_only=True)
class VectorResult:
    """The result of an implementation for one vector.

    Attributes:
        vector: The vector.
        status: Whether it passed.
        answer: What the implementation answered.
        wrong: The names of the wrong facts, or ``error``; empty if it passed.
        crash: Why there is no answer; None if there is one.
    """

    vector: Vector
    status: VectorStatus
    answer: Answer = None
    wrong: tuple[str, ...] = ()
    crash: str | None = None


def crash_of(error: Exception, /) -> str:
    """Return the kind of an error, its text if that can be read, and its place.

    The place is the last line that is neither of the standard library nor of this
    package.

    Args:
        error: What an implementation raised.

    >>> crash_of(ValueError("no id"))
    'ValueError: no id'
    """
    steps = walk_tb(error.__traceback__)
    frames = [(Path(frame.f_code.co_filename), line) for frame, line in steps]
    places = [f" ({file.name}:{line})" for file, line in frames if _is_of_others(file)]
    name, place = type(error).__name__, "".join(places[-1:])
    try:
        return f"{name}: {error}{place}"
    except Exception:  # noqa: BLE001  # the implementation makes the text, too
        return f"{name}{place}"


def _is_of_others(file: Path) -> bool:
    is_standard = _LIBRARY in file.parents and "site-packages" not in file.parts
    return not is_standard and _HERE not in file.parents


def judge(vector: Vector, answer: Answer, /) -> VectorResult:
    """Compare an answer with the expected one.

    Only the facts that the answer has are compared, and those that are required. A
    fact that is not known is wrong. Any error is right where one is expected: its code
    is not compared, and null is no error.

    Args:
        vector: The vector.
        answer: The answer of the implementation.

    >>> from xep0184.conformance import vectors
    >>> print(judge(vectors("parsing")[1], {"error": "bad"}).status)
    passed
    """
    if answer is None:
        return VectorResult(vector=vector, status=VectorStatus.NOT_SUPPORTED)
    wrong = _wrong(vector, answer)
    if wrong is None:
        status = VectorStatus.NOT_SUPPORTED
    else:
        status = VectorStatus.FAILED if wrong else VectorStatus.PASSED
    return VectorResult(
        vector=vector, status=status, answer=answer, wrong=tuple(wrong or ())
    )


def _wrong(vector: Vector, answer: Mapping[str, Any]) -> list[str] | None:
    """Return the wrong facts; None if nothing that is expected was answered."""
    if answer.get("error") is not None:
        return [] if vector.error else ["error"]
    if unknown := sorted(answer.keys() - asks()[vector.ask].facts - {"error"}):
        return unknown
    if vector.expect is None:
        instead = vector.instead
        return [] if instead is not None and _same(instead, answer) else ["error"]
    wrong = _differing(vector, answer, {})
    if vector.instead and _differing(vector, answer, vector.instead) == []:
        return []
    return wrong


def _differing(
    vector: Vector, answer: Mapping[str, Any], instead: Mapping[str, Any]
) -> list[str] | None:
    """Return the facts that differ; None if the answer has none to compare."""
    ask = asks()[vector.ask]
    expected = {**ask.expect, **vector.expect, **instead}
    names = [it for it in expected if it in answer or it in ask.required]
    if not names:
        return None
    return [it for it in names if not _same_fact(it, expected[it], answer.get(it, ...))]


def _same_fact(name: str, expected: object, found: object) -> bool:
    return _same_xml(expected, found) if name == "xml" else _same(expected, found)


def _same(expected: Any, found: Any) -> bool:  # noqa: ANN401  # any JSON
    """Compare two values; objects by the names that both have, at least one."""
    match expected, found:
        case dict(), dict():
            first = cast("dict[str, Any]", expected)
            second = cast("dict[str, Any]", found)
            both = first.keys() & second
            is_comparable = bool(both) or not first
            return is_comparable and all(_same(first[it], second[it]) for it in both)
        case list(), list() | tuple():
            items = [*cast("Sequence[Any]", expected)], [*cast("Sequence[Any]", found)]
            return len(items[0]) == len(items[1]) and all(map(_same, *items))
        case bool(), _:
            return expected is found
        case _:
            return bool(expected == found)


def _same_xml(expected: object, found: object) -> bool:
    """Compare two elements.

    Prefixes, quotes, the order of children and the default type of a message
    (RFC 6121 §5.2.2) do not count. What takes much memory is wrong: a text that is
    far longer than the expected one, and a DTD (RFC 6120 §11.1), for its entities.
    """
    if "<!DOCTYPE" in str(found) or len(str(found)) > _longest(str(expected)):
        return False
    try:
        first, second = (ET.fromstring(str(it)) for it in (expected, found))  # noqa: S314
    except ET.ParseError:
        return False
    return [*_infoset(first)] == [*_infoset(second)]


def _longest(expected: str) -> int:
    return 10 * len(expected) + 10_000  # enough for any spelling of it


def _infoset(element: ET.Element) -> Iterator[object]:
    yield element.tag
    is_message = element.tag.rpartition("}")[2] == "message"
    default = ("type", "normal") if is_message else None
    yield sorted(it for it in element.attrib.items() if it != default)
    yield element.text or ""
    yield sorted(([*_infoset(it)], it.tail or "") for it in element)

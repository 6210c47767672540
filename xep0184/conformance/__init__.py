"""Test vectors for implementations of XEP-0184, and a runner for them.

A vector is a stanza and the expected result, in JSON that any language can read.
Each lists the requirements it proves, by the numbers in ``docs/requirements.md``.
`run` gives the vectors of parsing to an implementation through a small `Adapter`; the
implementation may be in another process.

`xep0184.conformance.library` and `xep0184.conformance.decisions` are the adapters of
this library; nothing else here uses it.
"""

from __future__ import annotations

import json
from base64 import b64decode
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, Protocol

from xep0184._value import value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["SUITES", "Adapter", "Vector", "VectorResult", "judge", "run", "vectors"]

SUITES: Final = (
    "acknowledging",
    "building",
    "caps",
    "disco",
    "jids",
    "parsing",
    "requesting",
    "restricted",
    "schema",
    "tracking",
)
"""The names of the suites; ``about`` in the JSON of each describes its format."""

_PARSED: Final = ("parsing", "restricted")
_STANZAS: Final = ("jabber:client", "jabber:server")
_FACTS: Final[Mapping[str, object]] = {
    "to": None,
    "from": None,
    "id": None,
    "type": "normal",
    "raw_type": None,
    "body": None,
    "request": False,
    "received": [],
    "extensions": [],
    "findings": [],
}
"""The facts of a stanza, with their defaults where a vector leaves them out."""
_ESSENTIAL: Final = frozenset({"id", "request", "received"})


@value(kw_only=True)
class Vector:
    """One test case.

    Attributes:
        suite: The name of its suite.
        name: Its name, unique in the suite.
        requirements: The numbers of the requirements it proves, as "R3"; they are
            listed in ``docs/requirements.md``.
        row: The row of the published table it is from; None if from none.
        given: The input: every key of the JSON that is no other attribute.
        expect: The expected result; None if an error is expected.
        error: The expected codes of the error, any of which is right. Where `expect`
            is given too, the result and the error are both right.
    """

    suite: str
    name: str
    requirements: tuple[str, ...]
    row: str | None = None
    given: Mapping[str, Any]
    expect: Any = None
    error: tuple[str, ...] = ()

    @property
    def octets(self) -> bytes:
        """The stanza, in a suite whose input is one."""
        if "base64" in self.given:
            return b64decode(self.given["base64"])
        if "parts" in self.given:
            return _joined(self.given["parts"]).encode()
        return str(self.given["xml"]).encode()


class Adapter(Protocol):
    """An implementation that parses stanzas."""

    def read(
        self,
        octets: bytes,
        /,
        *,
        namespaces: Sequence[str],
        limits: Mapping[str, int],
        form: str,
    ) -> Mapping[str, object] | str:
        """Return the facts of a stanza, or the code of the error.

        Args:
            octets: The stanza.
            namespaces: The content namespaces to accept; '' for no namespace.
            limits: The limits that differ from the defaults.
            form: ``document``, or ``stanza`` if an XML declaration is forbidden.

        Returns:
            The facts, by their names in the vectors. ``id``, ``request`` and
            ``received`` are required, the others are optional.
        """
        ...


@value(kw_only=True)
class VectorResult:
    """The result of an implementation for one vector.

    Attributes:
        vector: The vector.
        answer: What the adapter returned.
        wrong: The names of the wrong facts, or ``error``; empty if it passed.
    """

    vector: Vector
    answer: Mapping[str, object] | str
    wrong: tuple[str, ...]


@cache
def vectors(suite: str, /) -> tuple[Vector, ...]:
    """Return the vectors of a suite, in their order.

    Args:
        suite: One of `SUITES`.

    Raises:
        FileNotFoundError: There is no such suite.

    >>> vectors("parsing")[0].name
    'P1-example-3-as-fragment'
    """
    file = resources.files(__name__) / "vectors" / f"{suite}.json"
    text = file.read_text(encoding="utf-8")
    rows = json.loads(text, object_hook=_written_out)["vectors"]
    return tuple(_vector(suite, row) for row in rows)


def _vector(suite: str, row: dict[str, Any]) -> Vector:
    error = row.pop("error", [])
    return Vector(
        suite=suite,
        name=row.pop("name"),
        requirements=tuple(row.pop("requirements")),
        row=row.pop("row", None),
        expect=row.pop("expect", None),
        error=(error,) if isinstance(error, str) else tuple(error),
        given=row,
    )


def _written_out(item: dict[str, Any]) -> Any:  # noqa: ANN401  # any JSON
    """Replace an abbreviation by what it stands for."""
    match item:
        case {"parts": parts, **rest} if not rest:
            return _joined(parts)
        case {"repeat": [element, times], **rest} if not rest:
            return [element] * times
        case _:
            return item


def _joined(parts: list[tuple[str, int]]) -> str:
    return "".join(text * times for text, times in parts)


def run(adapter: Adapter, /) -> Iterator[VectorResult]:
    """Run the suites ``parsing`` and ``restricted`` on an implementation.

    Args:
        adapter: The implementation. Its exceptions are not caught.

    Yields:
        One result for each vector.

    >>> from xep0184.conformance.library import Library
    >>> result = next(run(Library()))
    >>> result.vector.suite, result.wrong
    ('parsing', ())
    """
    for suite in _PARSED:
        for vector in vectors(suite):
            answer = adapter.read(
                vector.octets,
                namespaces=vector.given.get("namespaces", _STANZAS),
                limits=vector.given.get("limits", {}),
                form=vector.given.get("form", "document"),
            )
            yield VectorResult(
                vector=vector, answer=answer, wrong=judge(vector, answer)
            )


def judge(vector: Vector, answer: Mapping[str, object] | str, /) -> tuple[str, ...]:
    """Return the names of the facts that are wrong in an answer, or ``error``.

    Args:
        vector: A vector of ``parsing`` or ``restricted``.
        answer: What `Adapter.read` returned.

    >>> judge(vectors("parsing")[1], "not-a-stanza")
    ()
    """
    if isinstance(answer, str) or vector.expect is None:
        return () if answer in vector.error else ("error",)
    expected = {**_FACTS, **vector.expect}
    compared = [name for name in expected if name in answer or name in _ESSENTIAL]
    return tuple(name for name in compared if answer.get(name, ...) != expected[name])

"""The vectors: what every implementation of XEP-0184 has to agree on, as data.

A vector is a stanza and what is to be said of it, in JSON that any language can
load. Each names the requirements it proves. `run` puts those that are read to
any implementation behind a small `Adapter`, which may be in another process.

This package judges answers; how this library finds its own is not its business,
but for `xep0184.conformance.library`.
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
"""The suites by name; ``about`` in the JSON of each tells its format."""

_READ: Final = ("parsing", "restricted")
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
"""What a stanza may state, and what it states if the vector is silent."""
_ESSENTIAL: Final = frozenset({"id", "request", "received"})


@value(kw_only=True)
class Vector:
    """One case.

    Attributes:
        suite: The suite it is from.
        name: Its name, unique in its suite.
        requirements: The numbered requirements it proves, as "R3".
        row: The row of the published table it is from; None if of our own.
        given: The case: everything that is not another attribute.
        expect: What is to be said of it; None if it is to be refused.
        error: The codes any of which refuses it rightly. Where both are given,
            reading and refusing are both right.
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
        """The stanza, of a suite whose cases are one."""
        if "base64" in self.given:
            return b64decode(self.given["base64"])
        if "parts" in self.given:
            return _joined(self.given["parts"]).encode()
        return str(self.given["xml"]).encode()


class Adapter(Protocol):
    """An implementation that reads stanzas."""

    def read(
        self,
        octets: bytes,
        /,
        *,
        namespaces: Sequence[str],
        limits: Mapping[str, int],
        form: str,
    ) -> Mapping[str, object] | str:
        """Return the facts a stanza states, or the code of the error.

        Args:
            octets: The stanza.
            namespaces: The content namespaces to accept; '' for none at all.
            limits: What differs from the default limits.
            form: ``document``, or ``stanza`` where no XML declaration may stand.

        Returns:
            The facts by the names the vectors use. ``id``, ``request`` and
            ``received`` are demanded, any other may be left out.
        """
        ...


@value(kw_only=True)
class VectorResult:
    """How an implementation did on one vector.

    Attributes:
        vector: The case.
        answer: What the adapter returned.
        wrong: The facts it got wrong, or ``error``; none if it passed.
    """

    vector: Vector
    answer: Mapping[str, object] | str
    wrong: tuple[str, ...]


@cache
def vectors(suite: str, /) -> tuple[Vector, ...]:
    """Load a suite.

    Args:
        suite: One of `SUITES`.

    Returns:
        Its vectors, in their order.

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
    """Replace an object that only stands for something long."""
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
    """Put every vector that is read to an implementation.

    Args:
        adapter: The implementation.

    Yields:
        One result a vector. What the adapter raises is not caught.

    >>> from xep0184.conformance.library import Library
    >>> [result.vector.name for result in run(Library()) if result.wrong]
    []
    """
    for suite in _READ:
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


_STANZAS: Final = ("jabber:client", "jabber:server")


def judge(vector: Vector, answer: Mapping[str, object] | str, /) -> tuple[str, ...]:
    """Return what an answer got wrong: the names of facts, or ``error``.

    Args:
        vector: One of those that are read.
        answer: What `Adapter.read` returned.

    >>> judge(vectors("parsing")[1], "not-a-stanza")
    ()
    """
    if isinstance(answer, str) or vector.expect is None:
        return () if answer in vector.error else ("error",)
    expected = {**_FACTS, **vector.expect}
    compared = [name for name in expected if name in answer or name in _ESSENTIAL]
    return tuple(name for name in compared if answer.get(name, ...) != expected[name])

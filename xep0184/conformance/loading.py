"""The vectors and what they rest on, loaded from the JSON of the package."""

from __future__ import annotations

import json
from base64 import b64decode
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from xep0184._value import value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "SUITES",
    "VERSION",
    "Ask",
    "Requirement",
    "Vector",
    "VectorLevel",
    "asks",
    "octets_of",
    "requirements",
    "select",
    "vectors",
    "written_out",
]


class VectorLevel(StrEnum):
    """What the expected result of a vector rests on."""

    XEP = "xep"
    """XEP-0184, or a specification that it builds on."""
    XML = "xml"
    """XML 1.0, and what RFC 6120 §11 forbids of it."""
    SECURITY = "security"
    """A security consideration: what is forged is not believed."""
    OURS = "ours"
    """A decision of this library where specifications say nothing or allow more."""


@value(kw_only=True)
class Requirement:
    """What a number as "R3" means.

    Attributes:
        topic: The heading that it is listed under.
        keyword: How binding it is for this library: a keyword of RFC 2119, with "(d)"
            or "decision" where no source says so in this way.
        section: The sections that it rests on.
        text: The requirement in one sentence.
    """

    topic: str
    keyword: str
    section: str
    text: str


@value(kw_only=True)
class Ask:
    """What an implementation may be asked.

    Attributes:
        about: The input and the facts of the answer.
        given: The input that a vector leaves out.
        expect: The expected facts that a vector leaves out.
        required: The facts that every answer has.
        facts: The names of all facts that an answer may have.
    """

    about: str
    given: Mapping[str, Any]
    expect: Mapping[str, Any]
    required: tuple[str, ...]
    facts: tuple[str, ...]


@value(kw_only=True)
class Vector:
    """One test case.

    Attributes:
        suite: The name of its suite.
        name: Its name, unique in the suite.
        level: What its expected result rests on.
        requirements: The numbers of the requirements it proves, as "R3".
        row: The row of the published table it is from; None if from none.
        ask: What the implementation is asked, a name in `asks`.
        given: The input.
        expect: The expected facts; None if an error is expected.
        error: The codes of this library for the expected error. Where `expect` is
            given too, facts and error are both right.
        instead: Facts that are as right as those of the same names in `expect`, or as
            the error; None if there are none.
        field: The field that an error of this library names.
    """

    suite: str
    name: str
    level: VectorLevel
    requirements: tuple[str, ...]
    row: str | None = None
    ask: str
    given: Mapping[str, Any]
    expect: Any = None
    error: tuple[str, ...] = ()
    instead: Mapping[str, Any] | None = None
    field: str | None = None

    @property
    def octets(self) -> bytes:
        """The stanza, in a suite whose input is one."""
        return octets_of(self.given)

    @property
    def question(self) -> Mapping[str, Any]:
        """The input with the defaults of what is asked."""
        return {**asks()[self.ask].given, **self.given}


def octets_of(given: Mapping[str, Any], /) -> bytes:
    """Return the octets of a stanza, which is in ``xml`` or ``base64``.

    Args:
        given: The input of a vector.

    >>> octets_of({"xml": "<message/>"})
    b'<message/>'
    """
    return b64decode(given["base64"]) if "base64" in given else given["xml"].encode()


def _text(name: str) -> str:
    return (resources.files(__name__.rpartition(".")[0]) / name).read_text("utf-8")


def _document(name: str) -> Any:  # noqa: ANN401  # any JSON
    return json.loads(_text(name), object_hook=written_out)


def written_out(item: dict[str, Any], /) -> Any:  # noqa: ANN401  # any JSON
    """Replace an abbreviation by what it stands for."""
    match item:
        case {"parts": parts, **rest} if not rest:
            return "".join(text * times for text, times in parts)
        case {"repeat": [element, times], **rest} if not rest:
            return [element] * times
        case {"code_points": numbers, **rest} if not rest:
            return "".join(map(chr, numbers))
        case _:
            return item


_INDEX: Final = _document("index.json")
VERSION: Final[str] = _INDEX["version"]
"""The version of the format and of the vectors, as in Semantic Versioning."""
SUITES: Final[tuple[str, ...]] = tuple(_INDEX["suites"])
"""The names of the suites."""


@cache
def asks() -> Mapping[str, Ask]:
    """Return everything that an implementation may be asked, by name.

    >>> asks()["jid"].required
    ('domain',)
    """
    rows: dict[str, dict[str, Any]] = _INDEX["asks"]
    answers = json.loads(_text("format.schema.json"))["$defs"]
    found: dict[str, Ask] = {}
    made: dict[str, Any]
    for name, row in rows.items():
        required = tuple(row["required"])
        facts = tuple(answers[f"facts-{name}"]["properties"])
        made = {**row, "required": required, "facts": facts}
        found[name] = Ask(**made)
    return found


@cache
def requirements() -> Mapping[str, Requirement]:
    """Return what the numbers of the requirements mean.

    >>> requirements()["R41"].text
    'An ack message is not acknowledged, even if it asks for a receipt.'
    """
    return {
        number: Requirement(**row) for number, row in _INDEX["requirements"].items()
    }


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
    return tuple(
        _vector(suite, row) for row in _document(f"vectors/{suite}.json")["vectors"]
    )


def _vector(suite: str, row: dict[str, Any]) -> Vector:
    for key in ("requirements", "error"):
        row[key] = tuple(row.get(key, ()))
    row |= {"suite": suite, "level": VectorLevel(row["level"])}
    return Vector(**row)


def select(
    *,
    suites: Collection[str] = SUITES,
    levels: Collection[str] = (VectorLevel.XEP,),
    name: str = "",
) -> tuple[Vector, ...]:
    """Return the vectors of some suites and levels.

    Args:
        suites: Names of suites; all by default.
        levels: Values of `VectorLevel`; only ``xep`` by default.
        name: A part of the name of a vector.

    Raises:
        FileNotFoundError: There is no such suite.

    >>> [it.name for it in select(suites=["jids"], name="all-three")]
    ['R143-all-three']
    """
    return tuple(
        it
        for suite in suites
        for it in vectors(suite)
        if it.level in levels and name in it.name
    )

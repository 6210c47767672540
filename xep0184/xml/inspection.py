"""What libxml2 would let pass, looked for before it sees anything.

Most stanzas hold no ``<!`` and no ``<?``, few tags and few attributes: nothing in
them can be forbidden or too much. The others go through one pass of expat.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from xml.parsers import expat

from xep0184.errors import XMLCode, XMLError
from xep0184.xml.limits import LONGEST_NAMESPACE, Limits, SourceForm

__all__ = ["Inspection", "few_signs", "has_long_tag", "is_unusual"]

_BANG, _QUESTION = b"!?"  # looking for one octet costs a tenth of looking for two


def is_unusual(octets: bytes, limits: Limits) -> bool:
    """Whether there may be something to refuse that libxml2 would let pass.

    An attribute takes one sign ``=``.
    """
    return (
        (_BANG in octets and b"<!" in octets)
        or (_QUESTION in octets and b"<?" in octets)
        or octets.count(b"<") > few_signs(limits)
        or (
            (octets.count(b"=") > limits.attributes or len(octets) > LONGEST_NAMESPACE)
            and has_long_tag(octets, limits)
        )
    )


def few_signs(limits: Limits) -> int:
    """Return how many ``<`` there may be: an element of depth d takes 2d-1."""
    return min(2 * limits.depth, limits.elements)


def has_long_tag(octets: bytes, limits: Limits) -> bool:
    """Whether there may be too many attributes, or too long a name of a namespace."""
    shortest = min(5 * limits.attributes, LONGEST_NAMESPACE)
    return any(
        len(run) > LONGEST_NAMESPACE or run.count(b"=") > limits.attributes
        for run in _long_run(shortest).findall(octets)
    )


@cache
def _long_run(length: int) -> re.Pattern[bytes]:
    """Return what finds a ``<`` and all up to the next; an attribute takes five."""
    return re.compile(rb"<[^<]{%d,}" % length)


class Inspection:
    """One pass of expat over unusual octets; refuses at the first forbidden thing."""

    def __init__(self, limits: Limits, form: SourceForm, *, levels_above: int) -> None:
        self._limits = limits
        self._form = form
        self._depth = -levels_above
        self._elements = 0
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.XmlDeclHandler = self._declaration
        parser.CommentHandler = self._refuse("comment")
        parser.ProcessingInstructionHandler = self._refuse("processing instruction")
        parser.StartDoctypeDeclHandler = self._refuse("document type")

    def run(self, octets: bytes) -> None:
        """Raise XMLError if there is anything to refuse."""
        try:
            self._parser.Parse(octets, True)  # noqa: FBT003  # takes no keyword
        except expat.ExpatError as error:
            detail = expat.ErrorString(error.code)
            raise XMLError(XMLCode.NOT_WELL_FORMED, error.lineno, detail) from None

    def _error(self, code: XMLCode, detail: str) -> XMLError:
        return XMLError(code, self._parser.CurrentLineNumber, detail)

    def _refuse(self, construct: str) -> Any:  # noqa: ANN401  # one for each arity
        def refuse(*_: object) -> None:
            raise self._error(XMLCode.RESTRICTED, construct)

        return refuse

    def _declaration(self, version: str, encoding: str | None, alone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise self._error(XMLCode.ENCODING, f"encoding {encoding}")
        if self._form is SourceForm.STANZA or version != "1.0" or alone != -1:
            raise self._error(XMLCode.RESTRICTED, "XML declaration")

    def _start(self, _: str, attributes: list[str]) -> None:
        self._depth += 1
        self._elements = 1 if self._depth <= 1 else self._elements + 1
        for name, value in (
            ("depth", self._depth),
            ("elements", self._elements),
            ("attributes", len(attributes) // 2),
        ):
            if value > getattr(self._limits, name):
                raise self._error(XMLCode.LIMIT, f"more {name} than allowed")
        for key, text in zip(attributes[::2], attributes[1::2], strict=True):
            if len(text) > LONGEST_NAMESPACE and key.partition(":")[0] == "xmlns":
                raise self._error(XMLCode.LIMIT, "a namespace name too long")

    def _end(self, _: str) -> None:
        self._depth -= 1

"""What must be refused before a tree is built (RFC 6120 §11, §13.12).

Most stanzas have no ``<!``, no ``<?``, few tags and few attributes: nothing in them
can be forbidden or too large. All others are read once by expat, without a tree.
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from xep0184 import ns
from xep0184.errors import XMLCode, XMLError
from xep0184.xml.limits import LONGEST_NAMESPACE, Limits, SourceForm

__all__ = ["Inspection", "is_unusual"]

_BANG, _QUESTION = b"!?"  # searching for one octet is ten times as fast as for two


def is_unusual(octets: bytes, limits: Limits) -> bool:
    """Check whether the octets may hold something that must be refused.

    Each element has at least one ``<``, an element of depth d at least 2d-1, and each
    attribute one ``=``. No name is longer than the octets.

    Args:
        octets: One stanza.
        limits: The limits to apply.
    """
    tags, equals = octets.count(b"<"), octets.count(b"=")
    return (
        tags > min(2 * limits.depth, limits.elements)
        or equals > limits.attributes
        or len(octets) > LONGEST_NAMESPACE
        or (tags + equals) * len(octets) > limits.name_characters
        or (_BANG in octets and b"<!" in octets)
        or (_QUESTION in octets and b"<?" in octets)
    )


class Inspection:
    """One pass of expat that stops at the first thing that must be refused.

    Args:
        limits: The limits to apply.
        form: Whether an XML declaration is allowed.
        levels_above: Number of outer elements that do not count.
    """

    def __init__(self, limits: Limits, form: SourceForm, *, levels_above: int) -> None:
        self._limits = limits
        self._form = form
        self._depth = -levels_above
        self._elements = 0
        self._names = 0
        # The lengths of the namespace names bound to each prefix, innermost last.
        self._bound: dict[str, list[int]] = {"": [0], "xml": [len(ns.XML)]}
        self._declared: list[list[str]] = []
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.XmlDeclHandler = self._declaration
        parser.CommentHandler = self._refuse("comment")
        parser.ProcessingInstructionHandler = self._refuse("processing instruction")
        parser.StartDoctypeDeclHandler = self._refuse("document type")

    def run(self, octets: bytes) -> None:
        """Raise XMLError if the octets must be refused."""
        try:
            self._parser.Parse(octets, True)  # noqa: FBT003  # takes no keyword
        except expat.ExpatError as error:
            detail = expat.ErrorString(error.code)
            raise XMLError(
                XMLCode.NOT_WELL_FORMED, error.lineno, detail, error.offset + 1
            ) from None
        finally:
            # The parser and this object refer to each other: without this, both wait
            # for the garbage collector.
            del self._parser

    def _error(self, code: XMLCode, detail: str) -> XMLError:
        parser = self._parser
        column = parser.CurrentColumnNumber + 1
        return XMLError(code, parser.CurrentLineNumber, detail, column)

    def _refuse(self, construct: str) -> Any:  # noqa: ANN401  # one for each arity
        def refuse(*_: object) -> None:
            raise self._error(XMLCode.RESTRICTED, construct)

        return refuse

    def _declaration(self, version: str, encoding: str | None, alone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise self._error(XMLCode.ENCODING, f"encoding {encoding}")
        if self._form is SourceForm.STANZA or version != "1.0" or alone != -1:
            raise self._error(XMLCode.RESTRICTED, "XML declaration")

    def _start(self, name: str, attributes: list[str]) -> None:
        self._depth += 1
        counted = self._depth > 0
        self._elements += counted
        if counted:
            self._limit("attributes", len(attributes) // 2)
        self._declare(attributes)
        if counted:
            self._limit("depth", self._depth)
            self._limit("elements", self._elements)
            self._names += self._length(name, is_attribute=False)
            for key in attributes[::2]:
                self._names += self._length(key, is_attribute=True)
            self._limit("name_characters", self._names)

    def _limit(self, name: str, number: int) -> None:
        if number > getattr(self._limits, name):
            raise self._error(XMLCode.LIMIT, f"{name.replace('_', ' ')}: {number}")

    def _declare(self, attributes: list[str]) -> None:
        declared: list[str] = []
        for name, uri in zip(attributes[::2], attributes[1::2], strict=True):
            keyword, _, prefix = name.partition(":")
            if keyword == "xmlns":
                if len(uri) > LONGEST_NAMESPACE:
                    raise self._error(XMLCode.LIMIT, "namespace name too long")
                declared.append(prefix)
                self._bound.setdefault(prefix, [0]).append(len(uri))
        self._declared.append(declared)

    def _length(self, name: str, *, is_attribute: bool) -> int:
        """Return the length of the expanded name; a declaration has none."""
        prefix, colon, local = name.rpartition(":")
        if is_attribute and "xmlns" in (prefix, name):
            return 0
        if is_attribute and not colon:
            return len(name)
        uri = self._bound.get(prefix, [0])[-1]
        return uri + len(local) + 2 if uri else len(local)

    def _end(self, _: str) -> None:
        self._depth -= 1
        for prefix in self._declared.pop():
            self._bound[prefix].pop()

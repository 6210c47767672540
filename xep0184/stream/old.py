# mypy: ignore-errors
# pyright: basic, reportPrivateUsage=false
"""Octets to elements, by one parser of our own.

Lxml's default parser can be swapped by any library in the process. What XMPP
forbids is refused before libxml2 sees it, because an entity in an attribute value
is expanded whatever the parser was told.
"""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import TYPE_CHECKING, Final

from typing import Any
from xml.parsers import expat

from lxml import etree

from xep0184.errors import XMLCode, XMLError
from xep0184.xml.escapes import escape_attribute
from xep0184.xml.limits import DEFAULT_LIMITS, Limits, SourceForm

if TYPE_CHECKING:
    from collections.abc import Mapping
LxmlElement = etree._Element

LONGEST_NAMESPACE = 4096

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


__all__ = ["parse", "parse_all", "wrapper"]


class _Own(threading.local):
    """One parser a thread: what it complains of is read after the parse."""

    def __init__(self) -> None:
        self.parser = etree.XMLParser(
            encoding="utf-8",
            # What could declare an entity was refused before. Told not to resolve,
            # libxml2 before 2.13 garbles an & in a namespace name.
            resolve_entities=True,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            recover=False,
            collect_ids=False,
        )


_own: Final = _Own()


def parse(
    data: bytes | str,
    /,
    *,
    limits: Limits = DEFAULT_LIMITS,
    form: SourceForm = SourceForm.DOCUMENT,
    within: bytes = b"",
) -> LxmlElement:
    """Parse one element of XMPP's XML (RFC 6120 §11).

    Args:
        data: The element; white space around it is allowed.
        limits: What is refused as too large.
        form: DOCUMENT allows an XML declaration, STANZA does not.
        within: The start tag, made by `wrapper`, of a parent from which the
            element inherits namespaces and language. Limits do not count it.

    Returns:
        The element, with nothing beside it in its tree.

    Raises:
        XMLError: RESTRICTED for a comment, processing instruction, document type
            or an XML declaration where none may stand; ENCODING for anything but
            UTF-8 without a byte order mark; LIMIT; NOT_WELL_FORMED.

    >>> parse("<message xmlns='jabber:client'/>").tag
    '{jabber:client}message'
    """
    octets = _utf8(data)
    if len(octets) > limits.octets:
        detail = f"{len(octets)} octets, at most {limits.octets}"
        raise XMLError(XMLCode.LIMIT, None, detail)
    document = b"%b%b</_>" % (within, octets) if within else octets
    if is_unusual(octets, limits):
        Inspection(limits, form, levels_above=1 if within else 0).run(document)
    element = _tree(document)
    return _only_child(element) if within else element


def _tree(document: bytes) -> LxmlElement:
    try:
        element = etree.fromstring(document, _own.parser)
    except etree.XMLSyntaxError as error:
        detail = error.msg or "no element found"
        raise XMLError(XMLCode.NOT_WELL_FORMED, error.lineno, detail) from None
    if complaints := _own.parser.error_log:
        _ensure_harmless(complaints)
    return element


def _ensure_harmless(complaints: etree._ListErrorLog) -> None:  # pyright: ignore[reportPrivateUsage]  # it has no other name
    """Refuse what lxml let pass because a mere warning came after it."""
    for complaint in complaints:
        if complaint.level > etree.ErrorLevels.WARNING:
            raise XMLError(XMLCode.NOT_WELL_FORMED, complaint.line, complaint.message)


_BLANK: Final = " \t\r\n"  # str.strip() takes more for white space than XML does


def _only_child(parent: LxmlElement) -> LxmlElement:
    if (
        len(parent) != 1
        or (parent.text or "").strip(_BLANK)
        or (parent[0].tail or "").strip(_BLANK)
    ):
        raise XMLError(XMLCode.NOT_WELL_FORMED, None, "not exactly one element")
    return parent[0]


def parse_all(
    octets: bytes, /, *, limits: Limits = DEFAULT_LIMITS, within: bytes
) -> list[LxmlElement]:
    """Parse many elements at once, if all of them are beyond doubt.

    Args:
        octets: What looks like elements with nothing but white space between.
        limits: What is refused as too large, of each element.
        within: The start tag of their parent, as for `parse`.

    Returns:
        What `parse` returns for each, as children of one parent with no text
        between them; nothing if they have to be parsed one by one.

    >>> len(parse_all(b"<iq/> <iq/>", within=wrapper({}, None)))
    2
    """
    if len(octets) > limits.octets or any(sign.search(octets) for sign in _DOUBTFUL):
        return []
    if not octets.startswith(b"<"):
        return []
    try:
        document = b"%b%b</_>" % (within, _utf8(octets))
        parent = _tree(document)
        if _has_crowd(parent, limits) or has_long_tag(octets, limits):
            Inspection(limits, SourceForm.STANZA, levels_above=1).run(document)
    except XMLError:
        return []
    if _HAS_TEXT(parent):
        return []
    elements = list(parent)
    for element in elements:
        element.tail = None
    return elements


_DOUBTFUL: Final = (re.compile(rb"<[!?]"), re.compile(rb">\s*&#"))
"""What is no element, or may be white space that was not written as such."""

_HAS_TEXT: Final = etree.XPath("boolean(/*/text()[normalize-space()])")


def _has_crowd(parent: LxmlElement, limits: Limits) -> bool:
    """Whether a child holds so many elements that `is_unusual` may count them."""
    return bool(_crowd(few_signs(limits) // 2 + 1)(parent))


@cache
def _crowd(elements: int) -> etree.XPath:
    return etree.XPath(f"boolean(/*/*[descendant-or-self::*[{elements}]])")


def wrapper(namespaces: Mapping[str | None, str], language: str | None, /) -> bytes:
    """Return the start tag of a parent to parse an element within.

    Args:
        namespaces: Namespace names by prefix; None is the default one.
        language: The ``xml:lang`` to inherit, if any.

    Returns:
        One line, so that lines of the element keep their numbers.

    >>> wrapper({None: "jabber:client"}, "en")
    b'<_ xml:lang="en" xmlns="jabber:client">'
    """
    attributes = {} if language is None else {"xml:lang": language}
    for prefix, namespace in namespaces.items():
        attributes[f"xmlns:{prefix}" if prefix else "xmlns"] = namespace
    written = (
        f' {name}="{escape_attribute(value, name)}"'
        for name, value in attributes.items()
    )
    return f"<_{''.join(written)}>".encode()


def _utf8(data: bytes | str) -> bytes:
    """Return the octets, once they are known to be UTF-8 and nothing else."""
    try:
        octets = data.encode() if isinstance(data, str) else bytes(data)
        if octets.isascii() and _NUL not in octets:
            return octets
        if b"\0" in octets[:4] or octets.startswith(_MARKS):
            raise XMLError(XMLCode.ENCODING, 1, "byte order mark or not UTF-8")
        str(octets, "utf-8")
    except UnicodeError as error:
        raise XMLError(XMLCode.NOT_WELL_FORMED, None, str(error)) from None
    if _NUL in octets:  # libxml2 would stop there and call it the end
        raise XMLError(XMLCode.NOT_WELL_FORMED, None, "character U+0000")
    return octets


_NUL = b"\0"[0]  # looking for one octet costs a tenth of looking for two


_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

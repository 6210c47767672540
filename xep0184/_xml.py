"""Bytes to element and back, as RFC 6120 §11 allows and no further.

Reading goes through one parser of our own: lxml's default parser can be swapped
by any library in the process. What XMPP forbids is refused before libxml2 sees
it, because an entity in an attribute value is expanded whatever the parser was
told. Writing is a matter of two escapes and one refusal.

This module knows no stanza and no namespace.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias
from xml.parsers import expat

from lxml import etree

from xep0184.errors import BuildCode, BuildError, XMLCode, XMLError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "DEFAULT_LIMITS",
    "ElementLike",
    "Form",
    "Limits",
    "LxmlElement",
    "check",
    "escape_attribute",
    "escape_text",
    "is_writable",
    "parse",
    "parse_all",
    "wrapper",
]

LxmlElement: TypeAlias = etree._Element  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # it has no other name


class ElementLike(Protocol):
    """What an element of lxml and one of the standard library have in common."""

    @property
    def tag(self) -> Any: ...  # noqa: ANN401  # a function, for a comment or PI
    @property
    def text(self) -> str | None: ...
    @property
    def tail(self) -> str | None: ...
    @property
    def attrib(self) -> Any: ...  # noqa: ANN401  # a dict here, a C mapping there
    def get(self, key: str, /) -> str | None: ...
    def items(self) -> Any: ...  # noqa: ANN401  # a list here, a view there
    def iter(self) -> Iterator[Any]: ...
    def find(self, path: str, /) -> Any: ...  # noqa: ANN401  # an element or None
    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...


class Form(StrEnum):
    """What the bytes are: a document, or a stanza cut out of a stream."""

    DOCUMENT = "document"
    STANZA = "stanza"


_BOUNDS: Final[Mapping[str, range]] = {
    "octets": range(10_000, 10_000_001),  # RFC 6120 §13.12; libxml2's own ceiling
    "depth": range(1, 256),  # libxml2's own ceiling
    "elements": range(1, 10_000_001),
    "attributes": range(1, 10_000_001),
    "receipts": range(1, 10_000_001),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a stanza may be (RFC 6120 §13.12).

    Attributes:
        octets: Length in UTF-8; 10,000 at least.
        depth: Levels of elements, the stanza itself being the first; 255 at most.
        elements: Elements in all.
        attributes: Attributes and namespace declarations of one element.
        receipts: Distinct ``<received/>`` kept of one message; more are dropped.

    Raises:
        BuildError: LIMIT, if a value is outside what a limit may be.
    """

    octets: int = 262_144
    depth: int = 64
    elements: int = 8_192
    attributes: int = 256
    receipts: int = 64

    def __post_init__(self) -> None:
        for name, bounds in _BOUNDS.items():
            if getattr(self, name) not in bounds:
                raise BuildError(BuildCode.LIMIT, name)


DEFAULT_LIMITS: Final = Limits()


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
    form: Form = Form.DOCUMENT,
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
    if _is_unusual(octets, limits):
        _Inspection(limits, form, levels_above=1 if within else 0).run(document)
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


def _only_child(parent: LxmlElement) -> LxmlElement:
    if (
        len(parent) != 1
        or (parent.text or "").strip()
        or (parent[0].tail or "").strip()
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
        if _has_crowd(parent, limits) or _has_long_tag(octets, limits):
            _Inspection(limits, Form.STANZA, levels_above=1).run(document)
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
    """Whether a child holds so many elements that `_is_unusual` may count them."""
    return bool(_crowd(_few_signs(limits) // 2 + 1)(parent))


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


# Looking for one octet costs a tenth of looking for two.
_NUL, _BANG, _QUESTION = b"\0!?"


_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def _is_unusual(octets: bytes, limits: Limits) -> bool:
    """Whether there may be something to refuse that libxml2 would let pass.

    An attribute takes one sign ``=``.
    """
    return (
        (_BANG in octets and b"<!" in octets)
        or (_QUESTION in octets and b"<?" in octets)
        or octets.count(b"<") > _few_signs(limits)
        or (octets.count(b"=") > limits.attributes and _has_long_tag(octets, limits))
    )


def _few_signs(limits: Limits) -> int:
    """Return how many ``<`` there may be: an element of depth d takes 2d-1."""
    return min(2 * limits.depth, limits.elements)


def _has_long_tag(octets: bytes, limits: Limits) -> bool:
    """Whether there may be a start tag with too many attributes."""
    runs = _long_run(5 * limits.attributes).findall(octets)
    return any(run.count(b"=") > limits.attributes for run in runs)


@cache
def _long_run(length: int) -> re.Pattern[bytes]:
    """Return what finds a ``<`` and all up to the next; an attribute takes five."""
    return re.compile(rb"<[^<]{%d,}" % length)


class _Inspection:
    """One pass of expat over unusual octets; refuses at the first forbidden thing."""

    def __init__(self, limits: Limits, form: Form, *, levels_above: int) -> None:
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
        if self._form is Form.STANZA or version != "1.0" or alone != -1:
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

    def _end(self, _: str) -> None:
        self._depth -= 1


def check(element: ElementLike, /, *, limits: Limits = DEFAULT_LIMITS) -> None:
    """Apply to a parsed element the checks that still can be applied.

    Goes down level by level, so depth costs no stack.

    Args:
        element: An element of lxml or of the standard library.
        limits: What is refused as too large; `octets` counts characters here.

    Raises:
        XMLError: RESTRICTED for a comment, processing instruction or entity
            reference anywhere in it; LIMIT.

    >>> check(parse("<message xmlns='jabber:client'/>"))
    """
    nodes = list(islice(element.iter(), limits.elements + 1))
    characters = -len(element.tail or "")  # which is not the element's own
    for node in nodes:
        if not isinstance(node.tag, str):
            raise XMLError(XMLCode.RESTRICTED, getattr(node, "sourceline", None))
        attributes = node.items()
        if len(attributes) > limits.attributes:
            raise XMLError(XMLCode.LIMIT, None, "more attributes than allowed")
        for _, value in attributes:
            characters += len(value)
        characters += len(node.text or "") + len(node.tail or "")
    if len(nodes) > limits.elements or characters > limits.octets:
        raise XMLError(XMLCode.LIMIT, None, "more content than allowed")
    if len(nodes) > limits.depth:
        _ensure_shallow(element, limits)


def _ensure_shallow(element: ElementLike, limits: Limits) -> None:
    """Refuse what is too deep; level by level, so depth costs no stack."""
    level = [element]
    for _ in range(limits.depth):
        level = [child for node in level for child in node]
        if not level:
            return
    raise XMLError(XMLCode.LIMIT, None, f"deeper than {limits.depth} levels")


_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Everything that is no Char (XML 1.0 §2.2)."""

# Nearly every text stands for itself; to see that takes a tenth of a translation.
_SPECIAL: Final = re.compile("[^ !#-%'-;=?-~]").search

_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTES: Final = _IN_TEXT | str.maketrans(
    {'"': "&quot;", "\t": "&#9;", "\n": "&#10;"}
)


def escape_text(text: str, /, field: str) -> str:
    """Return character data that reads back as the text (XML 1.0 §2.4, §2.11).

    Args:
        text: What to write.
        field: What to call it, should it be refused.

    Raises:
        BuildError: NOT_TEXT, ILLEGAL_CHARACTER.

    >>> escape_text("1 < 2", "body")
    '1 &lt; 2'
    """
    try:
        special = _SPECIAL(text)
    except TypeError:
        raise BuildError(BuildCode.NOT_TEXT, field) from None
    if special is None:
        return text
    return _writable(text, field).translate(_IN_TEXT)


def escape_attribute(value: str, /, field: str) -> str:
    """Return the inside of a double-quoted attribute value (XML 1.0 §3.3.3).

    TAB, LF and CR become character references; as themselves they would be read
    back as blanks.

    Args:
        value: What to write.
        field: What to call it, should it be refused.

    Raises:
        BuildError: NOT_TEXT, ILLEGAL_CHARACTER.

    >>> escape_attribute('a"b', "id")
    'a&quot;b'
    """
    try:
        special = _SPECIAL(value)
    except TypeError:
        raise BuildError(BuildCode.NOT_TEXT, field) from None
    if special is None:
        return value
    return _writable(value, field).translate(_IN_ATTRIBUTES)


def is_writable(text: str, /) -> bool:
    """Whether XML 1.0 has a place for every character (XML 1.0 §2.2).

    Args:
        text: Any text.

    >>> is_writable("a"), is_writable(chr(1))
    (True, False)
    """
    return _ILLEGAL.search(text) is None


def _writable(text: str, field: str) -> str:
    if not is_writable(text):
        raise BuildError(BuildCode.ILLEGAL_CHARACTER, field)
    return text

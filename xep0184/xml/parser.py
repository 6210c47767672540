"""Parses octets with expat, into elements of the standard library.

libxml2 is not used here: its parser keeps every name it has seen, so that peers can
exhaust it. What XMPP forbids is refused before a tree is built; so no entity is ever
expanded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias
from xml.etree import ElementTree as ET
from xml.parsers import expat

from xep0184.errors import XMLCode, XMLError
from xep0184.xml.elements import ElementLike, check
from xep0184.xml.escapes import escape_attribute
from xep0184.xml.inspection import Inspection, is_unusual
from xep0184.xml.limits import DEFAULT_LIMITS, Limits, SourceForm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

__all__ = ["Source", "element_of", "parse", "unchecked_element_of", "wrapper"]

Source: TypeAlias = "ElementLike | bytes | str"
"""One stanza or payload: an element of lxml or the standard library, or its octets."""


def element_of(source: Source, /, *, limits: Limits = DEFAULT_LIMITS) -> ElementLike:
    """Return the element that a source is, parsed or checked.

    Args:
        source: Octets or text to parse, or an element to check.
        limits: The limits to apply.

    Raises:
        XMLError: As `parse` for octets and text, as `check` for an element.

    >>> element_of(b"<iq xmlns='jabber:client'/>").tag
    '{jabber:client}iq'
    """
    element = unchecked_element_of(source, limits=limits)
    if element is source:
        check(element, limits=limits)
    return element


def unchecked_element_of(
    source: Source, /, *, limits: Limits = DEFAULT_LIMITS
) -> ElementLike:
    """Return the element that a source is; a given element is not checked.

    Args:
        source: Octets or text to parse, or an element.
        limits: The limits to apply to octets and text.

    Raises:
        XMLError: As `parse`, for octets and text.

    >>> unchecked_element_of("<c xmlns='urn:xmpp:caps'/>").tag
    '{urn:xmpp:caps}c'
    """
    if isinstance(source, str | bytes | bytearray | memoryview):
        return parse(source, limits=limits)
    return source


def parse(
    data: bytes | str,
    /,
    *,
    limits: Limits = DEFAULT_LIMITS,
    form: SourceForm = SourceForm.DOCUMENT,
    within: bytes = b"",
) -> Element:
    """Parse one element of XMPP's XML (RFC 6120 §11).

    Args:
        data: The element; white space around it is allowed.
        limits: The limits to apply.
        form: DOCUMENT allows an XML declaration, STANZA does not.
        within: The start tag, made by `wrapper`, of a parent from which the element
            inherits namespaces. It does not count towards the limits.

    Returns:
        The element, without a tail.

    Raises:
        XMLError: RESTRICTED for a comment, processing instruction, document type or
            an XML declaration that is not allowed; ENCODING for anything but UTF-8
            without a byte order mark; LIMIT; NOT_WELL_FORMED.

    >>> parse("<message xmlns='jabber:client'/>").tag
    '{jabber:client}message'
    """
    octets = _utf8(data)
    if len(octets) > limits.octets:
        detail = f"{len(octets)} octets, at most {limits.octets}"
        raise XMLError(XMLCode.LIMIT, None, detail)
    if within:
        return _only_child(_tree(b"%b%b</_>" % (within, octets), limits, form, within))
    return _tree(octets, limits, form)


def _tree(
    document: bytes, limits: Limits, form: SourceForm, within: bytes = b""
) -> Element:
    try:
        if is_unusual(document, limits):
            Inspection(limits, form, levels_above=bool(within)).run(document)
        return ET.fromstring(document)  # noqa: S314  # inspected before
    except ET.ParseError as error:
        line, offset = error.position
        detail = expat.ErrorString(error.code)
        refused = XMLError(XMLCode.NOT_WELL_FORMED, line, detail, offset + 1)
    except XMLError as error:
        refused = error
    if refused.line == 1 and refused.column is not None:
        refused.column -= len(within.decode())
    raise refused


_BLANK: Final = " \t\r\n"  # str.strip() strips more than the white space of XML


def _only_child(parent: Element) -> Element:
    if (
        len(parent) != 1
        or (parent.text or "").strip(_BLANK)
        or (parent[0].tail or "").strip(_BLANK)
    ):
        raise XMLError(XMLCode.NOT_WELL_FORMED, None, "not exactly one element")
    child = parent[0]
    child.tail = None
    return child


def wrapper(namespaces: Mapping[str | None, str], language: str | None, /) -> bytes:
    """Return the start tag of a parent to parse an element within.

    Args:
        namespaces: Namespace names by prefix; None is the default namespace.
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


_OTHER_ENCODINGS: Final[Mapping[bytes, str]] = {
    # The longer signatures stand first (XML 1.0 appendix F).
    b"\xef\xbb\xbf": "UTF-8 with a byte order mark",
    b"\xff\xfe\0\0": "UTF-32",
    b"\0\0\xfe\xff": "UTF-32",
    b"<\0\0\0": "UTF-32",
    b"\0\0\0<": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"<\0": "UTF-16",
    b"\0<": "UTF-16",
    b"\x4c\x6f\xa7\x94": "EBCDIC",
}
_SIGNATURES: Final = tuple(_OTHER_ENCODINGS)
_DECLARED: Final = re.compile(
    rb"""\s*<\?xml\s[^<>]{0,99}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']"""
)


def _utf8(data: bytes | str) -> bytes:
    """Return the octets if they are UTF-8 without a byte order mark."""
    try:
        octets = data.encode() if isinstance(data, str) else bytes(memoryview(data))
        if octets.startswith(_SIGNATURES):
            raise XMLError(XMLCode.ENCODING, 1, _signed_encoding(octets))
        if not octets.isascii():
            octets.decode()
    except UnicodeEncodeError as error:
        raise XMLError(XMLCode.NOT_WELL_FORMED, None, str(error)) from None
    except UnicodeDecodeError as error:
        declared = _DECLARED.match(error.object)
        if declared and declared[1].lower() != b"utf-8":
            detail = f"encoding {declared[1].decode()}"
            raise XMLError(XMLCode.ENCODING, 1, detail) from None
        raise XMLError(XMLCode.NOT_WELL_FORMED, None, str(error)) from None
    return octets


def _signed_encoding(octets: bytes) -> str:
    found = (sign for sign in _SIGNATURES if octets.startswith(sign))
    return _OTHER_ENCODINGS[next(found)]

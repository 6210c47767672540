"""The source of a recording, and the values that are read from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from xep0184._value import value

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from xep0184.errors import XMLError

__all__ = ["Broken", "Readable", "Stanza"]


class Readable(Protocol):
    """A binary file, or any object that returns octets."""

    def read(self, size: int, /) -> bytes:
        """Return at most this many octets; none at the end."""
        ...


@value(kw_only=True)
class Stanza:
    """A child of a stream, or a stanza outside a stream.

    Attributes:
        line: The line where it begins, counted from 1.
        column: The column in characters, counted from 1.
        offset: The number of octets before it.
        element: The element; the caller may change it.
        octets: The octets of the element, as they are in the recording; in text with
            blanks for what a tool wrote at the beginning of each line.
        within: The start tag of a parent, with the namespaces and the language that
            the element inherits. It is needed to parse `octets` again.
        language: The inherited ``xml:lang`` (XEP-0390 §4.1), or None.
        recovered: Whether it may be part of something broken, such as the text of
            a message. It can be shown, but it proves nothing.

    >>> from io import BytesIO
    >>> from xep0184 import stream
    >>> [(it.offset, it.octets) for it in stream.read(BytesIO(b"<iq/><iq/>"))]
    [(0, b'<iq/>'), (5, b'<iq/>')]
    """

    line: int
    column: int
    offset: int
    element: Element
    octets: bytes
    within: bytes
    language: str | None
    recovered: bool


@value(kw_only=True)
class Broken:
    """A place that could not be read.

    Attributes:
        line: The line where it begins, counted from 1.
        column: The column in characters, counted from 1.
        offset: The number of octets before it.
        length: The number of octets up to its end, or up to what is read next.
        last_line: The line where it ends.
        error: The reason; line and column are those of the recording.
        whole: Whether it is one element whose end was found.
        places: How many places it stands for, if neighbours are joined.

    >>> from io import BytesIO
    >>> from xep0184 import stream
    >>> [it.error.code.value for it in stream.read(BytesIO(b"<iq><!----></iq>"))]
    ['restricted-xml']
    """

    line: int
    column: int
    offset: int
    length: int
    last_line: int
    error: XMLError
    whole: bool
    places: int = 1

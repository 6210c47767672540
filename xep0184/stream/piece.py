"""What a recording is read from, and what it is read into.

A value judges nothing: that a place is broken is said by the parser or by who
looked for its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from xep0184._value import value

if TYPE_CHECKING:
    from xep0184.errors import XMLError
    from xep0184.stream.old import LxmlElement

__all__ = ["Broken", "Source", "Stanza"]


class Source(Protocol):
    """A binary file, or anything else that hands out octets."""

    def read(self, size: int, /) -> bytes:
        """Return at most this many octets; none at the end."""
        ...


@value()
class Stanza:
    """A child of the stream that could be read.

    Attributes:
        line: Where it begins, counted from 1.
        element: The element, to be changed at will; nothing stands behind it. Its
            parent carries what it inherits and is not to be changed: other
            stanzas may be children of it, and all of them, some 64 KiB, stay in
            memory as long as one is held.
        lines_above: What to add to the ``sourceline`` of an element in it to get
            a line of the recording.
    """

    line: int
    element: LxmlElement
    lines_above: int


@value()
class Broken:
    """A place that could not be read.

    Attributes:
        line: Where it begins, counted from 1.
        error: Why; its line is one of the recording.
        whole: Whether it begins with a start tag and its end was found. If not,
            reading went on behind it, where that could be told, or at the next
            line that begins a stanza, or nowhere.
    """

    line: int
    error: XMLError
    whole: bool

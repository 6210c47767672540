"""Piece by piece through a recording, or many pieces at once.

What is taken at once gives what one by one would have given; where there may be
anything to it, it is not taken at once. So there is one result, and two speeds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184 import xml
from xep0184.errors import XMLError
from xep0184.stream.context import Context
from xep0184.stream.cutting import Cutter
from xep0184.stream.patterns import START_TAG, TAG_OF_LINES
from xep0184.stream.piece import Broken, Stanza
from xep0184.stream.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.stream.piece import Source

__all__ = ["read"]

_LEAST: Final = 1_024  # octets to parse at once after something unusual
_MOST: Final = 65_536  # and at most: libxml2 counts no more lines


def read(
    source: Source, /, *, limits: xml.Limits = xml.DEFAULT_LIMITS
) -> Iterator[Stanza | Broken]:
    r"""Iterate over the stanzas of a recording.

    Args:
        source: A file opened in binary mode.
        limits: What is refused as too large, of each stanza.

    Yields:
        Every child of a stream, or every stanza where there is no stream, and
        every place that could not be read, in document order. Nothing is raised
        but what `source` raises.

    >>> from io import BytesIO
    >>> [stanza.line for stanza in read(BytesIO(b"<iq/>\n<message/>"))]
    [1, 2]
    """
    window = Window(source)
    context = Context(limits)
    cutter = Cutter(window, context)
    size = _LEAST
    while window.skip_blank():
        octets = window.likely_pieces(size)
        stanzas = _at_once(octets, window, context)
        yield from stanzas or _one_by_one(len(octets) or size, window, cutter, context)
        is_unusual = octets and not stanzas
        size = _LEAST if is_unusual else min(2 * size, _MOST, limits.octets)


def _at_once(octets: bytes, window: Window, context: Context) -> list[Stanza]:
    """Take many pieces in one parse; none if there may be anything to it.

    A parse of its own costs a stanza of 150 octets 13 us, its share in one of
    64 KiB 2 us.
    """
    if TAG_OF_LINES.search(octets):
        return []
    elements = context.take_all(octets)
    above = window.line - 1
    window.cut(len(octets) if elements else 0)
    return [
        Stanza(above + (element.sourceline or 1), element, above)
        for element in elements
    ]


def _one_by_one(
    size: int, window: Window, cutter: Cutter, context: Context
) -> Iterator[Stanza | Broken]:
    """Take each of the pieces that begin in so many octets for itself."""
    end = window.position + size
    while window.position < end and window.skip_blank():
        piece = _next(window, cutter, context)
        if piece is not None:
            yield piece


def _next(window: Window, cutter: Cutter, context: Context) -> Stanza | Broken | None:
    line = window.line
    try:
        end = cutter.end_of_piece()
    except XMLError as error:
        window.resume()
        return Broken(line, _placed(error, line), whole=False)
    octets = window.cut(end)
    try:
        element = context.take(octets)
    except XMLError as error:
        return Broken(line, _placed(error, line), whole=_has_start_tag(octets))
    return None if element is None else Stanza(line, element, line - 1)


def _placed(error: XMLError, line: int) -> XMLError:
    return XMLError(error.code, line + (error.line or 1) - 1, error.detail)


def _has_start_tag(octets: bytes) -> bool:
    return START_TAG.match(octets) is not None

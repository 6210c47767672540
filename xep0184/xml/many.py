"""Parses many elements together, in a fraction of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from xep0184.xml.inspection import is_unusual

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from xep0184.xml.limits import Limits

__all__ = ["parse_all"]


def parse_all(
    pieces: Sequence[bytes], /, *, limits: Limits, within: bytes
) -> list[Element]:
    """Parse many elements as children of one parent.

    Args:
        pieces: The elements; each one begins and ends with a tag of its own.
        limits: The limits for each.
        within: The start tag of the parent, as for `parse`.

    Returns:
        What `parse` returns for each of them. The list is empty if each has to be
        parsed alone, because something is unusual or wrong.

    >>> from xep0184.xml import DEFAULT_LIMITS
    >>> found = parse_all([b"<iq/>", b"<a/>"], limits=DEFAULT_LIMITS, within=b"<_>")
    >>> [element.tag for element in found]
    ['iq', 'a']
    """
    small = _small(limits, len(within))
    for piece in pieces:
        if len(piece) > small and (
            len(piece) > limits.octets
            or is_unusual(b"%b%b</_>" % (within, piece), limits)
        ):
            return []
    document = b"%b%b</_>" % (within, b"".join(pieces))
    if b"<!" in document or b"<?" in document:
        return []
    try:
        document.decode()
        elements = list(ET.fromstring(document))  # noqa: S314  # not unusual
    except (ET.ParseError, UnicodeDecodeError):
        return []
    return elements if len(elements) == len(pieces) else []


def _small(limits: Limits, within: int) -> int:
    """Return the length in octets up to which no element can exceed the limits.

    An element takes 4 octets or more, one inside another 7, and an attribute 5.
    """
    small = min(7 * limits.depth - 4, 4 * limits.elements, 5 * limits.attributes)
    return small if small * (small + within) < limits.name_characters else 0

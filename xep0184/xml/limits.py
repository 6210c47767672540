"""How large a stanza may be, and what may stand before it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184._value import value
from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFAULT_LIMITS", "LONGEST_NAMESPACE", "Limits", "SourceForm"]


class SourceForm(StrEnum):
    """What the octets are: a document, or a stanza cut out of a stream."""

    DOCUMENT = "document"
    """A document, which may begin with an XML declaration."""
    STANZA = "stanza"
    """A stanza cut out of a stream, which has no XML declaration."""


_BOUNDS: Final[Mapping[str, range]] = {
    "octets": range(10_000, 10_000_001),  # RFC 6120 §13.12; the maximum of libxml2
    "depth": range(1, 256),  # the maximum of libxml2
    "elements": range(1, 10_000_001),
    "attributes": range(1, 10_000_001),
    "receipts": range(1, 10_000_001),
}


@value(kw_only=True)
class Limits:
    """How large a stanza may be (RFC 6120 §13.12).

    Attributes:
        octets: Length in octets of UTF-8; at least 10,000, at most 10,000,000.
        depth: Levels of elements, where the stanza is level 1; at most 255.
        elements: Number of elements.
        attributes: Number of attributes and namespace declarations of one element.
        receipts: Number of distinct ``<received/>`` that are kept of one message.

    Raises:
        BuildError: LIMIT, if a value is out of its range.

    >>> Limits(depth=8).octets
    262144
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

    @property
    def name_characters(self) -> int:
        """Total length of all expanded names of a stanza, in characters.

        An expanded name repeats its namespace. Without this limit, 256 KiB with one
        long namespace name would take hundreds of megabytes.
        """
        return 4 * self.octets


DEFAULT_LIMITS: Final = Limits()

LONGEST_NAMESPACE: Final = 4_096
"""Maximum length of a namespace name, in characters."""

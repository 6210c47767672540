"""How large a stanza may be, and in which form it comes."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184._value import value
from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFAULT_LIMITS", "LONGEST_NAMESPACE", "Limits", "SourceForm"]


class SourceForm(StrEnum):
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


@value(kw_only=True)
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

LONGEST_NAMESPACE: Final = 4_096
"""How long the name of a namespace may be: it is repeated in the expanded name of
everything in it, so that 256 KiB can be made to take 1.6 GB."""

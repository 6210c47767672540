"""Finds the bundled schemas, and returns the one that imports the others.

In an installed copy they are in the package, in a checkout next to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from xep0184.schema.problem import Revision

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PLACE", "source"]

_PACKAGED: Final = Path(__file__).parents[1] / "_schema"
_CHECKOUT: Final = Path(__file__).parents[2] / "schema"

PLACE: Final = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
"""The folder of the schemas; none of them names a place outside of it."""

_RECEIPTS: Final[Mapping[Revision, str]] = {
    Revision.V1_4_0: "receipts.xsd",
    Revision.V1_2: "receipts-1.2.xsd",
    Revision.V1_0: "receipts-1.0.xsd",
}


def source(revision: Revision, /) -> bytes:
    """Return the schema that imports all others, with receipts of a revision.

    Args:
        revision: The revision of XEP-0184.

    >>> b'"receipts-1.2.xsd"' in source(Revision.V1_2)
    True
    """
    other = f'"{_RECEIPTS[revision]}"'.encode()
    return (PLACE / "xmpp.xsd").read_bytes().replace(b'"receipts.xsd"', other)

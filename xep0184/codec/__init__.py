"""Bytes, elements and payloads to receipts, and back.

Reading is lenient: a receipt is recognised by expanded name among the direct
children of a message and by nothing else, and oddities around it never cost the
message (XEP-0184 §7). Writing is strict: what a peer could not read back, or
what the XEP never allows, is refused. Every door agrees with every other.

This module does not judge: whether to ask or answer is said by `xep0184.rules`,
what is odd about a stanza by `xep0184.findings`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184._later import importer
from xep0184.codec.reading import acknowledged_ids, from_element, parse, receipt_of

if TYPE_CHECKING:
    from xep0184.codec.payloads import add_received, add_request
    from xep0184.codec.refusing import ensure_writable
    from xep0184.codec.writing import serialize, to_element

__all__ = [
    "acknowledged_ids",
    "add_received",
    "add_request",
    "ensure_writable",
    "from_element",
    "parse",
    "receipt_of",
    "serialize",
    "to_element",
]

if not TYPE_CHECKING:  # to a type checker any name would be there
    __getattr__ = importer(
        __name__,
        {
            "add_received": "payloads",
            "add_request": "payloads",
            "ensure_writable": "refusing",
            "serialize": "writing",
            "to_element": "writing",
        },
    )


def __dir__() -> list[str]:
    return __all__

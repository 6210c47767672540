"""What is known of a peer's support for receipts (XEP-0184 §6)."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Support"]


class Support(StrEnum):
    """What is known of a peer's support for receipts; UNKNOWN does not mean NO."""

    YES = "yes"
    """The peer lists the feature ``urn:xmpp:receipts``."""
    NO = "no"
    """The peer lists its features, and receipts are not one of them."""
    UNKNOWN = "unknown"
    """Nothing is known of its features, or its clients differ."""

"""What is known of a peer's support for receipts (XEP-0184 §6)."""

from __future__ import annotations

from enum import Enum

__all__ = ["Support"]


class Support(Enum):
    """What is known of a peer's support for receipts; unknown is not no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

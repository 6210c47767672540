"""Makes the ids of stanzas."""

from __future__ import annotations

import secrets

__all__ = ["fresh_id"]


def fresh_id() -> str:
    """Return a new id of 128 random bits, which nobody can predict (XEP-0359 §3).

    >>> len(fresh_id())
    22
    """
    return secrets.token_urlsafe(16)

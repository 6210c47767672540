"""Ids of one's own stanzas."""

from __future__ import annotations

import secrets

__all__ = ["fresh_id"]


def fresh_id() -> str:
    """Return an id that nobody can guess: 128 random bits (XEP-0359 §3).

    >>> len(fresh_id())
    22
    """
    return secrets.token_urlsafe(16)

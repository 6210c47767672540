"""Rows of a journal: what has changed of a state, to be written to a table."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Change", "Changed", "changes_of", "keep_removals"]

_Key = TypeVar("_Key")

Changed: TypeAlias = "dict[_Key, None]"
"""The keys of the rows that have changed, in order, each once."""


class Change(NamedTuple):
    """A row to write or, if it holds nothing, to remove.

    A part and a key identify a row: writing one replaces an earlier one.

    Attributes:
        part: The part of the state that the row belongs to.
        key: Its key in this part, at most 32 characters: a digest, or a number.
        row: What it holds, as a JSON text; None if it is to be removed.
    """

    part: str
    key: str
    row: str | None


def changes_of(
    part: str,
    changed: Changed[_Key] | None,
    row_of: Callable[[_Key], Mapping[str, Any] | None],
    /,
) -> Iterator[Change]:
    """Yield the changes of a part, and note that they are taken.

    Args:
        part: The name of the part.
        changed: The keys that have changed; None if that is not recorded.
        row_of: Returns the row of a key; None if there is none.
    """
    for key in list(changed or ()):
        row = row_of(key)
        yield Change(part, _text(key), None if row is None else json.dumps(row))
    if changed is not None:
        changed.clear()


def keep_removals(
    changed: Changed[_Key] | None, row_of: Callable[[_Key], object | None], /
) -> None:
    """Note that the rows were read from the journal; those without room are removed.

    Args:
        changed: The keys that have changed; None if that is not recorded.
        row_of: Returns None if there is no row of a key.
    """
    if changed is None:
        return
    for key in [key for key in changed if row_of(key) is not None]:
        del changed[key]


def _text(key: object) -> str:
    """Return a number as text, and a digest of what peers have chosen."""
    if isinstance(key, int):
        return str(key)
    return blake2b(json.dumps(key).encode(), digest_size=16).hexdigest()

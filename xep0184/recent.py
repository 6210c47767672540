"""A dictionary with a maximum size, which removes the least recently used item."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import ItemsView, Iterator, ValuesView

    from xep0184.journal import Changed

__all__ = ["Recent"]

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Recent(Generic[_Key, _Value]):
    """An LRU cache: `get` and `put` make an item the newest, the oldest is removed.

    Without `get` it is a queue: first in, first out.

    Args:
        size: The maximum number of items.
        field: The name of the size in an error.
        changed: Where to note the keys that are set, displaced or removed one by one.

    Raises:
        BuildError: LIMIT, if the size is not positive.

    >>> recent = Recent(2, "size")
    >>> recent.put("a", 1), recent.put("b", 2), recent.get("a"), recent.put("c", 3)
    (None, None, 1, ('b', 2))
    """

    def __init__(
        self, size: int, field: str, changed: Changed[_Key] | None = None
    ) -> None:
        if not size >= 1:  # also refuses a NaN
            raise BuildError(BuildCode.LIMIT, field)
        self._size = size
        self._changed = changed
        # OrderedDict, because finding the first key of a dict is slow after many
        # deletions.
        self._items: OrderedDict[_Key, _Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._items)

    def values(self) -> ValuesView[_Value]:
        """Return a view of the values, the oldest first."""
        return self._items.values()

    def items(self) -> ItemsView[_Key, _Value]:
        """Return a view of the items, the oldest first."""
        return self._items.items()

    def oldest(self) -> tuple[_Key, _Value] | None:
        """Return the oldest item, if there is one."""
        return next(iter(self._items.items()), None)

    def peek(self, key: _Key, /) -> _Value | None:
        """Return the value of a key, if there is one."""
        return self._items.get(key)

    def get(self, key: _Key, /) -> _Value | None:
        """Return the value of a key, if there is one, and make it the newest."""
        value = self._items.get(key)
        if value is not None:
            self._items.move_to_end(key)
        return value

    def put(self, key: _Key, value: _Value, /) -> tuple[_Key, _Value] | None:
        """Set a key and make it the newest; return the displaced item, if any."""
        self._items[key] = value
        self._items.move_to_end(key)
        self._note(key)
        if len(self._items) <= self._size:
            return None
        displaced = self._items.popitem(last=False)
        self._note(displaced[0])
        return displaced

    def clear(self) -> None:
        """Remove all items."""
        self._items.clear()

    def pop(self, key: _Key, /) -> _Value | None:
        """Remove a key, if it is there; return its value."""
        if key in self._items:
            self._note(key)
        return self._items.pop(key, None)

    def _note(self, key: _Key) -> None:
        if self._changed is not None:
            self._changed[key] = None

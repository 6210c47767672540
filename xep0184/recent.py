"""A dictionary that forgets what was not used for the longest time."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import ItemsView

__all__ = ["Recent"]

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Recent(Generic[_Key, _Value]):
    """At most so many items; reading one keeps it for longer.

    Args:
        size: How many items are kept.
        field: What to call the size, should it be refused.

    Raises:
        BuildError: LIMIT, if the size is not positive.

    >>> recent = Recent(1, "size")
    >>> recent.put("a", 1), recent.put("b", 2), recent.get("a")
    (None, ('a', 1), None)
    """

    def __init__(self, size: int, field: str) -> None:
        if size < 1:
            raise BuildError(BuildCode.LIMIT, field)
        self._size = size
        self._items: OrderedDict[_Key, _Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def items(self) -> ItemsView[_Key, _Value]:
        """Return a view of the items, the one used last at the end."""
        return self._items.items()

    def get(self, key: _Key, /) -> _Value | None:
        """Return a value, and keep it for longer."""
        value = self._items.get(key)
        if value is not None:
            self._items.move_to_end(key)
        return value

    def put(self, key: _Key, value: _Value, /) -> tuple[_Key, _Value] | None:
        """Keep a value; return what had to go."""
        self._items[key] = value
        self._items.move_to_end(key)
        if len(self._items) <= self._size:
            return None
        return self._items.popitem(last=False)

    def pop(self, key: _Key, /) -> _Value | None:
        """Take a value out."""
        return self._items.pop(key, None)

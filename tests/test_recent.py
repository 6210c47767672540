"""Tests the dictionary with a maximum size that other modules share."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

from xep0184 import BuildCode, BuildError
from xep0184.recent import Recent


def test_the_least_recently_used_item_goes_first() -> None:
    """`get` and `put` make an item the newest; `pop` makes room."""
    recent: Recent[str, int] = Recent(2, "size")
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    assert recent.put("c", 3) == ("b", 2)
    assert recent.put("a", 4) is None
    assert recent.put("d", 5) == ("c", 3)
    assert (recent.pop("c"), recent.pop("d")) == (None, 5)
    assert recent.put("e", 6) is None
    assert (list(recent.items()), len(recent)) == ([("a", 4), ("e", 6)], 2)


def test_to_peek_changes_no_order() -> None:
    """Without `get`, the items go in the order in which they came."""
    recent: Recent[str, int] = Recent(2, "size")
    assert recent.oldest() is None
    recent.put("a", 1)
    recent.put("b", 2)
    assert (recent.peek("a"), recent.peek("c"), recent.oldest()) == (1, None, ("a", 1))
    assert list(recent.values()) == [1, 2]
    assert recent.put("c", 3) == ("a", 1)


@pytest.mark.usefixtures("unmeasured")
def test_the_oldest_item_is_found_quickly_after_many_deletions() -> None:
    """A dict would skip all deleted keys each time: a minute instead of 0.2 s."""
    number = 200_000
    recent: Recent[int, int] = Recent(number, "size")
    for key in range(number):
        recent.put(key, key)
    start = time.process_time()
    for key in range(number):
        assert recent.oldest() == (key, key)
        recent.pop(key)
    assert time.process_time() - start < 10


@pytest.mark.parametrize("size", [0, -1, math.nan])
def test_a_size_that_is_not_positive_is_refused(size: Any) -> None:  # noqa: ANN401
    """The error has the name that the caller gave to the size."""
    with pytest.raises(BuildError) as caught:
        Recent(size, "max_things")
    assert (caught.value.code, caught.value.field) == (BuildCode.LIMIT, "max_things")

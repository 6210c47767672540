"""Work and memory grow as the input does, whatever is repeated in it.

Counted are calls, of Python and of C, and octets: both are the same in every run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .growth import (
    DOORS,
    MOST,
    SIZES,
    Door,
    call,
    calls_of,
    exponent,
    made,
    memory_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.heavy, pytest.mark.usefixtures("unmeasured")]

CALLS = 100  # that do not depend on the input
MEMORY = 200_000  # octets that do not, either
CASES = [(name, shape) for name, door in DOORS.items() for shape in door.inputs]


def power(
    measure: Callable[[Door, bytes], int],
    door: Door,
    shape: str,
    sizes: tuple[int, ...],
) -> float:
    """Return the exponent with which something grows from one size to another."""
    small, large = (made(*door.inputs[shape], size) for size in sizes)
    # Imports, compiles schemas.
    call(door, door.prepare(made(*door.inputs[shape], 300)))
    fixed = CALLS if measure is calls_of else MEMORY
    costs = measure(door, small) + fixed, measure(door, large)
    return exponent(*costs, len(large) / len(small))


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_calls_grow_no_faster_than_the_input(name: str, shape: str) -> None:
    """From 10 KB to 100 KB, for every function and every input."""
    assert power(calls_of, DOORS[name], shape, SIZES[:2]) <= MOST


@pytest.mark.parametrize("name", DOORS)
def test_nor_do_they_up_to_a_megabyte(name: str) -> None:
    """From 100 KB to 1 MB, for every function and its first input."""
    door = DOORS[name]
    assert power(calls_of, door, next(iter(door.inputs)), SIZES[1:]) <= MOST


@pytest.mark.parametrize("name", DOORS)
def test_memory_grows_no_faster_than_the_input(name: str) -> None:
    """From 10 KB to 100 KB, for every function and its first inputs."""
    door = DOORS[name]
    for shape in list(door.inputs)[:3]:
        assert power(memory_of, door, shape, SIZES[:2]) <= MOST


def test_what_is_quadratic_is_noticed() -> None:
    """In calls, and in memory."""

    def compare_all(octets: bytes) -> None:
        words = octets.split()[::10]
        for word in words:
            for other in words:
                word.startswith(other)

    def copy_all(octets: bytes) -> list[bytes]:
        return [octets[at:] for at in range(0, len(octets), 5_000)]

    inputs = {"words": ("{}", "word{0} ")}
    assert power(calls_of, Door(compare_all, inputs), "words", (5_000, 50_000)) > MOST
    assert power(memory_of, Door(copy_all, inputs), "words", SIZES[1:]) > MOST

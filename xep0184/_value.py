"""Frozen dataclasses with slots whose instances are quick to create.

The `__init__` that `dataclasses` writes for a frozen class sets each field with
``object.__setattr__``, which looks up the slot by name. The one written here calls
the slot descriptors, and takes two thirds of the time.
"""

from __future__ import annotations

import sys
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeVar, cast, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["value"]

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(*, kw_only: bool = False) -> Callable[[type[_T]], type[_T]]:
    """Return a decorator that makes a class a frozen dataclass with slots.

    Fields with `default_factory`, `init=False` or their own `kw_only` are not
    supported.

    Args:
        kw_only: Whether the fields are keyword-only parameters.

    >>> @value()
    ... class Place:
    ...     line: int
    ...     column: int = 1
    >>> Place(3)
    Place(line=3, column=1)
    """

    def decorate(cls: type[_T]) -> type[_T]:
        make = dataclass(init=False, frozen=True, slots=True, kw_only=kw_only)
        made: Any = make(cls)
        made.__init__ = _initialiser(made, "*, " if kw_only else "")
        return cast("type[_T]", made)

    return decorate


def _initialiser(cls: type[Any], marker: str) -> Callable[..., None]:
    every = fields(cls)
    scope = {f"_set_{each.name}": getattr(cls, each.name).__set__ for each in every}
    scope |= {f"_default_{each.name}": each.default for each in every}
    parameters = ", ".join(
        each.name if each.default is MISSING else f"{each.name}=_default_{each.name}"
        for each in every
    )
    statements = [f"_set_{each.name}(self, {each.name})" for each in every]
    if hasattr(cls, "__post_init__"):
        statements.append("self.__post_init__()")
    lines = (
        f"def make({', '.join(scope)}):",
        f" def __init__(self, {marker}{parameters}): {'; '.join(statements) or 'pass'}",
        " return __init__",
    )
    made: dict[str, Any] = {}
    module = sys.modules[cls.__module__]  # where its annotations are resolved
    exec("\n".join(lines), vars(module), made)  # noqa: S102  # as dataclasses does
    method: Any = made["make"](**scope)
    method.__qualname__ = f"{cls.__qualname__}.__init__"  # for TypeError messages
    method.__annotations__ = {each.name: each.type for each in every}
    return cast("Callable[..., None]", method)

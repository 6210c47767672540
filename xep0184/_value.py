"""Values: frozen dataclasses that cost little to define and little to make.

For every class `dataclass(frozen=True, slots=True)` compiles seven methods, and the
`__init__` among them looks each slot up by its name. Here only `__init__` is
compiled, to fill the slots through their descriptors. That defines a class in a
quarter of the time, which an import is full of, and makes a value in three fifths.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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
        made = make(cls)
        for method in _methods(made):
            method.__qualname__ = f"{cls.__qualname__}.{method.__name__}"
            setattr(made, method.__name__, method)
        return made

    return decorate


def _methods(cls: Any) -> Iterator[Callable[..., Any]]:  # noqa: ANN401
    every: tuple[Field[Any], ...] = fields(cls)
    yield _initialiser(cls, every)
    yield _representation([each.name for each in every if each.repr])
    yield from _comparisons([each.name for each in every if each.compare])
    yield from _transport([each.name for each in every])
    yield from _refusals()


def _initialiser(cls: Any, every: tuple[Field[Any], ...]) -> Callable[..., None]:  # noqa: ANN401
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
    def __repr__(self: object) -> str:  # noqa: N807
        facts = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({facts})"

    return __repr__


def _comparisons(names: list[str]) -> Iterator[Callable[..., Any]]:
    facts: Callable[[Any], Any] = attrgetter(*names) if names else type

    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        if other.__class__ is not self.__class__:
            return NotImplemented
        return bool(facts(self) == facts(other))

    def __hash__(self: object) -> int:  # noqa: N807
        return hash(facts(self))

    yield from (__eq__, __hash__)


def _transport(names: list[str]) -> Iterator[Callable[..., Any]]:
    """Yield what `pickle` and `copy` need where nothing can be set."""

    def __getstate__(self: object) -> list[Any]:  # noqa: N807
        return [getattr(self, name) for name in names]

    def __setstate__(self: object, state: list[Any]) -> None:  # noqa: N807
        for name, fact in zip(names, state, strict=True):
            object.__setattr__(self, name, fact)

    yield from (__getstate__, __setstate__)


def _refusals() -> Iterator[Callable[..., NoReturn]]:
    def __setattr__(_: object, name: str, __: object) -> NoReturn:  # noqa: N807
        message = f"cannot assign to field {name!r}"
        raise FrozenInstanceError(message)

    def __delattr__(_: object, name: str) -> NoReturn:  # noqa: N807
        message = f"cannot delete field {name!r}"
        raise FrozenInstanceError(message)

    yield from (__setattr__, __delattr__)

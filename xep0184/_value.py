"""Values: frozen dataclasses that cost little to define and little to make.

For every class `dataclass(frozen=True, slots=True)` compiles seven methods, and the
`__init__` among them looks each slot up by its name. Here only `__init__` is
compiled, to fill the slots through their descriptors. That defines a class in a
third of the time, which an import is full of, and makes a value in three fifths.
To everybody else, and to pytest, pprint and rich, it is a frozen dataclass.
"""

from __future__ import annotations

import sys
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, dataclass_transform

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import Field
    from types import FunctionType, ModuleType
    from typing import NoReturn

__all__ = ["value"]

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(*, kw_only: bool = False) -> Callable[[type[_T]], type[_T]]:
    """Make a class a frozen dataclass with slots.

    A method that the class defines itself is left as it is.

    Args:
        kw_only: Whether the fields are given by name only.

    Returns:
        The decorator.

    Raises:
        TypeError: A field has a ``default_factory``, or another ``init`` or
            ``kw_only`` than the class.

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
        for name, method in (_methods(made) | _SHARED).items():
            if name not in vars(cls):
                setattr(made, name, method)
        asked = made.__dataclass_params__
        asked.init = asked.repr = asked.eq = asked.frozen = True
        return cast("type[_T]", made)

    return decorate


def _methods(cls: type[Any]) -> dict[str, Callable[..., Any]]:
    every: tuple[Field[Any], ...] = fields(cls)
    return {
        "__init__": _initialiser(cls, every),
        **_comparisons([each.name for each in every if each.compare]),
    }


def _initialiser(cls: type[Any], every: tuple[Field[Any], ...]) -> Callable[..., None]:
    setters: dict[str, Any] = {}
    for each in every:
        slot: Any = getattr(cls, each.name)
        setters[f"_set_{each.name}"] = slot.__set__
    by_name = bool(every) and every[0].kw_only
    head = ["self", "*"] if by_name else ["self"]
    parameters = ", ".join([*head, *(_parameter(each, every[0]) for each in every)])
    statements = [f"_set_{each.name}(self, {each.name})" for each in every]
    if hasattr(cls, "__post_init__"):
        statements.append("self.__post_init__()")
    code = f"def __init__({parameters}): {'; '.join(statements) or 'pass'}"
    method = _compiled(code, setters, sys.modules[cls.__module__])
    defaults = {each.name: each.default for each in every if _has_default(each)}
    if by_name:
        method.__kwdefaults__ = defaults
    else:
        method.__defaults__ = tuple(defaults.values())
    method.__qualname__ = f"{cls.__qualname__}.__init__"  # which a wrong call names
    method.__annotations__ = {each.name: each.type for each in every} | {"return": None}
    return method


def _has_default(each: Field[Any]) -> bool:
    return each.default is not MISSING


def _parameter(each: Field[Any], first: Field[Any]) -> str:
    is_odd = not each.init or each.kw_only is not first.kw_only
    if is_odd or each.default_factory is not MISSING:
        message = f"field {each.name!r}: not supported by value()"
        raise TypeError(message)
    return f"{each.name}=None" if _has_default(each) else each.name


def _compiled(code: str, setters: dict[str, Any], module: ModuleType) -> FunctionType:
    """Define a function in a module, where its annotations are looked up."""
    lines = f"def make({', '.join(setters)}):\n {code}\n return __init__"
    scope: dict[str, Any] = {}
    exec(lines, vars(module), scope)  # noqa: S102  # as dataclass does
    return cast("FunctionType", scope["make"](**setters))


def _comparisons(names: list[str]) -> dict[str, Callable[..., Any]]:
    facts: Callable[[object], object] = attrgetter(*names) if names else type

    def hashed(self: object) -> int:
        return hash(facts(self))

    is_equal = _of_dataclass(lambda self, other: _compare(facts, self, other))
    return {"__eq__": is_equal, "__hash__": hashed}


def _compare(facts: Callable[[object], object], one: object, other: object) -> object:
    return facts(one) == facts(other) if type(one) is type(other) else NotImplemented


def _of_dataclass(method: Callable[[Any, Any], object]) -> FunctionType:
    """Let pytest take it for one that dataclass wrote, and show what differs."""
    function = cast("FunctionType", method)
    function.__code__ = function.__code__.replace(co_filename="<string>")
    return function


def _represent(self: Any) -> str:  # noqa: ANN401  # any value
    shown = (each.name for each in fields(self) if each.repr)
    facts = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{type(self).__qualname__}({facts})"


# By this name pprint knows that a dataclass wrote it, and rich by the wrapper.
_represent.__qualname__ = "__create_fn__.<locals>.__repr__"
_wrapper: Final[Any] = recursive_repr("...")(_represent)
_wrapper.__wrapped__ = _represent


def _state(self: Any) -> list[Any]:  # noqa: ANN401  # any value
    return [getattr(self, each.name) for each in fields(self)]


def _restore(self: Any, facts: list[Any]) -> None:  # noqa: ANN401  # any value
    for each, fact in zip(fields(self), facts, strict=True):
        object.__setattr__(self, each.name, fact)


def _refuse_to_set(_: object, name: str, __: object) -> NoReturn:
    message = f"cannot assign to field {name!r}"
    raise FrozenInstanceError(message)


def _refuse_to_delete(_: object, name: str) -> NoReturn:
    message = f"cannot delete field {name!r}"
    raise FrozenInstanceError(message)


_SHARED: Final[dict[str, Callable[..., Any]]] = {
    "__repr__": _wrapper,
    "__getstate__": _state,  # for pickle and copy, where nothing can be set
    "__setstate__": _restore,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
}

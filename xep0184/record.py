"""Reads JSON objects of unknown origin and checks each field."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar, cast

from xep0184.errors import LocalError

__all__ = ["FieldError", "Record"]

T = TypeVar("T")


class FieldError(LocalError):
    """A field that is missing or has a wrong value.

    Attributes:
        field: The name of the field.
    """

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field

    def __str__(self) -> str:
        return f"{self.field}: is missing or has a wrong value"


class Record:
    """A JSON object.

    The methods check the type of a field and return its value. Only the members of
    an enumeration are converted, from their values. A number has to be finite; an
    int is also a float, and a bool is not an int.

    Args:
        data: The value that should be a JSON object.
        field: The name of the field that holds it.

    Raises:
        FieldError: The value is not a JSON object. The methods raise it too, if their
            field is missing or has a wrong value.

    >>> Record({"id": "a"}, "message").get("id", str)
    'a'
    """

    def __init__(self, data: object, field: str) -> None:
        if not isinstance(data, Mapping):
            raise FieldError(field)
        self._data = cast("Mapping[str, object]", data)

    def get(self, field: str, kind: type[T]) -> T:
        """Return the value of a field."""
        return _checked(self._data.get(field), kind, field)

    def get_or_none(self, field: str, kind: type[T]) -> T | None:
        """Return the value of a field; None if it is null.

        A missing field is an error.
        """
        is_null = self._data.get(field, ...) is None
        return None if is_null else self.get(field, kind)

    def token(self, field: str) -> str | int | None:
        """Return the value of a field that is text, a number or null."""
        is_number = isinstance(self._data.get(field), int)
        return self.get(field, int) if is_number else self.get_or_none(field, str)

    def record(self, field: str) -> Record:
        """Return a JSON object."""
        return Record(self._data.get(field), field)

    def records(self, field: str) -> tuple[Record, ...]:
        """Return the JSON objects of a list."""
        return tuple(Record(item, field) for item in self.items(field, object))

    def items(self, field: str, kind: type[T]) -> tuple[T, ...]:
        """Return the items of a list."""
        items = cast("list[object]", self.get(field, list))
        return tuple(_checked(item, kind, field) for item in items)


def _checked(value: object, kind: type[T], field: str) -> T:
    if issubclass(kind, StrEnum) and isinstance(value, str):
        value = next((member for member in kind if member == value), None)
    is_kind = isinstance(value, (kind, int) if kind is float else kind)
    if kind in {int, float} and is_kind:
        # Comparing works for a NaN, and for an int too large for a float.
        is_finite = abs(cast("float", value)) <= sys.float_info.max
        is_kind = is_finite and not isinstance(value, bool)
    if not is_kind:
        raise FieldError(field)
    return cast("T", value)

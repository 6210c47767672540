"""One JSON object out of an untrusted file, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from xep0184.tracker.deadlines import moment
from xep0184.tracker.results import TrackCode, TrackError

if TYPE_CHECKING:
    from enum import StrEnum

__all__ = ["Record"]

T = TypeVar("T")
E = TypeVar("E", bound="StrEnum")


class Record:
    """A JSON object whose fields are checked when they are asked for.

    Every method raises a TrackError, SNAPSHOT with the name of the field, if the
    field is missing or is not what was asked for; nothing is converted.

    Args:
        data: What should be a JSON object.

    >>> Record({"id": "a"}).text("id")
    'a'
    """

    def __init__(self, data: object) -> None:
        if not isinstance(data, Mapping):
            raise TrackError(TrackCode.SNAPSHOT, type(data).__name__)
        self._data = cast("Mapping[str, object]", data)

    def text(self, name: str) -> str:
        """Return a text."""
        return self._of(str, name)

    def count(self, name: str) -> int:
        """Return a whole number that is not negative."""
        number = self._of(int, name)
        if number < 0:
            raise TrackError(TrackCode.SNAPSHOT, name)
        return number

    def time(self, name: str) -> float:
        """Return a point in time."""
        if type(self._data.get(name)) is int:
            return moment(self._of(int, name), name)
        return moment(self._of(float, name), name)

    def is_null(self, name: str) -> bool:
        """Whether the field is there and says that there is nothing."""
        return self._data.get(name, ...) is None

    def choice(self, name: str, kind: type[E]) -> E:
        """Return a member of an enumeration."""
        try:
            return kind(self.text(name))
        except ValueError:
            raise TrackError(TrackCode.SNAPSHOT, name) from None

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        found = tuple(item for item in self._list(name) if isinstance(item, str))
        if len(found) != len(self._list(name)):
            raise TrackError(TrackCode.SNAPSHOT, name)
        return found

    def record(self, name: str) -> Record:
        """Return a JSON object."""
        return Record(self._data.get(name))

    def records(self, name: str) -> tuple[Record, ...]:
        """Return a list of JSON objects."""
        return tuple(map(Record, self._list(name)))

    def _list(self, name: str) -> list[object]:
        return cast("list[object]", self._of(list, name))

    def _of(self, kind: type[T], name: str) -> T:
        value = self._data.get(name)
        # A bool is an int to isinstance, and is no number here.
        if not isinstance(value, kind) or isinstance(value, bool):
            raise TrackError(TrackCode.SNAPSHOT, name)
        return value

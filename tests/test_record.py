"""Tests that each field of a JSON object is checked."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import pytest

from xep0184 import LocalError
from xep0184.message import MessageType
from xep0184.record import FieldError, Record

if TYPE_CHECKING:
    from collections.abc import Callable

RECORD = Record(
    {
        "text": "a",
        "whole": 3,
        "real": 2.5,
        "last": sys.float_info.max,
        "true": True,
        "null": None,
        "huge": 10**400,
        "nan": math.nan,
        "infinite": -math.inf,
        "type": "chat",
        "list": ["chat", "error"],
        "mixed": ["a", 1],
        "record": {"text": "b"},
        "records": [{"text": "c"}],
    },
    "data",
)


def test_values_of_the_right_type_are_returned() -> None:
    """Only the members of an enumeration are converted."""
    assert RECORD.get("text", str) == "a"
    assert RECORD.get("whole", int) == 3
    assert (RECORD.get("whole", float), RECORD.get("real", float)) == (3, 2.5)
    assert RECORD.get("last", float) == sys.float_info.max
    assert RECORD.get("type", MessageType) is MessageType.CHAT
    assert RECORD.get("true", object) is True
    assert RECORD.get_or_none("null", str) is None
    assert RECORD.get_or_none("text", str) == "a"
    assert RECORD.items("list", str) == ("chat", "error")
    assert RECORD.items("list", MessageType) == (MessageType.CHAT, MessageType.ERROR)
    assert RECORD.items("mixed", object) == ("a", 1)
    assert RECORD.record("record").get("text", str) == "b"
    assert [row.get("text", str) for row in RECORD.records("records")] == ["c"]


@pytest.mark.parametrize(
    ("read", "field", "kind"),
    [
        (Record.get, "missing", str),
        (Record.get_or_none, "missing", str),
        (Record.items, "missing", str),
        (Record.get, "null", str),
        (Record.get, "whole", str),
        (Record.get_or_none, "whole", str),
        (Record.get, "whole", MessageType),
        (Record.get, "text", MessageType),
        (Record.get, "text", int),
        (Record.get, "text", float),
        (Record.items, "text", str),
        (Record.get, "real", int),
        (Record.get, "true", int),
        (Record.get, "true", float),
        (Record.get, "huge", int),
        (Record.get, "huge", float),
        (Record.get, "nan", float),
        (Record.get, "infinite", float),
        (Record.items, "mixed", str),
    ],
)
def test_another_value_is_an_error_with_the_name_of_the_field(
    read: Callable[[Record, str, type], object], field: str, kind: type
) -> None:
    """A field that is missing is not null; a bool is not a number."""
    with pytest.raises(FieldError) as caught:
        read(RECORD, field, kind)
    expected = f"{field}: is missing or has a wrong value"
    assert (caught.value.field, str(caught.value)) == (field, expected)
    assert isinstance(caught.value, LocalError)


@pytest.mark.parametrize("field", ["missing", "null", "list"])
def test_what_is_not_an_object_is_an_error(field: str) -> None:
    """The error has the name of the field that should hold the object."""
    with pytest.raises(FieldError) as caught:
        RECORD.record(field)
    assert caught.value.field == field


def test_a_list_of_other_values_has_no_objects() -> None:
    """The error has the name of the list."""
    with pytest.raises(FieldError, match="list"):
        RECORD.records("list")

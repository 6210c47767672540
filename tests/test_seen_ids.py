"""Tests that repeated messages are recognised, whatever the clock does."""

from __future__ import annotations

import math
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xep0184 import BuildCode, BuildError, jid
from xep0184.seen import SeenIds

if TYPE_CHECKING:
    from xep0184.jid import JID

WESTMINSTER = jid.parse("northumberland@shakespeare.lit/westminster")
TOWER = jid.parse("northumberland@shakespeare.lit/tower")
WEEK = 604_800.0

SENDERS = [WESTMINSTER, TOWER, TOWER.bare]
events = st.lists(
    st.tuples(
        st.sampled_from(SENDERS),
        st.sampled_from(["a", "b", "A", "", "a\0b", "\ud800"]),
        st.floats(min_value=0, max_value=100),
    ),
    max_size=30,
)


@pytest.mark.requirements("R55")
def test_a_message_is_seen_the_second_time() -> None:
    """The full JID and the id have to be the same, code point by code point."""
    seen = SeenIds()
    first = [
        seen.check(WESTMINSTER, "a", now=0.0),
        seen.check(WESTMINSTER, "A", now=0.0),
        seen.check(TOWER, "a", now=0.0),
        seen.check(TOWER.bare, "a", now=0.0),
    ]
    assert first == [False] * 4
    assert seen.check(WESTMINSTER, "a", now=0.0)


@pytest.mark.requirements("R55", "R144")
def test_another_spelling_of_the_sender_is_the_same_sender() -> None:
    """A JID compares by its parts, not by its text."""
    seen = SeenIds()
    seen.check(WESTMINSTER, "a", now=0.0)
    other = jid.parse("Northumberland@SHAKESPEARE.lit./westminster")
    assert seen.check(other, "a", now=0.0)


def test_sender_and_id_are_kept_apart() -> None:
    """A character that moves from the id to the resource makes another message."""
    seen = SeenIds()
    seen.check(jid.parse("a@b/x"), "y", now=0.0)
    assert not seen.check(jid.parse("a@b/xy"), "", now=0.0)


@pytest.mark.requirements("R64")
def test_the_oldest_goes_first() -> None:
    """One message more than the maximum displaces only the oldest."""
    seen = SeenIds(max_entries=2)
    for id_ in ("a", "b", "c"):
        seen.check(TOWER, id_, now=0.0)
    assert len(seen) == 2
    assert [seen.check(TOWER, id_, now=0.0) for id_ in ("c", "b")] == [True, True]
    assert not seen.check(TOWER, "a", now=0.0)


@pytest.mark.requirements("R64")
def test_the_default_number_of_messages_is_4096() -> None:
    """One more displaces the oldest."""
    seen = SeenIds()
    for number in range(4097):
        seen.check(TOWER, str(number), 0.0)
    assert len(seen) == 4096
    assert [seen.check(TOWER, id_, 0.0) for id_ in ("1", "0")] == [True, False]


@pytest.mark.parametrize(
    ("field", "limit"),
    [
        ("max_entries", 0),
        ("max_entries", -1),
        ("max_age", -0.5),
        ("max_age", float("nan")),
    ],
)
def test_a_limit_out_of_range_is_refused(field: str, limit: Any) -> None:  # noqa: ANN401
    """With it, every repetition would look like a new message."""
    with pytest.raises(BuildError) as caught:
        SeenIds(**{field: limit})
    assert (caught.value.code, caught.value.field) == (BuildCode.LIMIT, field)


@pytest.mark.requirements("R64")
@pytest.mark.parametrize(
    ("max_age", "now", "expected"),
    [
        (10.0, 10.0, True),
        (10.0, 10.5, False),
        (0.0, 0.0, True),
        (0.0, 0.1, False),
        (None, 1e300, True),
    ],
)
def test_a_message_is_forgotten_after_its_time(
    max_age: float | None, now: float, *, expected: bool
) -> None:
    """The age counts from the first time; the maximum age is included."""
    seen = SeenIds(max_age=max_age)
    seen.check(TOWER, "a", now=0.0)
    assert seen.check(TOWER, "a", now=now) is expected


@pytest.mark.requirements("R64")
def test_the_default_age_is_a_week() -> None:
    """A message that is too old is removed."""
    seen = SeenIds()
    seen.check(TOWER, "a", now=0.0)
    assert seen.check(TOWER, "a", now=WEEK)
    assert not seen.check(TOWER, "a", now=WEEK + 1)
    assert len(seen) == 1


def test_a_repetition_does_not_reset_the_age() -> None:
    """A message that is repeated for ever is not remembered for ever."""
    seen = SeenIds(max_age=10.0)
    seen.check(TOWER, "a", now=0.0)
    seen.check(TOWER, "a", now=9.0)
    assert not seen.check(TOWER, "a", now=11.0)


def test_a_clock_set_back_does_no_lasting_harm() -> None:
    """After the clock was set back, the ages count from the new time."""
    seen = SeenIds(max_age=10.0)
    seen.check(TOWER, "a", now=1e9)
    assert seen.check(TOWER, "a", now=0.0)
    assert seen.check(TOWER, "a", now=10.0)
    assert not seen.check(TOWER, "a", now=11.0)


def test_a_clock_set_back_keeps_the_order_of_ages() -> None:
    """Messages from before and after expire one after the other."""
    seen = SeenIds(max_age=10.0)
    for id_, now in (("a", 1e6), ("b", 0.0), ("c", 5.0)):
        seen.check(TOWER, id_, now)
    found = {now: [seen.check(TOWER, id_, now) for id_ in "abc"] for now in (10, 15.5)}
    assert found == {10: [True] * 3, 15.5: [False] * 3}


def test_a_time_that_is_no_number_removes_nothing() -> None:
    """A NaN neither removes a message nor disturbs later times."""
    seen = SeenIds(max_age=10.0)
    seen.check(TOWER, "a", 0.0)
    assert seen.check(TOWER, "a", math.nan)
    assert seen.check(TOWER, "a", 10.0)
    assert not seen.check(TOWER, "a", 11.0)


def test_the_time_is_given_by_position_or_by_name() -> None:
    """As in the methods of a tracker."""
    seen = SeenIds(max_age=10.0)
    assert [seen.check(TOWER, "a", 0.0), seen.check(TOWER, "a", now=1.0)] == [
        False,
        True,
    ]


@pytest.mark.requirements("R64")
def test_long_ids_cost_no_memory() -> None:
    """A digest is stored instead of an id of a megabyte."""
    seen = SeenIds()
    for number in range(10):
        seen.check(TOWER, f"{number}" * 1_000_000, now=0.0)
    assert len(seen) == 10
    assert len(pickle.dumps(seen)) < 2_000


@given(events=events, max_entries=st.integers(1, 4))
def test_with_times_in_order_it_is_a_bounded_dictionary(
    events: list[tuple[JID, str, float]], max_entries: int
) -> None:
    """Every answer is that of a model made of a dict."""
    seen = SeenIds(max_entries=max_entries, max_age=20.0)
    model: dict[tuple[JID, str], float] = {}
    for sender, id_, now in sorted(events, key=lambda event: event[2]):
        model = {key: time for key, time in model.items() if now - time <= 20.0}
        assert seen.check(sender, id_, now=now) is ((sender, id_) in model)
        model.setdefault((sender, id_), now)
        while len(model) > max_entries:
            model.pop(next(iter(model)))


@pytest.mark.requirements("R64")
@given(events=events, max_entries=st.integers(1, 4))
def test_with_times_out_of_order_it_is_still_bounded(
    events: list[tuple[JID, str, float]], max_entries: int
) -> None:
    """No order of times raises an error or exceeds the maximum."""
    seen = SeenIds(max_entries=max_entries, max_age=20.0)
    for sender, id_, now in events:
        seen.check(sender, id_, now=now)
        assert len(seen) <= max_entries

"""Values against what `dataclass(frozen=True, slots=True)` makes of the same class."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import pprint
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Any, get_type_hints

import pytest
from hypothesis import find, given
from hypothesis import strategies as st
from rich import pretty

from xep0184 import Limits, Message, disco
from xep0184._value import value
from xep0184.findings import Finding
from xep0184.rules import Ruling


@value()
class Place:
    """A line and a column; the name of the file takes no part in equality."""

    line: int
    column: int = 1
    file: str | None = field(default=None, compare=False)


@value(kw_only=True)
class Named:
    """Fields that are given by name only, in any order of defaults."""

    before: int = 0
    name: str
    note: str = field(default="", repr=False)


@value()
class Nothing:
    """No field at all."""


@value(kw_only=True)
class Judged:
    """One that looks at itself once it is made."""

    count: int = 1

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError(self.count)


@dataclass(frozen=True, slots=True)
class _Standard:
    line: int
    column: int = 1
    file: str | None = field(default=None, compare=False)


places = st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from(["a", None]))


@given(places, places)
def test_values_are_equal_where_those_of_dataclass_are(
    first: tuple[int, int, str | None], second: tuple[int, int, str | None]
) -> None:
    """Equal by class and compared fields; what is equal has one hash."""
    ours, theirs = (kind(*first) == kind(*second) for kind in (Place, _Standard))
    assert ours == theirs
    assert not ours or hash(Place(*first)) == hash(Place(*second))
    other: object = _Standard(*first)
    assert Place(*first) != other


@given(places)
def test_they_look_like_those_of_dataclass(facts: tuple[int, int, str | None]) -> None:
    """So a failed assertion reads as everywhere."""
    assert repr(Place(*facts)) == repr(_Standard(*facts)).replace("_Standard", "Place")


def test_a_field_may_be_left_out_of_the_representation() -> None:
    """And nothing else is."""
    assert repr(Named(name="a", note="b")) == "Named(before=0, name='a')"
    assert repr(Nothing()) == "Nothing()"


@pytest.mark.parametrize(
    ("kind", "positional", "named"),
    [
        (Place, (), {}),
        (Place, (1, 2, None, 4), {}),
        (Place, (1,), {"row": 2}),
        (Named, (1, "a"), {}),
        (Nothing, (1,), {}),
    ],
)
def test_wrong_arguments_are_refused(
    kind: type[Any], positional: tuple[object, ...], named: dict[str, object]
) -> None:
    """As by any other constructor, which is named."""
    with pytest.raises(TypeError, match=rf"^{kind.__name__}\.__init__\(\) "):
        kind(*positional, **named)


@pytest.mark.parametrize("name", ["line", "row"])
def test_nothing_can_be_set_or_deleted(name: str) -> None:
    """Neither a field nor anything else."""
    place = Place(1)
    with pytest.raises(FrozenInstanceError, match=name):
        setattr(place, name, 2)
    with pytest.raises(FrozenInstanceError, match=name):
        delattr(place, name)
    assert place == Place(1)


def test_there_is_no_place_for_more() -> None:
    """Slots: a value is as small as its fields."""
    assert not hasattr(Place(1), "__dict__")


@pytest.mark.parametrize(
    "made", [Place(1, 2, "a"), Named(name="a", note="b"), Nothing(), Judged(count=3)]
)
def test_a_value_travels(made: Any) -> None:  # noqa: ANN401  # any value
    """Through pickle and copy, with the fields that take no part in equality."""
    for other in (
        pickle.loads(pickle.dumps(made)),  # noqa: S301  # our own
        copy.copy(made),
        copy.deepcopy(made),
    ):
        assert other == made
        assert dataclasses.astuple(other) == dataclasses.astuple(made)


def test_what_dataclasses_offers_works() -> None:
    """A host changes a value as it changes those of its own."""
    place = dataclasses.replace(Place(1, file="a"), column=2)
    assert dataclasses.astuple(place) == (1, 2, "a")
    assert dataclasses.asdict(Nothing()) == {}
    assert [each.name for each in dataclasses.fields(Named)] == [
        "before",
        "name",
        "note",
    ]
    match place:
        case Place(line, column):
            assert (line, column) == (1, 2)


def test_a_value_judges_itself_if_it_says_so() -> None:
    """Limits do."""
    with pytest.raises(ValueError, match="-1"):
        Judged(count=-1)


def test_a_frozen_dataclass_may_go_further() -> None:
    """And no other, as the type checkers say."""
    child = dataclasses.make_dataclass(
        "Child", [("more", int, 0)], bases=(Place,), frozen=True, slots=True
    )
    assert pickle.loads(pickle.dumps(Place(1))) == Place(1)  # noqa: S301  # our own
    assert copy.copy(child(1, more=2)) == child(1, more=2)
    assert Place(1) != child(1)
    with pytest.raises(TypeError, match="non-frozen"):
        dataclasses.make_dataclass("Loose", [], bases=(Place,))


def test_what_is_not_supported_is_refused() -> None:
    """When the class is defined, not when somebody relies on it."""
    for odd in (
        field(default_factory=int),
        field(default=0, init=False),
        field(default=0, kw_only=True),
    ):
        body = {"__annotations__": {"line": int, "odd": int}, "odd": odd}
        with pytest.raises(TypeError, match="'odd': not supported"):
            value()(type("Odd", (), body))


def test_a_method_of_its_own_stays() -> None:
    """As in any dataclass."""

    @value()
    class Spoken:
        text: str

        def __repr__(self) -> str:
            return self.text

    assert (repr(Spoken("a")), Spoken("a") == Spoken("a")) == ("a", True)


def test_tools_take_it_for_a_dataclass() -> None:
    """Pprint and rich break its lines, pytest tells the fields that differ."""
    named = Named(name="a" * 40, before=10**40)
    broken = f"Named(before={10**40},\n      name='{'a' * 40}')"
    assert pprint.pformat(named) == broken
    if hasattr(pretty, "reprlib"):  # an older rich looks for another file
        assert pretty.pretty_repr(named).splitlines()[0] == "Named("
    with pytest.raises(AssertionError) as caught:
        assert Place(1, 2) == Place(1, 3)
    assert "Differing attributes:" in str(caught.value)


@pytest.mark.parametrize("kind", [Message, Limits, Ruling, disco.Info, Finding])
def test_annotations_are_looked_up_where_the_class_is(kind: Any) -> None:  # noqa: ANN401
    """Whatever reads a constructor reads those of its module; Hypothesis does."""
    assert kind.__init__.__globals__["__name__"] == kind.__module__
    assert kind.__init__.__module__ == kind.__module__
    assert list(kind.__init__.__annotations__) == [
        *(each.name for each in dataclasses.fields(kind)),
        "return",
    ]


def test_hypothesis_makes_one_from_its_annotations() -> None:
    """Of types that stand in the module itself."""
    assert isinstance(find(st.builds(Ruling), lambda _: True), Ruling)


def test_the_constructor_can_be_read() -> None:
    """By an editor, and by Hypothesis, which builds values from its annotations."""
    parameters = inspect.signature(Named).parameters
    assert list(parameters) == ["before", "name", "note"]
    assert {each.kind for each in parameters.values()} == {
        inspect.Parameter.KEYWORD_ONLY
    }
    assert get_type_hints(Place.__init__) == get_type_hints(_Standard.__init__)
    assert Place.__init__.__qualname__ == "Place.__init__"

"""Values compared with what `dataclass(frozen=True, slots=True)` makes of the class."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import inspect
import pickle
import pkgutil
import pprint
from dataclasses import FrozenInstanceError, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, get_type_hints

import pytest
from hypothesis import find, given
from hypothesis import strategies as st

import xep0184
from xep0184._value import value
from xep0184.rules import Ruling

if TYPE_CHECKING:
    from collections.abc import Iterator


@value()
class Place:
    """Three fields, of which one has no default and one is not compared."""

    line: int
    column: int = 1
    file: str | None = field(default=None, compare=False)


@value(kw_only=True)
class Named:
    """Keyword-only fields: one with a default may stand before one without."""

    before: int = 0
    name: str
    note: str = field(default="", repr=False)


@value()
class Nothing:
    """No fields."""


@value(kw_only=True)
class Checked:
    """Has a `__post_init__`."""

    count: int = 1

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError(self.count)


@dataclass(frozen=True, slots=True)
class Standard:
    """The fields of `Place` in a dataclass of the standard library."""

    line: int
    column: int = 1
    file: str | None = field(default=None, compare=False)


PLACES = st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from(["a", None]))


def values_of(module: str) -> Iterator[type[Any]]:
    """Yield the frozen dataclasses that a module of the package defines."""
    for each in vars(importlib.import_module(module)).values():
        if isinstance(each, type) and each.__module__ == module:
            parameters = getattr(each, "__dataclass_params__", None)
            if parameters and parameters.frozen:
                yield each


VALUES = [
    kind
    for module in pkgutil.walk_packages(xep0184.__path__, "xep0184.")
    if module.name != "xep0184.__main__"  # which is to be run, not imported
    for kind in values_of(module.name)
]
# Values of three or more fields that may be given by position.
POSITIONAL = {
    "xep0184.jid.JID",
}


def by_name(kind: type[Any]) -> str:
    """Return the full name of a class."""
    return f"{kind.__module__}.{kind.__qualname__}"


@pytest.mark.parametrize("kind", VALUES, ids=by_name)
def test_constructor_is_that_of_a_dataclass(kind: type[Any]) -> None:
    """It has the same parameters, kinds, defaults and annotations."""
    every = dataclasses.fields(kind)
    standard = dataclasses.make_dataclass(
        kind.__name__,
        [(each.name, each.type, copy.copy(each)) for each in every],
        frozen=True,
        slots=True,
        kw_only=bool(every) and every[0].kw_only is True,
    )
    ours, theirs = (inspect.signature(each).parameters for each in (kind, standard))
    assert list(ours.values()) == list(theirs.values())


@pytest.mark.parametrize("kind", VALUES, ids=by_name)
def test_every_value_has_slots_and_can_be_hashed(kind: type[Any]) -> None:
    """No value of the package has a `__dict__` or is mutable inside."""
    assert "__slots__" in vars(kind)
    assert kind.__hash__ is not None
    types = [str(each.type) for each in dataclasses.fields(kind)]
    assert [it for it in types if it.startswith(("list", "dict", "set"))] == []


def test_values_of_three_fields_are_keyword_only() -> None:
    """The exceptions are listed; one that is no longer needed is removed."""
    assert {
        by_name(kind)
        for kind in VALUES
        if len(every := dataclasses.fields(kind)) > 2 and not every[0].kw_only
    } == POSITIONAL


# Values of one or two fields that may be given by position.
SHORT = {
    "xep0184.caps.advertised.Hash",
    "xep0184.caps.advertised.HashSet",
    "xep0184.deciding.acking.AckDecision",
    "xep0184.discovery.verified._Kept",
    "xep0184.envelope.OpenQuery",
    "xep0184.message.Received",
    "xep0184.receipts.actions.Repeated",
    "xep0184.receipts.actions.UnprovenReceipt",
    "xep0184.rules.examples.Example",
    "xep0184.rules.table.Ruling",
    "xep0184.tracker.results.Unconfirmed",
}


def test_the_parameters_of_other_values_are_keyword_only() -> None:
    """So that a field can be added anywhere."""
    assert {
        by_name(kind)
        for kind in VALUES
        if (every := dataclasses.fields(kind)) and not every[0].kw_only
    } == POSITIONAL | SHORT


# Defaults that are neither None nor empty, False or a member of an enumeration.
DEFAULTS = {
    **dict.fromkeys(("RequestPolicy.bare", "RequestPolicy.unknown"), True),
    "AckPolicy.repeats": True,
    "AckPolicy.max_id": 1024,
    "Situation.processed": True,
    "DiscoveryPolicy.share_0115": True,
    "Delivered.first": True,
    "DataForm.type": "result",
    "ReceiptsPolicy.query": True,
    "ReceiptsPolicy.query_timeout": 60.0,
    "ReceiptsPolicy.hold": 300.0,
    "ReceiptsPolicy.max_pending": 1024,
    "Broken.places": 1,
    "Breach.encoding": "utf-8",
    "Resend.count": 3,
    "Resend.factor": 2.0,
    "Resend.max_delay": 3600.0,
    "Limits.octets": 262_144,
    "Limits.depth": 64,
    "Limits.elements": 8192,
    "Limits.attributes": 256,
    "Limits.receipts": 64,
}


def test_defaults_are_those_of_the_documents() -> None:
    """None, empty and False are the usual ones; the others are listed."""
    assert {
        f"{kind.__name__}.{each.name}": each.default
        for kind in VALUES
        for each in dataclasses.fields(kind)
        if type(each.default) in {str, bytes, int, float, bool}
        and each.default
        and not kind.__name__.startswith("_")
    } == DEFAULTS


# Members whose text is another one than their name.
TEXTS = {
    "XMLCode.RESTRICTED": "restricted-xml",
    "XMLCode.ENCODING": "unsupported-encoding",
    "Annotation.STORE": "{urn:xmpp:hints}store",
    "Annotation.MUC_USER": "{http://jabber.org/protocol/muc#user}x",
    "Level.MUST": "MUST",
    "Level.MUST_NOT": "MUST NOT",
    "Level.SHOULD": "SHOULD",
    "Level.SHOULD_NOT": "SHOULD NOT",
    "Level.NOT_RECOMMENDED": "NOT RECOMMENDED",
    "Level.MAY": "MAY",
    "Revision.V1_4_0": "1.4.0",
    "Revision.V1_2": "1.2",
    "Revision.V1_0": "1.0",
}


def test_the_text_of_a_member_is_its_name() -> None:
    """In lower case, with hyphens; programs compare with it and store it."""
    kinds = {
        each
        for module in pkgutil.walk_packages(xep0184.__path__, "xep0184.")
        if module.name != "xep0184.__main__"
        for each in vars(importlib.import_module(module.name)).values()
        if isinstance(each, type) and issubclass(each, StrEnum)
    }
    members = [it for kind in kinds for it in kind if kind.__module__[:7] == "xep0184"]
    assert len(members) > 150
    assert {
        str(name): it.value
        for it in members
        if it.value != it.name.lower().replace("_", "-")
        and (name := f"{type(it).__name__}.{it.name}")
    } == TEXTS


@given(PLACES, PLACES)
def test_equality_is_that_of_a_dataclass(
    first: tuple[int, int, str | None], second: tuple[int, int, str | None]
) -> None:
    """Class and compared fields decide; equal values have equal hashes."""
    ours, theirs = (kind(*first) == kind(*second) for kind in (Place, Standard))
    assert ours == theirs
    assert not ours or hash(Place(*first)) == hash(Place(*second))
    other: object = Standard(*first)
    assert Place(*first) != other


@given(PLACES)
def test_repr_is_that_of_a_dataclass(facts: tuple[int, int, str | None]) -> None:
    """A field with ``repr=False`` is left out."""
    assert repr(Place(*facts)) == repr(Standard(*facts)).replace("Standard", "Place")
    assert repr(Named(name="a", note="b")) == "Named(before=0, name='a')"
    assert repr(Nothing()) == "Nothing()"


@pytest.mark.parametrize(
    ("kind", "positional", "named"),
    [
        (Place, (), {}),
        (Place, (1, 2, None, 4), {}),
        (Place, (1,), {"row": 2}),
        (Named, (1, "a"), {}),
        (Named, (), {}),
        (Nothing, (1,), {}),
    ],
)
def test_wrong_arguments_are_refused(
    kind: type[Any], positional: tuple[object, ...], named: dict[str, object]
) -> None:
    """The TypeError names the class, as for any other class."""
    with pytest.raises(TypeError, match=rf"^{kind.__name__}\.__init__\(\) "):
        kind(*positional, **named)


def test_fields_cannot_be_set_or_deleted() -> None:
    """A value is frozen."""
    place: Any = Place(1)
    with pytest.raises(FrozenInstanceError, match="line"):
        place.line = 2
    with pytest.raises(FrozenInstanceError, match="line"):
        del place.line
    assert place == Place(1)


@pytest.mark.parametrize(
    "made", [Place(1, 2, "a"), Named(name="a", note="b"), Nothing(), Checked(count=3)]
)
def test_values_can_be_pickled_and_copied(made: Any) -> None:  # noqa: ANN401  # any value
    """Every field is kept, also those that are not compared."""
    for other in (
        pickle.loads(pickle.dumps(made)),  # noqa: S301  # our own
        copy.copy(made),
        copy.deepcopy(made),
    ):
        assert other == made
        assert dataclasses.astuple(other) == dataclasses.astuple(made)


def test_functions_of_dataclasses_accept_values() -> None:
    """As do `match` and `pprint`."""
    place = dataclasses.replace(Place(1, file="a"), column=2)
    assert dataclasses.astuple(place) == (1, 2, "a")
    assert dataclasses.asdict(Nothing()) == {}
    match place:
        case Place(line, column):
            assert (line, column) == (1, 2)
    broken = f"Named(before={10**40},\n      name='{'a' * 40}')"
    assert pprint.pformat(Named(name="a" * 40, before=10**40)) == broken


def test_post_init_is_called() -> None:
    """Also by `replace`."""
    with pytest.raises(ValueError, match="-1"):
        Checked(count=-1)
    with pytest.raises(ValueError, match="-1"):
        dataclasses.replace(Checked(count=1), count=-1)


def test_a_value_can_be_extended_by_a_frozen_dataclass() -> None:
    """But by no other dataclass, as type checkers say too."""
    child = dataclasses.make_dataclass(
        "Child", [("more", int, 0)], bases=(Place,), frozen=True, slots=True
    )
    assert copy.copy(child(1, more=2)) == child(1, more=2)
    assert Place(1) != child(1)
    with pytest.raises(TypeError, match="non-frozen"):
        dataclasses.make_dataclass("Loose", [], bases=(Place,))


def test_methods_that_the_class_defines_are_kept() -> None:
    """As in any dataclass."""

    @value()
    class Spoken:
        text: str

        def __repr__(self) -> str:
            return self.text

    assert (repr(Spoken("a")), Spoken("a") == Spoken("a")) == ("a", True)


def test_annotations_can_be_resolved() -> None:
    """Hypothesis builds values from them."""
    assert get_type_hints(Place.__init__).keys() == {"line", "column", "file"}
    assert isinstance(find(st.builds(Ruling), lambda _: True), Ruling)

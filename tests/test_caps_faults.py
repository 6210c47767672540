"""Wrong implementations of entity capabilities, and properties of right ones.

Each wrong implementation has one fault and must fail exactly the vectors that name
the fault. This shows that the vectors tell wrong implementations from right ones.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import replace
from html import escape
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from xep0184 import caps, conformance, disco, ns
from xep0184.caps import Caps, CapsVerdict
from xep0184.disco import DataForm, Field, Identity, Info
from xep0184.errors import BuildCode, BuildError
from xep0184.strategies import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from xep0184.conformance import Vector

VECTORS = conformance.vectors("caps")


def info_of(vector: Vector) -> Info:
    """Read the answer of a vector."""
    element = etree.fromstring(vector.given["answer"])
    read = disco.answer_of if element.tag == ns.QUERY_TAG else disco.from_element
    info = read(element, lang=vector.given.get("lang")).info
    assert info is not None
    return info


# The reference and its faults


def in_order(items: Iterable[str], wrong: str, unsorted: str) -> list[str]:
    """Sort by octets, unless the fault is another order or none."""
    return list(items) if wrong == unsorted else sorted(items, key=octets_of(wrong))


def octets_of(wrong: str) -> Callable[[str], bytes]:
    """Return the key to sort by, unless the fault is another order."""
    if wrong == "utf16-order":
        return lambda item: item.encode("utf-16-be")
    if wrong == "case-folded-order":
        return lambda item: item.casefold().encode()
    return str.encode


def language(info: Info, identity: Identity, *, inherited: bool) -> str:
    """Return the language that counts."""
    return (
        identity.lang if identity.lang is not None or not inherited else info.lang
    ) or ""


def identities_0115(info: Info, wrong: str) -> list[str]:
    """Return the factors of the identities."""
    parts = [
        (
            each.category,
            each.type,
            ""
            if wrong == "language-skipped"
            else language(info, each, inherited=wrong == "language-inherited"),
            "" if wrong == "name-skipped" else each.name or "",
        )
        for each in info.identities
    ]
    if wrong == "joined-identities":
        return in_order(map("/".join, parts), wrong, "-")
    if wrong != "unsorted-identities":
        key = octets_of(wrong)
        parts.sort(key=lambda part: [key(item) for item in part])
    return ["/".join(part) for part in parts]


def form_0115(form: DataForm, wrong: str) -> list[str]:
    """Return the factors of a form."""
    fields = [
        (field.var or "", in_order(field.values, wrong, "unsorted-values"))
        for field in form.fields
        if field.var != "FORM_TYPE" or wrong == "form-type-in-order"
        if field.values or wrong != "valueless-field-skipped"
    ]
    if wrong == "joined-fields":
        fields.sort(key=lambda field: "<".join((field[0], *field[1])))
    elif wrong != "unsorted-fields":
        order = in_order([var for var, _ in fields], wrong, "-")
        # Of two fields of one name, which no specification orders, by their values.
        fields.sort(key=lambda field: [value.encode() for value in field[1]])
        fields.sort(key=lambda field: order.index(field[0]))
    head = {
        "form-type-in-order": [],
        "form-type-repeated": [
            value
            for field in form.fields
            if field.var == "FORM_TYPE"
            for value in field.values
        ],
        "untyped-forms-hashed": [
            value
            for field in form.fields
            if field.var == "FORM_TYPE"
            for value in field.values
        ][:1],
    }.get(wrong, list(form.types))
    return [*head, *(factor for var, values in fields for factor in (var, *values))]


def ver_by_reference(info: Info, wrong: str = "") -> str:
    """Compute the hash of XEP-0115 independently, with one fault."""
    forms = [
        form for form in info.forms if form.types or wrong == "untyped-forms-hashed"
    ]
    if wrong == "forms-skipped":
        forms = []
    if wrong != "unsorted-forms":
        order = in_order([form.types[0] for form in forms if form.types], wrong, "-")
        forms.sort(key=lambda form: order.index(form.types[0]) if form.types else -1)
    features = in_order(info.features, wrong, "unsorted-features")
    if wrong == "suffixed-features":
        features = [
            item[:-1]
            for item in in_order(
                [f"{feature}<" for feature in info.features], wrong, "-"
            )
        ]
    factors = [
        *identities_0115(info, wrong),
        *features,
        *(factor for form in forms for factor in form_0115(form, wrong)),
    ]
    if wrong == "escaped":
        factors = [escape(factor) for factor in factors]
    if wrong == "unescaped":
        factors = [factor.replace("&lt;", "<") for factor in factors]
    octets = "".join(f"{factor}<" for factor in factors).encode()
    return b64encode(hashlib.sha1(octets, usedforsecurity=False).digest()).decode()


WRONG_0115 = (
    "case-folded-order",
    "escaped",
    "form-type-in-order",
    "form-type-repeated",
    "forms-skipped",
    "joined-fields",
    "joined-identities",
    "language-inherited",
    "language-skipped",
    "name-skipped",
    "suffixed-features",
    "unescaped",
    "unsorted-features",
    "unsorted-fields",
    "unsorted-forms",
    "unsorted-identities",
    "unsorted-values",
    "untyped-forms-hashed",
    "utf16-order",
    "valueless-field-skipped",
)


def section(items: list[str], ends: str, wrong: str, unsorted: str) -> str:
    """Sort items that end with `ends` and join them."""
    if wrong == "sorted-without-suffix":
        items = [item.removesuffix(ends) for item in items]
    suffix = ends if wrong == "sorted-without-suffix" else ""
    items = [item + suffix for item in in_order(items, wrong, unsorted)]
    if wrong == "deduplicated":
        items = list(dict.fromkeys(items))
    return "".join(items)


def form_0390(form: DataForm, wrong: str) -> str:
    """Return a form with its end."""
    fields = []
    for field in form.fields:
        values = [f"{value}\x1f" for value in field.values]
        joined = section(values, "\x1f", wrong, "unsorted-values")
        fields.append(f"{field.var or ''}\x1f{joined}\x1e")
    if wrong == "form-type-first":
        head = [field for field in fields if field.startswith("FORM_TYPE\x1f")]
        rest = [field for field in fields if field not in head]
        return "".join((*head, *sorted(rest), "\x1d"))
    return section(fields, "\x1e", wrong, "unsorted-fields") + "\x1d"


def digest_by_reference(info: Info, wrong: str = "") -> str:
    """Compute the hash of XEP-0390 independently, with one fault."""
    features = section(
        [f"{feature}\x1f" for feature in info.features],
        "\x1f",
        wrong,
        "unsorted-features",
    )
    identities = section(
        [
            "".join(
                f"{part}\x1f"
                for part in (
                    each.category,
                    each.type,
                    ""
                    if wrong == "language-skipped"
                    else language(info, each, inherited=wrong != "language-explicit"),
                    "" if wrong == "name-skipped" else each.name or "",
                )
            )
            + "\x1e"
            for each in info.identities
        ],
        "\x1e",
        wrong,
        "unsorted-identities",
    )
    forms = section(
        [form_0390(form, wrong) for form in info.forms], "\x1d", wrong, "unsorted-forms"
    )
    if wrong == "forms-skipped":
        forms = ""
    parts = [features, identities, forms]
    if wrong == "order-of-0115":
        parts = [identities, features, forms]
    if wrong == "empty-section-left-out":
        parts = [part for part in parts if part]
    octets = "".join(f"{part}\x1c" for part in parts).encode()
    if wrong == "escaped":
        octets = escape(octets.decode()).encode()
    return b64encode(hashlib.sha256(octets).digest()).decode()


WRONG_0390 = (
    "case-folded-order",
    "deduplicated",
    "empty-section-left-out",
    "escaped",
    "form-type-first",
    "forms-skipped",
    "language-explicit",
    "language-skipped",
    "name-skipped",
    "order-of-0115",
    "sorted-without-suffix",
    "unsorted-features",
    "unsorted-fields",
    "unsorted-forms",
    "unsorted-identities",
    "unsorted-values",
    "utf16-order",
)


# The vectors against implementations that are wrong


def caught(
    hashed: Callable[[Info, str], str], key: str, name: str, fault: str
) -> set[str]:
    """Return the vectors that an implementation with one fault fails."""
    return {
        vector.name
        for vector in VECTORS
        if key in vector.expect
        if hashed(info_of(vector), fault) != vector.expect[key][name]
    }


def meant(key: str, fault: str) -> set[str]:
    """Return the vectors that name a fault."""
    return {vector.name for vector in VECTORS if fault in vector.expect.get(key, ())}


def test_the_references_are_right() -> None:
    """Without a fault, the references pass all vectors."""
    assert caught(ver_by_reference, "ver", "sha-1", "none") == set()
    assert caught(digest_by_reference, "digest", "sha-256", "none") == set()


@pytest.mark.parametrize("fault", WRONG_0115)
def test_faults_of_0115_are_caught(fault: str) -> None:
    """A fault fails exactly the vectors that name it, and at least one."""
    found = caught(ver_by_reference, "ver", "sha-1", fault)
    assert found == meant("ver_catches", fault) != set()


@pytest.mark.parametrize("fault", WRONG_0390)
def test_faults_of_0390_are_caught(fault: str) -> None:
    """A fault fails exactly the vectors that name it, and at least one."""
    found = caught(digest_by_reference, "digest", "sha-256", fault)
    assert found == meant("digest_catches", fault) != set()


def test_no_vector_names_an_unknown_fault() -> None:
    """Every fault that a vector names exists."""
    for key, faults in (("ver_catches", WRONG_0115), ("digest_catches", WRONG_0390)):
        named = {fault for vector in VECTORS for fault in vector.expect.get(key, ())}
        assert named == set(faults)


def test_wrong_hashes_are_the_published_ones() -> None:
    """The fault gives the published wrong hash."""
    compared = 0
    for vector in VECTORS:
        for fault, ver in vector.expect.get("wrong_ver", {}).items():
            assert ver_by_reference(info_of(vector), fault) == ver
            compared += 1
    assert compared == 3


# Laws


TEXT = texts(exclude="<", max_size=5)
NAME = TEXT.filter(bool)
IDENTITIES = st.builds(
    Identity,
    category=NAME,
    type=NAME,
    lang=st.none() | TEXT,
    name=st.none() | TEXT,
)
FIELDS = st.builds(
    Field,
    var=NAME.filter("FORM_TYPE".__ne__),
    values=st.lists(TEXT, max_size=3).map(tuple),
)


def typed(type_: str, fields: list[Field]) -> DataForm:
    """Make a form of a type."""
    head = Field(var="FORM_TYPE", type="hidden", values=(type_,))
    return DataForm(fields=(*fields, head))


INFOS = st.builds(
    Info,
    identities=st.lists(
        IDENTITIES,
        max_size=3,
        unique_by=lambda each: (
            each.category,
            each.type,
            each.lang or "",
            each.name or "",
        ),
    ).map(tuple),
    features=st.lists(NAME, max_size=5, unique=True).map(tuple),
    forms=st.lists(
        st.builds(typed, NAME, st.lists(FIELDS, max_size=3)),
        max_size=3,
        unique_by=attrgetter("types"),
    ).map(tuple),
    lang=st.none() | TEXT,
)


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[Info, Info]:
    """Draw an answer, and the same in another order at every level."""
    info = draw(INFOS)

    def mixed(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(draw(st.permutations(items)))

    forms = tuple(
        replace(
            form,
            fields=mixed(
                tuple(
                    replace(field, values=mixed(field.values)) for field in form.fields
                )
            ),
        )
        for form in info.forms
    )
    return info, replace(
        info,
        identities=mixed(info.identities),
        features=mixed(info.features),
        forms=mixed(forms),
    )


@given(shuffled())
def test_order_changes_no_hash(pair: tuple[Info, Info]) -> None:
    """The order in which an entity lists items does not change its hash."""
    one, other = pair
    assert caps.ver(one) == caps.ver(other)
    assert caps.hash_set(one) == caps.hash_set(other)


@given(INFOS)
@example(
    Info(
        forms=(
            DataForm(
                fields=(
                    Field(var="FORM_TYPE", type="hidden", values=("t",)),
                    Field(var="a", values=("",)),
                    Field(var="a", values=()),
                )
            ),
        )
    )
)
def test_references_agree(info: Info) -> None:
    """Both implementations give the same hash."""
    assert caps.ver(info) == ver_by_reference(info)
    assert caps.digest(info) == digest_by_reference(info)


@given(INFOS)
def test_hashing_leaves_the_answer_alone(info: Info) -> None:
    """The value is not changed, and the hash is the same every time."""
    before = repr(info)
    assert caps.ver_input(info) == caps.ver_input(info)
    assert caps.digest_input(info) == caps.digest_input(info)
    assert repr(info) == before


@given(INFOS)
def test_what_was_hashed_verifies_after_the_wire(info: Info) -> None:
    """The answer has the same hash after writing and reading."""
    read = disco.answer_of(etree.fromstring(disco.serialize(info))).info
    assert read == info
    own = Caps(node="n", ver=caps.ver(info), hash="sha-1")
    assert caps.verify(own, read) is CapsVerdict.OK
    assert caps.verify(caps.hash_set(info), read) is CapsVerdict.OK


IDENTITY = Identity(category="a", type="b")
SMALL_FORMS = (
    (),
    *(
        (typed(type_, fields),)
        for type_ in "ab"
        for fields in (
            [],
            [Field(var="a")],
            [Field(var="b")],
            [Field(var="a", values=("b",))],
            [Field(var="a", values=("",))],
            [Field(var="a"), Field(var="b")],
        )
    ),
    (typed("a", []), typed("b", [])),
)
SMALL_INFOS = [
    Info(identities=identities, features=features, forms=forms)
    for identities in (
        (),
        (IDENTITY,),
        (replace(IDENTITY, name="a"),),
        (replace(IDENTITY, lang="a"),),
        (IDENTITY, replace(IDENTITY, type="c")),
    )
    for features in ((), ("a",), ("b",), ("a", "b"), ("a/b//",), ("a", "b", "a/b//"))
    for forms in SMALL_FORMS
]


def test_0390_keeps_answers_apart_that_0115_does_not() -> None:
    """The inputs of XEP-0390 all differ; of XEP-0115 a third does not."""
    assert len(set(SMALL_INFOS)) == len(SMALL_INFOS) == 420
    assert len(set(map(caps.digest_input, SMALL_INFOS))) == 420
    assert len(set(map(caps.ver_input, SMALL_INFOS))) < 300


def test_a_long_language_is_not_repeated_for_every_identity() -> None:
    """The language is limited, because each identity repeats it in the hash input."""
    short, long = Info(identities=(IDENTITY,), lang="x" * 1023), Info(lang="x" * 1024)
    assert b"x" * 1023 in caps.digest_input(short)
    with pytest.raises(BuildError) as caught:
        caps.digest_input(long)
    assert caught.value.code is BuildCode.LIMIT


def test_whatever_else_has_its_hash_does_not_speak_for_a_supporter() -> None:
    """Every answer that has the hash of a supporter without the feature conceals it."""
    supporters = {caps.ver_input(it) for it in SMALL_INFOS if "b" in it.features}
    others = [
        it
        for it in SMALL_INFOS
        if "b" not in it.features and caps.ver_input(it) in supporters
    ]
    assert len(others) > 50
    assert all(caps.conceals(it, "b") for it in others)

"""Strategies for disco#info answers and entity capabilities."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from xep0184 import caps as capabilities
from xep0184 import disco, ns
from xep0184.caps import SIZES, Caps, algorithms
from xep0184.disco import FORM_TYPE, DataForm, Field, Identity, Info
from xep0184.strategies.texts import mostly, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from xep0184.caps import AnyCaps

__all__ = ["answers", "caps", "infos", "odd_caps"]

_HASH: Final = mostly(("sha-1",), st.sampled_from(sorted(SIZES)))

# "<" is the separator in the string that XEP-0115 hashes (§5.1).
_TEXT: Final = texts(exclude="<", max_size=10)
_NAME: Final = st.builds(str.__add__, st.sampled_from("aB/\U0001f600\uff5e"), _TEXT)
_SIGNS: Final = ("a", "B", "\U0001f600", "\uff5e")
"""Names that are sorted differently without regard to case, or in UTF-16."""
_NEAR: Final = (f"{ns.RECEIPTS}:1", ns.RECEIPTS.upper(), f" {ns.RECEIPTS}")
_FEATURE: Final = mostly(
    (ns.RECEIPTS, ns.DISCO_INFO, ns.CAPS, *_NEAR, "a!", "a\tb", "a&b", *_SIGNS), _NAME
)
_IDENTITY: Final = st.builds(
    Identity,
    category=mostly(("client", "client-x", "component"), _NAME),
    type=mostly(("pc", "phone"), _NAME),
    lang=st.sampled_from((None, "en", "el")),
    name=st.none() | _TEXT,
)
_FIELD: Final = st.builds(
    Field,
    var=mostly(("os", "os_version", "ABC", *_SIGNS), _NAME),
    values=st.lists(mostly(("", " b ", *_SIGNS), _TEXT), max_size=3).map(tuple),
    type=st.sampled_from((None, "text-multi")),
)


def _form(type_: str, fields: list[Field], place: int) -> DataForm:
    head = Field(var=FORM_TYPE, values=(type_,), type="hidden")
    return DataForm(fields=(*fields[:place], head, *fields[place:]))


_FORM: Final = st.builds(
    _form,
    mostly(("urn:xmpp:dataforms:softwareinfo", *_SIGNS), _NAME),
    st.lists(_FIELD, max_size=3, unique_by=attrgetter("var")),
    st.integers(0, 3),
)


def infos() -> SearchStrategy[Info]:
    """Generate disco#info answers that can be sent and hashed by either XEP.

    >>> from hypothesis import given
    >>> from xep0184 import disco
    >>> @given(infos())
    ... def every_answer_can_be_sent(info: Info) -> None:
    ...     assert disco.complete(info)
    >>> every_answer_can_be_sent()
    """
    features = st.lists(_FEATURE, max_size=8, unique=True)
    kinds = attrgetter("category", "type", "lang")
    return st.builds(
        Info,
        identities=st.lists(_IDENTITY, min_size=1, max_size=3, unique_by=kinds).map(
            tuple
        ),
        features=features.map(tuple),
        forms=st.lists(_FORM, max_size=2, unique_by=attrgetter("types")).map(tuple),
        lang=st.sampled_from((None, "ru")),
    )


@st.composite
def caps(draw: DrawFn) -> tuple[AnyCaps, Info]:
    """Generate advertised capabilities of either XEP, and the answer they match.

    >>> from hypothesis import given
    >>> @given(caps())
    ... def every_answer_matches(case: tuple[AnyCaps, Info]) -> None:
    ...     assert capabilities.verify(*case) is capabilities.CapsVerdict.OK
    >>> every_answer_matches()
    """
    info = draw(infos())
    name = draw(_HASH)
    if draw(st.booleans()):
        ver = capabilities.ver(info, name)
        return Caps(node=draw(_NAME), ver=ver, hash=name), info
    chosen = dict.fromkeys(("sha-256", name, draw(_HASH)))
    return capabilities.hash_set(info, chosen), info


_TYPED: Final = "<field var='FORM_TYPE' type='hidden'><value>t</value>%s</field>"
_OS: Final = "<field var='os'><value>Mac</value></field>"
_OTHER_OS: Final = "<field var='os'><value> b </value><value>a</value></field>"


def _x(*fields: str) -> str:
    return f"<x xmlns='{ns.DATA_FORMS}' type='result'>{''.join(fields)}</x>"


_ODD: Final = st.sampled_from(
    [
        # What is beside an identity, its text to be hashed, and whether it counts.
        ("", "", True),
        ("<feature var='a&amp;b'/>", "a&b<", True),
        (_x(_OS), "", True),
        (_x(_TYPED.replace(" type='hidden'", "") % "", _OS), "", True),
        (_x(_TYPED % "", _OTHER_OS), "t<os< b <a<", True),
        (_x(_TYPED % "", "<field var='e'><value/></field>"), "t<e<<", True),
        ("<feature xmlns='urn:o' var='a'/>", "", True),
        ("<identity category='client' type='pc'/>", "client/pc//<", False),
        ("<feature var='a'/><feature var='a'/>", "a<a<", False),
        (_x(_TYPED % "", _OS) * 2, "t<os<Mac<" * 2, False),
        (_x(_TYPED % "<value>u</value>"), "t<", False),
    ]
)
_CHANGES: Final[SearchStrategy[tuple[str, str, Callable[[str], str]]]] = (
    st.sampled_from(
        [
            *[("sha-1", "sha-1", str), ("sha-256", "sha-256", str)] * 3,
            ("sha-1", "sha-1", str.swapcase),
            ("sha-1", "sha-1", lambda ver: ver.rstrip("=")),
            ("sha-1", "sha-0", str),
            ("sha-1", "sha-256", str),
        ]
    )
)


@st.composite
def odd_caps(draw: DrawFn) -> tuple[Caps, bytes, bool]:
    """Generate advertised capabilities, and answers that may be wrong or ill-formed.

    Returns:
        The capabilities, the query element, and whether the answer may be used for
        all entities that advertise the same (XEP-0115 §5.4).

    >>> from hypothesis import given
    >>> from xep0184 import disco
    >>> from xep0184.caps import Caps, CapsVerdict, verify
    >>> @given(odd_caps())
    ... def some_answers_are_used(case: tuple[Caps, bytes, bool]) -> None:
    ...     verdict = verify(case[0], disco.answer_of(case[1]).info)
    ...     assert (verdict is CapsVerdict.OK) == case[2]
    >>> some_answers_are_used()
    """
    children, text, is_used = draw(_ODD)
    real, named, changed = draw(_CHANGES)
    ver = algorithms.hash_octets(real, f"client/pc//<{text}".encode())
    query = (
        f"<query xmlns='{ns.DISCO_INFO}'><identity category='client' type='pc'/>"
        f"{children}</query>"
    )
    advertised = Caps(node="n", ver=changed(ver), hash=named)
    return advertised, query.encode(), is_used and (changed(ver), named) == (ver, real)


_LOOK_ALIKES: Final = st.sampled_from(
    [
        "",
        f"<feature xmlns='urn:o' var='{ns.RECEIPTS}'/>",
        f"<x xmlns='urn:o'><feature xmlns='{ns.DISCO_INFO}' var='{ns.RECEIPTS}'/></x>",
        f"<identity category='a' type='b' name='{ns.RECEIPTS}'/>",
        f"<feature name='{ns.RECEIPTS}' var='a'/>",
        _x(_OS.replace("Mac", ns.RECEIPTS)),
    ]
)


@st.composite
def answers(draw: DrawFn) -> tuple[bytes, bool]:
    """Generate disco#info answers, and whether each lists the feature of receipts.

    Some have features with similar names, or the name in another place.

    >>> from hypothesis import given
    >>> from xep0184 import Support, disco
    >>> @given(answers())
    ... def the_feature_is_found(case: tuple[bytes, bool]) -> None:
    ...     support = disco.support(disco.parse(case[0]).info)
    ...     assert support is (Support.YES if case[1] else Support.NO)
    >>> the_feature_is_found()
    """
    info = draw(infos())
    query = disco.serialize(info).decode()
    head, end = query[: -len("</query>")], "</query></iq>"
    start = f"<iq xmlns='{ns.CLIENT}' type='result' from='a@b.lit/c' id='d'>"
    octets = f"{start}{head}{draw(_LOOK_ALIKES)}{end}".encode()
    return octets, ns.RECEIPTS in info.features

"""Strategies for text that XML can carry, for ids and for JIDs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = [
    "JIDS",
    "NOT_XML",
    "ODD_IDS",
    "ids",
    "jids",
    "mostly",
    "not_jids",
    "texts",
]

_T = TypeVar("_T")

NOT_XML: Final = "".join(map(chr, {*range(32)} - {9, 10, 13})) + "\ufffe\uffff"
"""With the surrogates, all that is not a character of XML (XML 1.0 §2.2)."""

ODD_IDS: Final = (
    "a",
    "A",
    " a ",
    "richard2-4.1.247",
    "\u00e9",
    "e\u0301",
    "\t\n\r",
    "a\"b'c<>&",
    "]]>",
    "&lt;",
    "a%20b",
    "007",
    "<!-- -->",
    "{urn:xmpp:receipts}request",
    "\U0001f4ec",
    "x" * 300,
)
"""Ids that are easily changed on the way, or taken for each other."""

JIDS: Final = (
    "a@b.lit",
    "a@b.lit/c",
    "b.lit",
    "A@B.lit/c",
    "a@b.lit/C",
    "a@b.lit/c/d@e",
    "a@room.lit/d e",
    "a@[::1]/c",
    "a@192.0.2.1",
    "\u00e9@b\u00fccher.lit/\U0001f4ec",
    "e\u0301@xn--bcher-kva.lit",
    "a.b-c_d+e@b.c-d.lit/c",
    "x@b.lit/c",
    "a@b.lit.example/c",
    "a@b.lit./ c ",
    "stra\u00dfe@b.lit/\uff23",
    "\u00c9@b.lit/e\u0301",
)
_NOT_JIDS: Final = st.sampled_from(
    [
        *("", "/c", "@b.lit", "a@", "a@/c", "a@b.lit/"),
        *(f"a{it}a@b.lit" for it in "@ :<>&'\"\t\x7f\u00a0"),
        *(f"a@{it}" for it in ("b..lit", ".b.lit", "-b.lit", "b-.lit", "b c.lit")),
        *("a@b.lit:5222", "a@[::1", "a@[b]", "a@b,c.lit", "a@b.lit/\x01"),
        *("a@" + "b" * 64 + ".lit", "\u00e9" * 512 + "@b.lit", "b.lit/" + "c" * 1024),
    ]
)
_OTHER: Final = object()
_LETTERS: Final = st.characters(categories=["Ll", "Lu", "Lo", "Nd"])
_PRINTABLE: Final = st.characters(
    exclude_categories=["Cc", "Cs"], exclude_characters=NOT_XML
)


def texts(
    *, exclude: str = "", min_size: int = 0, max_size: int = 30
) -> SearchStrategy[str]:
    """Generate text that XML can carry (XML 1.0 §2.2).

    Args:
        exclude: Characters to leave out.
        min_size: The least number of characters.
        max_size: The greatest number of characters.

    >>> from hypothesis import given
    >>> @given(texts(exclude="<"))
    ... def there_is_no_tag(text: str) -> None:
    ...     assert "<" not in text
    >>> there_is_no_tag()
    """
    return st.text(_characters(exclude), min_size=min_size, max_size=max_size)


@cache  # a new one each time would make drawing slow
def _characters(exclude: str) -> SearchStrategy[str]:
    return st.characters(
        exclude_categories=["Cs"], exclude_characters=NOT_XML + exclude
    )


def mostly(usual: Sequence[_T], other: SearchStrategy[_T], /) -> SearchStrategy[_T]:
    """Generate one of a few values, and any in one case of six: that is quick.

    Args:
        usual: The few values, the simplest first.
        other: Any value.

    >>> from hypothesis import given
    >>> @given(mostly("abc", texts()))
    ... def it_is_a_text(text: str) -> None:
    ...     assert isinstance(text, str)
    >>> it_is_a_text()
    """
    return _mostly(st.sampled_from([*[*usual] * 5, *[_OTHER] * len(usual)]), other)


@st.composite  # `one_of` leaves out a strategy that it is given again
def _mostly(draw: DrawFn, few: SearchStrategy[Any], other: SearchStrategy[_T]) -> _T:
    chosen = draw(few)
    return draw(other) if chosen is _OTHER else chosen


@cache
def ids() -> SearchStrategy[str]:
    """Generate message ids: any text that XML can carry, but not the empty one.

    >>> from hypothesis import given
    >>> @given(ids())
    ... def an_id_is_not_empty(id_: str) -> None:
    ...     assert id_
    >>> an_id_is_not_empty()
    """
    return mostly(ODD_IDS, texts(min_size=1))


@cache
def jids() -> SearchStrategy[str]:
    """Generate the text of bare and full JIDs, in any case and normalization form.

    >>> from hypothesis import given
    >>> from xep0184 import jid
    >>> @given(jids())
    ... def every_jid_can_be_parsed(text: str) -> None:
    ...     assert jid.parse(text).domain
    >>> every_jid_can_be_parsed()
    """
    return mostly(JIDS, _any_jids())


def not_jids() -> SearchStrategy[str]:
    """Generate texts that are not JIDs (RFC 7622 §3): a part is empty, long or wrong.

    >>> from hypothesis import given
    >>> from xep0184 import jid
    >>> @given(not_jids())
    ... def none_can_be_parsed(text: str) -> None:
    ...     assert jid.parse_or_none(text) is None
    >>> none_can_be_parsed()
    """
    return _NOT_JIDS


@cache
def _any_jids() -> SearchStrategy[str]:
    local = st.text(_LETTERS | st.sampled_from("._-+"), min_size=1, max_size=10)
    # With more letters the A-label may be longer than 63 octets.
    label = st.text(_LETTERS, min_size=1, max_size=8)
    domain = st.lists(label, min_size=1, max_size=3).map(".".join)
    resource = st.text(_PRINTABLE, min_size=1, max_size=20)
    return st.tuples(
        local.map("{}@".format) | st.just(""),
        domain,
        resource.map("/{}".format) | st.just(""),
    ).map("".join)

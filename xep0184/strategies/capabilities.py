"""Strategies for disco#info answers and entity capabilities."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from xep0184 import caps as capabilities
from xep0184 import ns
from xep0184.caps import SIZES, Caps
from xep0184.disco import FORM_TYPE, DataForm, Field, Identity, Info
from xep0184.strategies.texts import mostly, texts

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from xep0184.caps import AnyCaps

__all__ = ["caps", "infos"]

# "<" is the separator in the string that XEP-0115 hashes (§5.1).
_TEXT: Final = texts(exclude="<", max_size=10)
_NAME: Final = st.builds(str.__add__, st.sampled_from("aB/\U0001f600\uff5e"), _TEXT)
_FEATURE: Final = st.sampled_from(
    (ns.RECEIPTS, ns.DISCO_INFO, ns.CAPS, ns.CAPS2, "urn:xmpp:ping", "a", "a!", "a\tb")
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
    var=st.sampled_from(("os", "os_version", "ABC")) | _NAME,
    values=st.lists(_TEXT, max_size=3).map(tuple),
    type=st.sampled_from((None, "text-multi")),
)


def _form(type_: str, fields: list[Field], place: int) -> DataForm:
    head = Field(var=FORM_TYPE, values=(type_,), type="hidden")
    return DataForm(fields=(*fields[:place], head, *fields[place:]))


_FORM: Final = st.builds(
    _form,
    st.sampled_from(("urn:xmpp:dataforms:softwareinfo", "t")) | _NAME,
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
    features = st.lists(_FEATURE | _NAME, max_size=8, unique=True)
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
    names = draw(st.permutations(sorted(SIZES)))
    if draw(st.booleans()):
        ver = capabilities.ver(info, names[0])
        return Caps(node=draw(_NAME), ver=ver, hash=names[0]), info
    chosen = dict.fromkeys(("sha-256", *names[:2]))
    return capabilities.hash_set(info, chosen), info

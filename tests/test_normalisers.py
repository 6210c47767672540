"""The normalisers, against the libraries and tables that servers use.

The sample is every assigned character of the Basic Multilingual Plane and every
character of the next plane that has another case, each alone and inside a word. Of
the ideographs and Hangul syllables, which Unicode treats alike, every 31st is taken,
and all of them with HYPOTHESIS_PROFILE=soak.
"""

from __future__ import annotations

import os
import stringprep as tables
import sys
import unicodedata
from functools import cache
from typing import TYPE_CHECKING
from unicodedata import ucd_3_2_0

import idna
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from precis_i18n import get_profile

from xep0184 import MissingExtraError, jid, normalisers
from xep0184.jid import Part
from xep0184.normalisers import precis, stringprep

if TYPE_CHECKING:
    from collections.abc import Callable

ALIKE = (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0xAC00, 0xD7A4))
LEFT_OUT = set() if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else {*ALIKE}
SAMPLE = [
    character
    for character in map(chr, sorted({*range(0x20000)} - LEFT_OUT | {*ALIKE[::31]}))
    if unicodedata.category(character) not in ("Cn", "Co", "Cs")
    and (character < "\U00010000" or character.swapcase() != character)
]
WORDS = [*SAMPLE, *(f"a{character}b" for character in SAMPLE)]
CASE_MAPPED = get_profile("UsernameCaseMapped")
OPAQUE = get_profile("OpaqueString")


def outcome(normaliser: Callable[[str], str], text: str) -> str | None:
    """Return what a normaliser makes of a text; None if it refuses it."""
    try:
        return normaliser(text)
    except ValueError:
        return None


def simple(text: str) -> str:
    """Enforce UsernameCaseMapped as servers do that do not look at the context."""
    return CASE_MAPPED.enforce(text.replace("\u03a3", "\u03c3"))


SERVERS: dict[str, Callable[[str], str]] = {
    "toLowerCase": CASE_MAPPED.enforce,
    "simple": simple,
}


def by(part: Part, normaliser: jid.Normaliser) -> Callable[[str], str]:
    """Return a normaliser for one part."""
    return lambda text: normaliser(part, text)


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.requirements("R148")
@pytest.mark.parametrize("server", SERVERS)
def test_the_default_merges_no_accounts_of_a_precis_server(server: str) -> None:
    """What it makes of a text is, to the server, still the same account.

    So two texts that it makes equal are one account there.
    """
    enforce = SERVERS[server]
    changed = [
        (text, normal)
        for text in WORDS
        if (normal := jid.normalise(Part.LOCAL, text)) != text
    ]
    assert len(changed) > 2_000
    for text, normal in changed:
        expected = outcome(enforce, text)
        assert expected in (None, outcome(enforce, normal))


# Letters whose lower case depends on what is beside them, or is decomposed, and
# marks that change places or compose.
TRICKY = "aAiIJbB.-'1\u00e5\u0130\u0131\u00df\u1e9e\u0391\u0399\u03a3\u03c3\u03c2\u1fbc"
MARKS = "\u0301\u0307\u030a\u030c\u0323\u0331\u0345\u212a\u212b\u13a0\uab70\uff21"


@pytest.mark.requirements("R148")
@pytest.mark.parametrize("server", SERVERS)
@given(st.text(st.sampled_from(TRICKY + MARKS), min_size=1, max_size=8))
@example("\u0391\u03a3")
@example("A.\u03a3")
@example("A\u03a3.B")
@example("J\u030c")
def test_nor_does_it_in_longer_words(server: str, text: str) -> None:
    """The same, for words in which characters act on each other."""
    enforce = SERVERS[server]
    normal = jid.normalise(Part.LOCAL, text)
    assert outcome(enforce, text) in (None, outcome(enforce, normal))


@cache
def enforced() -> dict[str, str | None]:
    """Return what precis-i18n makes of the sample as local parts."""
    return {text: outcome(CASE_MAPPED.enforce, text) for text in WORDS}


@pytest.mark.requirements("R148")
def test_a_letter_that_has_case_continues_a_word() -> None:
    """Before any of them, no server maps a capital sigma to U+03C2."""
    letters = [it for it in SAMPLE if it.isalpha() and it.lower() != it.upper()]
    for letter in letters:
        text = f"A\u03a3{letter}"
        assert jid.normalise(Part.LOCAL, text)[1] == text.lower()[1] == "\u03c3"


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.requirements("R146", "R148")
def test_what_the_default_leaves_apart_is_wide_or_narrow() -> None:
    """Only the width of characters is missing, as the documentation says."""
    missing = [
        text
        for text, expected in enforced().items()
        if expected not in (None, jid.normalise(Part.LOCAL, text))
    ]
    widths = {unicodedata.decomposition(text[len(text) // 2])[:6] for text in missing}
    assert widths == {"<wide>", "<narro"}
    assert jid.normalise(Part.LOCAL, "\uff21") == "\uff41"


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.requirements("R148")
def test_precis_is_the_library_for_local_parts() -> None:
    """Every character of the sample gives what precis-i18n gives."""
    ours = by(Part.LOCAL, precis)
    assert {text: outcome(ours, text) for text in WORDS} == enforced()


@pytest.mark.requirements("R148")
@given(st.text(st.sampled_from(TRICKY + MARKS), min_size=1, max_size=8))
def test_precis_differs_from_the_library_in_a_final_sigma(text: str) -> None:
    """And in nothing else: there two libraries disagree, and it sides with none."""
    ours = outcome(by(Part.LOCAL, precis), text)
    if "\u03a3" in (ours or ""):
        for enforce in SERVERS.values():
            assert outcome(enforce, ours or "") == outcome(enforce, text)
    else:
        assert ours == outcome(CASE_MAPPED.enforce, text)


@pytest.mark.usefixtures("unmeasured")
def test_precis_is_the_library_for_resources() -> None:
    """Every character of the sample gives what precis-i18n gives."""
    ours = by(Part.RESOURCE, precis)
    for text in WORDS:
        assert outcome(ours, text) == outcome(OPAQUE.enforce, text)


def mapped(text: str) -> str:
    """Map a label as RFC 5895 §2 says."""
    wide = (
        unicodedata.normalize("NFKC", character)
        if unicodedata.decomposition(character).startswith(("<wide>", "<narrow>"))
        else character
        for character in text.lower()
    )
    return unicodedata.normalize("NFC", "".join(wide))


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.requirements("R148")
def test_precis_is_the_library_for_domains() -> None:
    """Every character of the sample gives a U-label of the idna package, or nothing.

    So do A-labels, of which every tenth is enough.
    """
    ours = by(Part.DOMAIN, precis)
    for number, text in enumerate(WORDS):
        label = mapped(text)
        if label.isascii():
            assert outcome(ours, text) == label or "\u3000" in text  # white space
            continue
        expected = outcome(idna.ulabel, label)
        assert outcome(ours, text) == expected
        if expected is not None and not number % 10:
            a_label = idna.alabel(expected).decode()
            assert outcome(ours, a_label.upper()) == expected


@pytest.mark.requirements("R147", "R148")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("B\u00fccher.XN--BCHER-KVA.Example", "b\u00fccher.b\u00fccher.example"),
        ("my_host.b--c", "my_host.b--c"),
        ("\uff45\uff38\uff0e\uff43", "ex.c"),
        ("fa\u00df.\u03bf\u03c2.\u03bf\u03c3", "fa\u00df.\u03bf\u03c2.\u03bf\u03c3"),
        ("192.0.2.1", "192.0.2.1"),
        ("[::1]", "[::1]"),
        ("xn--", None),
        ("xn--a", None),
        ("xn---bbk", None),  # another spelling of xn--bbk
        ("xn--\u00fc", None),
        ("\u265a.example", None),
        ("\u2163.example", None),
        ("\u039f\u03a3.example", None),
        ("\uff0f.example", None),
        ("a\uff20b", None),
        ("a.\u0301b", None),
        ("a.\u05d0b", None),
        ("a.l\u00b7l", "a.l\u00b7l"),
        ("a.l\u00b7b", None),
        ("xn--bcere.example", "xn--bcere.example"),
        ("\u13f4\u13eb\u13f5.example", None),
    ],
)
def test_domains(text: str, expected: str | None) -> None:
    """Each label is a U-label of IDNA2008, or ASCII as it is."""
    found = jid.parse_or_none(text, normaliser=precis)
    assert (found and found.domain) == expected


@pytest.mark.requirements("R148")
def test_an_a_label_has_one_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with a version of idna that does not check it, as 3.18 and before."""
    tools = normalisers._tools()._replace(u_label=lambda _: "\u307e")  # noqa: SLF001
    monkeypatch.setattr(normalisers, "_tools", lambda: tools)
    assert outcome(by(Part.DOMAIN, precis), "xn--bbk") == "\u307e"
    assert outcome(by(Part.DOMAIN, precis), "xn---bbk") is None


# RFC 7622 §3.5. Of table 2, the space at the beginning of a resource (example 18) is
# missing: no rule of the RFC or of OpaqueString forbids it.
LEGAL = (
    "juliet@example.com",
    "juliet@example.com/foo",
    "juliet@example.com/foo bar",
    "juliet@example.com/foo@bar",
    "foo\\20bar@example.com",
    "fussball@example.com",
    "fu\u00dfball@example.com",
    "\u03c0@example.com",
    "\u03a3@example.com/foo",
    "\u03c3@example.com/foo",
    "\u03c2@example.com/foo",
    "king@example.com/\u265a",
    "example.com",
    "example.com/foobar",
    "a.example.com/b@example.net",
)
ILLEGAL = (
    '"juliet"@example.com',
    "foo bar@example.com",
    "@example.com/",
    "henry\u2163@example.com",
    "\u265a@example.com",
    "juliet@",
    "/foobar",
)


@pytest.mark.requirements("R143", "R145", "R148")
def test_the_examples_of_the_rfc() -> None:
    """Which are JIDs, which are not, and which two are one (9 and 10)."""
    legal = [jid.parse(text, normaliser=precis) for text in LEGAL]
    assert len(set(legal)) == len(LEGAL) - 1
    assert legal[8] == legal[9]
    assert [jid.parse_or_none(it, normaliser=precis) for it in ILLEGAL] == [None] * 7


def rfc3454(text: str, *, fold: bool) -> str:
    """Prepare a text as Nameprep does; without `fold` as Resourceprep does."""
    kept = [character for character in text if not tables.in_table_b1(character)]
    if fold:
        kept = [tables.map_table_b2(character) for character in kept]
    prepared = ucd_3_2_0.normalize("NFKC", "".join(kept))
    if any(map(is_prohibited, prepared)):
        raise ValueError
    if any(map(tables.in_table_d1, prepared)) and (
        any(map(tables.in_table_d2, prepared))
        or not tables.in_table_d1(prepared[0])
        or not tables.in_table_d1(prepared[-1])
    ):
        raise ValueError
    return prepared


@cache
def is_prohibited(character: str) -> bool:
    """Whether a character is in table C.1.2, C.2.2 or C.3 to C.9."""
    names = ("c12", "c22", "c3", "c4", "c5", "c6", "c7", "c8", "c9")
    return any(getattr(tables, f"in_table_{name}")(character) for name in names)


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("part", [Part.LOCAL, Part.RESOURCE])
def test_stringprep_follows_the_tables(part: Part) -> None:
    """Every character of the sample gives what RFC 3454 and RFC 6122 say."""
    fold = part is not Part.RESOURCE
    ours = by(part, stringprep)
    for text in WORDS:
        assert outcome(ours, text) == outcome(lambda it: rfc3454(it, fold=fold), text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Stra\u00dfe@EX\u00c4MPLE/\u00df", "strasse@ex\u00e4mple/\u00df"),
        ("\u039f\u03a3@\u03bf\u03c2.b", "\u03bf\u03c3@\u03bf\u03c3.b"),
        ("henry\u2163@b/\u2163", "henryiv@b/IV"),
        ("a\u00ad@b/c\u200b", "a@b/c"),
        ("a@b/\U0001f600", "a@b/\U0001f600"),  # not in Unicode 3.2
        ("\u05d0.\u05d1@\u05d0.b", "\u05d0.\u05d1@\u05d0.b"),
        ("\u05d0.b@c", None),  # a local part is no list of labels
        ("\u05d0b@c", None),
        ("a@\u05d0b", None),
        ("a@b/\u05d0b", None),
        ("a@b/\ue000", None),
        ("\u00ad@b", None),
        ("a@b/\u00ad", None),
        ("a\uff20b@c", None),
        ("a\u00a0b@c", None),
        ("a@b/c\u00a0d", "a@b/c d"),
        ("a@b\uff0fc", None),
    ],
)
def test_older_servers(text: str, expected: str | None) -> None:
    """Case is folded, compatibility characters are mapped, and directions not mixed."""
    found = jid.parse_or_none(text, normaliser=stringprep)
    assert (found and str(found)) == expected


@pytest.mark.requirements("R25")
@pytest.mark.parametrize("normaliser", [precis, stringprep])
@given(st.text(st.characters(), max_size=20))
@example("xn--0@xn--0/xn--0")
@example("a@xn--\ud800")
def test_any_text_is_a_jid_or_none(normaliser: jid.Normaliser, text: str) -> None:
    """No other error, whatever a peer sends; a JID that is read is read again."""
    found = jid.parse_or_none(text, normaliser=normaliser)
    if found is not None and normaliser is precis:
        assert jid.parse(str(found), normaliser=normaliser) == found


@pytest.mark.parametrize("missing", ["idna", "precis_i18n"])
def test_without_the_libraries_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """By one sentence; the other normaliser needs none of them."""
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.setattr(normalisers, "_tools", cache(normalisers._tools.__wrapped__))  # noqa: SLF001
    with pytest.raises(MissingExtraError) as caught:
        jid.parse(f"{missing}.missing@b", normaliser=precis)  # in no cache
    assert str(caught.value) == (
        f"{missing} is not installed; run: pip install 'xep0184[precis]'"
    )
    assert jid.parse("A@b", normaliser=stringprep) == jid.JID("a", "b")

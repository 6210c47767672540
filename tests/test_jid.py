"""JIDs: what the vectors cannot say, about every character, cost and normalisers."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import unicodedata
from string import ascii_letters, digits
from time import process_time
from timeit import timeit

import idna
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xep0184 import jid
from xep0184.errors import FormatCode, FormatError
from xep0184.jid import JID, Part

UNMEASURED = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}

ASCII = [chr(number) for number in range(128)]
# "." separates labels, "/" and "@" separate parts, "[" begins an IPv6 address.
IN_LABEL = set(ascii_letters + digits + "-_")


def is_jid(text: str) -> bool:
    """Whether a text is a JID."""
    return jid.parse_or_none(text) is not None


@pytest.mark.requirements("R147")
@pytest.mark.parametrize("character", sorted({*ASCII} - {*"./@"}), ids=ascii)
def test_a_label_has_letters_digits_hyphens_and_underscores(character: str) -> None:
    """And no other ASCII character, beside ASCII and beside other letters."""
    for label in (f"a{character}b", f"\u00fc{character}b"):
        assert is_jid(label) is (character in IN_LABEL)
        assert is_jid(f"x@y.{label}.z/r") is (character in IN_LABEL)


@pytest.mark.requirements("R145")
@pytest.mark.parametrize("character", sorted({*ASCII} - {*"/@"}), ids=ascii)
def test_a_local_part_has_all_printable_characters_but_these(character: str) -> None:
    """Two separate parts, the others are excluded (RFC 7622 §3.3.1)."""
    is_allowed = character.isprintable() and character not in "\"&'/:<>@ "
    assert is_jid(f"a{character}b@c.lit") is is_allowed


@pytest.mark.requirements("R147")
@pytest.mark.parametrize("letters", ["b", "\u00fc", "b\u00fc", "\u4f8b\u3048"])
@pytest.mark.parametrize("length", range(1, 70))
def test_a_label_is_as_long_as_its_a_label(letters: str, length: int) -> None:
    """The idna package says whether the A-label fits into 63 octets."""
    label = (letters * length)[:length]
    try:
        fits = len(idna.alabel(label)) <= 63
    except idna.IDNAError:
        fits = False
    assert is_jid(label) is fits
    assert is_jid(f"a.{label}.b") is fits


@pytest.mark.requirements("R147")
@given(st.ip_addresses(v=6) | st.ip_addresses(v=4))
def test_every_ip_address_is_a_domain(address: object) -> None:
    """IPv6 in brackets, as RFC 3986 writes it; neither with a port."""
    text = f"[{address}]" if ":" in str(address) else str(address)
    assert jid.parse(f"a@{text}/b") == JID("a", text, "b")
    assert not is_jid(f"a@{text}:5222/b")


@pytest.mark.requirements("R147")
def test_a_zone_is_ascii_and_makes_no_domain_too_long() -> None:
    """A domain with a zone has at most 1023 octets, like any other part."""
    assert is_jid(f"a@[::1%25{'z' * 1015}]")
    assert not is_jid(f"a@[::1%25{'z' * 1016}]")
    assert not is_jid("a@[::1%25\u00e9]")


@pytest.mark.requirements("R118", "R147")
@pytest.mark.parametrize(
    "domain",
    [
        ".".join("".join(chr(0x4E00 + 7 * at) for at in range(59)) for _ in range(4)),
        "".join(chr(0x4E00 + at) for at in range(341)),
        ".".join(["\u00fc"] * 340),
        "\u0301\u0323" * 255,
        "-" * 1023,
        "a-" * 511,
        f"[{':' * 1021}]",
        f"[::%25{'%' * 1000}]",
    ],
    ids=range(8),
)
def test_no_domain_takes_long(domain: str) -> None:
    """A millisecond on an idle machine, whatever the domain is."""
    taken = timeit(lambda: is_jid(f"a@{domain}/b"), timer=process_time, number=20)
    assert taken / 20 < 0.05


@pytest.mark.requirements("R118")
@pytest.mark.parametrize("text", ["\u00fc", "\u3002", "[", "[:", "-", "a.", "\u0301"])
def test_a_domain_of_a_million_characters_is_refused_at_once(text: str) -> None:
    """Before it is mapped, split or measured."""
    domain = text * (1_000_000 // len(text))
    assert timeit(lambda: is_jid(domain), timer=process_time, number=1) < 0.5


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.requirements("R146")
def test_lower_case_may_need_a_second_normal_form() -> None:
    """Every letter with a mark that composes in lower case only, and its kin."""
    letters = [chr(number) for number in range(0x250)]
    marks = [chr(number) for number in range(0x300, 0x370)]
    expected = {
        upper + mark: lower + mark
        for upper, lower in zip("HJTWY", "hjtwy", strict=True)
        for mark in marks
        if len(unicodedata.normalize("NFC", lower + mark)) == 1
        and len(unicodedata.normalize("NFC", upper + mark)) == 2
    }
    assert len(expected) == 5
    for upper, lower in expected.items():
        composed = unicodedata.normalize("NFC", lower)
        for part in (Part.LOCAL, Part.DOMAIN):
            assert jid.normalise(part, upper) == composed
            assert jid.normalise(part, lower) == composed
    for text in (letter + mark for letter in letters for mark in marks):
        for part in Part:
            normal = jid.normalise(part, text)
            assert unicodedata.is_normalized("NFC", normal)


@pytest.mark.requirements("R144", "R146", "R148")
@pytest.mark.parametrize("part", Part)
@given(
    st.text(
        st.sampled_from("aAiI.-1'\u0130\u0131\u00df\u1e9e\u0391\u03a3\u03c3\u03c2")
        | st.sampled_from("\u0300\u0307\u0323\u0345\u03d2\u1fbc\u13a0\uff21")
        | st.sampled_from("J\u030c")
    )
)
@example("\u0391\u03a3.\u0391\u03a3")
def test_what_is_normalised_stays_as_it_is(part: Part, text: str) -> None:
    """A normal form is its own normal form."""
    once = jid.normalise(part, text)
    assert jid.normalise(part, once) == once


@pytest.mark.requirements("R148")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # At the beginning, or before a letter that has case.
        ("\u03a3", "\u03c3"),
        ("\u03a3.1", "\u03c3.1"),
        ("\u03a3\u0391", "\u03c3\u03b1"),
        ("\u0391\u03a3\u0391", "\u03b1\u03c3\u03b1"),
        ("1\u03a3\u01c5", "1\u03c3\u01c6"),
        ("\u0391\u03a3\u03a3", "\u03b1\u03c3\u03a3"),
        # Elsewhere, where toLowerCase() may write U+03C2 and simple mapping U+03C3.
        ("\u0391\u03a3", "\u03b1\u03a3"),
        ("\u0391\u03a31", "\u03b1\u03a31"),
        ("\u0391\u03a31\u0391", "\u03b1\u03a31\u03b1"),
        ("A\u03a3-b", "a\u03a3-b"),
        ("A.\u03a3", "a.\u03a3"),
        ("A\u03a3.B", "a\u03a3.b"),
        ("\u0391\u03a3\u4f8b", "\u03b1\u03a3\u4f8b"),
        ("\u0391\u03a3\u02b0", "\u03b1\u03a3\u02b0"),
        ("\u0391\u03a3\u0345", "\u03b1\u03a3\u0345"),
        ("\u0391\u03a3\u0301", "\u03b1\u03a3\u0301"),
        ("\u0130\u03a3", "i\u0307\u03a3"),
        # Small sigmas stay apart.
        ("\u03b1\u03c3", "\u03b1\u03c3"),
        ("\u03b1\u03c2", "\u03b1\u03c2"),
    ],
)
@pytest.mark.parametrize("part", [Part.LOCAL, Part.DOMAIN])
def test_sigmas(part: Part, text: str, expected: str) -> None:
    """No address is equal to one that some PRECIS server keeps apart from it."""
    assert jid.normalise(part, text) == expected


@pytest.mark.requirements("R25", "R145")
def test_a_normaliser_gets_the_parts_of_a_name() -> None:
    """With one kind of dot, without a final dot, and no IPv6 address."""
    seen = []

    def spy(part: Part, text: str) -> str:
        seen.append((part, text))
        return text

    jid.parse("A@B\u3002c\uff61/D", normaliser=spy)
    assert sorted(seen) == [
        (Part.DOMAIN, "B.c"),
        (Part.LOCAL, "A"),
        (Part.RESOURCE, "D"),
    ]
    seen.clear()
    assert jid.parse("[::A]", normaliser=spy).domain == "[::a]"
    assert not seen


@pytest.mark.requirements("R25", "R145")
@pytest.mark.parametrize(
    "text", ["a b@c/d", "@b/c", f"{'a' * 1024}@b/c", "a@b c/d", "a@b/", "a@b/\n"]
)
def test_a_normaliser_gets_nothing_that_no_jid_has(text: str) -> None:
    """What is refused anyway is refused before."""
    seen = []

    def spy(_: Part, text: str) -> str:
        seen.append(text)
        return text

    assert jid.parse_or_none(text, normaliser=spy) is None
    assert not {part for part in seen if len(part) != 1}


@pytest.mark.requirements("R25", "R145", "R147")
@pytest.mark.parametrize(
    ("part", "made"),
    [
        *((Part.LOCAL, made) for made in ("", "a b", "a@b", "a" * 1024)),
        *((Part.RESOURCE, made) for made in ("", "\n", "\u00fc" * 512)),
        *((Part.DOMAIN, made) for made in ("", "a b", "a@b", "a..b", "a.", "-a")),
        *((Part.DOMAIN, made) for made in ("a" * 64, "[::1]", "\u00fc" * 60)),
    ],
)
def test_what_a_normaliser_returns_is_checked(part: Part, made: str) -> None:
    """It may lengthen a part, make it empty or make a domain that is none."""

    def make(which: Part, text: str) -> str:
        return made if which is part else text

    with pytest.raises(FormatError) as caught:
        jid.parse("a@b/c", normaliser=make)
    assert caught.value.code is FormatCode.BAD_JID


@pytest.mark.requirements("R25")
def test_a_normaliser_that_refuses_makes_a_bad_jid() -> None:
    """A ValueError of any kind, UnicodeError for example."""

    def refuse(_: Part, text: str) -> str:
        return text.encode("ascii").decode()

    assert jid.parse_or_none("a@b", normaliser=refuse) == JID("a", "b")
    assert jid.parse_or_none("\u00e9@b", normaliser=refuse) is None


def exact(_: Part, text: str) -> str:
    """Compare parts as they are."""
    return text


def test_a_jid_keeps_its_normaliser() -> None:
    """So that other addresses are parsed alike; comparisons do not look at it."""
    account = jid.parse("A@b/c", normaliser=exact)
    assert account.normaliser is account.bare.normaliser is exact
    assert jid.parse("a@b").normaliser is JID("a", "b").normaliser is jid.normalise
    assert account == JID("A", "b", "c")
    assert hash(account) == hash(JID("A", "b", "c"))
    assert repr(account) == "JID(local='A', domain='b', resource='c')"
    assert jid.parse("A@b/d", normaliser=account.normaliser).is_of(account)
    assert not jid.parse("A@b/d").is_of(account)
    assert pickle.loads(pickle.dumps(account)).normaliser is exact  # noqa: S301


def test_a_jid_made_by_hand_is_left_alone() -> None:
    """It is a value: nothing is checked and nothing is changed."""
    made = JID("A B", "-.", "")
    assert (made.local, made.domain, made.resource) == ("A B", "-.", "")
    assert made.is_full
    assert not made.bare.is_full
    assert str(made) == "A B@-./"
    assert made != jid.parse("a@b")


def test_few_modules_are_loaded() -> None:
    """What only IPv6 addresses need is loaded for them."""
    code = """if True:
        import sys, xep0184.jid
        assert "ipaddress" not in sys.modules
        xep0184.jid.parse("a@[::1]")
        assert "ipaddress" in sys.modules
        assert "encodings.idna" not in sys.modules
    """
    command = [sys.executable, "-c", code]
    subprocess.run(command, env=UNMEASURED, check=True)


def test_the_longest_domain_has_253_characters() -> None:
    """As a name of DNS (RFC 1034 §3.1); longer ones are no JIDs."""
    labels = ".".join(["a" * 49] * 5)
    longest = f"{labels}.bcd"
    assert len(longest) == 253
    assert jid.parse(longest).domain == longest
    with pytest.raises(FormatError):
        jid.parse(f"{labels}.bcde")


def test_the_normaliser_of_a_jid_is_neither_shown_nor_compared() -> None:
    """Two that were normalised differently are equal if their parts are."""
    found = jid.parse("a@b.lit")
    assert repr(found) == "JID(local='a', domain='b.lit', resource=None)"
    assert found == JID("a", "b.lit", normaliser=lambda text, _: text)

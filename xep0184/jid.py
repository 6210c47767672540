"""JIDs: splitting, checking and comparing addresses (RFC 7622).

This module has the grammar of a JID and a comparison that needs only the
standard library. `normalise`, the default `Normaliser`, maps local part and domain
to lower case and Unicode NFC, and the resource to NFC.

Compared with a server that follows PRECIS (RFC 8265) and IDNA2008:

- Whatever `normalise` makes equal, such a server makes equal too, or refuses.
- U+00DF (sharp s) and ``ss`` differ, U+0131 (dotless i) and ``i`` differ, and so do
  the two small sigmas, U+03C3 and U+03C2 (final sigma).
- A capital sigma equals U+03C3 at the beginning of a part and before a letter that
  has case. Elsewhere it stays as it is and equals no small sigma: it may be the end
  of a word, where some servers map it to U+03C3 and others to U+03C2.
- Fullwidth and halfwidth characters, A-labels (``xn--``) and spaces other than
  U+0020 in a resource are not mapped, so two spellings of one address may differ.
- Characters beyond ASCII that PRECIS or IDNA forbid, symbols for example, are
  accepted, except white space and control characters.

`xep0184.normalisers` has a normaliser without these gaps, and one for servers that
follow RFC 6122 (stringprep).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeAlias
from unicodedata import normalize

from xep0184._value import value
from xep0184.errors import FormatCode, FormatError

__all__ = ["JID", "Normaliser", "Part", "normalise", "parse", "parse_or_none"]


class Part(StrEnum):
    """The three parts of a JID (RFC 7622 §3.1)."""

    LOCAL = "local"
    DOMAIN = "domain"
    RESOURCE = "resource"


Normaliser: TypeAlias = Callable[[Part, str], str]
"""Returns one part in the form in which it is compared; ValueError refuses it.

It is called with parts that passed the checks of `parse`, and its result has to pass
them as well. In a domain every dot is written ``.``, and none stands at the end. It
is not called with an IPv6 address.
"""

_MAX_OCTETS: Final = 1023  # of each part in UTF-8 (RFC 7622 §3.2, §3.3, §3.4)
_MAX_NAME: Final = 253  # of a domain name as A-labels (RFC 1034 §3.1)
_MAX_U_LABEL: Final = 59  # characters; each takes an octet of the A-label, xn-- four
_UNPRINTABLE: Final = r"\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff"
_FORBIDDEN: Final = {
    Part.LOCAL: re.compile(rf"""[\s"&'/:<>@{_UNPRINTABLE}]"""),  # RFC 7622 §3.3.1
    # ASCII that is in no host name. Beyond ASCII, IDNA decides by large tables.
    Part.DOMAIN: re.compile(rf"[!-,/:-@\[-^`{{-~\s{_UNPRINTABLE}]"),
    Part.RESOURCE: re.compile(rf"[{_UNPRINTABLE}]"),
}
# RFC 5890 has no underscores in host names, but real services use them.
_LABEL: Final = r"(?!-)[0-9A-Za-z_-]{1,63}(?<!-)"
_NAME: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_SIGMA: Final = "\u03a3"
_OTHER_DOTS: Final = re.compile("[\u3002\uff0e\uff61]")  # RFC 3490 §3.1, RFC 5895 §2
_IP_LITERAL: Final = re.compile(  # RFC 6874 §2
    r"\[([0-9A-Fa-f:.]+)(?:%25(?:[\w.~-]|%[0-9A-Fa-f]{2})+)?\]", re.ASCII
)


def normalise(part: Part, text: str, /) -> str:
    """Return one part of a JID in the form in which it is compared.

    Args:
        part: Which part it is; only a resource keeps its case.
        text: The part as it was sent.

    Returns:
        The text in Unicode NFC; local part and domain in lower case (RFC 7622
        §3.2.2, RFC 8265 §3.3).

    >>> normalise(Part.DOMAIN, "Shakespeare.LIT")
    'shakespeare.lit'
    """
    if text.isascii():
        return text if part is Part.RESOURCE else text.lower()
    text = normalize("NFC", text)
    # NFC again, because J with a caron is two characters and j with a caron is one.
    return text if part is Part.RESOURCE else normalize("NFC", _lower(text))


def _lower(text: str) -> str:
    if _SIGMA not in text:
        return text.lower()
    # At the end of a word str.lower() writes U+03C2. Some servers always write U+03C3,
    # and others find other ends of words; either spelling may be another account.
    following = (*text[1:], "")
    return "".join(
        letter if letter == _SIGMA and at and not _has_case(after) else letter.lower()
        for at, (letter, after) in enumerate(zip(text, following, strict=True))
    )


def _has_case(letter: str) -> bool:
    return letter.isalpha() and letter.lower() != letter.upper()


@value()
class JID:
    """A normalised address, ready for comparison.

    `parse` makes it; a stanza keeps the spelling that it carries. A JID that is made
    by hand is neither checked nor normalised.

    Attributes:
        local: The part before ``@``; None if there is none.
        domain: The domain; always present.
        resource: The part after the first ``/``; None for a bare JID.
        normaliser: What `parse` was given. Every function that is given the JID of
            an account parses the addresses of stanzas with the normaliser of that
            JID. Two JIDs that differ only here are equal.
    """

    local: str | None
    domain: str
    resource: str | None = None
    normaliser: Normaliser = field(default=normalise, repr=False, compare=False)

    @property
    def bare(self) -> JID:
        """The same address without its resource."""
        return JID(self.local, self.domain, None, self.normaliser)

    @property
    def is_full(self) -> bool:
        """Whether there is a resource."""
        return self.resource is not None

    def is_of(self, account: JID, /) -> bool:
        """Check whether the bare JIDs of this address and of an account are equal.

        It takes a tenth of the time of comparing `bare` on both sides.

        Args:
            account: Any address of the account.

        >>> parse("a@b/c").is_of(parse("a@b/d"))
        True
        """
        return self.domain == account.domain and self.local == account.local

    def parse_other(self, text: str | None, /) -> JID | None:
        """Parse another address with the normaliser of this one.

        Args:
            text: The address as it was sent; None if there was none.

        Returns:
            The address; None for None and for a text that is not a JID.

        >>> parse("a@b").parse_other("A@B") == parse("a@b")
        True
        """
        return parse_or_none(text, normaliser=self.normaliser)

    def __str__(self) -> str:
        local = "" if self.local is None else f"{self.local}@"
        resource = "" if self.resource is None else f"/{self.resource}"
        return f"{local}{self.domain}{resource}"


def parse(text: str, /, *, normaliser: Normaliser = normalise) -> JID:
    """Split a JID at the first ``/``, then at the first ``@``, and check its parts.

    The domain is an IPv6 address in brackets, or labels separated by dots (an IPv4
    address passes as such). A name is at most 253 octets and a label 1 to 63, both
    counted as A-labels; a label neither begins nor ends with a hyphen, and its ASCII
    characters are letters, digits, ``-`` and ``_``. The dots U+3002, U+FF0E and
    U+FF61 are read as ``.``, and a final dot is dropped (RFC 7622 §3.2, RFC 1034
    §3.1, RFC 3490 §3.1). An IPv6 address is compared by its spelling and may have a
    zone (RFC 6874).

    Args:
        text: The address as it was sent.
        normaliser: Makes two spellings of a part equal; a function that lives as
            long as the program, because results are cached by it.

    Returns:
        The address in the form in which it is compared.

    Raises:
        FormatError: BAD_JID, if a part is empty, longer than 1023 octets or has a
            character it must not have, or if the domain is not valid.

    >>> parse("Northumberland@shakespeare.lit/a@b/c").resource
    'a@b/c'
    >>> parse("A@b") == parse("a@B.")
    True
    """
    return _parse(text, normaliser)


def parse_or_none(
    text: str | None, /, *, normaliser: Normaliser = normalise
) -> JID | None:
    """Split and check a JID as `parse` does, but return None instead of an error.

    Args:
        text: The address as it was sent; None if there was none.
        normaliser: Makes two spellings of a part equal.

    Returns:
        The address; None for None and for a text that is not a JID.

    >>> parse_or_none("a@") is None
    True
    """
    try:
        return None if text is None else _parse(text, normaliser)
    except FormatError:
        return None


# The same few peers write again and again. The cache is bounded: a JID has at most
# 3071 octets, and a refusal is not kept.
@lru_cache(maxsize=1024)
def _parse(text: str, normaliser: Normaliser) -> JID:
    rest, slash, resource = text.partition("/")
    before, at, after = rest.partition("@")
    local, domain = (before, after) if at else (None, rest)
    try:
        return JID(
            None if local is None else _part(Part.LOCAL, local, normaliser),
            _domain(domain, normaliser),
            _part(Part.RESOURCE, resource, normaliser) if slash else None,
            normaliser,
        )
    except ValueError:
        raise FormatError(FormatCode.BAD_JID, text) from None


def _part(part: Part, text: str, normaliser: Normaliser) -> str:
    # Checked before, so that a normaliser gets nothing that no JID has, and after,
    # because it may lengthen a part or make it empty.
    return _checked(part, normaliser(part, _checked(part, text)))


def _checked(part: Part, text: str) -> str:
    if not text or _FORBIDDEN[part].search(text):
        raise ValueError
    if len(text) > _MAX_OCTETS or len(text.encode()) > _MAX_OCTETS:
        raise ValueError
    return text


# Many addresses share few domains, and measuring U-labels is slow.
@lru_cache(maxsize=1024)
def _domain(text: str, normaliser: Normaliser) -> str:
    is_ascii = text.isascii()
    name = text if is_ascii else _OTHER_DOTS.sub(".", _checked(Part.DOMAIN, text))
    name = name.removesuffix(".")  # before anything else (RFC 7622 §3.2)
    if name.startswith("["):
        return _ip_literal(name)
    name = _part(Part.DOMAIN, name, normaliser)
    as_sent = name if name.isascii() else _a_labels(name)
    if len(as_sent) > _MAX_NAME or not _NAME.fullmatch(as_sent):
        raise ValueError
    return name


def _ip_literal(text: str) -> str:
    found = _IP_LITERAL.fullmatch(text)
    if len(text) > _MAX_OCTETS or found is None:
        raise ValueError
    from ipaddress import IPv6Address  # which few JIDs need

    IPv6Address(found[1])
    return text.lower()  # case does not matter (RFC 3986 §6.2.2.1)


def _a_labels(name: str) -> str:
    return ".".join(
        label if label.isascii() else _a_label(label) for label in name.split(".")
    )


def _a_label(label: str) -> str:
    # The encoder's time grows with the square of the length, so that comes first.
    if len(label) > _MAX_U_LABEL or label.startswith("-") or label.endswith("-"):
        raise ValueError
    return f"xn--{label.encode('punycode').decode()}"

"""The values of entity capabilities: what stanzas advertise (XEP-0115, XEP-0390)."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from xep0184._value import value

__all__ = ["Advertisement", "AnyCaps", "Caps", "CapsVerdict", "Hash", "HashSet"]


class CapsVerdict(StrEnum):
    """Whether an answer is the advertised one (XEP-0115 §5.4, XEP-0390 §4.4)."""

    OK = "ok"
    """Every hash that can be checked is right."""
    MISMATCH = "mismatch"
    """A hash is wrong."""
    ILL_FORMED = "ill-formed"
    """The answer or the advertisement is ill-formed, so that no hash is valid."""
    AMBIGUOUS = "ambiguous"
    """The answer holds a separator of the hash input."""
    UNKNOWN_HASH = "unknown-hash"
    """No hash is of a known function."""
    LEGACY = "legacy"
    """A version in the format before 2007 is advertised, which is no hash."""


@value(kw_only=True)
class Caps:
    """A ``<c/>`` of XEP-0115, unchanged.

    Attributes:
        node: The URI of the software; None if absent.
        ver: The hash, or the version in the format before 2007; None if absent.
        hash: The name of the hash function; None in that older format.
        ext: The feature bundles of that older format, ignored if there is a hash.

    >>> Caps(node="https://example.org", ver="1.0").hash is None
    True
    """

    node: str | None
    ver: str | None
    hash: str | None = None
    ext: str | None = None


@value()
class Hash:
    """One hash of a set, unchanged.

    Attributes:
        algo: The name of the hash function; empty if absent.
        value: The Base64 text.

    >>> Hash("sha-256", "AAAA").algo
    'sha-256'
    """

    algo: str
    value: str


@value()
class HashSet:
    """A ``<c/>`` of XEP-0390, unchanged.

    Attributes:
        hashes: The hashes in document order, also those that cannot be checked.

    >>> HashSet((Hash("sha-256", "AAAA"),)).hashes[0].value
    'AAAA'
    """

    hashes: tuple[Hash, ...]


AnyCaps: TypeAlias = Caps | HashSet
"""The ``<c/>`` of either XEP."""


@value(kw_only=True)
class Advertisement:
    """What one stanza advertises.

    Attributes:
        caps: The ``<c/>`` of XEP-0115; None if there is none.
        hashes: The ``<c/>`` of XEP-0390; None if there is none.

    >>> Advertisement(hashes=HashSet(())).preferred
    HashSet(hashes=())
    """

    caps: Caps | None = None
    hashes: HashSet | None = None

    @property
    def preferred(self) -> AnyCaps | None:
        """The one to use: that of XEP-0390 if there is one (XEP-0390 §7.2)."""
        return self.hashes or self.caps

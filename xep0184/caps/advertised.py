"""What an entity advertises, as frozen values (XEP-0115, XEP-0390)."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from xep0184._value import value

__all__ = ["Advertised", "Advertisement", "Caps", "CapsVerdict", "Hash", "HashSet"]


class CapsVerdict(StrEnum):
    """Whether an answer is the one that was advertised."""

    OK = "ok"
    MISMATCH = "mismatch"
    ILL_FORMED = "ill-formed"
    AMBIGUOUS = "ambiguous"
    UNKNOWN_HASH = "unknown-hash"
    LEGACY = "legacy"


@value(kw_only=True)
class Caps:
    """A ``<c/>`` of XEP-0115, as it came.

    Attributes:
        node: What software it is, as a URI; None if absent.
        ver: The hash, or a version in the format before 2007; None if absent.
        hash: The name of the hash function; None in that older format.
        ext: The bundles of that older format, meaningless beside a hash.

    >>> Caps(node="https://example.org", ver="1.0").hash is None
    True
    """

    node: str | None
    ver: str | None
    hash: str | None = None
    ext: str | None = None


@value()
class Hash:
    """One hash of a set, as it came.

    Attributes:
        algo: The name of the hash function; ``''`` if absent.
        value: The Base64 text.

    >>> Hash("sha-256", "AAAA").algo
    'sha-256'
    """

    algo: str
    value: str


@value()
class HashSet:
    """A ``<c/>`` of XEP-0390, as it came.

    Attributes:
        hashes: Its hashes in document order, usable or not.

    >>> HashSet((Hash("sha-256", "AAAA"),)).hashes[0].value
    'AAAA'
    """

    hashes: tuple[Hash, ...]


Advertised: TypeAlias = Caps | HashSet


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
    def preferred(self) -> Advertised | None:
        """The one to go by: where XEP-0390 is spoken, nothing else (§7.2)."""
        return self.hashes or self.caps

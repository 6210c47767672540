"""The hash functions, by the names that XEP-0300 and IANA give them.

A peer chooses the name, so a name is looked up here and nowhere else. MD5 and
what came before it are left out: an answer can be made to fit (XEP-0300 §3).
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Final

from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SIZES", "fits", "hash_octets"]


def _sha1(octets: bytes) -> bytes:
    return hashlib.sha1(octets, usedforsecurity=False).digest()


_FUNCTIONS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "sha-1": _sha1,
    "sha-224": lambda octets: hashlib.sha224(octets).digest(),
    "sha-256": lambda octets: hashlib.sha256(octets).digest(),
    "sha-384": lambda octets: hashlib.sha384(octets).digest(),
    "sha-512": lambda octets: hashlib.sha512(octets).digest(),
    "sha3-256": lambda octets: hashlib.sha3_256(octets).digest(),
    "sha3-512": lambda octets: hashlib.sha3_512(octets).digest(),
    "blake2b-256": lambda octets: hashlib.blake2b(octets, digest_size=32).digest(),
    "blake2b-512": lambda octets: hashlib.blake2b(octets).digest(),
}

SIZES: Final[Mapping[str, int]] = {
    "sha-1": 20,
    "sha-224": 28,
    "sha-256": 32,
    "sha-384": 48,
    "sha-512": 64,
    "sha3-256": 32,
    "sha3-512": 64,
    "blake2b-256": 32,
    "blake2b-512": 64,
}
"""How many octets each function gives; a name that is not here is unknown."""


def hash_octets(algorithm: str, octets: bytes, /) -> str:
    """Return a hash in Base64 with padding and without white space.

    Args:
        algorithm: A name out of `SIZES`, compared exactly.
        octets: What to hash.

    Raises:
        BuildError: ALGORITHM, if the name is unknown.

    >>> hash_octets("sha-1", b"abc")
    'qZk+NkcGgWq6PiVxeFDCbJzQ2J0='
    """
    function = _FUNCTIONS.get(algorithm)
    if function is None:
        raise BuildError(BuildCode.ALGORITHM, "algorithm")
    return b64encode(function(octets)).decode()


def fits(algorithm: str, value: str, /) -> bool:
    """Say whether a text can be a hash of a known function (XEP-0300 §3).

    Args:
        algorithm: The name a peer gave.
        value: Base64, in the one spelling it has: padded, nothing in between.

    >>> fits("sha-1", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="), fits("SHA-1", "qZk+")
    (True, False)
    """
    try:
        octets = b64decode(value, validate=True)
    except ValueError:
        return False
    known = SIZES.get(algorithm) == len(octets)
    return known and b64encode(octets).decode() == value

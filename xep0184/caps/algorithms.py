"""The hash functions, by the names that XEP-0300 and IANA give them.

Peers choose the name, so it is looked up in one table. MD5 and older functions
are left out, because collisions are easy to construct (XEP-0414).
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Final

from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SIZES", "hash_octets", "is_hash"]


_FUNCTIONS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "sha-1": lambda octets: hashlib.sha1(octets, usedforsecurity=False).digest(),
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
    name: len(function(b"")) for name, function in _FUNCTIONS.items()
}
"""The known hash functions, and how many octets each returns."""


def hash_octets(algorithm: str, octets: bytes, /) -> str:
    """Return a hash in Base64 with padding and without white space.

    Args:
        algorithm: A name out of `SIZES`; names are compared exactly.
        octets: The octets to hash.

    Raises:
        BuildError: ALGORITHM for an unknown name.

    >>> hash_octets("sha-1", b"abc")
    'qZk+NkcGgWq6PiVxeFDCbJzQ2J0='
    """
    function = _FUNCTIONS.get(algorithm)
    if function is None:
        raise BuildError(BuildCode.ALGORITHM, "algorithm")
    return b64encode(function(octets)).decode()


def is_hash(algorithm: str, value: str, /) -> bool:
    """Check whether a text can be a hash of a known function (XEP-0300 §3).

    Args:
        algorithm: The name of the function.
        value: The text: canonical Base64 with padding, without white space.

    >>> is_hash("sha-1", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0="), is_hash("SHA-1", "qZk+")
    (True, False)
    """
    try:
        octets = b64decode(value, validate=True)
    except ValueError:
        return False
    known = SIZES.get(algorithm) == len(octets)
    return known and b64encode(octets).decode() == value

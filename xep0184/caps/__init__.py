"""Determines support by the hash in presence: capabilities (XEP-0115, XEP-0390).

Hashes answers, reads and writes what entities advertise, and verifies that an answer
is the advertised one. `xep0184.discovery` decides whom to ask and what to remember.
"""

from __future__ import annotations

from xep0184.caps.advertised import (
    Advertisement,
    AnyCaps,
    Caps,
    CapsVerdict,
    Hash,
    HashSet,
)
from xep0184.caps.algorithms import SIZES, is_hash
from xep0184.caps.own import OwnCaps
from xep0184.caps.verification import verify
from xep0184.caps.wire import advertisement_of, caps_of, hash_set_of, serialize
from xep0184.caps.xep0115 import conceals, ver, ver_input
from xep0184.caps.xep0390 import (
    DEFAULT_ALGORITHMS,
    checkable_hashes,
    digest,
    digest_input,
    hash_node,
    hash_set,
    split_node,
)

__all__ = [
    "DEFAULT_ALGORITHMS",
    "SIZES",
    "Advertisement",
    "AnyCaps",
    "Caps",
    "CapsVerdict",
    "Hash",
    "HashSet",
    "OwnCaps",
    "advertisement_of",
    "caps_of",
    "checkable_hashes",
    "conceals",
    "digest",
    "digest_input",
    "hash_node",
    "hash_set",
    "hash_set_of",
    "is_hash",
    "serialize",
    "split_node",
    "ver",
    "ver_input",
    "verify",
]

"""Method two of determining support: the hash in presence (XEP-0115, XEP-0390).

Hashes an answer, reads and writes what is advertised, and says whether an answer
is the one that was advertised. Whom to ask, and what to remember, is the business
of `xep0184.discovery`.
"""

from __future__ import annotations

from xep0184.caps.advertised import (
    Advertised,
    Advertisement,
    Caps,
    CapsVerdict,
    Hash,
    HashSet,
)
from xep0184.caps.algorithms import SIZES, fits
from xep0184.caps.own import OwnCaps
from xep0184.caps.verification import verify
from xep0184.caps.wire import advertisement_of, caps_of, hash_set_of, serialize
from xep0184.caps.xep0115 import conceals, ver, ver_input
from xep0184.caps.xep0390 import (
    DEFAULT_ALGORITHMS,
    digest,
    digest_input,
    hash_node,
    hash_set,
    split_node,
    usable,
)

__all__ = [
    "DEFAULT_ALGORITHMS",
    "SIZES",
    "Advertised",
    "Advertisement",
    "Caps",
    "CapsVerdict",
    "Hash",
    "HashSet",
    "OwnCaps",
    "advertisement_of",
    "caps_of",
    "conceals",
    "digest",
    "digest_input",
    "fits",
    "hash_node",
    "hash_set",
    "hash_set_of",
    "serialize",
    "split_node",
    "usable",
    "ver",
    "ver_input",
    "verify",
]

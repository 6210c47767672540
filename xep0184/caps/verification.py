"""Verifies that an answer is the one that its entity advertises.

The answer is compared with the *advertised* hash. The node in the answer is chosen by
the peer that answers, so it proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184.caps import algorithms, xep0115, xep0390
from xep0184.caps.advertised import Caps, CapsVerdict
from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from xep0184.caps.advertised import AnyCaps, HashSet
    from xep0184.disco import Info

__all__ = ["verify"]

_VERDICTS: Final = {True: CapsVerdict.OK, False: CapsVerdict.MISMATCH}


def verify(advertised: AnyCaps, info: Info, /) -> CapsVerdict:
    """Compare an answer with what its entity advertises.

    Args:
        advertised: The ``<c/>`` of either XEP from the entity's presence.
        info: The answer of the entity.

    Returns:
        OK if every hash that can be checked is right; otherwise the reason.

    >>> from xep0184.disco import Info
    >>> verify(Caps(node="n", ver="1.0"), Info())
    <CapsVerdict.LEGACY: 'legacy'>
    """
    try:
        if isinstance(advertised, Caps):
            return _verify_caps(advertised, info)
        return _verify_hashes(advertised, info)
    except BuildError as error:
        if error.code is BuildCode.AMBIGUOUS:
            return CapsVerdict.AMBIGUOUS
        return CapsVerdict.ILL_FORMED


def _verify_caps(caps: Caps, info: Info) -> CapsVerdict:
    if caps.hash is None:
        return CapsVerdict.LEGACY
    if not (caps.node and caps.ver and caps.hash):
        return CapsVerdict.ILL_FORMED
    if caps.hash not in algorithms.SIZES:
        return CapsVerdict.UNKNOWN_HASH
    return _VERDICTS[xep0115.ver(info, caps.hash) == caps.ver]


def _verify_hashes(hashes: HashSet, info: Info) -> CapsVerdict:
    if not xep0390.is_well_formed(hashes):
        return CapsVerdict.ILL_FORMED
    checkable = xep0390.checkable_hashes(hashes)
    if not checkable:
        return CapsVerdict.UNKNOWN_HASH
    octets = xep0390.digest_input(info)
    made = (algorithms.hash_octets(each.algo, octets) for each in checkable)
    right = (each.value == value for each, value in zip(checkable, made, strict=True))
    return _VERDICTS[all(right)]

"""Whether an answer is the one that was advertised.

Compared is what was *advertised*; the node in the answer is the word of whoever
answered and proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184.caps import algorithms, xep0115, xep0390
from xep0184.caps.advertised import Caps, CapsVerdict
from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.caps.advertised import Advertised, HashSet
    from xep0184.disco import Info

__all__ = ["verify"]

_VERDICTS: Final = {True: CapsVerdict.OK, False: CapsVerdict.MISMATCH}
_REFUSED: Final[Mapping[BuildCode, CapsVerdict]] = {
    BuildCode.AMBIGUOUS: CapsVerdict.AMBIGUOUS
}


def verify(advertised: Advertised, info: Info, /) -> CapsVerdict:
    """Hold an answer against what its entity advertised.

    Args:
        advertised: What stood in the presence, of either XEP.
        info: What the entity answered.

    Returns:
        OK if every hash that can be checked is right. ILL_FORMED if the answer
        or the advertisement is (XEP-0115 §5.4, XEP-0390 §4.1), AMBIGUOUS if the
        answer holds a separator, LEGACY if there is no hash but a version.

    >>> from xep0184.disco import Info
    >>> verify(Caps(node="n", ver="1.0"), Info())
    <CapsVerdict.LEGACY: 'legacy'>
    """
    try:
        if isinstance(advertised, Caps):
            return _caps(advertised, info)
        return _hashes(advertised, info)
    except BuildError as error:
        return _REFUSED.get(error.code, CapsVerdict.ILL_FORMED)


def _caps(caps: Caps, info: Info) -> CapsVerdict:
    if caps.hash is None:
        return CapsVerdict.LEGACY
    if not (caps.node and caps.ver and caps.hash):
        return CapsVerdict.ILL_FORMED
    if caps.hash not in algorithms.SIZES:
        return CapsVerdict.UNKNOWN_HASH
    return _VERDICTS[xep0115.ver(info, caps.hash) == caps.ver]


def _hashes(hashes: HashSet, info: Info) -> CapsVerdict:
    if not xep0390.is_well_formed(hashes):
        return CapsVerdict.ILL_FORMED
    known = xep0390.usable(hashes)
    if not known:
        return CapsVerdict.UNKNOWN_HASH
    octets = xep0390.digest_input(info)
    digest = algorithms.hash_octets
    return _VERDICTS[all(digest(each.algo, octets) == each.value for each in known)]

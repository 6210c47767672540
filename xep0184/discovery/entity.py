"""What one entity advertises, brought to what is worth remembering.

A peer chooses how long its advertisement is, so only what can be checked is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184 import caps, ns
from xep0184.caps import Caps, HashSet

if TYPE_CHECKING:
    from xep0184.caps import Advertised
    from xep0184.support import Support

__all__ = ["Entity", "Key", "checkable_part", "keys_of", "node_of"]

Key: TypeAlias = tuple[str, str, str]
"""Namespace, function and hash: equal texts of two protocols are not the same."""

_LONGEST_NODE: Final = 1023  # what a node of XEP-0060 may have, and a part of a JID


@dataclass(slots=True, eq=False, kw_only=True)
class Entity:
    """What is known of one JID; made anew when it advertises something else.

    Attributes:
        mark: The Python hash of what it advertises; None if it never did.
        advertised: What can be checked of that; None if nothing can.
        keys: The hashes in there.
        said: The support that follows from its own answer, if that counts for
            it alone.
        failed: Whether it was asked in vain.
    """

    mark: int | None = None
    advertised: Advertised | None = None
    keys: tuple[Key, ...] = ()
    said: Support | None = None
    failed: bool = False


def checkable_part(advertised: Advertised, /) -> Advertised | None:
    """Return what can be checked of an advertisement.

    Args:
        advertised: What stood in a presence.

    Returns:
        It, or that part of it; None if an answer could never confirm it.

    >>> checkable_part(Caps(node="n", ver="1.0")) is None
    True
    """
    if isinstance(advertised, HashSet):
        hashes = caps.usable(advertised)
        return HashSet(hashes) if hashes else None
    node, ver, hash_ = advertised.node, advertised.ver, advertised.hash
    if node and ver and hash_ and len(node) <= _LONGEST_NODE and caps.fits(hash_, ver):
        return Caps(node=node, ver=ver, hash=hash_)
    return None


def keys_of(advertised: Advertised | None, /) -> tuple[Key, ...]:
    """Return under which keys an answer to an advertisement is remembered.

    Args:
        advertised: What can be checked.

    >>> keys_of(Caps(node="n", ver="v", hash="sha-1"))
    (('http://jabber.org/protocol/caps', 'sha-1', 'v'),)
    """
    if advertised is None:
        return ()
    if isinstance(advertised, HashSet):
        return tuple((ns.CAPS2, each.algo, each.value) for each in advertised.hashes)
    return ((ns.CAPS, advertised.hash or "", advertised.ver or ""),)


def node_of(advertised: Advertised, /) -> str:
    """Return the node to ask about (XEP-0115 §6.2, XEP-0390 §6.2).

    Args:
        advertised: What can be checked.

    >>> node_of(Caps(node="n", ver="v", hash="sha-1"))
    'n#v'
    """
    if isinstance(advertised, HashSet):
        return caps.hash_node(advertised.hashes[0])
    return f"{advertised.node}#{advertised.ver}"

"""What is known of one entity, and what can be verified of its advertisement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184 import caps, ns
from xep0184.caps import Caps, Hash, HashSet
from xep0184.support import Support

if TYPE_CHECKING:
    from xep0184.caps import AnyCaps
    from xep0184.jid import JID

__all__ = ["Entity", "HashKey", "advertised_by", "entity_of", "keys_of"]

HashKey: TypeAlias = tuple[str, str, str]
"""Namespace, function and value: equal values of the two XEPs are different hashes."""

_LONGEST_NODE: Final = 1_023  # in octets, as a node of XEP-0060 and a part of a JID


@dataclass(slots=True, eq=False, kw_only=True)
class Entity:
    """What is known of one JID; replaced when it advertises something else.

    Attributes:
        jid: The JID.
        fingerprint: The Python hash of the whole advertisement, to notice a change;
            None if there was none.
        keys: The advertised hashes that can be verified.
        node: The node to query for the first of them; None if there is none.
        support: The answer that counts for this entity only, if there is one.
        failed: Whether a query failed, so that presence causes no other.
    """

    jid: JID
    fingerprint: int | None = None
    keys: tuple[HashKey, ...] = ()
    node: str | None = None
    support: Support = Support.UNKNOWN
    failed: bool = False

    @property
    def key(self) -> HashKey | None:
        """The hash to query; None if no hash can be verified."""
        return self.keys[0] if self.keys else None

    @property
    def advertised(self) -> AnyCaps | None:
        """What to verify an answer against; None if no hash can be verified."""
        return advertised_by(self.keys) if self.keys else None


def entity_of(jid: JID, advertised: AnyCaps, /) -> Entity:
    """Return the state of an entity that advertises something new.

    Peers choose the length of an advertisement, so only hashes that can be verified
    are kept.

    Args:
        jid: The JID of the entity.
        advertised: The ``<c/>`` of either XEP.

    >>> from xep0184 import jid
    >>> entity_of(jid.parse("a@b/c"), Caps(node="n", ver="1.0")).keys
    ()
    """
    keys = keys_of(advertised)
    node = _node(advertised, keys) if keys else None
    return Entity(jid=jid, fingerprint=hash(advertised), keys=keys, node=node)


def keys_of(advertised: AnyCaps, /) -> tuple[HashKey, ...]:
    """Return the hashes of an advertisement that can be verified.

    Args:
        advertised: The ``<c/>`` of either XEP.

    >>> keys_of(Caps(node="n", ver="BU8l8wpx4J15lZF5a166BQRnd7w=", hash="sha-1"))
    (('http://jabber.org/protocol/caps', 'sha-1', 'BU8l8wpx4J15lZF5a166BQRnd7w='),)
    """
    if isinstance(advertised, HashSet):
        hashes = caps.checkable_hashes(advertised)
        return tuple((ns.CAPS2, each.algo, each.value) for each in hashes)
    node, algo, ver = advertised.node or "", advertised.hash or "", advertised.ver or ""
    octets = len(node.encode(errors="surrogatepass"))
    is_checkable = 0 < octets <= _LONGEST_NODE and caps.is_hash(algo, ver)
    return ((ns.CAPS, algo, ver),) if is_checkable else ()


def advertised_by(keys: tuple[HashKey, ...], /) -> AnyCaps:
    """Return the advertisement to verify an answer against.

    Args:
        keys: One or more hashes, all of the same XEP.

    >>> advertised_by((("urn:xmpp:caps", "sha-256", "AAAA"),))
    HashSet(hashes=(Hash(algo='sha-256', value='AAAA'),))
    """
    xmlns, algo, ver = keys[0]
    if xmlns == ns.CAPS:
        return Caps(node="node", ver=ver, hash=algo)
    return HashSet(tuple(Hash(algo, value) for _, algo, value in keys))


def _node(advertised: AnyCaps, keys: tuple[HashKey, ...]) -> str:
    """Return the node to query (XEP-0115 §6.2, XEP-0390 §6.2)."""
    _, algo, value = keys[0]
    if isinstance(advertised, HashSet):
        return caps.hash_node(Hash(algo, value))
    return f"{advertised.node}#{value}"

"""Reads and writes what stanzas advertise (XEP-0115 §6, XEP-0390 §5).

The reading functions raise nothing for any element. What lxml in recover mode cannot
decode is ignored.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from xep0184 import ns, xml
from xep0184.caps.advertised import Advertisement, Caps, Hash, HashSet
from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from xep0184.caps.advertised import AnyCaps
    from xep0184.xml import ElementLike, Source

__all__ = ["advertisement_of", "caps_of", "hash_set_of", "serialize"]

_FEATURES: Final = f"{{{ns.STREAM}}}features"


def advertisement_of(stanza: Source, /) -> Advertisement | None:
    """Read what an available presence, or the features of a stream, advertise.

    Args:
        stanza: Any element, or its octets.

    Returns:
        The first ``<c/>`` of each XEP; None if the element is neither an available
        presence nor stream features.

    Raises:
        XMLError: Octets or text are not XMPP's XML.

    >>> presence = ("<presence xmlns='jabber:client'>"
    ...     "<c xmlns='http://jabber.org/protocol/caps' node='n' ver='v'/></presence>")
    >>> advertisement_of(presence).caps.node
    'n'
    """
    stanza = xml.unchecked_element_of(stanza)
    with suppress(UnicodeDecodeError):
        if _can_advertise(stanza):
            caps = hashes = None
            for child in stanza:
                caps = caps or caps_of(child)
                hashes = hashes or hash_set_of(child)
            return Advertisement(caps=caps, hashes=hashes)
    return None


def _can_advertise(stanza: ElementLike) -> bool:
    if stanza.tag == _FEATURES:
        return True
    is_presence = ns.is_stanza(str(stanza.tag), "presence")
    return is_presence and stanza.get("type") is None


def caps_of(payload: Source, /) -> Caps | None:
    """Read a ``<c/>`` of XEP-0115.

    Args:
        payload: Any element, or its octets.

    Returns:
        Its attributes; None for any other element.

    Raises:
        XMLError: Octets or text are not XMPP's XML.

    >>> caps_of("<c xmlns='http://jabber.org/protocol/caps' ver='1'/>").ver
    '1'
    """
    payload = xml.unchecked_element_of(payload)
    with suppress(UnicodeDecodeError):
        if payload.tag == ns.CAPS_TAG:
            node, ver, hash_, ext = map(payload.get, ("node", "ver", "hash", "ext"))
            return Caps(node=node, ver=ver, hash=hash_, ext=ext)
    return None


def hash_set_of(payload: Source, /) -> HashSet | None:
    """Read a ``<c/>`` of XEP-0390.

    Args:
        payload: Any element, or its octets.

    Returns:
        Its hashes; None for any other element.

    Raises:
        XMLError: Octets or text are not XMPP's XML.

    >>> hash_set_of("<c xmlns='urn:xmpp:caps'/>")
    HashSet(hashes=())
    """
    payload = xml.unchecked_element_of(payload)
    with suppress(UnicodeDecodeError):
        if payload.tag == ns.CAPS2_TAG:
            found = (child for child in payload if child.tag == ns.HASH_TAG)
            hashes = [Hash(each.get("algo") or "", each.text or "") for each in found]
            return HashSet(tuple(hashes))
    return None


def serialize(advertised: AnyCaps, /) -> bytes:
    """Write a ``<c/>`` to put into a presence.

    Args:
        advertised: The value to write, of either XEP.

    Returns:
        One element in UTF-8.

    Raises:
        BuildError: EMPTY for a set without hashes, and for an empty name or value
            (XEP-0115 §4, XEP-0300 §3); NOT_TEXT, ILLEGAL_CHARACTER.

    >>> serialize(Caps(node="n", ver="v", hash="sha-1")).decode()
    '<c xmlns="http://jabber.org/protocol/caps" hash="sha-1" node="n" ver="v"/>'
    """
    if isinstance(advertised, HashSet):
        hashes = "".join(map(_hash, advertised.hashes))
        if not hashes:
            raise BuildError(BuildCode.EMPTY, "c")
        return f'<c xmlns="{ns.CAPS2}">{hashes}</c>'.encode()
    return (
        f'<c xmlns="{ns.CAPS}" hash="{_named(advertised.hash, "hash")}"'
        f' node="{_named(advertised.node, "node")}"'
        f' ver="{_named(advertised.ver, "ver")}"/>'
    ).encode()


def _hash(hash_: Hash) -> str:
    algo, value = _named(hash_.algo, "algo"), _named(hash_.value, "hash")
    return f'<hash xmlns="{ns.HASHES}" algo="{algo}">{value}</hash>'


def _named(value: str | None, field: str) -> str:
    if not value:
        raise BuildError(BuildCode.EMPTY, field)
    return xml.escape_attribute(value, field)

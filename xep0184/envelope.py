"""Who handed me this message, and may I believe it?

Servers wrap messages: carbons copy what one's other resources send and receive
(XEP-0280), an archive answers queries with results (XEP-0313), people forward
(XEP-0297). Anybody can send the same wrapper. So provenance is checked before
anything inside is believed, and where it cannot be proven the inside is not
even read.

One level is unwrapped, no more. A wrapped message that leaves out ``from`` or
``to`` keeps them None: nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184 import _xml, codec, jid, ns
from xep0184.errors import FormatError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from xep0184._xml import ElementLike, Limits
    from xep0184.jid import JID, Normaliser
    from xep0184.model import Message

__all__ = ["Envelope", "EnvelopeKind", "OpenQuery", "unwrap"]


class EnvelopeKind(StrEnum):
    """How a message reached this client."""

    DIRECT = "direct"
    CARBON_SENT = "carbon-sent"
    CARBON_RECEIVED = "carbon-received"
    ARCHIVED = "archived"
    FORWARDED = "forwarded"
    FORGED = "forged"


@dataclass(frozen=True, slots=True)
class OpenQuery:
    """A query to an archive that is not finished yet.

    Attributes:
        archive: Whom it was sent to: one's own bare JID, or a room.
        id: The query id it carried; None if it carried none.
    """

    archive: JID
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A message and how it came.

    Attributes:
        kind: How it came.
        message: The message; None if the wrapper proves nothing (a forged
            carbon, a result nobody asked for) or holds none.
        query_id: The query an archived message answers.
        stamp: When the message was first seen by a server, as it was sent
            (XEP-0203 §3); forgeable where the message came directly.
    """

    kind: EnvelopeKind
    message: Message | None
    query_id: str | None = None
    stamp: str | None = None


_CARBONS: Final[Mapping[str, EnvelopeKind]] = {
    f"{{{ns.CARBONS}}}sent": EnvelopeKind.CARBON_SENT,
    f"{{{ns.CARBONS}}}received": EnvelopeKind.CARBON_RECEIVED,
}
_RESULT: Final = f"{{{ns.MAM}}}result"
_FORWARDED: Final = f"{{{ns.FORWARD}}}forwarded"
_DELAY: Final = f"{{{ns.DELAY}}}delay"


def unwrap(
    element: ElementLike,
    /,
    *,
    account: JID,
    open_queries: Collection[OpenQuery] = (),
    namespaces: Collection[str] = ns.STANZAS,
    limits: Limits = _xml.DEFAULT_LIMITS,
    normaliser: Normaliser = jid.normalise,
) -> Envelope:
    """Take a message out of whatever it came in.

    Args:
        element: A message of lxml or of the standard library; left as it is.
        account: One's own address, bare or full.
        open_queries: The archive queries whose results are awaited.
        namespaces: The content namespaces to accept.
        limits: What is refused as too large.
        normaliser: What makes two spellings of an address equal.

    Returns:
        The message and how it came. A carbon counts only from one's own bare
        JID, which an absent ``from`` stands for (XEP-0280 §11, RFC 6120
        §8.1.2.1); a result only from an archive that was asked, for a query
        that is open (XEP-0313 §8.2). A message that forwards another and has a
        receipt of its own is direct.

    Raises:
        XMLError: RESTRICTED or LIMIT, as far as an element still shows it.
        FormatError: NOT_A_STANZA, NOT_A_MESSAGE; of the outer element only.

    >>> from xep0184 import _xml, jid
    >>> message = _xml.parse("<message xmlns='jabber:client' from='eve@e.lit/x'>"
    ...                      "<sent xmlns='urn:xmpp:carbons:2'/></message>")
    >>> unwrap(message, account=jid.parse("me@a.lit")).kind
    <EnvelopeKind.FORGED: 'forged'>
    """
    outer = codec.from_element(element, namespaces=namespaces, limits=limits)
    own = account.bare
    sender = own if outer.from_ is None else _address(outer.from_, normaliser)
    for child in element:
        if kind := _CARBONS.get(child.tag):
            if sender != own:
                return Envelope(kind=EnvelopeKind.FORGED, message=None)
            return _opened(kind, child.find(_FORWARDED), namespaces)
    for child in element:
        if child.tag == _RESULT:
            return _result(child, sender, open_queries, namespaces)
    forwarded = element.find(_FORWARDED)
    if forwarded is not None and not (outer.request or outer.is_ack):
        return _opened(EnvelopeKind.FORWARDED, forwarded, namespaces)
    return Envelope(kind=EnvelopeKind.DIRECT, message=outer, stamp=_stamp(element))


def _address(text: str, normaliser: Normaliser) -> JID | None:
    try:
        return jid.parse(text, normaliser=normaliser)
    except FormatError:
        return None


def _result(
    result: ElementLike,
    sender: JID | None,
    open_queries: Collection[OpenQuery],
    namespaces: Collection[str],
) -> Envelope:
    query_id = result.get("queryid")
    if sender is None or OpenQuery(sender, query_id) not in open_queries:
        return Envelope(kind=EnvelopeKind.ARCHIVED, message=None, query_id=query_id)
    forwarded = result.find(_FORWARDED)
    return _opened(EnvelopeKind.ARCHIVED, forwarded, namespaces, query_id)


def _opened(
    kind: EnvelopeKind,
    forwarded: ElementLike | None,
    namespaces: Collection[str],
    query_id: str | None = None,
) -> Envelope:
    """Return what a ``<forwarded/>`` holds; a message of None if it holds none."""
    message = None
    for child in () if forwarded is None else forwarded:
        try:
            message = codec.from_element(child, namespaces=namespaces)
        except FormatError:
            continue
        break
    stamp = None if forwarded is None else _stamp(forwarded)
    return Envelope(kind=kind, message=message, query_id=query_id, stamp=stamp)


def _stamp(parent: ElementLike) -> str | None:
    delay = parent.find(_DELAY)
    return None if delay is None else delay.get("stamp")

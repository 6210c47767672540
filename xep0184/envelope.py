"""Who handed me this message, and may I believe it?

Servers wrap messages: carbons copy what one's other resources send and receive
(XEP-0280), an archive answers queries with results (XEP-0313), people forward
(XEP-0297). Anybody can send the same wrapper. So provenance is checked before
anything inside is believed, and where it cannot be proven the inside is not
even read.

One level is unwrapped, no more: a wrapper inside a wrapper holds nothing. A
wrapped message that leaves out ``from`` or ``to`` keeps them None: nothing is
guessed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184 import codec, jid, ns, xml
from xep0184._value import value
from xep0184.errors import FormatError
from xep0184.message import MessageType

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from xep0184.jid import JID, Normaliser
    from xep0184.message import Message
    from xep0184.xml import ElementLike, Limits

__all__ = ["Envelope", "EnvelopeKind", "OpenQuery", "unwrap"]


class EnvelopeKind(StrEnum):
    """How a message reached this client."""

    DIRECT = "direct"
    CARBON_SENT = "carbon-sent"
    CARBON_RECEIVED = "carbon-received"
    ARCHIVED = "archived"
    FORWARDED = "forwarded"
    FORGED = "forged"


@value()
class OpenQuery:
    """A query to an archive that is not finished yet.

    Attributes:
        archive: Whom it was sent to: one's own bare JID, or a room.
        id: The query id it carried; None if it carried none.
    """

    archive: JID
    id: str | None = None


@value(kw_only=True)
class Envelope:
    """A message and how it came.

    Attributes:
        kind: How it came.
        message: The message; None if the wrapper proves nothing (a forged
            carbon, a result nobody asked for, or in which a room speaks for
            somebody else) or holds none.
        query_id: The query an archived message answers.
        stamp: When the message was first seen by a server, as it was sent
            (XEP-0203 §3); forgeable where the message came directly.
    """

    kind: EnvelopeKind
    message: Message | None
    query_id: str | None = None
    stamp: str | None = None


_CARBONS: Final[Mapping[str, EnvelopeKind]] = {
    ns.CARBON_SENT_TAG: EnvelopeKind.CARBON_SENT,
    ns.CARBON_RECEIVED_TAG: EnvelopeKind.CARBON_RECEIVED,
}
_WRAPPERS: Final = frozenset({*_CARBONS, ns.RESULT_TAG})


def unwrap(
    element: ElementLike,
    /,
    *,
    account: JID,
    open_queries: Collection[OpenQuery] = (),
    namespaces: Collection[str] = ns.STANZAS,
    limits: Limits = xml.DEFAULT_LIMITS,
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
        that is open (XEP-0313 §8.2). Direct is also a message that forwards
        another and has a receipt of its own, or that is an error: errors copy
        what they refuse.

    Raises:
        XMLError: RESTRICTED or LIMIT, as far as an element still shows it.
        FormatError: NOT_A_STANZA, NOT_A_MESSAGE; of the outer element only.

    >>> from xep0184 import xml, jid
    >>> message = xml.parse("<message xmlns='jabber:client' from='eve@e.lit/x'>"
    ...                      "<sent xmlns='urn:xmpp:carbons:2'/></message>")
    >>> unwrap(message, account=jid.parse("me@a.lit")).kind
    <EnvelopeKind.FORGED: 'forged'>
    """
    reader = _Reader(namespaces, limits, normaliser)
    outer = reader.message(element)
    own = account.bare
    sender = own if outer.from_ is None else reader.address(outer.from_)
    for child in element:
        if kind := _CARBONS.get(child.tag):
            if sender != own:
                return Envelope(kind=EnvelopeKind.FORGED, message=None)
            return _opened(kind, child.find(ns.FORWARDED_TAG), reader)
    if outer.type is not MessageType.ERROR:
        if (result := element.find(ns.RESULT_TAG)) is not None:
            return _result(result, sender, own, open_queries, reader)
        forwarded = element.find(ns.FORWARDED_TAG)
        if forwarded is not None and not (outer.request or outer.is_ack):
            return _opened(EnvelopeKind.FORWARDED, forwarded, reader)
    return Envelope(kind=EnvelopeKind.DIRECT, message=outer, stamp=_stamp(element))


@value()
class _Reader:
    """How messages and addresses are read, outside and inside."""

    namespaces: Collection[str]
    limits: Limits
    normaliser: Normaliser

    def message(self, element: ElementLike) -> Message:
        return codec.from_element(
            element, namespaces=self.namespaces, limits=self.limits
        )

    def address(self, text: str | None) -> JID | None:
        return jid.parse_or_none(text, normaliser=self.normaliser)


def _result(
    result: ElementLike,
    archive: JID | None,
    own: JID,
    open_queries: Collection[OpenQuery],
    reader: _Reader,
) -> Envelope:
    query_id = result.get("queryid")
    nothing = Envelope(kind=EnvelopeKind.ARCHIVED, message=None, query_id=query_id)
    if archive is None or OpenQuery(archive, query_id) not in open_queries:
        return nothing
    forwarded = result.find(ns.FORWARDED_TAG)
    opened = _opened(EnvelopeKind.ARCHIVED, forwarded, reader, query_id)
    if archive == own or _speaks_for_itself(archive, opened.message, reader):
        return opened
    return nothing


def _speaks_for_itself(archive: JID, message: Message | None, reader: _Reader) -> bool:
    """Whether a room's archive holds what came from the room."""
    if message is None or message.from_ is None:
        return True
    sender = reader.address(message.from_)
    return sender is not None and sender.is_of(archive)


def _opened(
    kind: EnvelopeKind,
    forwarded: ElementLike | None,
    reader: _Reader,
    query_id: str | None = None,
) -> Envelope:
    """Return what a ``<forwarded/>`` holds; a message of None if it holds none."""
    if forwarded is None:
        return Envelope(kind=kind, message=None, query_id=query_id)
    messages = filter(None, (_inside(child, reader) for child in forwarded))
    return Envelope(
        kind=kind,
        message=next(messages, None),
        query_id=query_id,
        stamp=_stamp(forwarded),
    )


def _inside(element: ElementLike, reader: _Reader) -> Message | None:
    """Return a wrapped message, unless it wraps another or is none."""
    if any(child.tag in _WRAPPERS for child in element):
        return None
    try:
        return reader.message(element)
    except FormatError:
        return None


def _stamp(parent: ElementLike) -> str | None:
    delay = parent.find(ns.DELAY_TAG)
    return None if delay is None else delay.get("stamp")

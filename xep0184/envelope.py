"""Unwraps carbons, archive results and forwards, and checks who sent the wrapper.

Servers wrap messages: carbons copy what other clients of the account send and
receive (XEP-0280), and archives answer queries with results (XEP-0313). Users forward
messages (XEP-0297). Anybody can send the same wrappers. A carbon or a result is
therefore read only if it comes from where it must come from; a forwarded message is
read, and stays marked as unproven.

Only one level is unwrapped: a wrapper inside a wrapper holds no message. If a wrapped
message has no ``from`` or ``to``, it is not completed from the wrapper.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from xep0184 import ns, xml
from xep0184._value import value
from xep0184.codec.decoding import ensure_message, read_message
from xep0184.errors import FormatError
from xep0184.message import MessageType

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from xep0184.jid import JID
    from xep0184.message import Message
    from xep0184.xml import ElementLike, Limits, Source

__all__ = ["Envelope", "EnvelopeKind", "OpenQuery", "unwrap", "unwrap_with_element"]


class EnvelopeKind(StrEnum):
    """How a message reached this client."""

    DIRECT = "direct"
    """Sent to this client, without a wrapper."""
    CARBON_SENT = "carbon-sent"
    """A copy of what another client of the account sent."""
    CARBON_RECEIVED = "carbon-received"
    """A copy of what another client of the account received."""
    ARCHIVED = "archived"
    """A result from an archive."""
    FORWARDED = "forwarded"
    """Forwarded by a user, who may have changed or invented it (XEP-0297 §7.1)."""
    FORGED = "forged"
    """A carbon that does not come from the account, so that it is not read."""


@value()
class OpenQuery:
    """A query to an archive that is not finished yet.

    Attributes:
        archive: Where it was sent: the account's bare JID, or a room, parsed with the
            normaliser of the account; otherwise results may not be recognised.
        id: The ``queryid`` of the query; None if it has none.

    >>> from xep0184 import jid
    >>> OpenQuery(jid.parse("n@shakespeare.lit"), "q1").id
    'q1'
    """

    archive: JID
    id: str | None = None


@value(kw_only=True)
class Envelope:
    """A message and how it reached this client.

    Attributes:
        kind: How the message reached this client.
        message: The message. None if the wrapper is not read (a forged carbon, a
            result that answers no open query, a room's archive that gives a message
            of somebody else), or if it holds no message.
        query_id: The ``queryid`` of a result.
        stamp: The time in the delay element, unchanged: when the message was sent
            (XEP-0203 §2) or, in a forward, received by the forwarder (XEP-0297 §3.2).
            Unproven for direct and forwarded messages.
        forwarded: What a direct message forwards beside content of its own, as an
            envelope of kind FORWARDED. Show both (XEP-0297 §3.2).

    >>> Envelope(kind=EnvelopeKind.FORGED, message=None).kind.value
    'forged'
    """

    kind: EnvelopeKind
    message: Message | None
    query_id: str | None = None
    stamp: str | None = None
    forwarded: Envelope | None = None


# Python 3.11 takes long to look up a member on its class.
_DIRECT: Final = EnvelopeKind.DIRECT
_ERROR: Final = MessageType.ERROR.value
_CARBONS: Final[Mapping[str, EnvelopeKind]] = {
    ns.CARBON_SENT_TAG: EnvelopeKind.CARBON_SENT,
    ns.CARBON_RECEIVED_TAG: EnvelopeKind.CARBON_RECEIVED,
}
_WRAPPERS: Final = ns.RESULT_TAGS.union(_CARBONS)
_WITH_FORWARDS: Final = _WRAPPERS | {ns.FORWARDED_TAG}


def unwrap(
    source: Source,
    /,
    *,
    account: JID,
    open_queries: Collection[OpenQuery] = (),
    namespaces: Collection[str] = ns.STANZAS,
    limits: Limits = xml.DEFAULT_LIMITS,
) -> Envelope:
    """Return a message without its wrapper, and how it reached this client.

    A carbon is read only if it comes from the account's own bare JID, which a missing
    ``from`` stands for (XEP-0280 §11, RFC 6120 §8.1.2.1). A result is read only if it
    comes from an archive that has an open query of that id (XEP-0313 §8.2), whichever
    version of XEP-0313 it uses. A message that forwards another is direct if it has a
    body that is not empty, an encrypted payload or a receipt of its own. An error,
    also in a carbon (XEP-0280 §7), is always direct: it copies the stanza that it
    refuses (RFC 6120 §8.3.1), so nothing in it proves anything.

    Args:
        source: A message element of lxml or of the standard library, which is not
            changed; or its octets.
        account: The account's own JID, bare or full. Its normaliser is used for all
            other addresses.
        open_queries: The queries to archives that are not finished yet.
        namespaces: The content namespaces to accept.
        limits: The limits to apply.

    Returns:
        The message and how it reached this client.

    Raises:
        XMLError: As `xep0184.xml.element_of`.
        FormatError: NOT_A_STANZA or NOT_A_MESSAGE, about the outer element only.

    >>> from xep0184 import jid
    >>> message = ("<message xmlns='jabber:client' from='eve@e.lit/x'>"
    ...     "<sent xmlns='urn:xmpp:carbons:2'/></message>")
    >>> unwrap(message, account=jid.parse("me@a.lit")).kind
    <EnvelopeKind.FORGED: 'forged'>
    """
    element = xml.element_of(source, limits=limits)  # with all in its wrappers
    return _opened(element, _Reader(account, open_queries, namespaces, limits))[0]


def unwrap_with_element(
    element: ElementLike,
    /,
    *,
    account: JID,
    open_queries: Collection[OpenQuery] = (),
    namespaces: Collection[str] = ns.STANZAS,
) -> tuple[Envelope, ElementLike | None]:
    """Return what `unwrap` returns, and the element of the message in it.

    Args:
        element: As the element that `unwrap` takes.
        account: As for `unwrap`.
        open_queries: As for `unwrap`.
        namespaces: As for `unwrap`.

    Returns:
        The envelope, and the element that its message was read from, if it has one.

    Raises:
        XMLError: As `unwrap`.
        FormatError: As `unwrap`.

    >>> from xep0184 import jid
    >>> element = xml.parse("<message xmlns='jabber:client' id='a'/>")
    >>> unwrap_with_element(element, account=jid.parse("me@a.lit"))[1] is element
    True
    """
    xml.check(element)
    reader = _Reader(account, open_queries, namespaces, xml.DEFAULT_LIMITS)
    return _opened(element, reader)


_Opened: TypeAlias = "tuple[Envelope, ElementLike | None]"
"""An envelope, and the element that its message was read from."""


def _opened(element: ElementLike, reader: _Reader) -> _Opened:
    is_error = element.get("type") == _ERROR
    if is_error or _first(element, _WITH_FORWARDS) is None:
        return _direct(reader.message(element), element), element
    ensure_message(element.tag, reader.namespaces)
    own, from_ = reader.account.bare, element.get("from")
    sender = own if from_ is None else reader.account.parse_other(from_)
    if (carbon := _first(element, _CARBONS)) is not None:
        if sender != own:
            return Envelope(kind=EnvelopeKind.FORGED, message=None), None
        return _open(_CARBONS[carbon.tag], carbon, reader)
    if (result := _first(element, ns.RESULT_TAGS)) is not None:
        return _open_result(result, sender, own, reader)
    outer = reader.message(element)
    forwarded, inner = _open(EnvelopeKind.FORWARDED, element, reader)
    if not _has_own_content(outer):
        return forwarded, inner
    return _direct(outer, element, forwarded), element


def _direct(
    message: Message, element: ElementLike, forwarded: Envelope | None = None
) -> Envelope:
    stamp = _stamp(element) if ns.DELAY_TAG in message.extensions else None
    return Envelope(kind=_DIRECT, message=message, stamp=stamp, forwarded=forwarded)


@dataclass(slots=True)  # not frozen: that would take three times as long to make
class _Reader:
    """How messages and addresses are read, outside and inside of wrappers."""

    account: JID
    open_queries: Collection[OpenQuery]
    namespaces: Collection[str]
    limits: Limits

    def message(self, element: ElementLike) -> Message:
        return read_message(element, self.namespaces, self.limits)


def _has_own_content(outer: Message) -> bool:
    # XEP-0297 §3.2 forwards a message with an empty body if there is nothing to add.
    is_encrypted = not ns.ENCRYPTED.isdisjoint(outer.extensions)
    return bool(outer.body) or is_encrypted or outer.request or outer.is_ack


def _open_result(
    result: ElementLike, archive: JID | None, own: JID, reader: _Reader
) -> _Opened:
    query_id = result.get("queryid")
    nothing = Envelope(kind=EnvelopeKind.ARCHIVED, message=None, query_id=query_id)
    if archive is None or OpenQuery(archive, query_id) not in reader.open_queries:
        return nothing, None
    opened, inner = _open(EnvelopeKind.ARCHIVED, result, reader, query_id)
    if archive == own or _is_from(archive, opened.message, reader):
        return opened, inner
    return nothing, None


def _is_from(archive: JID, message: Message | None, reader: _Reader) -> bool:
    """Check whether a message comes from the room whose archive gives it."""
    if message is None or message.from_ is None:
        return True
    sender = reader.account.parse_other(message.from_)
    return sender is not None and sender.is_of(archive)


def _open(
    kind: EnvelopeKind,
    wrapper: ElementLike,
    reader: _Reader,
    query_id: str | None = None,
) -> _Opened:
    """Return the message in the ``<forwarded/>`` of a wrapper."""
    forwarded = _first(wrapper, (ns.FORWARDED_TAG,))
    if forwarded is None:
        return Envelope(kind=kind, message=None, query_id=query_id), None
    message, inner = _inner_message(forwarded, reader)
    stamp = _stamp(forwarded)
    envelope = Envelope(kind=kind, message=message, query_id=query_id, stamp=stamp)
    return envelope, inner


def _inner_message(
    forwarded: ElementLike, reader: _Reader
) -> tuple[Message | None, ElementLike | None]:
    """Return the first message that is no wrapper itself, and its element."""
    for child in forwarded:
        if child.tag.endswith("message"):  # quicker than to let it be refused
            try:
                message = reader.message(child)
            except FormatError:
                continue
            if _WRAPPERS.isdisjoint(message.extensions):
                return message, child
    return None, None


def _stamp(parent: ElementLike) -> str | None:
    delay = _first(parent, (ns.DELAY_TAG,))
    return None if delay is None else delay.get("stamp")


def _first(parent: ElementLike, tags: Collection[str]) -> Any:  # noqa: ANN401  # it or None
    """Return the first child with one of these names; `find` takes longer."""
    for child in parent:
        if child.tag in tags:
            return child
    return None

"""Which part a stanza goes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from xep0184 import disco, envelope, ns, xml
from xep0184.envelope import Envelope, EnvelopeKind
from xep0184.errors import RemoteError, XMLError
from xep0184.message import MessageType
from xep0184.receipts.archives import OpenQueries
from xep0184.receipts.clients import KnownSupport
from xep0184.receipts.inbox import Inbox
from xep0184.receipts.outbox import Outbox
from xep0184.receipts.passing import OutgoingStanza
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.receipts.actions import Token
    from xep0184.receipts.keys import MessageKey
    from xep0184.receipts.session import Session
    from xep0184.xml import ElementLike, Source

__all__ = ["HasDeadlines", "Routed", "Router"]

_RELEVANT: Final = frozenset(
    {
        ns.REQUEST_TAG,
        ns.RECEIVED_TAG,
        ns.CARBON_SENT_TAG,
        ns.CARBON_RECEIVED_TAG,
        ns.FORWARDED_TAG,
        *ns.RESULT_TAGS,
    }
)
"""A message without any of these children has nothing to do with receipts."""

_MESSAGES: Final = frozenset(
    f"{{{it}}}message" if it else "message" for it in ns.CONTENT
)

# Python 3.11 takes long to look up a member on its class.
_ERROR: Final = MessageType.ERROR
_FORWARDED: Final = EnvelopeKind.FORWARDED
_CARBON_SENT: Final = EnvelopeKind.CARBON_SENT


@dataclass(slots=True)  # not frozen: that would take three times as long to make
class Routed:
    """What became of an incoming stanza.

    Attributes:
        read: Reads the message; returns None, or raises RemoteError, if it cannot be
            read.
        key: The key of a message that asks for a receipt and is new.
        repeated: Whether it was processed before.
        fingerprint: What all its copies have in common; None if that is not known.
    """

    read: Callable[[], Envelope | None]
    key: MessageKey | None = None
    repeated: bool = False
    fingerprint: str | None = None


class HasDeadlines(Protocol):
    """A part of the state that has deadlines."""

    @property
    def next_deadline(self) -> float | None:
        """The earliest one, if there is any."""

    def handle_timer(self, now: float) -> None:
        """Process the deadlines that have come."""


class Router:
    """The parts that hold the state of an account.

    Args:
        session: What the parts share.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.outbox: Outbox = Outbox(session)
        # The others are made when they are first used: most accounts are idle.
        self._inbox: Inbox | None = None
        self._clients: KnownSupport | None = None
        self._archives: OpenQueries | None = None

    @property
    def inbox(self) -> Inbox:
        """The messages that came."""
        self._inbox = self._inbox or Inbox(self._session)
        return self._inbox

    @property
    def clients(self) -> KnownSupport:
        """What clients support."""
        self._clients = self._clients or KnownSupport(self._session)
        return self._clients

    @property
    def has_inbox(self) -> bool:
        """Whether `inbox` was used."""
        return self._inbox is not None

    @property
    def has_clients(self) -> bool:
        """Whether `clients` was used."""
        return self._clients is not None

    @property
    def archives(self) -> OpenQueries:
        """The queries to archives."""
        self._archives = self._archives or OpenQueries()
        return self._archives

    @property
    def parts(self) -> list[HasDeadlines]:
        """The parts with deadlines that are in use; none while disconnected."""
        if not self._session.is_connected:
            return []
        parts = (self._inbox, self.outbox, self._clients)
        return [part for part in parts if part is not None]

    def connected(self, now: float) -> None:
        """Wait once more for what could not come while the account was disconnected."""
        self.outbox.connected(now)
        if self._inbox is not None:
            self._inbox.connected(now)

    def bound(self) -> None:
        """Forget what was true for the earlier stream."""
        self._archives = None
        if self._clients is not None:
            self._clients.bound()

    def incoming(self, stanza: Source | Envelope, now: float) -> Routed:
        """Process a stanza that came. What cannot be read is no error of the host."""
        if isinstance(stanza, Envelope):
            return self._message(stanza, None, None, now)
        try:
            element = xml.unchecked_element_of(stanza)
            tag, kind, sender = element.tag, element.get("type"), element.get("from")
            is_message = tag in _MESSAGES
            is_relevant = is_message and _is_relevant(element)
            opened = self._opened(element) if is_relevant else None
        except (RemoteError, UnicodeDecodeError):
            return Routed(lambda: None)  # a peer may send anything
        if opened is not None:
            return self._message(*opened, element, now)
        if not is_message:
            if ns.is_stanza(str(tag), "presence"):
                self._presence(element, sender, now)
            elif ns.is_stanza(str(tag), "iq") and kind in {"result", "error"}:
                self._answer(element, now)
        return Routed(lambda: self._opened(element)[0])

    def outgoing(
        self,
        element: Any,  # noqa: ANN401  # it is changed
        now: float,
        token: Token | None,
    ) -> OutgoingStanza:
        """Process a stanza before it is sent."""
        session = self._session
        try:
            xml.check(element)
        except XMLError:  # it is the host's own stanza, and not ours to refuse
            return OutgoingStanza(stanza=element)
        to = session.address(element.get("to"))
        if ns.is_stanza(element.tag, "message"):
            support = Support.UNKNOWN if to is None else self.clients.of(to)
            message, ruling = self.outbox.judge(element, support)
            if to is not None and ruling.reason == "query-first":
                self.clients.ask(to, now)
            id_ = self.outbox.outgoing(element, message, ruling, now, support, token)
            return OutgoingStanza(stanza=element, ruling=ruling, id=id_)
        if ns.is_stanza(element.tag, "presence"):
            session.rooms.outgoing(element, to)
        elif ns.is_stanza(element.tag, "iq"):
            self.archives.outgoing(element, session)
            query = disco.query_of(element, namespaces=ns.CONTENT)
            if query is not None:
                self.clients.sent(query)
        return OutgoingStanza(stanza=element)

    def _opened(self, element: ElementLike) -> tuple[Envelope, ElementLike | None]:
        return envelope.unwrap_with_element(
            element,
            account=self._session.account,
            open_queries=() if self._archives is None else self._archives.open,
            namespaces=ns.CONTENT,
        )

    def _message(
        self,
        received: Envelope,
        inner: ElementLike | None,
        element: ElementLike | None,
        now: float,
    ) -> Routed:
        """Process a message that may have to do with receipts.

        `inner` is the element of the message, `element` that of the whole stanza.
        """
        message = received.message
        if message is not None:
            is_error = message.type == _ERROR
            # Who forwards a message may have invented it: it is never answered, and
            # it says nothing of the sender that it names.
            is_proven = received.kind is not _FORWARDED
            if message.is_ack or is_error:
                condition = None if element is None else xml.error_condition(element)
                self.outbox.received(received, condition, now)
            if received.kind is _CARBON_SENT:
                self.outbox.sent_elsewhere(message)
            elif message.request and not is_error and is_proven:
                found = self.inbox.incoming(received, inner, now)
                return Routed(lambda: received, *found)
        return Routed(lambda: received)

    def _presence(self, element: ElementLike, from_: str | None, now: float) -> None:
        sender = self._session.address(from_)
        if sender is not None:
            self._session.rooms.incoming(element, sender)
            if element.get("type") == "unavailable":
                self.clients.learned(sender, Support.UNKNOWN)
            self.clients.presence(element, now)

    def _answer(self, element: ElementLike, now: float) -> None:
        if self._archives is not None:
            self._archives.incoming(element, self._session)
        if self._clients is None or not self._clients.expects(element.get("id")):
            return
        try:
            answer = disco.from_element(element, namespaces=ns.CONTENT)
        except RemoteError:
            return
        self._clients.answer(answer, now)


def _is_relevant(message: ElementLike) -> bool:
    for child in message:
        if child.tag in _RELEVANT:
            return True
    return message.get("type") == "error"

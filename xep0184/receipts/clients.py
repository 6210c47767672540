"""Which clients support receipts: asked where the policy allows it, or told."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from xep0184 import disco
from xep0184.discovery import Discovery
from xep0184.receipts.actions import Send, SendReason
from xep0184.recent import Recent

if TYPE_CHECKING:
    from xep0184.disco import Answer, Query
    from xep0184.jid import JID
    from xep0184.receipts.session import Session
    from xep0184.support import Support
    from xep0184.xml import ElementLike

__all__ = ["KnownSupport"]

_MOST_TOLD: Final = 1_024


class KnownSupport:
    """What is known about the support of clients.

    Args:
        session: What the parts share.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._told: Recent[JID, Support] = Recent(_MOST_TOLD, "support")
        self._deadlines: deque[tuple[float, Query]] = deque(maxlen=_MOST_TOLD)
        self.discovery = Discovery(session.account, may_query=session.host.may_query)

    @property
    def first_deadline(self) -> float | None:
        """When the first query has waited long enough for its answer."""
        return self._deadlines[0][0] if self._deadlines else None

    def of(self, contact: JID) -> Support:
        """Return the support of a client, as far as it is known."""
        told = self._told.get(contact)
        return self.discovery.support(contact) if told is None else told

    def ask(self, contact: JID, now: float) -> None:
        """Ask a client, where that is allowed."""
        session = self._session
        if session.policy.query and session.host.may_query(contact):
            self._send(self.discovery.ask(contact), now)

    def learned(self, contact: JID, support: Support) -> None:
        """Record what the stack knows."""
        self._told.put(contact, support)

    def presence(self, stanza: ElementLike, now: float) -> None:
        """Process a presence: it may make a query necessary, or end one."""
        if self._session.policy.query:
            self._send(self.discovery.presence(stanza), now)

    def answer(self, answer: Answer, now: float) -> None:
        """Process the answer to a query."""
        self._send(self.discovery.answer(answer).next, now)

    def handle_timer(self, now: float) -> None:
        """Give up the queries that were not answered."""
        while self._deadlines and self._deadlines[0][0] <= now:
            _, query = self._deadlines.popleft()
            self._send(self.discovery.give_up(query), now)

    def forget(self, contact: JID, now: float) -> None:
        """Discard what is known of the clients of a contact."""
        known = {*self._told, *self.discovery.entities}
        for client in [it for it in known if it.is_of(contact)]:
            self._told.pop(client)
            self._send(self.discovery.forget(client), now)

    def bound(self) -> None:
        """Forget the presences of an earlier stream; verified hashes are kept."""
        saved = self.discovery.snapshot()
        session = self._session
        self.discovery = Discovery(session.account, may_query=session.host.may_query)
        self.discovery.restore(saved)
        self._deadlines.clear()

    def _send(self, query: Query | None, now: float) -> None:
        if query is None:
            return
        session = self._session
        octets = disco.query(
            query.to or str(session.account.bare),
            str(query.id),
            query.node,
            from_=session.own_address(None),
            namespace=session.namespace,
        )
        self._deadlines.append((now + session.policy.query_timeout, query))
        send = Send(octets=octets, to=query.to or "", reason=SendReason.QUERY)
        session.tell(send)

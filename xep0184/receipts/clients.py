"""Which clients support receipts: asked where the policy allows it, or told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184 import disco
from xep0184.disco import Match
from xep0184.discovery import AnswerOutcome, Discovery
from xep0184.errors import BuildError
from xep0184.receipts.actions import Send, SendReason
from xep0184.recent import Recent
from xep0184.support import Support

if TYPE_CHECKING:
    from xep0184.disco import Answer, Query
    from xep0184.jid import JID
    from xep0184.receipts.session import Session
    from xep0184.xml import ElementLike

__all__ = ["KnownSupport"]

_MOST_TOLD: Final = 1_024
_MOST_PASSING: Final = 256
_MOST_DEADLINES: Final = 1_024


class KnownSupport:
    """What is known about the support of clients.

    Args:
        session: What the parts share.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._told: Recent[JID, Support] = Recent(_MOST_TOLD, "support")
        self._deadlines: dict[str, tuple[float, Query]] = {}  # by the id of the query
        self._passing: Recent[str, Query] = Recent(_MOST_PASSING, "queries")
        self.discovery: Discovery = Discovery(
            session.account,
            may_query=self._may_query,
            journal=session.journal,
        )

    @property
    def next_deadline(self) -> float | None:
        """When the first query has waited long enough for its answer."""
        return next((deadline for deadline, _ in self._deadlines.values()), None)

    def of(self, contact: JID) -> Support:
        """Return the support of a client, as far as it is known."""
        told = self._told.get(contact)
        return self.discovery.support(contact) if told is None else told

    def ask(self, contact: JID, now: float) -> None:
        """Ask a client, where that is allowed."""
        if self._may_query(contact):
            self._send(self.discovery.ask(contact), now)

    def learned(self, contact: JID, support: Support) -> None:
        """Record what the stack knows; UNKNOWN means that it knows nothing."""
        self._told.pop(contact)
        if support is not Support.UNKNOWN:
            self._told.put(contact, support)

    def presence(self, stanza: ElementLike, now: float) -> None:
        """Process a presence: it may make a query necessary, or end one."""
        self._send(self.discovery.presence(stanza), now)

    def sent(self, query: Query) -> None:
        """Note a query that the stack sends itself, so that its answer is used."""
        if query.id:
            self._passing.put(query.id, query)

    def expects(self, id_: str | None) -> bool:
        """Return whether an iq with this id may answer a query."""
        is_passing = id_ is not None and self._passing.peek(id_) is not None
        return is_passing or self.discovery.expects(id_)

    def answer(self, answer: Answer, now: float) -> None:
        """Process what may be the answer to a query."""
        self._answer_passing(answer)
        result = self.discovery.answer(answer)
        if result.outcome is not AnswerOutcome.IGNORED:
            self._deadlines.pop(str(answer.id), None)
        self._send(result.next, now)

    def handle_timer(self, now: float) -> None:
        """Give up the queries that were not answered."""
        while (deadline := self.next_deadline) is not None and deadline <= now:
            id_, (_, query) = next(iter(self._deadlines.items()))
            self._send(self._give_up(id_, query), now)

    def forget(self, contact: JID, now: float) -> None:
        """Discard what is known of the clients of a contact."""
        known = {*self._told, *self.discovery.entities}
        for id_, query in list(self._passing.items()):
            to = self._session.address(query.to)
            if to is not None and to.is_of(contact):
                self._passing.pop(id_)
        for client in [it for it in known if it.is_of(contact)]:
            self._told.pop(client)
            self._send(self.discovery.forget(client), now)

    def bound(self) -> None:
        """Forget the presences of an earlier stream; verified hashes are kept."""
        self.discovery.reset()
        self._passing.clear()
        self._deadlines.clear()

    def _may_query(self, contact: JID) -> bool:
        session = self._session
        return session.policy.query and session.host.may_query(contact) is True

    def _answer_passing(self, answer: Answer) -> None:
        query = self._passing.peek(str(answer.id))
        if query is None:
            return
        account, to = self._session.account, self._session.address(query.to)
        if disco.match(query, answer, account=account) is Match.YES:
            self._passing.pop(str(answer.id))
            if to is not None and answer.info is not None:
                self.discovery.learned(to, answer.info)

    def _send(self, query: Query | None, now: float) -> None:
        """Send a query; pass over those whose node, a peer's, cannot be written."""
        while query is not None:
            id_, deadline = str(query.id), now + self._session.policy.query_timeout
            self._drop_old_deadlines()
            self._deadlines[id_] = (deadline, query)
            octets = self._written(query)
            if octets is not None:
                send = Send(octets=octets, to=query.to or "", reason=SendReason.QUERY)
                self._session.tell(send)
                return
            query = self._give_up(id_, query)

    def _give_up(self, id_: str, query: Query) -> Query | None:
        """Give up a query, and return the next one; if the host raises, do neither."""
        following = self.discovery.give_up(query)
        del self._deadlines[id_]
        return following

    def _drop_old_deadlines(self) -> None:
        """Drop those of queries that ended without an answer, if there are many."""
        if len(self._deadlines) >= _MOST_DEADLINES:
            known = self._deadlines.items()
            self._deadlines = {
                id_: it for id_, it in known if self.discovery.expects(id_)
            }

    def _written(self, query: Query) -> bytes | None:
        session = self._session
        try:
            return disco.query(
                query.to or str(session.account.bare),
                str(query.id),
                query.node,
                from_=session.own_address(None),
                namespace=session.namespace,
            )
        except BuildError:
            return None

"""What a recording says of the support of peers: disco#info, caps and receipts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from xep0184 import disco, ns
from xep0184.discovery import Discovery
from xep0184.errors import RemoteError
from xep0184.recent import Recent
from xep0184.support import Support

if TYPE_CHECKING:
    from xep0184.disco import Query
    from xep0184.jid import JID
    from xep0184.xml import ElementLike

__all__ = ["Peers"]

_MOST: Final = 4_096


class Peers:
    """The support of at most 4096 peers, as the recording shows it.

    `Discovery` decides whom it would ask about a hash. If the client that recorded
    asked the same entity, the answer is used in place of an own one.

    Args:
        account: The account that recorded.
    """

    def __init__(self, account: JID) -> None:
        self._discovery = Discovery(account, may_query=lambda _: True)
        self._queries: Recent[JID, Query] = Recent(_MOST, "queries")
        self._seen: Recent[JID, Support] = Recent(_MOST, "seen")
        self._address = account.parse_other

    def support(self, peer: JID) -> Support:
        """Return what is known of a client; of an account, if its clients agree."""
        return self._seen.peek(peer) or Support.UNKNOWN

    def presence(self, element: ElementLike, sender: JID) -> None:
        """Process a presence that was received."""
        self._expect(self._discovery.presence(element))
        self._note(sender)

    def answer(self, element: ElementLike, sender: JID) -> None:
        """Process an iq that was received."""
        if element.find(ns.QUERY_TAG) is None or not sender.is_full:
            return
        try:
            answer = disco.from_element(element, namespaces=ns.CONTENT)
        except RemoteError:
            return
        query = self._queries.pop(sender)
        if query is not None:
            result = self._discovery.answer(replace(answer, id=query.id))
            self._expect(result.next)
        if answer.info is not None and "#" in (answer.node or "#"):
            self._discovery.learned(sender, answer.info)
        self._note(sender)

    def _expect(self, query: Query | None) -> None:
        to = None if query is None else self._address(query.to)
        if query is not None and to is not None:
            self._queries.put(to, query)

    def _note(self, client: JID) -> None:
        support = self._discovery.support(client)
        if support is not Support.UNKNOWN:
            self.learn(client, support)

    def learn(self, client: JID, support: Support) -> None:
        """Record the support of a client, such as that of one that sent a receipt."""
        others = self._seen.peek(client.bare)
        self._seen.put(client, support)
        agreed = support if others in {None, support} else Support.UNKNOWN
        self._seen.put(client.bare, agreed)

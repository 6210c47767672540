"""The queries to archives that pass, so that their results can be proven (XEP-0313)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184 import ns
from xep0184.envelope import OpenQuery
from xep0184.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Collection

    from xep0184.receipts.session import Session
    from xep0184.xml import ElementLike

__all__ = ["OpenQueries"]

_MOST: Final = 256
# Their results follow the answer, so it does not end the query.
_ANSWERED_FIRST: Final = frozenset({"urn:xmpp:mam:0", "urn:xmpp:mam:tmp"})


class OpenQueries:
    """At most 256 queries to archives that are not finished yet."""

    def __init__(self) -> None:
        self._queries: Recent[tuple[str, bool], OpenQuery] = Recent(_MOST, "queries")

    @property
    def open(self) -> Collection[OpenQuery]:
        """The queries, for `xep0184.envelope.unwrap`."""
        return self._queries.values()

    def outgoing(self, iq: ElementLike, session: Session) -> None:
        """Process an iq that the account sends."""
        query = next((child for child in iq if child.tag in ns.MAM_QUERY_TAGS), None)
        id_, to = iq.get("id"), iq.get("to")
        archive = session.account.bare if to is None else session.address(to)
        if query is None or not id_ or archive is None:
            return
        ends_with_answer = ns.split(query.tag)[0] not in _ANSWERED_FIRST
        self._queries.put(
            (id_, ends_with_answer), OpenQuery(archive, query.get("queryid"))
        )

    def incoming(self, iq: ElementLike, session: Session) -> None:
        """Process an iq that the account receives: an answer ends its query."""
        id_, from_ = iq.get("id"), iq.get("from")
        sender = session.account.bare if from_ is None else session.address(from_)
        query = None if id_ is None else self._queries.peek((id_, True))
        if id_ is not None and query is not None and query.archive == sender:
            self._queries.pop((id_, True))

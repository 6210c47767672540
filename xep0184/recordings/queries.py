"""The queries to archives that are open in a recording, at most 65,536 (XEP-0313)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184 import ns
from xep0184.envelope import OpenQuery
from xep0184.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Collection

    from xep0184.jid import JID
    from xep0184.xml import ElementLike

__all__ = ["Queries"]

_Key: TypeAlias = "tuple[str | None, JID | None, bool]"

_MOST: Final = 65_536
_LONGEST: Final = 1_024
# Their results follow the answer, so it does not end the query.
_ANSWERED_FIRST: Final = frozenset({"urn:xmpp:mam:0", "urn:xmpp:mam:tmp"})


class Queries:
    """The queries that are open, by the id of the iq that opened them.

    Of more than 65,536 the oldest are removed. A query whose ids are longer than 1024
    characters is ignored, because many of them would fill the memory.

    >>> from xep0184.envelope import OpenQuery
    >>> from xep0184.jid import parse
    >>> queries = Queries()
    >>> queries.begin("i1", OpenQuery(parse("n@shakespeare.lit"), "q1"))
    >>> OpenQuery(parse("n@shakespeare.lit"), "q1") in queries.open
    True
    """

    def __init__(self) -> None:
        self._begun: Recent[_Key, OpenQuery] = Recent(_MOST, "queries")
        self._counts: Counter[OpenQuery] = Counter()

    @property
    def open(self) -> Collection[OpenQuery]:
        """A view of the open queries, in which a search takes constant time."""
        return self._counts.keys()

    def sent(self, iq: ElementLike, archive: JID | None, /) -> None:
        """Process an iq that was sent to an archive, or to another entity."""
        query = next((child for child in iq if child.tag in ns.MAM_QUERY_TAGS), None)
        if query is not None and archive is not None:
            is_ended = ns.split(query.tag)[0] not in _ANSWERED_FIRST
            opened = OpenQuery(archive, query.get("queryid"))
            self.begin(iq.get("id"), opened, is_ended=is_ended)

    def begin(
        self, iq: str | None, query: OpenQuery, /, *, is_ended: bool = True
    ) -> None:
        """Add a query; after a restart, it may replace one with the same id.

        Args:
            iq: The id of the iq.
            query: The query.
            is_ended: Whether the answer to the iq ends it.
        """
        if len(iq or "") + len(query.id or "") > _LONGEST:
            return
        key = (iq, query.archive, is_ended)
        replaced = self._begun.pop(key)
        displaced = self._begun.put(key, query)
        self._counts[query] += 1
        for closed in (replaced, displaced and displaced[1]):
            self._close(closed)

    def end(self, iq: str | None, sender: JID | None, /) -> None:
        """Remove the query that an iq ends, if the iq comes from the archive."""
        self._close(self._begun.pop((iq, sender, True)))

    def _close(self, query: OpenQuery | None) -> None:
        if query is not None:
            self._counts[query] -= 1
            if not self._counts[query]:
                del self._counts[query]

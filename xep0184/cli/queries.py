"""The queries to archives that one recording has open, as many as there is room for."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    from xep0184.envelope import OpenQuery
    from xep0184.jid import JID

__all__ = ["Queries"]

_MOST: Final = 65_536
_LONGEST: Final = 1_024


class Queries:
    """Which queries are open, by the id of the iq that opened them.

    Of more than 65,536 the oldest are forgotten, and one whose ids are longer than
    1024 characters is not followed: a recording of such would fill the memory.

    >>> from xep0184.envelope import OpenQuery
    >>> from xep0184.jid import parse
    >>> queries = Queries()
    >>> queries.begin("i1", OpenQuery(parse("n@shakespeare.lit"), "q1"))
    >>> OpenQuery(parse("n@shakespeare.lit"), "q1") in queries.open
    True
    """

    def __init__(self) -> None:
        # In a dict the oldest would be looked for among all that was deleted.
        self._by_iq: OrderedDict[str | None, OpenQuery] = OrderedDict()
        self._counts: Counter[OpenQuery] = Counter()

    @property
    def open(self) -> Collection[OpenQuery]:
        """A view of those that are open; looking for one does not go through all."""
        return self._counts.keys()

    def begin(self, iq: str | None, query: OpenQuery, /) -> None:
        """Take note of a query; another of the same iq is open no longer."""
        self._close(iq)
        if len(iq or "") + len(query.id or "") > _LONGEST:
            return
        self._by_iq[iq] = query
        self._counts[query] += 1
        if len(self._by_iq) > _MOST:
            self._close(next(iter(self._by_iq)))

    def end(self, iq: str | None, sender: JID | None, /) -> None:
        """Close the query that an iq ends, if it comes from the archive."""
        query = self._by_iq.get(iq)
        if query is not None and query.archive == sender:
            self._close(iq)

    def _close(self, iq: str | None) -> None:
        query = self._by_iq.pop(iq, None)
        if query is not None:
            self._counts[query] -= 1
            if not self._counts[query]:
                del self._counts[query]

"""The queries to archives that are open in a recording, at most 65,536 (XEP-0313)."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184 import ns
from xep0184.envelope import OpenQuery

if TYPE_CHECKING:
    from collections.abc import Collection

    from xep0184.jid import JID
    from xep0184.xml import ElementLike

__all__ = ["Queries"]

_Key: TypeAlias = "tuple[str | None, JID | None]"

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
        # OrderedDict, because finding the first key of a dict is slow after many
        # deletions.
        self._begun: OrderedDict[int, tuple[_Key, OpenQuery]] = OrderedDict()
        self._numbers: dict[_Key, deque[int]] = {}
        self._counts: Counter[OpenQuery] = Counter()
        self._number = 0

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
            self.begin(iq.get("id") if is_ended else None, opened)

    def received(self, iq: ElementLike, sender: JID | None, /) -> None:
        """Process an iq that was received: it may end a query."""
        if (id_ := iq.get("id")) is not None:
            self.end(id_, sender)

    def begin(self, iq: str | None, query: OpenQuery, /) -> None:
        """Add a query; a client that was restarted may use an id again."""
        if len(iq or "") + len(query.id or "") > _LONGEST:
            return
        self._number += 1
        key = (iq, query.archive)
        self._begun[self._number] = key, query
        self._numbers.setdefault(key, deque()).append(self._number)
        self._counts[query] += 1
        if len(self._begun) > _MOST:
            self._close(next(iter(self._begun)))

    def end(self, iq: str | None, sender: JID | None, /) -> None:
        """Remove the first query that an iq ends, if the iq comes from the archive."""
        if numbers := self._numbers.get((iq, sender)):
            self._close(numbers[0])

    def _close(self, number: int) -> None:
        """Remove a query, which is the first of those with its key."""
        key, query = self._begun.pop(number)
        self._numbers[key].popleft()
        if not self._numbers[key]:
            del self._numbers[key]
        self._counts[query] -= 1
        if not self._counts[query]:
            del self._counts[query]

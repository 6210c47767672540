"""The queries under way, and the entities that wait for their answers.

One entity is asked about a hash; the others that advertise it wait. Each step takes
constant time, however many entities wait.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184._value import value
from xep0184.disco import Query
from xep0184.discovery.entity import Entity, HashKey
from xep0184.jid import JID
from xep0184.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PendingQueries", "PendingQuery"]

_MOST: Final = 512
_MOST_BY_PRESENCE: Final = 256

_Subject: TypeAlias = JID | HashKey


@value(kw_only=True)
class PendingQuery:
    """A query under way.

    Attributes:
        query: The query.
        jid: The entity asked.
        entity: What was known of it when it was asked.
        key: The hash that the query is about; None for a query without node.
    """

    query: Query
    jid: JID
    entity: Entity
    key: HashKey | None

    @property
    def subjects(self) -> tuple[_Subject, ...]:
        """The entity and the hash: for none of them a second query is sent."""
        return (self.jid,) if self.key is None else (self.jid, self.key)


class PendingQueries:
    """At most 512 queries under way, and the entities that wait.

    Args:
        new_id: Returns the id of a new query.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._queries: Recent[str, PendingQuery] = Recent(_MOST, "queries")
        self._ids: dict[_Subject, str] = {}
        self._waiting: dict[HashKey, OrderedDict[JID, Entity]] = {}

    @property
    def is_full(self) -> bool:
        """Whether presence may cause no further query: 256 are under way."""
        return len(self._queries) >= _MOST_BY_PRESENCE

    def find(self, id_: str | None, /) -> PendingQuery | None:
        """Return the query with an id."""
        return None if id_ is None else self._queries.get(id_)

    def about(self, subject: _Subject, /) -> PendingQuery | None:
        """Return the query to an entity, or about a hash."""
        return self.find(self._ids.get(subject))

    def send(self, jid: JID, entity: Entity, key: HashKey | None, /) -> Query:
        """Add a query to an entity, about a hash or without node, and return it.

        If there are 512 others, the oldest counts as lost.
        """
        self.leave(jid, entity)
        id_ = self._new_id()
        query = Query(to=str(jid), id=id_, node=None if key is None else entity.node)
        added = PendingQuery(query=query, jid=jid, entity=entity, key=key)
        self._ids.update(dict.fromkeys(added.subjects, id_))
        lost = self._queries.put(id_, added)
        if lost is not None:
            self._release(lost[1])
        return query

    def settle(self, pending: PendingQuery, /) -> None:
        """Remove a query, because it was answered or given up."""
        self._queries.pop(pending.query.id or "")
        self._release(pending)

    def wait(self, jid: JID, entity: Entity, key: HashKey, /) -> None:
        """Let an entity wait for the answer to the query about a hash."""
        self._waiting.setdefault(key, OrderedDict())[jid] = entity

    def leave(self, jid: JID, entity: Entity, /) -> None:
        """Let an entity wait no longer."""
        for key in entity.keys[:1]:
            waiting = self._waiting.get(key, {})
            waiting.pop(jid, None)
            if not waiting:
                self._waiting.pop(key, None)

    def stop_waiting(self, key: HashKey, /) -> None:
        """Let no entity wait for a hash any longer, because it is verified."""
        self._waiting.pop(key, None)

    def take_next(self, key: HashKey | None, /) -> tuple[JID, Entity] | None:
        """Remove and return the entity that waits for a hash for the longest time."""
        if key is None or key not in self._waiting:
            return None
        jid, entity = next(iter(self._waiting[key].items()))
        self.leave(jid, entity)
        return jid, entity

    def _release(self, pending: PendingQuery) -> None:
        for subject in pending.subjects:
            self._ids.pop(subject, None)

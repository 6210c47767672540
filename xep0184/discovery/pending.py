"""The queries under way, and the entities that wait for their answers."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184.disco import Query
from xep0184.discovery.entity import Entity, HashKey
from xep0184.jid import JID
from xep0184.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["PendingQueries", "PendingQuery"]

_MOST: Final = 512
_MOST_BY_PRESENCE: Final = 256

_Subject: TypeAlias = JID | HashKey


@dataclass(slots=True, eq=False, kw_only=True)
class PendingQuery:
    """A query under way.

    Attributes:
        id: The id of the iq.
        entity: The entity asked, as it was known then.
        key: The hash that the query is about; None for a query without node.
        waiting: The other entities that advertise the hash, the first one first.
    """

    id: str
    entity: Entity
    key: HashKey | None
    waiting: OrderedDict[JID, Entity]

    @property
    def query(self) -> Query:
        """The query to send."""
        node = None if self.key is None else self.entity.node
        return Query(to=str(self.entity.jid), id=self.id, node=node)

    @property
    def subjects(self) -> tuple[_Subject, ...]:
        """The entity and the hash: no second query is sent for either."""
        jid = self.entity.jid
        return (jid,) if self.key is None else (jid, self.key)


class PendingQueries:
    """At most 512 queries under way; presence may cause the first 256 only.

    Args:
        new_id: Returns the id of a new query.
    """

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._queries: Recent[str, PendingQuery] = Recent(_MOST, "queries")
        self._ids: dict[_Subject, str] = {}

    @property
    def has_room(self) -> bool:
        """Whether presence may cause another query."""
        return len(self._queries) < _MOST_BY_PRESENCE

    def find(self, id_: str | None, /) -> PendingQuery | None:
        """Return the query with an id."""
        return None if id_ is None else self._queries.peek(id_)

    def about(self, subject: _Subject | None, /) -> PendingQuery | None:
        """Return the query to an entity, or about a hash."""
        return None if subject is None else self.find(self._ids.get(subject))

    def send(
        self,
        entity: Entity,
        key: HashKey | None = None,
        waiting: OrderedDict[JID, Entity] | None = None,
    ) -> Query:
        """Add a query and return it; the oldest of more than 512 is dropped."""
        waiting = waiting or OrderedDict()
        id_ = self._new_id()
        pending = PendingQuery(id=id_, entity=entity, key=key, waiting=waiting)
        self._add(pending)
        return pending.query

    def clear(self) -> None:
        """Remove all queries."""
        self._queries.clear()
        self._ids.clear()

    @contextmanager
    def ending(self, pending: PendingQuery, /) -> Generator[None, None, None]:
        """Remove a query that was answered or given up; keep it if the block raises."""
        self._queries.pop(pending.id)
        self._release(pending)
        try:
            yield
        except BaseException:
            self._add(pending)
            raise

    def stop_waiting(self, entity: Entity, /) -> None:
        """Remove an entity from those that wait for the answer about its hash."""
        pending = self.about(entity.key)
        if pending is not None:
            pending.waiting.pop(entity.jid, None)

    def _add(self, pending: PendingQuery) -> None:
        self._ids.update(dict.fromkeys(pending.subjects, pending.id))
        lost = self._queries.put(pending.id, pending)
        if lost is not None:
            self._release(lost[1])

    def _release(self, pending: PendingQuery) -> None:
        for subject in pending.subjects:
            self._ids.pop(subject, None)

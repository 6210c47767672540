"""The queries under way, and who may be asked next.

A hash is asked for once, of one of those who advertise it. Every step costs the
same however many wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184._value import value
from xep0184.disco import Query
from xep0184.discovery.entity import Entity, node_of
from xep0184.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.discovery.entity import Key
    from xep0184.jid import JID

__all__ = ["Inquiries", "SentQuery"]


@value(kw_only=True)
class SentQuery:
    """A query that is under way.

    Attributes:
        query: What was asked.
        jid: Whom.
        entity: What was known of it then.
        key: The hash it was asked for; None if it was asked for itself.
    """

    query: Query
    jid: JID
    entity: Entity
    key: Key | None

    @property
    def id(self) -> str:
        """The id of the iq."""
        return self.query.id or ""

    @property
    def slot(self) -> Key | JID:
        """What no second query is sent for."""
        return self.key or self.jid


class Inquiries:
    """Queries that are under way, and entities that wait for their turn.

    Args:
        size: How many queries are remembered; the oldest is taken for lost.
        new_id: Makes the ids.

    Raises:
        BuildError: LIMIT, if the size is not positive.
    """

    def __init__(self, size: int, new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._under_way: Recent[str, SentQuery] = Recent(size, "max_entities")
        self._ids: dict[Key | JID, str] = {}
        self._waiting: dict[Key, dict[JID, Entity]] = {}

    def find(self, id_: str | None, /) -> SentQuery | None:
        """Return the query that has an id."""
        return None if id_ is None else self._under_way.get(id_)

    def about(self, slot: Key | JID, /) -> SentQuery | None:
        """Return the query for a hash, or the one to an entity for itself."""
        return self.find(self._ids.get(slot))

    def send(self, jid: JID, entity: Entity, key: Key | None, /) -> Query:
        """Make the query to an entity, for a hash or for itself."""
        self.leave(jid, entity)
        advertised = None if key is None else entity.advertised
        node = None if advertised is None else node_of(advertised)
        query = Query(to=str(jid), id=self._new_id(), node=node)
        asked = SentQuery(query=query, jid=jid, entity=entity, key=key)
        self._ids[asked.slot] = asked.id
        dropped = self._under_way.put(asked.id, asked)
        if dropped is not None:
            self._ids.pop(dropped[1].slot, None)
        return query

    def settle(self, asked: SentQuery, /) -> None:
        """Take a query off the list: it was answered, or given up."""
        self._under_way.pop(asked.id)
        self._ids.pop(asked.slot, None)

    def wait(self, jid: JID, entity: Entity, key: Key, /) -> None:
        """Let an entity wait for its turn to be asked for a hash."""
        self._waiting.setdefault(key, {})[jid] = entity

    def leave(self, jid: JID, entity: Entity, /) -> None:
        """Let an entity wait no longer."""
        for key in entity.keys[:1]:
            waiting = self._waiting.get(key, {})
            waiting.pop(jid, None)
            if not waiting:
                self._waiting.pop(key, None)

    def drop(self, jid: JID, entity: Entity, /) -> None:
        """Let go of a state of an entity; what it is asked for others goes on."""
        self.leave(jid, entity)
        asked = self.about(jid)
        if asked is not None:
            self.settle(asked)

    def known(self, key: Key, /) -> None:
        """Let nobody wait for a hash any longer."""
        self._waiting.pop(key, None)

    def next(self, key: Key | None, /) -> Query | None:
        """Return the query to the next of those who advertise a hash."""
        for jid, entity in self._waiting.get(key, {}).items() if key else ():
            return self.send(jid, entity, key)
        return None

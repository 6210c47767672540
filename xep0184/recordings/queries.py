"""The queries to archives that are open in a recording (XEP-0313)."""

from __future__ import annotations

from collections import Counter, deque
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
    """The queries that are open: from the iq that asks to the one that answers.

    At most 65,536 are open; others are ignored. A query whose ids are longer than 1024
    characters is ignored, because many of them would fill the memory.

    >>> from xml.etree.ElementTree import fromstring
    >>> from xep0184.jid import parse
    >>> queries, archive = Queries(), parse("n@shakespeare.lit")
    >>> iq = "<iq id='i1'><query xmlns='urn:xmpp:mam:2' queryid='q1'/></iq>"
    >>> queries.sent(fromstring(iq), archive)
    >>> OpenQuery(archive, "q1") in queries.open
    True
    """

    def __init__(self) -> None:
        self._begun: dict[_Key, deque[OpenQuery]] = {}
        self._counts: Counter[OpenQuery] = Counter()
        self._number = 0

    @property
    def open(self) -> Collection[OpenQuery]:
        """A view of the open queries, in which a search takes constant time."""
        return self._counts.keys()

    def sent(self, iq: ElementLike, archive: JID | None, /) -> None:
        """Process an iq that was sent to an archive, or to another entity."""
        query = next((child for child in iq if child.tag in ns.MAM_QUERY_TAGS), None)
        if query is None or archive is None or self._number == _MOST:
            return
        id_, opened = iq.get("id"), OpenQuery(archive, query.get("queryid"))
        if len(id_ or "") + len(opened.id or "") > _LONGEST:
            return
        is_ended = ns.split(query.tag)[0] not in _ANSWERED_FIRST
        self._begun.setdefault((id_ if is_ended else None, archive), deque()).append(
            opened
        )
        self._counts[opened] += 1
        self._number += 1

    def received(self, iq: ElementLike, sender: JID | None, /) -> None:
        """Process an iq that was received: the archive ends its first query with it.

        A client that starts again may use ids again; what it sent may be read first.
        """
        key = (iq.get("id"), sender)
        if key[0] is None or (begun := self._begun.get(key)) is None:
            return
        query = begun.popleft()
        if not begun:
            del self._begun[key]
        self._number -= 1
        self._counts[query] -= 1
        if not self._counts[query]:
            del self._counts[query]

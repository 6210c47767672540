"""The answers that wait for the roster.

Messages that were kept offline come before the roster. Until it is there, it is not
known which of their senders may see the user's presence. Limits for each sender and
each domain keep one of them from displacing the others.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.jid import JID
    from xep0184.receipts.keys import MessageKey

__all__ = ["HeldAnswers"]

_MOST_OF_SENDER: Final = 16
_MOST: Final = 512

_Id: TypeAlias = tuple[str, str]


class HeldAnswers:
    """At most 16 answers to one sender wait, and 512 in all.

    One more displaces the oldest to the same sender, or to a sender of the domain that
    has the most. An answer takes at most 17 KB, as the JIDs and the id in its key do.
    """

    def __init__(self) -> None:
        self._items: OrderedDict[_Id, tuple[float, JID, MessageKey]] = OrderedDict()
        self._senders: Counter[JID] = Counter()
        self._domains: Counter[str] = Counter()

    @property
    def first_deadline(self) -> float | None:
        """When the first answer has waited long enough."""
        return min((deadline for deadline, _, _ in self._items.values()), default=None)

    @property
    def items(self) -> list[tuple[float, JID, MessageKey]]:
        """The answers, the oldest first: deadline, sender and key."""
        return list(self._items.values())

    def add(self, sender: JID, key: MessageKey, deadline: float) -> MessageKey | None:
        """Let an answer wait; return the one that it displaces."""
        id_ = _id_of(sender, key)
        self._remove(id_)
        displaced = None
        if self._senders[sender] >= _MOST_OF_SENDER:
            displaced = self._remove_oldest(lambda other: other == sender)
        elif len(self._items) >= _MOST:
            domain = self._domains.most_common(1)[0][0]
            displaced = self._remove_oldest(lambda other: other.domain == domain)
        self._items[id_] = (deadline, sender, key)
        self._senders[sender] += 1
        self._domains[sender.domain] += 1
        return displaced

    def discard(self, sender: JID, key: MessageKey) -> None:
        """Let an answer wait no longer."""
        self._remove(_id_of(sender, key))

    def take_due(self, now: float) -> list[MessageKey]:
        """Remove and return the answers that have waited long enough."""
        due = [id_ for id_, item in self._items.items() if item[0] <= now]
        return [key for id_ in due if (key := self._remove(id_))]

    def forget(self, contact: JID) -> None:
        """Remove the answers to a contact."""
        for id_ in [id_ for id_, it in self._items.items() if it[1].is_of(contact)]:
            self._remove(id_)

    def _remove_oldest(self, fits: Callable[[JID], bool]) -> MessageKey | None:
        return self._remove(next(id_ for id_, it in self._items.items() if fits(it[1])))

    def _remove(self, id_: _Id) -> MessageKey | None:
        item = self._items.pop(id_, None)
        if item is None:
            return None
        _, sender, key = item
        self._senders -= Counter([sender])  # drops entries that reach 0
        self._domains -= Counter([sender.domain])
        return key


def _id_of(sender: JID, key: MessageKey) -> _Id:
    return str(sender), f"{key.digest}{key.id}"

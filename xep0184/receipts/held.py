"""The answers that wait for the roster.

Messages that were kept offline come before the roster. Until it is there, it is not
known which of their senders may see the user's presence. Limits for each account and
each domain keep one of them from displacing the others.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xep0184.jid import JID
    from xep0184.journal import Changed
    from xep0184.receipts.keys import MessageKey

__all__ = ["HeldAnswers"]

_MOST_OF_ACCOUNT: Final = 16
_MOST: Final = 512

_Id: TypeAlias = tuple[str, str]
_Held: TypeAlias = "tuple[float, JID, MessageKey]"


class HeldAnswers:
    """At most 16 answers to one account or room wait, and 512 in all.

    One more displaces the oldest to the same account, or to the domain that has the
    most of those whose senders are not known as contacts. An answer takes at most
    42,000 octets, as the JIDs and the id in its key do.

    Args:
        is_contact: Whether a sender is known as a contact from before.
        changed: Where to note the keys of the rows that change.
    """

    def __init__(
        self, is_contact: Callable[[JID], bool], changed: Changed[_Id] | None = None
    ) -> None:
        self.changed = changed
        self._is_contact = is_contact
        self._items: OrderedDict[_Id, _Held] = OrderedDict()
        self._accounts: dict[JID, int] = {}

    @property
    def next_deadline(self) -> float | None:
        """When the first answer has waited long enough."""
        return next((deadline for deadline, _, _ in self._items.values()), None)

    @property
    def items(self) -> list[_Held]:
        """The answers, the oldest first: deadline, sender and key."""
        return list(self._items.values())

    def add(self, sender: JID, key: MessageKey, deadline: float) -> MessageKey | None:
        """Let an answer wait; return the one that it displaces."""
        id_ = _id_of(sender, key)
        self._remove(id_)
        self._items[id_] = (deadline, sender, key)
        self._note(id_)
        account = sender.bare
        self._accounts[account] = self._accounts.get(account, 0) + 1
        if self._accounts[account] > _MOST_OF_ACCOUNT:
            own = (it for it, held in self._items.items() if held[1].bare == account)
            return self._remove(next(own))
        return self._remove(self._least()) if len(self._items) > _MOST else None

    def rows(self, offset: float, /) -> Iterator[dict[str, Any] | None]:
        """Yield the answers as plain data, the oldest first.

        Args:
            offset: Seconds to add to all times.
        """
        return (self.row(id_, offset) for id_ in self._items)

    def row(self, id_: _Id, offset: float, /) -> dict[str, Any] | None:
        """Return an answer as plain data; None if there is none."""
        if id_ not in self._items:
            return None
        deadline, _, key = self._items[id_]
        return {"deadline": deadline + offset, "key": str(key)}

    def discard(self, sender: JID, key: MessageKey) -> None:
        """Let an answer wait no longer."""
        self._remove(_id_of(sender, key))

    def due(self, now: float) -> list[tuple[JID, MessageKey]]:
        """Return the answers that have waited long enough: sender and key."""
        return [(sender, key) for time, sender, key in self.items if time <= now]

    def forget(self, contact: JID) -> None:
        """Remove the answers to a contact."""
        for id_ in [id_ for id_, it in self._items.items() if it[1].is_of(contact)]:
            self._remove(id_)

    def _least(self) -> _Id:
        """Return the answer that is given up when there is no room."""
        unknown = [(id_, it[1]) for id_, it in self._items.items()]
        unknown = [it for it in unknown if not self._is_contact(it[1])] or unknown
        domains = Counter(sender.domain for _, sender in unknown)
        most = max(domains.values())
        # Of several domains the newest gives way.
        domain = next(it for it in reversed(domains) if domains[it] == most)
        return next(id_ for id_, sender in unknown if sender.domain == domain)

    def _note(self, id_: _Id) -> None:
        if self.changed is not None:
            self.changed[id_] = None

    def _remove(self, id_: _Id) -> MessageKey | None:
        item = self._items.pop(id_, None)
        if item is None:
            return None
        self._note(id_)
        account = item[1].bare
        self._accounts[account] -= 1
        if not self._accounts[account]:
            del self._accounts[account]
        return item[2]


def _id_of(sender: JID, key: MessageKey) -> _Id:
    return str(sender), f"{key.digest}{key.id}"

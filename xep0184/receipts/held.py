"""The answers that wait for the roster.

Messages that were kept offline come before the roster. Until it is there, it is not
known which of their senders may see the user's presence. An account or a domain with
many messages does not displace the answers to others.
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

_MOST: Final = 512

_Id: TypeAlias = tuple[str, str]
_Held: TypeAlias = "tuple[float, JID, MessageKey]"


class HeldAnswers:
    """At most 512 answers wait.

    One more displaces one whose sender is not known as a contact, if there is one: of
    the domain that has the most, in it of the account that has the most, the oldest. An
    answer takes at most 42,000 octets: its key holds two JIDs and an id.

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
        return self._remove(self._least()) if len(self._items) > _MOST else None

    def postpone(self, now: float, deadline: float) -> None:
        """Let answers wait until a later deadline if theirs has come."""
        for id_, (time, sender, key) in list(self._items.items()):
            if time <= now:
                self._items[id_] = (deadline, sender, key)
                self._items.move_to_end(id_)
                self._note(id_)

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
        for owner_of in _OWNERS:
            owners = Counter(owner_of(sender) for _, sender in unknown)
            most = max(owners.values())
            # Of several the newest gives way.
            least = next(it for it in reversed(owners) if owners[it] == most)
            unknown = [it for it in unknown if owner_of(it[1]) == least]
        return unknown[0][0]

    def _note(self, id_: _Id) -> None:
        if self.changed is not None:
            self.changed[id_] = None

    def _remove(self, id_: _Id) -> MessageKey | None:
        item = self._items.pop(id_, None)
        if item is None:
            return None
        self._note(id_)
        return item[2]


def _domain_of(sender: JID) -> str:
    return sender.domain


def _account_of(sender: JID) -> str:
    return str(sender.bare)


_OWNERS: Final = (_domain_of, _account_of)


def _id_of(sender: JID, key: MessageKey) -> _Id:
    return str(sender), f"{key.digest}{key.id}"

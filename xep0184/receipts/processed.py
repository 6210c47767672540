"""The messages that were processed, with bounded memory.

A sender of many messages displaces only what is remembered of the same account or room,
and senders who may not see the user's presence displace only one another.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from xep0184.receipts.content import digest_of
from xep0184.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.jid import JID
    from xep0184.journal import Changed
    from xep0184.record import Record

__all__ = ["ProcessedMessages", "owner_of"]

_MOST_OF_CONTACT: Final = 1_024
_MOST_OF_STRANGER: Final = 16
_MOST: Final = 8_192  # messages of contacts, and as many of strangers

_LONGEST: Final = 64  # characters of a bare JID that is kept as it is

_Id: TypeAlias = tuple[str, str]  # an account, and the digest of a message
_Copy: TypeAlias = tuple[str, float]  # the nonce, and when it was processed


class _Table:
    """The processed messages of accounts of one kind, the least recent first."""

    def __init__(self, of_one: int, changed: Changed[_Id] | None) -> None:
        self._of_one = of_one
        self._changed = changed
        self._total = 0
        self.accounts: OrderedDict[str, Recent[str, _Copy]] = OrderedDict()

    def find(self, account: str, message: str) -> _Copy | None:
        copies = self.accounts.get(account)
        return None if copies is None else copies.peek(message)

    def add(self, account: str, message: str, copy: _Copy) -> None:
        copies = self.accounts.get(account)
        if copies is None:
            copies = self.accounts[account] = Recent(self._of_one, "messages")
        else:
            self.accounts.move_to_end(account)
        self._total += copies.peek(message) is None
        displaced = copies.put(message, copy)
        self._note(account, message)
        if displaced is not None:
            self._total -= 1
            self._note(account, displaced[0])
        if self._total > _MOST:
            self._drop_one()

    def forget(self, account: str) -> None:
        messages = self.accounts.pop(account, ())
        self._total -= len(messages)
        for message in messages:
            self._note(account, message)

    def remove(self, account: str, message: str) -> None:
        copies = self.accounts.get(account)
        if copies is None or copies.pop(message) is None:
            return
        self._note(account, message)
        self._total -= 1
        if not len(copies):
            del self.accounts[account]

    def _drop_one(self) -> None:
        account, copies = next(iter(self.accounts.items()))
        self.remove(account, next(iter(copies)))

    def _note(self, account: str, message: str) -> None:
        if self._changed is not None:
            self._changed[account, message] = None


class ProcessedMessages:
    """The processed messages of all senders.

    At most 1024 messages of one contact are remembered, 16 of one stranger, and 8192
    of each kind in all; each takes about 500 octets, whatever its sender has chosen.

    Args:
        changed: Where to note the keys of the rows that change.
    """

    def __init__(self, changed: Changed[_Id] | None = None) -> None:
        self.changed = changed
        self._contacts = _Table(_MOST_OF_CONTACT, changed)
        self._strangers = _Table(_MOST_OF_STRANGER, changed)

    def find(self, sender: JID, message: str, /) -> str | None:
        """Return the nonce of a message of a sender; None if it was not processed."""
        account = owner_of(sender)
        contacts, strangers = self._contacts, self._strangers
        copy = contacts.find(account, message) or strangers.find(account, message)
        return None if copy is None else copy[0]

    def add(
        self,
        sender: JID,
        message: str,
        nonce: str,
        now: float,
        /,
        *,
        is_contact: bool,
    ) -> None:
        """Remember that a message was processed."""
        account, table, other = owner_of(sender), self._contacts, self._strangers
        if not is_contact:
            table, other = other, table
        other.remove(account, message)
        table.add(account, message, (nonce, now))

    def is_contact(self, sender: JID, /) -> bool:
        """Return whether a message of a contact of this account was processed."""
        return owner_of(sender) in self._contacts.accounts

    def forget(self, contact: JID, /) -> None:
        """Remove what is remembered of a contact, or of a room."""
        self._contacts.forget(owner_of(contact))
        self._strangers.forget(owner_of(contact))

    def rows(self, offset: float, /) -> Iterator[dict[str, Any] | None]:
        """Yield the remembered messages as plain data, the oldest of each kind first.

        Args:
            offset: Seconds to add to all times.
        """
        for table in (self._contacts, self._strangers):
            for account, copies in table.accounts.items():
                for message in copies:
                    yield self.row((account, message), offset)

    def row(self, id_: _Id, offset: float, /) -> dict[str, Any] | None:
        """Return a remembered message as plain data; None if there is none."""
        of_contact = self._contacts.find(*id_)
        copy = of_contact or self._strangers.find(*id_)
        if copy is None:
            return None
        return {
            "is_contact": of_contact is not None,
            "account": id_[0],
            "message": id_[1],
            "nonce": copy[0],
            "at": copy[1] + offset,
        }

    def add_row(self, row: Record, offset: float, /) -> None:
        """Remember the message of a row.

        Raises:
            FieldError: It is no such row.
        """
        account, message = row.get("account", str), row.get("message", str)
        table = self._contacts if row.get("is_contact", bool) else self._strangers
        copy = (row.get("nonce", str), row.get("at", float) - offset)
        table.add(account, message, copy)


def owner_of(sender: JID) -> str:
    """Return the account or room; a digest of a long one, as a peer chooses its JID."""
    local, domain = sender.local, sender.domain
    account = domain if local is None else f"{local}@{domain}"
    if len(account) <= _LONGEST:
        return account
    return f"/{digest_of(account)}"  # no bare JID contains a slash

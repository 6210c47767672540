"""The messages that were processed, with bounded memory.

A sender of many messages displaces only what is remembered of the same account or room,
and senders who may not see the user's presence displace only one another.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from xep0184.receipts.content import DIGEST_SIZE
from xep0184.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.jid import JID
    from xep0184.record import Record

__all__ = ["ProcessedMessages"]

_MOST_OF_CONTACT: Final = 1_024
_MOST_OF_STRANGER: Final = 16
_MOST: Final = 8_192  # messages of contacts, and as many of strangers

_Nonces: TypeAlias = Recent[str, str]  # by the digest of the message


class _Table:
    """The processed messages of accounts of one kind, the least recent first."""

    def __init__(self, of_one: int) -> None:
        self._of_one = of_one
        self._total = 0
        self.accounts: OrderedDict[str, _Nonces] = OrderedDict()

    def find(self, account: str, message: str) -> str | None:
        nonces = self.accounts.get(account)
        return None if nonces is None else nonces.peek(message)

    def add(self, account: str, message: str, nonce: str) -> None:
        nonces = self.accounts.pop(account, None) or Recent(self._of_one, "messages")
        self.accounts[account] = nonces
        self._total -= len(nonces)
        nonces.put(message, nonce)
        self._total += len(nonces)
        if self._total > _MOST:
            self._drop_one()

    def forget(self, account: str) -> None:
        self._total -= len(self.accounts.pop(account, ()))

    def _drop_one(self) -> None:
        account, nonces = next(iter(self.accounts.items()))
        nonces.pop(next(iter(nonces)))
        self._total -= 1
        if not len(nonces):
            del self.accounts[account]


class ProcessedMessages:
    """The processed messages of all senders.

    At most 1024 messages of one contact are remembered, 16 of one stranger, and 8192
    of each kind in all; each takes about 400 octets, whatever its sender has chosen.
    """

    def __init__(self) -> None:
        self._contacts = _Table(_MOST_OF_CONTACT)
        self._strangers = _Table(_MOST_OF_STRANGER)

    def find(self, sender: JID, message: str, /) -> str | None:
        """Return the nonce of a message of a sender; None if it was not processed."""
        account = _account(sender)
        return self._contacts.find(account, message) or self._strangers.find(
            account, message
        )

    def add(
        self, sender: JID, message: str, nonce: str, /, *, is_contact: bool
    ) -> None:
        """Remember that a message was processed."""
        table = self._contacts if is_contact else self._strangers
        table.add(_account(sender), message, nonce)

    def is_contact(self, sender: JID, /) -> bool:
        """Return whether a message of a contact of this account was processed."""
        return _account(sender) in self._contacts.accounts

    def forget(self, contact: JID, /) -> None:
        """Remove what is remembered of a contact, or of a room."""
        self._contacts.forget(_account(contact))
        self._strangers.forget(_account(contact))

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the remembered messages as plain data, the oldest first."""
        for is_contact, table in ((True, self._contacts), (False, self._strangers)):
            for account, nonces in table.accounts.items():
                for message, nonce in nonces.items():
                    yield {
                        "is_contact": is_contact,
                        "account": account,
                        "message": message,
                        "nonce": nonce,
                    }

    def add_row(self, row: Record, /) -> None:
        """Remember the message of a row.

        Raises:
            FieldError: It is no such row.
        """
        account, message = row.get("account", str), row.get("message", str)
        table = self._contacts if row.get("is_contact", bool) else self._strangers
        table.add(account, message, row.get("nonce", str))


def _account(sender: JID) -> str:
    """Return a digest of the account or room: a peer chooses the length of its JID."""
    octets = str(sender.bare).encode("utf-8", "surrogatepass")
    return blake2b(octets, digest_size=DIGEST_SIZE).hexdigest()

"""The messages that were processed, with bounded memory.

A sender of many messages displaces only what is remembered of the same sender, and
senders who may not see the user's presence displace only one another.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from xep0184.receipts.content import DIGEST_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.record import Record

__all__ = ["ProcessedMessages"]

_MOST_OF_CONTACT: Final = 1_024
_MOST_OF_STRANGER: Final = 16
_MOST: Final = 8_192  # messages of contacts, and as many of strangers

_Ids: TypeAlias = OrderedDict[str, tuple[str, str]]  # id digest -> content, nonce


class _Table:
    """The processed messages of senders of one kind, the least recent sender first."""

    def __init__(self, of_one: int) -> None:
        self._of_one = of_one
        self._total = 0
        self.senders: OrderedDict[str, _Ids] = OrderedDict()

    def find(self, sender: str, id_: str) -> tuple[str, str] | None:
        ids = self.senders.get(sender)
        return None if ids is None else ids.get(id_)

    def add(self, sender: str, id_: str, entry: tuple[str, str]) -> None:
        ids = self.senders.setdefault(sender, OrderedDict())
        self.senders.move_to_end(sender)
        self._total += id_ not in ids
        ids[id_] = entry
        ids.move_to_end(id_)
        if len(ids) > self._of_one:
            ids.popitem(last=False)
            self._total -= 1
        if self._total > _MOST:
            self._drop_one()

    def forget(self, sender: str) -> None:
        self._total -= len(self.senders.pop(sender))

    def _drop_one(self) -> None:
        sender, ids = next(iter(self.senders.items()))
        ids.popitem(last=False)
        self._total -= 1
        if not ids:
            del self.senders[sender]


class ProcessedMessages:
    """The processed messages of all senders.

    At most 1024 messages of one contact are remembered, 16 of one stranger, and 8192
    of each kind in all; each takes about 500 octets, with its sender.
    """

    def __init__(self) -> None:
        self._contacts = _Table(_MOST_OF_CONTACT)
        self._strangers = _Table(_MOST_OF_STRANGER)

    def find(self, sender: str, id_: str, /) -> tuple[str, str] | None:
        """Return the digest and the nonce of a message of a sender with an id."""
        key = _short(id_)
        return self._contacts.find(sender, key) or self._strangers.find(sender, key)

    def add(
        self, sender: str, id_: str, digest: str, nonce: str, *, is_contact: bool
    ) -> None:
        """Remember that a message was processed."""
        table = self._contacts if is_contact else self._strangers
        table.add(sender, _short(id_), (digest, nonce))

    def forget(self, contact: str, /) -> None:
        """Remove what is remembered of a contact, and of the occupants of a room."""
        for table in (self._contacts, self._strangers):
            for sender in [*table.senders]:
                if sender.partition("/")[0] == contact:
                    table.forget(sender)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the remembered messages as plain data, the oldest first."""
        for is_contact, table in ((True, self._contacts), (False, self._strangers)):
            for sender, ids in table.senders.items():
                for id_, (digest, nonce) in ids.items():
                    yield {
                        "is_contact": is_contact,
                        "sender": sender,
                        "id": id_,
                        "digest": digest,
                        "nonce": nonce,
                    }

    def add_row(self, row: Record, /) -> None:
        """Remember the message of a row.

        Raises:
            FieldError: It is no such row.
        """
        sender, id_ = row.get("sender", str), row.get("id", str)
        entry = (row.get("digest", str), row.get("nonce", str))
        table = self._contacts if row.get("is_contact", bool) else self._strangers
        table.add(sender, id_, entry)


def _short(text: str) -> str:
    """Return a digest: a peer chooses the length of an id."""
    octets = text.encode("utf-8", "surrogatepass")
    return blake2b(octets, digest_size=DIGEST_SIZE).hexdigest()

"""The receipts that peers asked the account for, and whether it sent them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from xep0184 import jid
from xep0184.codec import acknowledged_ids
from xep0184.deciding import Situation, may_acknowledge
from xep0184.recent import Recent

if TYPE_CHECKING:
    from xep0184.envelope import Envelope
    from xep0184.jid import JID
    from xep0184.message import Message
    from xep0184.receipts.rooms import Rooms

__all__ = ["Owed"]

_MOST: Final = 65_536
_LONGEST: Final = 1_024


class Owed:
    """At most 65,536 messages that wait for a receipt of the account.

    Whether a message is acknowledged depends on the user as well. It is assumed here
    that the user allows it.

    Args:
        account: The account that recorded.
        rooms: The rooms that it joined.

    Attributes:
        counts: How many messages were answered, and how many were not to be: by the
            id of the rule that says so.
    """

    def __init__(self, account: JID, rooms: Rooms) -> None:
        self.counts: Counter[str] = Counter()
        self._account, self._rooms = account, rooms
        self._asked: Recent[tuple[JID, str], bool] = Recent(_MOST, "asked")
        self._acks: Recent[tuple[JID, str], bool] = Recent(_MOST, "acks")

    @property
    def open(self) -> int:
        """How many of the last messages were not answered."""
        return len(self._asked)

    def received(self, envelope: Envelope) -> None:
        """Process a message that may ask for a receipt."""
        message = envelope.message
        if message is None or not message.request:
            return
        sender = jid.parse_or_none(message.from_, normaliser=self._account.normaliser)
        occupant = None if sender is None else self._rooms.occupant(sender)
        situation = Situation(
            account=self._account,
            authorized=True,
            enabled=True,
            room=occupant is not None,
            occupant=occupant,
        )
        ruling = may_acknowledge(envelope, situation=situation)
        if sender is None or not message.id or not ruling:
            self.counts[ruling.reason] += 1
        elif self._acks.pop((sender.bare, message.id)):
            self.counts["answered"] += 1
        else:
            self._asked.put((sender.bare, message.id), True)  # noqa: FBT003  # a value

    def sent(self, message: Message) -> None:
        """Process a message that the account sent."""
        to = jid.parse_or_none(message.to, normaliser=self._account.normaliser)
        if to is None:
            return
        for id_ in acknowledged_ids(message):
            if self._asked.pop((to.bare, id_)):
                self.counts["answered"] += 1
            elif len(id_) <= _LONGEST:
                self._acks.put((to.bare, id_), True)  # noqa: FBT003  # a value

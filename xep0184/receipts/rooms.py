"""The rooms of an account, and its own occupant JID in each (XEP-0045)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from xep0184 import ns
from xep0184.recent import Recent

if TYPE_CHECKING:
    from xep0184.jid import JID
    from xep0184.xml import ElementLike

__all__ = ["Rooms"]

_MOST_JOINED: Final = 1_024
_MOST_LEARNED: Final = 256
_MOST_OF_DOMAIN: Final = 32
_USER_TAG: Final = f"{{{ns.MUC_USER}}}x"
_STATUS_TAG: Final = f"{{{ns.MUC_USER}}}status"
_JOIN_TAG: Final = "{http://jabber.org/protocol/muc}x"
_OWN_PRESENCE: Final = "110"  # XEP-0045 §16.6.2
_NEW_NICK: Final = "303"


class Rooms:
    """At most 1024 rooms that the account joined, and 256 that presence alone tells of.

    The stack names the first, or a presence that it sends does. Anybody can send a
    presence that looks like that of a room: so what is learned from one, at most 32
    rooms of a domain, displaces no room that was joined.
    """

    def __init__(self) -> None:
        self._joined: Recent[JID, JID] = Recent(_MOST_JOINED, "rooms")
        self._learned: Recent[JID, JID] = Recent(_MOST_LEARNED, "rooms")

    def __contains__(self, address: JID) -> bool:
        return self.occupant(address) is not None

    def occupant(self, address: JID) -> JID | None:
        """Return the account's own occupant JID in the room of an address."""
        if not (len(self._joined) or len(self._learned)):
            return None
        room = address.bare
        return self._joined.peek(room) or self._learned.peek(room)

    def join(self, occupant: JID) -> None:
        """Record that the account is this occupant of a room."""
        self._joined.put(occupant.bare, occupant)

    def leave(self, address: JID) -> None:
        """Forget the room of an address."""
        self._joined.pop(address.bare)
        self._learned.pop(address.bare)

    def outgoing(self, presence: ElementLike, to: JID | None) -> None:
        """Process a presence that the account sends."""
        if to is None or not to.is_full:
            return
        kind, known = presence.get("type"), self._joined.peek(to.bare)
        if kind == "unavailable":
            self.leave(to)
        elif kind is None and known is None and presence.find(_JOIN_TAG) is not None:
            self.join(to)  # a new nickname counts only when the room accepts it

    def _learn(self, occupant: JID) -> None:
        """Record an own presence that nobody expected."""
        domains = Counter(room.domain for room in self._learned)
        is_known = self._learned.peek(occupant.bare) is not None
        if not is_known and domains[occupant.domain] >= _MOST_OF_DOMAIN:
            own = (it for it in self._learned if it.domain == occupant.domain)
            self._learned.pop(next(own))
        self._learned.put(occupant.bare, occupant)

    def incoming(self, presence: ElementLike, sender: JID) -> None:
        """Process a presence that the account receives."""
        codes = _codes(presence)
        if _OWN_PRESENCE not in codes or not sender.is_full:
            return
        if presence.get("type") is None:
            if self._joined.peek(sender.bare) is not None:
                self.join(sender)
            else:
                self._learn(sender)
        elif presence.get("type") == "unavailable" and _NEW_NICK not in codes:
            self.leave(sender)


def _codes(presence: ElementLike) -> set[str | None]:
    user = presence.find(_USER_TAG)
    if user is None:
        return set()
    return {child.get("code") for child in user if child.tag == _STATUS_TAG}

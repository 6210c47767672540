"""What the parts of `Receipts` share."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from xep0184 import jid, ns

if TYPE_CHECKING:
    from xep0184.jid import JID
    from xep0184.receipts.actions import Action
    from xep0184.receipts.host import Host, ReceiptsPolicy
    from xep0184.receipts.rooms import Rooms

__all__ = ["Session", "new_actions"]

_MOST: Final = 4_096


def new_actions() -> deque[Action]:
    """Return a queue for actions, which is bounded."""
    return deque(maxlen=_MOST)


@dataclass(slots=True, eq=False)
class Session:
    """The account, the facts about it, and the actions that wait to be carried out.

    Attributes:
        host: What the stack knows.
        account: The JID of the account, full while it is connected.
        policy: What the user wants.
        namespace: The content namespace of the stanzas that are written.
        actions: The actions that `Receipts.actions` has not yet yielded, at most 4096;
            one more displaces the oldest.
        rooms: The rooms of the account.
        is_connected: Whether stanzas can be sent.
    """

    host: Host
    account: JID
    policy: ReceiptsPolicy
    namespace: str
    rooms: Rooms
    actions: deque[Action] = field(default_factory=new_actions)
    is_connected: bool = True

    def address(self, text: str | None) -> JID | None:
        """Return the JID that a text is, if it is one."""
        return jid.parse_or_none(text, normaliser=self.account.normaliser)

    def own_address(self, addressed: str | None) -> str | None:
        """Return the ``from`` of an answer.

        A server adds it for a client. A component writes the address that the message
        was sent to (XEP-0114 §4).
        """
        if self.namespace != ns.COMPONENT:
            return None
        to = self.address(addressed)
        is_usable = to is not None and to.is_of(self.account)
        is_usable = is_usable and not (self.account.is_full and to == self.account.bare)
        return addressed if is_usable else str(self.account)

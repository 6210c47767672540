"""What the parts of `Receipts` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from xep0184 import ns
from xep0184.receipts.mistakes import ReceiptsCode, ReceiptsError
from xep0184.receipts.queue import ActionQueue
from xep0184.receipts.rooms import Rooms

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.jid import JID
    from xep0184.journal import Changed
    from xep0184.receipts.actions import Action
    from xep0184.receipts.host import Host, ReceiptsPolicy

__all__ = ["Session"]


class Session:
    """The account, the facts about it, and the actions that wait to be carried out.

    Args:
        host: What the stack knows.
        account: The JID of the account, full while it is connected.
        policy: What the user wants.
        namespace: The content namespace of the stanzas that are written.
        journal: Whether to note what changes.

    Attributes:
        queue: The actions that were not carried out yet.
        is_connected: Whether stanzas can be sent.
    """

    def __init__(
        self,
        host: Host,
        account: JID,
        policy: ReceiptsPolicy,
        namespace: str,
        *,
        journal: bool,
    ) -> None:
        self.host = host
        self.account = account
        self.policy = policy
        self.namespace = namespace
        self.journal = journal
        self.is_connected: bool = account.is_full or namespace == ns.COMPONENT
        self.queue: ActionQueue = ActionQueue(self.changed())
        self.tell: Callable[[Action], None] = self.queue.add
        self._rooms: Rooms | None = None

    def renewed(self) -> Session:
        """Return a session with the same facts and no state."""
        session = Session(
            self.host, self.account, self.policy, self.namespace, journal=self.journal
        )
        session.is_connected = self.is_connected
        return session

    @property
    def rooms(self) -> Rooms:
        """The rooms of the account; made when they are first used."""
        self._rooms = self._rooms or Rooms()
        return self._rooms

    def left_rooms(self) -> None:
        """Forget the rooms of an earlier stream."""
        self._rooms = None

    def changed(self) -> Changed[Any] | None:
        """Return a place to note changes in; None if they are not noted."""
        return {} if self.journal else None

    def is_authorized(self, contact: JID) -> bool | None:
        """Ask the host whether a contact may see the user's presence.

        Raises:
            ReceiptsError: HOST, if it says neither yes nor no nor None.
        """
        fact = cast("object", self.host.authorized(contact))
        if fact is None or isinstance(fact, bool):
            return fact
        raise ReceiptsError(ReceiptsCode.HOST, "authorized")

    def address(self, text: str | None) -> JID | None:
        """Return the JID that a text is, if it is one."""
        return self.account.parse_other(text)

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

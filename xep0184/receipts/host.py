"""The facts that only the stack has, and what the user wants."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final, Protocol

from xep0184._value import value
from xep0184.deciding import (
    DEFAULT_ACK_POLICY,
    DEFAULT_REQUEST_POLICY,
    AckPolicy,
    RequestPolicy,
)

if TYPE_CHECKING:
    from xep0184.envelope import Envelope
    from xep0184.jid import JID
    from xep0184.tracker import Resend

__all__ = ["FACTS", "Host", "ReceiptsPolicy"]

FACTS: Final = ("enabled", "authorized", "may_query", "first_sight")
"""The methods of a host."""


class Host(Protocol):
    """Facts that only the stack has. They are asked for when they are needed.

    A contact is the full JID of the sender or of the client; in a room, the occupant
    JID. Compare `contact.bare` with the roster. A class that inherits from this one
    needs the first two methods.

    If a method raises, the error reaches the caller of `Receipts`; nothing is answered
    and nothing is forgotten, and the call may be made again.
    """

    @abstractmethod
    def enabled(self, contact: JID, /) -> bool:
        """Return whether the user wants receipts to be sent to a contact."""
        ...

    @abstractmethod
    def authorized(self, contact: JID, /) -> bool | None:
        """Return whether a contact may see the user's presence (XEP-0184 §8).

        None means that the roster is not there yet; the answer waits then.
        """
        ...

    def may_query(self, contact: JID, /) -> bool:
        """Return whether an entity may be asked by disco#info.

        The query tells it that the user is online, and the resource: by default, only
        those may be asked who may see the user's presence.
        """
        return self.authorized(contact) is True

    def first_sight(self, archived: Envelope, /) -> bool:  # noqa: ARG002  # a default
        """Return whether the account gets an archived message for the first time.

        By default it does not: nothing from an archive is answered.
        """
        return False


@value(kw_only=True)
class ReceiptsPolicy:
    """What the user wants where the texts leave a choice, and the bounds.

    Attributes:
        request: When to ask for receipts.
        ack: When to answer, and to which address.
        resend: When a message with a token is sent again; None for never.
        resend_bare: Whether a message to a bare JID is sent again, too, although it
            is not known whether a client there supports receipts.
        timeout: After how many seconds a message without a receipt is reported as
            unconfirmed; None for as long as there is room.
        query: Whether to ask by disco#info; False if the stack has a cache of its own
            and calls `Receipts.learned`.
        query_timeout: How many seconds to wait for the answer to a query.
        hold: How many seconds an answer waits for the roster.
        max_pending: How many messages may wait for a receipt.

    >>> ReceiptsPolicy(timeout=60).hold
    300.0
    """

    request: RequestPolicy = DEFAULT_REQUEST_POLICY
    ack: AckPolicy = DEFAULT_ACK_POLICY
    resend: Resend | None = None
    resend_bare: bool = False
    timeout: float | None = None
    query: bool = True
    query_timeout: float = 60.0
    hold: float = 300.0
    max_pending: int = 1024

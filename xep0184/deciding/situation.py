"""The facts about an incoming message that only the stack knows, and the user's policy.

`authorized` and `enabled` protect the user's privacy; they have no default.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184._value import value

if TYPE_CHECKING:
    from xep0184.jid import JID

__all__ = ["DEFAULT_ACK_POLICY", "AckPolicy", "Address", "Situation"]


class Address(StrEnum):
    """The address that an ack message is sent to."""

    AS_RECEIVED = "as-received"
    """The ``from`` of the content message, unchanged."""
    BARE = "bare"
    """Its bare JID, which reaches all clients of the sender."""


@value(kw_only=True)
class AckPolicy:
    """What the user wants where XEP-0184 says MAY or SHOULD about acknowledging.

    Attributes:
        address: The address that ack messages are sent to. It makes no difference in
            rooms: a private message is acknowledged to the occupant, a groupchat
            message to the room.
        groupchat: Whether to acknowledge groupchat messages, which is NOT RECOMMENDED
            (XEP-0184 §7). Requires `Situation.occupant`.
        own_resources: Whether to acknowledge messages that another client of the
            account sends to the account.
        repeats: Whether to acknowledge a message again if it comes again. Its sender
            did not get the first receipt and goes on resending otherwise.
        unauthorized: Whether to acknowledge messages of senders who are not allowed
            to see the user's presence (XEP-0184 §8).
        content_only: Whether to acknowledge only messages with a body or an encrypted
            payload.
        max_id: The longest id that is acknowledged, in characters.

    >>> AckPolicy(address=Address.BARE).address.value
    'bare'
    """

    address: Address = Address.AS_RECEIVED
    groupchat: bool = False
    own_resources: bool = False
    repeats: bool = True
    unauthorized: bool = False
    content_only: bool = False
    max_id: int = 1024


DEFAULT_ACK_POLICY: Final = AckPolicy()


@value(kw_only=True)
class Situation:
    """What only the stack knows about an incoming message.

    Attributes:
        account: The account's own JID, full where it is known. Its normaliser is used
            for the addresses of the message.
        authorized: Whether the sender is allowed to see the user's presence. None,
            unknown, counts as no.
        enabled: Whether the user wants receipts to be sent at all.
        enabled_for_contact: The user's setting for this contact, which overrides
            `enabled`; None if there is none.
        invisible: Whether the user is invisible to the sender.
        first_sight: Whether the account gets an archived message for the first time,
            for example when it catches up after being offline.
        repeat: Whether this message has been processed before.
        processed: Whether the client has processed the message; False, for example,
            while it cannot be decrypted.
        room: Whether the sender is known to be a room or an occupant of one.
        occupant: The account's own occupant JID in that room. If it is None, unknown,
            groupchat messages of occupants are not acknowledged, because any of them
            can be the account's own.
        policy: What the user wants where XEP-0184 leaves a choice.

    >>> from xep0184 import jid
    >>> account = jid.parse("n@shakespeare.lit/westminster")
    >>> Situation(account=account, authorized=True, enabled=True).processed
    True
    """

    account: JID
    authorized: bool | None
    enabled: bool
    enabled_for_contact: bool | None = None
    invisible: bool = False
    first_sight: bool = False
    repeat: bool = False
    processed: bool = True
    room: bool = False
    occupant: JID | None = None
    policy: AckPolicy = DEFAULT_ACK_POLICY

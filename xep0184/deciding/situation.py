"""What only a stack knows about a message that came in, and what its user wants.

These values judge nothing; `xep0184.deciding` does. The two facts that guard
whom a receipt tells what, `authorized` and `enabled`, have no default.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184._value import value

if TYPE_CHECKING:
    from xep0184.jid import JID

__all__ = ["DEFAULT_ACK_POLICY", "AckPolicy", "Address", "Situation"]


class Address(StrEnum):
    """Where a receipt is sent."""

    AS_RECEIVED = "as-received"
    BARE = "bare"


@value(kw_only=True)
class AckPolicy:
    """What is left to the user where the XEP says MAY or SHOULD.

    Attributes:
        address: Where a receipt is sent: to the very JID the message came from,
            or to its bare JID and so to all its devices. In a room neither: a
            private message is answered to the occupant, others to the room.
        groupchat: Whether to answer in a room, which is NOT RECOMMENDED. An
            occupant is answered only where one's own occupant JID is known.
        own_resources: Whether to answer one's own other resources, for what they
            sent to one's own account.
        repeats: Whether to answer a message that came again; its receipt was
            lost, and only answering makes a resending sender stop.
        unauthorized: Whether to answer who may not see one's presence.
        content_only: Whether to answer only messages that have content.
        max_id: How many characters of an id are echoed at most.
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
    """What only the stack knows about a message.

    Attributes:
        account: One's own address, full where it is known.
        authorized: Whether the sender may see one's presence; None, unknown,
            counts as no.
        enabled: Whether the user wants receipts sent at all.
        enabled_for_contact: The user's setting for this contact, which overrides
            the one before; None if there is none.
        invisible: Whether the user is invisible to the sender.
        first_sight: Whether an archived message is seen by this account for the
            first time, as in a catch-up after being offline.
        repeat: Whether this sender's message of this id was seen before.
        processed: Whether the client has processed it; False while it is not
            decrypted, for instance.
        room: Whether the sender is known to be a room or an occupant of one.
        occupant: One's own occupant JID in that room; None, unknown, leaves what
            any occupant writes to all unanswered, for it may be one's own.
        policy: What the user wants where the XEP leaves it open.
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

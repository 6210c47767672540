"""The messages that ask for a receipt: seen when processed, and then answered."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Final

from xep0184.codec import serialize
from xep0184.deciding import Situation, acknowledge
from xep0184.deciding.answering import ACK_RULINGS
from xep0184.envelope import EnvelopeKind
from xep0184.ids import fresh_id
from xep0184.message import MessageType
from xep0184.receipts.actions import NotAnswered, Repeated, Send, SendReason
from xep0184.receipts.content import digest_of, message_digest
from xep0184.receipts.held import HeldAnswers
from xep0184.receipts.keys import MessageKey
from xep0184.receipts.mistakes import ReceiptsCode, ReceiptsError
from xep0184.receipts.processed import ProcessedMessages, owner_of

if TYPE_CHECKING:
    from xep0184.deciding import AckDecision
    from xep0184.envelope import Envelope
    from xep0184.jid import JID
    from xep0184.receipts.session import Session
    from xep0184.rules import Ruling
    from xep0184.xml import ElementLike

__all__ = ["Inbox"]

# Python 3.11 takes long to look up a member on its class.
_ARCHIVED: Final = EnvelopeKind.ARCHIVED
_GROUPCHAT: Final = MessageType.GROUPCHAT
_ACK: Final = SendReason.ACK

_UNAUTHORIZED: Final = ACK_RULINGS["unauthorized"]


class Inbox:
    """The incoming messages of an account, and the answers to them.

    Args:
        session: What the parts share.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._prefix = fresh_id()  # of the nonces, in this run of the program
        self._numbers = count()
        self.seen: ProcessedMessages = ProcessedMessages(session.changed())
        self.held: HeldAnswers = HeldAnswers(self.seen.is_contact, session.changed())

    def incoming(
        self, envelope: Envelope, element: ElementLike | None, now: float
    ) -> tuple[MessageKey | None, bool, str | None]:
        """Return what is known of a message that asks for a receipt.

        A repetition is answered at once. Without the element of the message, none is
        recognised.

        Returns:
            Its key, if it is new; whether it was processed before; and what all its
            copies have in common, if that is known.
        """
        key = MessageKey(
            account=str(self._session.account.bare),
            envelope=envelope,
            digest=None if element is None else message_digest(element),
            nonce=f"{self._prefix}{next(self._numbers)}",
        )
        sender = key.sender(self._session.account)
        if sender is not None and sender in self._session.rooms:
            key = key.of_occupant()
        message = None if sender is None else self._message(key, sender)
        fingerprint = None
        if sender is not None and message is not None:
            fingerprint = f"{owner_of(sender)} {message}"
            if self.seen.find(sender, message) is not None:
                self._answer(key, sender, now, repeat=True)
                self._session.tell(Repeated(id=self._short(key), sender=sender))
                return None, True, fingerprint
        if envelope.kind is _ARCHIVED:
            first_sight = self._session.host.first_sight(envelope)
            key = replace(key, first_sight=first_sight is True)
        return key, False, fingerprint

    def processed(self, key: MessageKey, now: float) -> None:
        """Remember that a message was processed, and answer it.

        Raises:
            ReceiptsError: PROCESSED.
        """
        session = self._session
        sender = key.sender(session.account)
        if sender is None:
            self._refuse(key, self._decide(key, sender, authorized=False).ruling)
            return
        message = self._message(key, sender)
        if message is not None and self.seen.find(sender, message) == key.nonce:
            raise ReceiptsError(ReceiptsCode.PROCESSED, "key")
        authorized = self._answer(key, sender, now)
        if message is not None:
            is_contact = authorized is True
            if authorized is None:
                is_contact = self.seen.is_contact(sender)
            self.seen.add(sender, message, key.nonce, now, is_contact=is_contact)

    def roster_ready(self, now: float) -> None:
        """Decide the answers that wait for the roster."""
        for _, sender, key in self.held.items:
            if self._session.is_authorized(sender) is not None:
                self._decide_held(sender, key, now)

    def connected(self, now: float) -> None:
        """Let answers wait once more that the roster could not decide in time."""
        self.held.postpone(now, now + self._session.policy.hold)

    def _decide_held(self, sender: JID, key: MessageKey, now: float) -> None:
        authorized = self._session.is_authorized(sender) is True
        decision = self._decide(key, sender, authorized=authorized)
        self.held.discard(sender, key)
        self._queue_ack(key, decision)
        message = self._message(key, sender)
        if authorized and message is not None:
            # The key of a copy that came meanwhile was not reported.
            nonce = self.seen.find(sender, message) or key.nonce
            self.seen.add(sender, message, nonce, now, is_contact=True)

    @property
    def next_deadline(self) -> float | None:
        """When the first answer has waited long enough for the roster."""
        return self.held.next_deadline

    def handle_timer(self, now: float) -> None:
        """Decide the answers that have waited long enough for the roster."""
        for sender, key in self.held.due(now):
            self._decide_held(sender, key, now)

    def forget(self, contact: JID) -> None:
        """Remove what is remembered of a contact, and the answers that wait for it."""
        self.seen.forget(contact)
        self.held.forget(contact)

    def _message(self, key: MessageKey, sender: JID) -> str | None:
        """Return what a repetition has in common; None if that is not known.

        It is the id and the content, and in a room, the occupant.
        """
        message = key.message
        if not message.id or key.digest is None:
            return None
        in_room = message.type is _GROUPCHAT or message.has_muc_user
        if in_room or sender in self._session.rooms:
            return digest_of(key.digest, sender.resource)
        return key.digest

    def _answer(
        self, key: MessageKey, sender: JID, now: float, *, repeat: bool = False
    ) -> bool | None:
        """Answer a message, or let the answer wait; return what the host said."""
        session = self._session
        authorized = session.is_authorized(sender)
        assumed = authorized is not False
        decision = self._decide(key, sender, authorized=assumed, repeat=repeat)
        if decision and authorized is None and not session.policy.ack.unauthorized:
            held = key.without_content()
            displaced = self.held.add(sender, held, now + session.policy.hold)
            if displaced is not None:
                self._refuse(displaced, _UNAUTHORIZED)
        else:
            self._queue_ack(key, decision)
        return authorized

    def _decide(
        self,
        key: MessageKey,
        sender: JID | None,
        *,
        authorized: bool,
        repeat: bool = False,
    ) -> AckDecision:
        session = self._session
        occupant = None if sender is None else session.rooms.occupant(sender)
        situation = Situation(
            account=session.account,
            authorized=authorized,
            enabled=sender is not None and session.host.enabled(sender) is True,
            first_sight=key.first_sight,
            repeat=repeat,
            room=occupant is not None,
            occupant=occupant,
            policy=session.policy.ack,
        )
        return acknowledge(
            key.envelope, situation=situation, from_=session.own_address(key.message.to)
        )

    def _queue_ack(self, key: MessageKey, decision: AckDecision) -> None:
        if decision.ack is None:
            self._refuse(key, decision.ruling)
            return
        octets = serialize(decision.ack, namespace=self._session.namespace)
        to = str(decision.ack.to)
        send = Send(octets=octets, to=to, reason=_ACK)
        self._session.tell(send)

    def _refuse(self, key: MessageKey, ruling: Ruling) -> None:
        id_ = None if key.id is None else self._short(key)
        refused = NotAnswered(id=id_, sender=key.message.from_, ruling=ruling)
        self._session.tell(refused)

    def _short(self, key: MessageKey) -> str:
        """Return the id; a peer chooses its length, so not all of a long one."""
        return str(key.id)[: self._session.policy.ack.max_id]

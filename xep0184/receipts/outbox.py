"""The messages that the account sent: who confirmed them, and which to send again."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

from xep0184 import ns
from xep0184.codec import acknowledged_ids, add_request
from xep0184.codec.decoding import read_message
from xep0184.deciding import may_request
from xep0184.envelope import EnvelopeKind
from xep0184.ids import fresh_id
from xep0184.message import MessageType
from xep0184.receipts.actions import (
    Bounced,
    Delivered,
    ResendStanza,
    UnconfirmedMessage,
    UnprovenReceipt,
)
from xep0184.receipts.content import message_digest
from xep0184.recent import Recent
from xep0184.support import Support
from xep0184.tracker import ReceiptOutcome, ResendMessage, State, Tracker
from xep0184.tracker.entries import PendingMessage
from xep0184.xml import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.envelope import Envelope
    from xep0184.jid import JID
    from xep0184.message import Message
    from xep0184.receipts.actions import Token
    from xep0184.receipts.session import Session
    from xep0184.rules import Ruling
    from xep0184.tracker import ReceiptResult, TrackedMessage
    from xep0184.xml import ElementLike

__all__ = ["Outbox"]

_MOST_ELSEWHERE: Final = 1_024
_CARBON_RECEIVED: Final = EnvelopeKind.CARBON_RECEIVED
_ERROR: Final = MessageType.ERROR
_NOT_OWN: Final = (ReceiptOutcome.UNKNOWN_ID, ReceiptOutcome.WRONG_SENDER)


class Outbox:
    """The messages of an account that wait for receipts.

    Args:
        session: What the parts share.
    """

    def __init__(self, session: Session) -> None:
        policy = session.policy
        self._session = session
        self.tracker: Tracker = Tracker(
            session.account,
            max_pending=policy.max_pending,
            timeout=policy.timeout,
            resend=policy.resend,
            journal=session.journal,
        )

    @cached_property
    def _elsewhere(self) -> Recent[tuple[str, JID], str]:
        """What other resources of the account sent, as carbons showed it."""
        return Recent(_MOST_ELSEWHERE, "elsewhere")

    def judge(self, element: ElementLike, support: Support) -> tuple[Message, Ruling]:
        """Read a message that is about to be sent; decide whether it may ask."""
        session = self._session
        message = read_message(element, ns.CONTENT, DEFAULT_LIMITS)
        ruling = may_request(
            self._judged(message),
            account=session.account,
            support=support,
            policy=session.policy.request,
        )
        return message, ruling

    def _judged(self, message: Message) -> Message:
        """Return a message to an own client as one to the account, if none answers."""
        session = self._session
        to = session.address(message.to)
        if to is None or session.policy.ack.own_resources:
            return message
        own = session.account.bare
        return replace(message, to=str(own)) if to.is_of(own) else message

    def outgoing(
        self,
        element: Any,  # noqa: ANN401  # it is changed
        message: Message,
        ruling: Ruling,
        now: float,
        support: Support,
        token: Token | None,
    ) -> str | None:
        """Ask for a receipt where that is allowed; return the id that it will name."""
        session = self._session
        asks = message.request and not message.is_ack and message.type != _ERROR
        to = session.account.bare if message.to is None else session.address(message.to)
        if to is None or not (asks or ruling.allowed):
            return None
        return self._ask(element, message, to, now, support, token)

    def _ask(
        self,
        element: Any,  # noqa: ANN401  # it is changed
        message: Message,
        to: JID,
        now: float,
        support: Support,
        token: Token | None,
    ) -> str | None:
        """Add the request and expect the receipt; return the id that it will name."""
        known = self.tracker.sent_to(message.id, to) if message.id else None
        if known is not None and not _is_same(known, element, message, token):
            # A receipt for it would confirm the other message of this id.
            _remove_request(element)
            return None
        if known is not None:
            is_open = known.state is not State.DELIVERED
            return add_request(element) if is_open else message.id
        id_ = add_request(element, new_id=fresh_id)
        dropped = self.tracker.sent(
            replace(message, id=id_, request=True, body=None),
            now,
            support=self._support_for_tracker(message, to, support, token),
            room=to.is_full and to in self._session.rooms,
            token=token,
            content=None if token is not None else message_digest(element),
        )
        if dropped is not None:
            self._unconfirmed(dropped.message, dropped.token)
        return id_

    def received(self, envelope: Envelope, condition: str | None, now: float) -> None:
        """Process a message that may confirm, or bounce, what was sent."""
        message = envelope.message
        is_error = message is not None and message.type == _ERROR
        if message is not None and self._is_for_another_client(envelope, message):
            return
        for result in self.tracker.received(envelope, now, condition=condition):
            may_be_elsewhere = result.outcome in _NOT_OWN and not is_error
            told = may_be_elsewhere and self._tell_elsewhere(
                str(result.id), result.sender
            )
            if not told:
                self._tell(result)

    def _is_for_another_client(self, envelope: Envelope, message: Message) -> bool:
        """Report a receipt that another client of the account was waiting for."""
        if envelope.kind is not _CARBON_RECEIVED:
            return False
        account, to = self._session.account, self._session.address(message.to)
        if to in {None, account, account.bare}:
            return False
        sender = self._session.address(message.from_)
        told = [self._tell_elsewhere(id_, sender) for id_ in acknowledged_ids(message)]
        return any(told)

    def sent_elsewhere(self, message: Message) -> None:
        """Note what another resource of the account sent, as a carbon shows it."""
        to = self._session.address(message.to)
        if message.request and message.id and to is not None:
            in_room = message.has_muc_user or to in self._session.rooms
            self._elsewhere.put((message.id, to if in_room else to.bare), message.id)

    def connected(self, now: float) -> None:
        """Wait once more for the receipts that could not come in time."""
        self.tracker.postpone(now)

    def stop_resending(self, token: Token) -> None:
        """Stop resending the messages with a token."""
        self._session.queue.drop_resends(token)
        self.tracker.stop_resending(token)

    def forget(self, contact: JID) -> None:
        """Remove the messages to a contact."""
        self.tracker.forget(contact)
        for key in [key for key in self._elsewhere if key[1].is_of(contact)]:
            self._elsewhere.pop(key)

    def restore(
        self, snapshot: Mapping[str, Any], now: float, offset: float, *, written: bool
    ) -> None:
        """Restore the tracker; report what there is no room for."""
        found = self.tracker.restore(snapshot, offset=offset, now=now, written=written)
        for dropped in found:
            self._unconfirmed(dropped.message, dropped.token)

    @property
    def next_deadline(self) -> float | None:
        """When a message is due to be sent again, or to become unconfirmed."""
        return self.tracker.next_deadline

    def handle_timer(self, now: float) -> None:
        """Report what is unconfirmed, and ask for what is to be sent again."""
        for due in self.tracker.due(now):
            if isinstance(due, ResendMessage):
                self._again(due)
            else:
                self._unconfirmed(due.message, due.token)

    def _again(self, due: ResendMessage) -> None:
        message = due.message
        resend = ResendStanza(
            token=cast("Token", due.token),  # without one it is not sent again
            id=str(message.id),
            to=str(message.to or self._session.account.bare),
            attempt=due.attempt,
        )
        self._session.tell(resend)

    def _support_for_tracker(
        self, message: Message, to: JID, support: Support, token: Token | None
    ) -> Support:
        """Return the support to tell the tracker, which resends only if it is YES."""
        # An occupant may be somebody else by then.
        in_room = message.has_muc_user or to in self._session.rooms
        if token is None or in_room or message.type == MessageType.GROUPCHAT:
            return Support.UNKNOWN
        if not to.is_full and self._session.policy.resend_bare:
            return Support.YES
        return support

    def _tell(self, result: ReceiptResult) -> None:
        id_, sender = str(result.id), result.sender
        tell = self._session.tell
        if result.token is not None:  # what waits to be sent again is void now
            self._session.queue.drop_resends(result.token)
        if result.recorded and sender is not None:
            first = result.outcome is not ReceiptOutcome.DUPLICATE
            tell(Delivered(id=id_, sender=sender, token=result.token, first=first))
        elif result.outcome is ReceiptOutcome.BOUNCED and sender is not None:
            condition = result.condition
            tell(
                Bounced(id=id_, sender=sender, token=result.token, condition=condition)
            )
        elif result.outcome is ReceiptOutcome.WRONG_SENDER:
            tell(UnprovenReceipt(id=id_, sender=sender))

    def _tell_elsewhere(self, id_: str, sender: JID | None) -> bool:
        """Report the first receipt for a message of another resource, if it is one."""
        if sender is None:
            return False
        found = [self._elsewhere.pop((id_, it)) for it in (sender, sender.bare)]
        if any(found):
            self._session.tell(Delivered(id=id_, sender=sender, elsewhere=True))
        return any(found)

    def _unconfirmed(self, message: Message, token: Token | None) -> None:
        to = str(message.to or self._session.account.bare)
        unconfirmed = UnconfirmedMessage(id=str(message.id), to=to, token=token)
        self._session.tell(unconfirmed)


def _is_same(
    known: TrackedMessage, element: ElementLike, message: Message, token: Token | None
) -> bool:
    """Return whether a message with a known id is the known message itself."""
    if token is not None or known.token is not None:
        return token == known.token
    # It has the request that was added.
    if not (isinstance(known, PendingMessage) and message.request):
        return False
    return known.content == message_digest(element)


def _remove_request(element: Any) -> None:  # noqa: ANN401  # it is changed
    for child in [child for child in element if child.tag == ns.REQUEST_TAG]:
        element.remove(child)

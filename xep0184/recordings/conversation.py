"""Follows what one account sent and received, and tells which messages were confirmed.

`Tracker` matches receipts with messages, `Rooms` knows the rooms, `may_request` says
which messages should not have asked: nothing of that is decided here.

Memory is bounded: the last 100,000 messages that asked, about 2 KB each, and the first
1000 events of the watched messages.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from xep0184 import codec, jid, ns
from xep0184.envelope import EnvelopeKind, unwrap_with_element
from xep0184.errors import RemoteError
from xep0184.message import MessageType
from xep0184.quoting import beginning
from xep0184.recordings.asked import AskedMessages
from xep0184.recordings.directions import Direction
from xep0184.recordings.queries import Queries
from xep0184.recordings.reasons import REASONS, REFUSALS, UNREACHABLE
from xep0184.recordings.traced import Confirmation, Refused, Sighting, TraceEvent
from xep0184.support import Support
from xep0184.tracker import IgnoredReason, ReceiptOutcome
from xep0184.xml import error_condition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from xep0184.envelope import Envelope
    from xep0184.jid import JID
    from xep0184.message import Message
    from xep0184.recordings.entry import Entry
    from xep0184.recordings.reasons import Reason
    from xep0184.recordings.traced import Counts, TracedMessage
    from xep0184.tracker import ReceiptResult
    from xep0184.xml import ElementLike

    Told: TypeAlias = tuple[JID, TracedMessage | Refused | TraceEvent]

__all__ = ["Conversation"]

_MOST_EVENTS: Final = 1_000
# A wrapped message is no refused receipt, nor is what a closed wrapper may hold.
_NO_RECEIPT: Final = frozenset(
    {IgnoredReason.NO_RECEIPT, IgnoredReason.CARBON_SENT, IgnoredReason.WRAPPED, None}
)
_FORGED: Final = frozenset(
    {ReceiptOutcome.WRONG_SENDER, ReceiptOutcome.SELF, IgnoredReason.CARBON_FORGED}
)


class Conversation:
    """What one account sent and received.

    Args:
        account: The account that recorded.
        counts: Where to count what is found.
        watched: The id of the messages that are told and counted, with their events;
            None for all.

    Attributes:
        account: The account.
    """

    def __init__(
        self, account: JID, counts: Counts, *, watched: str | None = None
    ) -> None:
        self.account = account
        self._counts, self._watched = counts, watched and beginning(watched)
        self._is_watched = partial(_is_watched, self._watched)
        self._done: deque[TracedMessage | Refused | TraceEvent] = deque()
        self._messages = AskedMessages(account, counts, self._is_watched, self._done)
        self._events: list[TraceEvent] = []
        self._queries = Queries()
        self._address = account.parse_other

    def follow(self, entry: Entry, element: Element, direction: Direction) -> None:
        """Process a stanza of the account; one that proves nothing is not believed."""
        is_sent = direction is Direction.SENT
        self._messages.received += not is_sent
        with suppress(RemoteError):  # a peer may send anything
            if entry.evidence is None:
                self._doubt(entry, element, is_sent=is_sent)
            elif is_sent:
                self._send(entry, element)
            else:
                self._receive(entry, element)

    def done(self) -> Iterator[Told]:
        """Yield what was refused, and the messages to which no more can happen."""
        while self._done:
            yield self.account, self._done.popleft()

    def close(self) -> Iterator[Told]:
        """End all messages; yield those that are left, and what else is to be told."""
        self._messages.close()
        self._done += self._events
        yield from self.done()

    def _doubt(self, entry: Entry, element: Element, *, is_sent: bool) -> None:
        message = codec.from_element(element, namespaces=ns.CONTENT)
        seen = Sighting.of(entry)
        if is_sent:
            self._messages.doubt(seen, element, message)
            return
        for id_ in codec.acknowledged_ids(message):
            self._messages.doubt_receipt(self._address(message.from_), id_)
            self._refuse(seen, id_, message.from_, REFUSALS["recovered"])

    def _send(self, entry: Entry, element: Element) -> None:
        name, to = ns.split(element.tag)[1], self._address(element.get("to"))
        if name == "iq":
            archive = self.account.bare if element.get("to") is None else to
            self._queries.sent(element, archive)
        elif name == "presence":
            self._messages.rooms.outgoing(element, to)
        elif name == "message":
            message = codec.from_element(element, namespaces=ns.CONTENT)
            self._asks(Sighting.of(entry), element, message)

    def _receive(self, entry: Entry, element: Element) -> None:
        name, sender = ns.split(element.tag)[1], self._address(element.get("from"))
        if name == "iq":
            archive = self.account.bare if element.get("from") is None else sender
            self._queries.received(element, archive)
        if name == "iq" and sender is not None:
            self._messages.peers.answer(element, sender)
        elif name == "presence" and sender is not None:
            self._messages.rooms.incoming(element, sender)
            self._messages.peers.presence(element, sender)
        elif name == "message":
            envelope, inner = unwrap_with_element(
                element,
                account=self.account,
                open_queries=self._queries.open,
                namespaces=ns.CONTENT,
            )
            if envelope.kind is EnvelopeKind.DIRECT and _is_plain(envelope.message):
                return
            seen = Sighting.of(entry, envelope)
            self._copy(seen, inner, envelope)
            self._judge(seen, element, envelope)

    def _copy(
        self, seen: Sighting, inner: ElementLike | None, envelope: Envelope
    ) -> None:
        """Process a copy of what the account sent: a carbon, or from the archive."""
        message = envelope.message
        if message is None or inner is None:
            return
        sender = self._address(message.from_)
        is_own = sender is not None and sender.is_of(self.account)
        is_archived = envelope.kind is EnvelopeKind.ARCHIVED and is_own
        if is_archived or envelope.kind is EnvelopeKind.CARBON_SENT:
            self._asks(seen, inner, message)

    def _asks(self, seen: Sighting, element: ElementLike, message: Message) -> None:
        """Process a message of the account, and tell what became of it."""
        if (told := self._messages.sent(seen, element, message)) is not None:
            asked, what = told
            event = TraceEvent(
                seen=seen, what=what, from_=asked.client, to=asked.to, asked=asked
            )
            self._note(message.id, event)

    def _judge(self, seen: Sighting, element: Element, envelope: Envelope) -> None:
        """Let the tracker say what a message means for those that asked."""
        condition = error_condition(element)
        tracker = self._messages.tracker
        for result in tracker.received(envelope, 0, condition=condition):
            is_error = element.get("type") == "error"
            if result.id is None and result.reason in _NO_RECEIPT:
                continue
            if is_error and result.outcome is ReceiptOutcome.UNKNOWN_ID:
                continue  # most errors are about messages that did not ask
            if self._is_watched(result.id):
                self._counts["receipts"][result.outcome] += 1
            asked = self._messages.with_token(result.token)
            if asked is None and result.token is not None:
                continue  # there was no room for the message, which is told
            if asked is None or result.outcome is ReceiptOutcome.IGNORED:
                self._refuse_result(seen, result, element.get("from"))
            else:
                self._apply(seen, result, asked)

    def _apply(
        self, seen: Sighting, result: ReceiptResult, asked: TracedMessage
    ) -> None:
        if result.outcome is ReceiptOutcome.BOUNCED:
            is_server = result.condition in UNREACHABLE
            why = "unreachable" if is_server else "bounced"
            asked.state, asked.reason = "bounced", REASONS[why]
            asked.condition = result.condition and beginning(result.condition)
        else:
            sender = cast("JID", result.sender)  # a receipt that counts has one
            _confirm(asked, sender, seen, is_new=result.recorded)
            self._messages.peers.learn(sender, Support.YES)
        event = TraceEvent(
            seen=seen, what=result.outcome, from_=str(result.sender), asked=asked
        )
        self._note(result.id, event)

    def _refuse_result(
        self, seen: Sighting, result: ReceiptResult, from_: str | None
    ) -> None:
        why = result.reason or result.outcome
        # What a query asked for that was not recorded comes from the own server.
        servers = {None, self.account.bare, jid.JID(None, self.account.domain)}
        is_foreign = self._address(from_) not in servers
        is_forged = why in _FORGED or (why is IgnoredReason.ARCHIVED and is_foreign)
        sender = None if result.sender is None else str(result.sender)
        self._refuse(seen, result.id, sender, REFUSALS[why], is_forged=is_forged)

    def _refuse(
        self,
        seen: Sighting,
        id_: str | None,
        sender: str | None,
        reason: Reason,
        *,
        is_forged: bool = False,
    ) -> None:
        refused = Refused(
            place=seen.place,
            id=id_ and beginning(id_),
            sender=sender and beginning(sender),
            reason=reason,
            is_forged=is_forged,
        )
        # The results of a query that was not recorded are many, and are no receipts.
        is_result = reason.row.id == IgnoredReason.ARCHIVED and not is_forged
        if self._is_watched(id_):
            self._counts["refused"][reason.row.id] += 1
            if is_forged:
                self._counts["forged"][reason.row.id] += 1
            if not is_result:
                self._done.append(refused)

    def _note(self, id_: str | None, event: TraceEvent) -> None:
        """Keep an event, if it is about a watched message."""
        is_told = self._watched is not None and self._is_watched(id_)
        if is_told and len(self._events) < _MOST_EVENTS:
            self._events.append(event)


def _is_watched(watched: str | None, id_: str | None) -> bool:
    """Check whether an id is the watched one, of which the beginning is kept."""
    return watched in {None, id_ and beginning(id_)}


def _is_plain(message: Message | None) -> bool:
    """Check whether a message cannot tell anything of messages that were sent."""
    return message is None or not (message.is_ack or message.type == MessageType.ERROR)


def _confirm(
    asked: TracedMessage, sender: JID, seen: Sighting, *, is_new: bool
) -> None:
    for known in asked.confirmations:
        if known.sender == sender:
            known.copies += 1
            known.first.stamped = known.first.stamped or seen.stamped
            return
    if is_new:
        asked.state, asked.reason, asked.condition = "delivered", None, None
        asked.confirmations.append(Confirmation(sender=sender, first=seen))

"""Follows what one account sent and received, and tells which messages were confirmed.

A recording has no clock. So all stanzas that were sent are given first, then all that
were received, each in their order: a receipt then finds its message, wherever both
stand. How long a receipt took is known only where servers left stamps (XEP-0203), as
in copies from an archive.

Memory grows with the number of requests; everything else is bounded.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from xep0184 import jid, ns
from xep0184.envelope import EnvelopeKind, OpenQuery, unwrap
from xep0184.errors import RemoteError
from xep0184.message import Annotation, Message
from xep0184.quoting import beginning
from xep0184.recordings.queries import Queries
from xep0184.recordings.traced import Confirmation, Refused, TracedMessage
from xep0184.tracker import IgnoredReason, ReceiptOutcome, Tracker, TrackError
from xep0184.xml import error_condition

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from xep0184.envelope import Envelope
    from xep0184.jid import JID
    from xep0184.tracker import ReceiptResult

__all__ = ["Conversation"]

_MAX_PENDING: Final = 1_000_000
_MAX_REFUSED: Final = 10_000
# A wrapped message is no refused receipt, nor is what a closed wrapper may hold.
_NO_RECEIPT: Final = frozenset(
    {IgnoredReason.NO_RECEIPT, IgnoredReason.CARBON_SENT, IgnoredReason.WRAPPED, None}
)


class Conversation:
    """The messages of one account that asked for a receipt, and what became of them.

    Args:
        account: The full JID of the client that recorded.

    Attributes:
        asked: The messages that asked for a receipt.
        refused: The receipts and errors that were refused, the first 10,000.
        more_refused: How many there were after those.
        outcomes: How often the tracker gave each outcome.
        has_forged: Whether a receipt came from an address that was not asked.
    """

    def __init__(self, account: JID) -> None:
        self.asked: list[TracedMessage] = []
        self.refused: list[Refused] = []
        self.more_refused: int = 0
        self.outcomes: Counter[str] = Counter()
        self.has_forged: bool = False
        self._account = account
        self._tracker = Tracker(account, max_pending=_MAX_PENDING)
        self._by_id: dict[str, TracedMessage] = {}
        self._queries = Queries()

    def send(self, number: int, element: Element) -> None:
        """Process a stanza that was sent."""
        if _name(element) == "iq":
            self._query(element)
            return
        envelope = self._unwrapped(element)
        message = None if envelope is None else envelope.message
        if envelope is None or message is None or not message.request:
            return
        content = hash(message)
        known = self._by_id.get(message.id or "")
        if known is not None and known.content == content:
            known.times += 1
            return
        stamp, outline = _time(envelope.stamp), _outline(message)
        asked = TracedMessage(
            number=number, message=outline, content=content, stamp=stamp
        )
        self.asked.append(asked)
        try:
            self._tracker.sent(outline, 0)
        except TrackError as error:
            asked.state, asked.why = "untracked", error.code.value
        else:
            self._by_id[message.id or ""] = asked

    def receive(self, number: int, element: Element) -> None:
        """Process a stanza that was received."""
        if _name(element) == "iq":
            self._answer(element)
            return
        envelope = self._unwrapped(element)
        if envelope is None:
            return
        self._note_copy(envelope)
        condition = error_condition(element)
        for result in self._tracker.received(envelope, 0, condition=condition):
            if result.id is None and result.reason in _NO_RECEIPT:
                continue
            self.outcomes[result.outcome] += 1
            self._note(number, result, envelope)

    def _unwrapped(self, element: Element) -> Envelope | None:
        """Return a message and how it arrived; None if it is no message."""
        queries = self._queries.open
        try:
            return unwrap(
                element,
                account=self._account,
                open_queries=queries,
                namespaces=ns.CONTENT,
            )
        except RemoteError:
            return None

    def _query(self, element: Element) -> None:
        tags = ns.MAM_QUERY_TAGS
        query = next((child for child in element if child.tag in tags), None)
        archive = _address(element.get("to"), self._account.bare)
        if query is not None and archive is not None:
            opened = OpenQuery(archive, query.get("queryid"))
            self._queries.begin(element.get("id"), opened)

    def _answer(self, element: Element) -> None:
        sender = _address(element.get("from"), self._account.bare)
        self._queries.end(element.get("id"), sender)

    def _note(self, number: int, result: ReceiptResult, envelope: Envelope) -> None:
        asked = self._by_id.get(result.id or "")
        if result.outcome is ReceiptOutcome.BOUNCED and asked is not None:
            asked.state = "bounced"
            asked.why = result.condition and beginning(result.condition)
        elif result.outcome.is_positive and asked is not None:
            self._confirm(asked, result, envelope)
        else:
            short = replace(result, id=result.id and beginning(result.id))
            self._refuse(Refused(number=number, result=short))

    def _refuse(self, refused: Refused) -> None:
        self.has_forged |= refused.is_forged
        if len(self.refused) < _MAX_REFUSED:
            self.refused.append(refused)
        else:
            self.more_refused += 1

    def _confirm(
        self, asked: TracedMessage, result: ReceiptResult, envelope: Envelope
    ) -> None:
        stamp = _time(envelope.stamp)
        for known in asked.confirmations:
            if known.sender == result.sender:
                known.copies += 1
                known.stamp = known.stamp or stamp
                return
        if result.recorded and result.sender is not None:
            asked.state, asked.why = "delivered", None
            asked.confirmations.append(
                Confirmation(sender=result.sender, how=envelope.kind, stamp=stamp)
            )

    def _note_copy(self, envelope: Envelope) -> None:
        """Take the time of a message from the copy that the archive keeps."""
        message = envelope.message
        if message is None or envelope.kind is not EnvelopeKind.ARCHIVED:
            return
        asked = self._by_id.get(message.id or "")
        sender = _address(message.from_, None)
        is_own = sender is not None and sender.is_of(self._account)
        if asked is not None and is_own and message.request and asked.stamp is None:
            asked.stamp = _time(envelope.stamp)


def _outline(message: Message) -> Message:
    """Return what the tracker needs of a message, whose text may be 256 KiB long."""
    return Message(
        to=message.to,
        id=message.id,
        type=message.type,
        request=True,
        received=message.received[:1],
        annotations=(Annotation.MUC_USER,) if message.has_muc_user else (),
    )


def _name(element: Element) -> str:
    return ns.split(str(element.tag))[1]


def _address(text: str | None, default: JID | None) -> JID | None:
    return default if text is None else jid.parse_or_none(text)


def _time(stamp: str | None) -> datetime | None:
    """Return a point in time (XEP-0082); None if it cannot be compared."""
    try:
        time = datetime.fromisoformat(stamp or "")
    except ValueError:
        return None
    return time if time.tzinfo else None

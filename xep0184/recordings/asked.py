"""The messages of one account that ask for a receipt, and the copies of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xep0184.deciding import may_request
from xep0184.envelope import EnvelopeKind
from xep0184.message import Annotation, Message
from xep0184.quoting import beginning
from xep0184.receipts.content import message_digest
from xep0184.receipts.rooms import Rooms
from xep0184.recent import Recent
from xep0184.recordings.peer_support import Peers
from xep0184.recordings.reasons import REASONS, SILENCE, Reason, Side
from xep0184.recordings.traced import TracedMessage
from xep0184.tracker import TrackCode, Tracker, TrackError

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable

    from xep0184.jid import JID
    from xep0184.recordings.traced import Counts, Sighting
    from xep0184.support import Support
    from xep0184.xml import ElementLike

__all__ = ["AskedMessages"]

_MOST: Final = 100_000
_LONGEST: Final = 1_024
_DIRECT: Final = EnvelopeKind.DIRECT


class AskedMessages:
    """The messages that asked, each with what became of it.

    The last 100,000 are kept, about 2 KB each, because more may happen to them.

    Args:
        account: The account that sent them.
        counts: Where to count what became of them.
        is_watched: Whether the messages with an id are told and counted.
        done: Where to put the messages for which there is no room, or that `close`
            ended.

    Attributes:
        tracker: Which of them wait for a receipt.
        rooms: The rooms of the account.
        peers: What the peers support.
        received: How many stanzas the account has received.
    """

    def __init__(
        self,
        account: JID,
        counts: Counts,
        is_watched: Callable[[str | None], bool],
        done: deque[Any],
    ) -> None:
        self.tracker: Tracker = Tracker(account, max_pending=_MOST)
        self.rooms: Rooms = Rooms()
        self.peers: Peers = Peers(account)
        self.received: int = 0
        self._account, self._counts = account, counts
        self._is_watched, self._done = is_watched, done
        self._address = account.parse_other
        self._messages: Recent[int, TracedMessage] = Recent(_MOST, "messages")
        self._without_id: Recent[str, TracedMessage] = Recent(_MOST, "messages")
        self._number = 0

    def with_token(self, token: str | int | None) -> TracedMessage | None:
        """Return the message that the tracker has under a token."""
        return self._messages.peek(token) if isinstance(token, int) else None

    def sent(
        self, seen: Sighting, element: ElementLike, message: Message
    ) -> tuple[TracedMessage, str] | None:
        """Process a message of the account, or a copy of one.

        Returns:
            The message and what happened to it; None if it does not ask, or if only
            the archive has it.
        """
        if not message.request:
            ruling = may_request(message, account=self._account)
            might = message.has_content and ruling.allowed and not message.is_ack
            if might and seen.kind is _DIRECT and self._is_watched(message.id):
                self._counts[Side.CLIENT]["did-not-ask (XEP-0184 §5)"] += 1
            return None
        to = self._account.bare if message.to is None else self._address(message.to)
        asked = self._traced(seen, element, message)
        known = self._known(to, message.id, asked)
        if known is not None and (known.digest == asked.digest or _differ(known, seen)):
            return known, _seen_again(known, seen)
        if seen.kind is EnvelopeKind.ARCHIVED:
            return None
        self._add(asked, self._refusal(asked, message, to))
        return asked, "sent"

    def doubt(self, seen: Sighting, element: ElementLike, message: Message) -> None:
        """Process a message that may be part of something broken."""
        if message.request:
            self._add(self._traced(seen, element, message), REASONS["recovered"])

    def doubt_receipt(self, sender: JID | None, id_: str) -> None:
        """Note that there is a receipt that may be part of something broken."""
        asked = self._sent_to(sender, id_)
        if asked is not None and asked.state == "unconfirmed":
            asked.reason = REASONS["doubtful"]

    def close(self) -> None:
        """End all messages."""
        for asked in self._messages.values():
            self._end(asked)
        self._messages.clear()

    def _known(
        self, to: JID | None, id_: str | None, asked: TracedMessage
    ) -> TracedMessage | None:
        """Return the message that another one may be a copy of."""
        if not id_:
            known = self._without_id.peek(asked.digest)
            is_copy = known is not None and _differ(known, asked.first)
            return self._without_id.pop(asked.digest) if is_copy else None
        return self._sent_to(to, id_)

    def _sent_to(self, peer: JID | None, id_: str) -> TracedMessage | None:
        tracked = None if peer is None else self.tracker.sent_to(id_, peer)
        return None if tracked is None else self.with_token(tracked.token)

    def _traced(
        self, seen: Sighting, element: ElementLike, message: Message
    ) -> TracedMessage:
        client = None if seen.kind is _DIRECT else message.from_ or ""
        return TracedMessage(
            first=seen,
            id=message.id and beginning(message.id),
            to=message.to and beginning(message.to),
            type=message.type,
            client=client and beginning(client),
            digest=message_digest(element),
            ruling=may_request(message, account=self._account),
            received=self.received,
        )

    def _refusal(
        self, asked: TracedMessage, message: Message, to: JID | None
    ) -> Reason | None:
        """Track a message; return the reason if it cannot be tracked."""
        if len(message.id or "") > _LONGEST:
            return REASONS["long-id"]
        in_room = to is not None and to.is_full and to in self.rooms
        outline, token = _outline(message), self._number + 1
        try:
            self.tracker.sent(outline, 0, room=in_room, token=token)
        except TrackError as error:
            is_ruled = error.code is TrackCode.NO_REQUEST
            return _not_asked(asked) if is_ruled else REASONS[error.code]
        return None

    def _add(self, asked: TracedMessage, refusal: Reason | None) -> None:
        self._number += 1
        if not asked.id:
            self._without_id.put(asked.digest, asked)
        if refusal is not None:
            asked.state, asked.reason = "untracked", refusal
        if (displaced := self._messages.put(self._number, asked)) is not None:
            _, oldest = displaced
            if oldest.state == "unconfirmed":
                oldest.reason = REASONS["displaced"]
            self._end(oldest)

    def _end(self, asked: TracedMessage) -> None:
        if not self._is_watched(asked.id):
            return
        if asked.state == "unconfirmed":
            asked.reason = asked.reason or self._silence(asked)
        self._done.append(asked)
        if asked.client is not None:
            self._counts["elsewhere"][asked.state] += 1
            return
        self._counts["asked"][asked.state] += 1
        self._counts["support"][self._support(asked)] += 1
        if (reason := asked.reason) is not None:
            name = f"{reason.row.id} ({reason.row.section})"
            self._counts[reason.side][name] += 1

    def _silence(self, asked: TracedMessage) -> Reason:
        """Return why nobody has confirmed a message."""
        if asked.client is not None:
            return REASONS["elsewhere"]
        if not asked.ruling:
            return _not_asked(asked)
        if asked.received == self.received:
            return REASONS["nothing-after"]
        return SILENCE[self._support(asked)]

    def _support(self, asked: TracedMessage) -> Support:
        return self.peers.support(self._address(asked.to) or self._account.bare)


def _not_asked(asked: TracedMessage) -> Reason:
    """Return why a message asked that should not."""
    return Reason(side=Side.CLIENT, row=asked.ruling.rule)


def _differ(known: TracedMessage, seen: Sighting) -> bool:
    """Check whether one of two messages is a copy, which a server may have changed."""
    return (known.client is None) != (seen.kind is _DIRECT)


def _seen_again(known: TracedMessage, seen: Sighting) -> str:
    """Note that a message was sent again, or copied; return what happened."""
    known.first.stamped = known.first.stamped or seen.stamped
    if seen.kind is not _DIRECT:
        return str(seen.kind)
    if known.client is not None:  # until now, only a copy was seen
        known.client = None
        return "sent"
    known.times += 1
    return "sent again"


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

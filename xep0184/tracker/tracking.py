"""The tracker: `sent`, `received` and `due` take logarithmic time for each message."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from xep0184 import jid
from xep0184.envelope import Envelope, EnvelopeKind
from xep0184.journal import keep_removals
from xep0184.message import Message
from xep0184.support import Support
from xep0184.tracker import snapshots
from xep0184.tracker.claims import claims_of, sender_of
from xep0184.tracker.confirming import result_of
from xep0184.tracker.deadlines import Deadlines, ensure_number, ensure_type
from xep0184.tracker.entries import Entries, PendingMessage, State, new_entry
from xep0184.tracker.results import (
    ReceiptResult,
    Resend,
    ResendMessage,
    TrackCode,
    TrackError,
    Unconfirmed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.jid import JID
    from xep0184.journal import Change
    from xep0184.tracker.entries import TrackedMessage

__all__ = ["Tracker"]


class Tracker:
    """The messages that wait for a receipt, and what the receipts prove.

    One tracker is not safe for use from several threads at once; the functions of
    this library are.

    Args:
        account: The address of the account, bare or full. Its normaliser is used for
            all other addresses.
        max_pending: The maximum number of pending messages. If there are more, the
            oldest becomes unconfirmed. As many settled messages are stored, to
            recognise late and repeated receipts.
        timeout: After how many seconds a message becomes unconfirmed; None for as
            long as there is room.
        resend: When a message is sent again; None for never.
        legacy: Whether a receipt without id confirms the message that has the id of
            the receipt's own stanza, as in revision 1.0 of the XEP.
        journal: Whether to note what changes, for `changes`.

    Raises:
        TrackError: BAD_JID, LIMIT, TIME or RESEND, if an argument is out of range or
            has the wrong type.

    >>> from xep0184 import Received
    >>> tracker = Tracker(jid.parse("n@shakespeare.lit/westminster"), timeout=60)
    >>> tracker.sent(Message(to="k@royalty.lit", id="a", request=True), 0)
    >>> ack = Message(from_="k@royalty.lit/throne", received=(Received("a"),))
    >>> [result.outcome.value for result in tracker.received(ack, 1)]
    ['delivered']
    """

    def __init__(
        self,
        account: JID,
        *,
        max_pending: int = 1024,
        timeout: float | None = None,
        resend: Resend | None = None,
        legacy: bool = False,
        journal: bool = False,
    ) -> None:
        ensure_type(account, jid.JID, TrackCode.BAD_JID, "account")
        ensure_type(resend, Resend | None, TrackCode.RESEND, "resend")
        jitter = None if resend is None else resend.jitter
        ensure_type(jitter, Callable | None, TrackCode.RESEND, "jitter")
        ensure_number(max_pending, "max_pending", TrackCode.LIMIT, 1)
        self._account = account
        self._max_pending = max_pending
        self._legacy = legacy
        self._journal = journal
        self._entries = self._no_entries()
        self._deadlines = Deadlines(self._entries.pending, timeout, resend)

    def __len__(self) -> int:
        return len(self._entries.pending)

    @property
    def pending(self) -> tuple[Message, ...]:
        """The messages that wait for a receipt, in the order they were sent in."""
        return tuple(entry.message for entry in self._entries.pending.values())

    @property
    def next_deadline(self) -> float | None:
        """When `due` has to be called next; None if no deadline is set."""
        return self._deadlines.next_deadline()

    def confirmed_by(
        self,
        id: str,  # noqa: A002  # wire name
        /,
        to: JID | None = None,
    ) -> tuple[JID, ...]:
        """Return the senders who confirmed a message, in order, each once.

        Args:
            id: The id of the message.
            to: The address that it was sent to; needed if several messages have the id.

        >>> Tracker(jid.parse("n@shakespeare.lit")).confirmed_by("a")
        ()
        """
        if to is not None:
            entry = self.sent_to(id, to)
            return () if entry is None else entry.confirmed_by
        found = self._entries.with_id(id, None)
        return found[0].confirmed_by if found else ()

    def sent(
        self,
        message: Message,
        /,
        now: float,
        *,
        support: Support = Support.UNKNOWN,
        room: bool = False,
        token: str | int | None = None,
        content: str | None = None,
    ) -> Unconfirmed | None:
        """Track a message that was sent.

        Args:
            message: The message, with its request and its id.
            now: The time in seconds, of any clock.
            support: Whether the addressee supports receipts, as far as it is known.
                The message is sent again only if this is YES.
            room: Whether it was sent to an occupant of a room, which is also known from
                the ``muc#user`` element (XEP-0045 §7.5).
            token: The caller's own name for its stanza; results hold it.
            content: What distinguishes it for the caller from another message with its
                id, for example a digest; `sent_to` tells.

        Returns:
            The oldest message, if it had to make room for this one.

        Raises:
            TrackError: NO_REQUEST, NO_ID, BAD_JID; PENDING, if a message to the
                same peer with the same id is pending; TIME. Nothing is changed then.

        >>> tracker = Tracker(jid.parse("n@shakespeare.lit"), max_pending=1)
        >>> tracker.sent(Message(to="k@royalty.lit", id="a", request=True), 0)
        >>> dropped = tracker.sent(Message(to="k@b", id="b", request=True), 1)
        >>> dropped.message.id
        'a'
        """
        ensure_number(now)
        entry = new_entry(message, self._account, room=room, sent_at=now)
        if self._entries.pending.peek(entry.key) is not None:
            raise TrackError(TrackCode.PENDING, "id")
        entry.token, entry.content = token, content
        if support == Support.YES:
            entry.resend_at = self._deadlines.next_resend(0, now)
        dropped = self._entries.add(entry)
        self._deadlines.plan(entry)
        return None if dropped is None else Unconfirmed(dropped.message, dropped.token)

    def sent_to(self, id: str, to: JID, /) -> TrackedMessage | None:  # noqa: A002
        """Return what is stored of a message, pending or settled; do not change it.

        Args:
            id: The id of the message.
            to: The address that it was sent to.

        >>> Tracker(jid.parse("n@shakespeare.lit")).sent_to("a", jid.parse("k@b"))
        """
        find = self._entries.find
        return find((str(to), id)) or find((str(to.bare), id))

    def stop_resending(self, token: str | int, /) -> None:
        """Stop resending the messages with a token.

        Their receipts still count, and so does the timeout.

        Args:
            token: What `sent` was given with them.

        >>> Tracker(jid.parse("n@shakespeare.lit")).stop_resending("row 7")
        """
        for entry in self._entries.pending.values():
            if entry.token == token:
                entry.resend_at = None
                self._deadlines.plan(entry)
                self._entries.note(entry)

    def forget(self, contact: JID, /) -> None:
        """Remove the messages to an account, or to a room and its occupants.

        Args:
            contact: Its JID; a resource makes no difference.

        >>> Tracker(jid.parse("n@shakespeare.lit")).forget(jid.parse("k@b"))
        """
        self._entries.forget(str(contact.bare))

    def received(
        self,
        received: Envelope | Message,
        /,
        now: float,
        *,
        condition: str | None = None,
    ) -> tuple[ReceiptResult, ...]:
        """Judge a received message of any kind.

        Args:
            received: The result of `xep0184.envelope.unwrap`; or a message that is
                known to be received directly, as no copy and in no wrapper.
            now: The time in seconds. A receipt is in time if `due` has not yet
                returned its message as unconfirmed.
            condition: The error condition, if the message is an error.

        Returns:
            A result for each id that the message names, for at most 64; one if it names
            none.

        Raises:
            TrackError: TIME.

        >>> tracker = Tracker(jid.parse("n@shakespeare.lit"))
        >>> tracker.received(Message(), 0)[0].reason.value
        'no-receipt'
        """
        ensure_number(now)
        if isinstance(received, Message):
            received = Envelope(kind=EnvelopeKind.DIRECT, message=received)
        sender = sender_of(received, self._account)
        return tuple(
            result_of(claim, sender, self._entries, self._account, now, condition)
            for claim in claims_of(received, legacy=self._legacy)
        )

    def due(self, now: float) -> tuple[Unconfirmed | ResendMessage, ...]:
        """Return the expired and to-be-resent messages, in deadline order.

        Args:
            now: The time in seconds; it may go backwards.

        Returns:
            Messages that are no longer pending, which may have been delivered, and
            messages to send again. Each occurs once, even if the call is late. If it
            is so late that the timeout of a message is over before it was sent again,
            it is sent again, and the timeout begins again.

        Raises:
            TrackError: TIME. If `Resend.jitter` raises, nothing is changed.

        >>> tracker = Tracker(jid.parse("n@shakespeare.lit"), timeout=60)
        >>> tracker.sent(Message(to="k@royalty.lit", id="a", request=True), 0)
        >>> [type(it).__name__ for it in tracker.due(60)]
        ['Unconfirmed']
        """
        ensure_number(now)
        due = self._deadlines.take(now)
        try:
            resends = [
                self._deadlines.next_resend(entry.attempts + 1, now) for entry in due
            ]
        except BaseException:
            for entry in due:
                self._deadlines.plan(entry)
            raise
        return tuple(self._due(*it, now) for it in zip(due, resends, strict=True))

    def postpone(self, now: float) -> None:
        """Restart the timeouts that are over, because no receipt could arrive.

        Args:
            now: The time in seconds at which the connection was restored.

        Raises:
            TrackError: TIME.

        >>> tracker = Tracker(jid.parse("n@shakespeare.lit"), timeout=60)
        >>> tracker.sent(Message(to="k@royalty.lit", id="a", request=True), 0)
        >>> tracker.postpone(1000)
        >>> tracker.next_deadline
        1060
        """
        ensure_number(now)
        for entry in self._deadlines.take(now):
            if self._deadlines.is_expired(entry, now):
                entry.waits_from = now
                self._entries.note(entry)
            self._deadlines.plan(entry)

    def snapshot(self, *, offset: float = 0.0) -> dict[str, Any]:
        """Return the tracked messages as plain data that JSON can represent.

        The settings are not included.

        Args:
            offset: Seconds to add to all times. With `time.monotonic`, pass
                ``time.time() - time.monotonic()``.

        Raises:
            TrackError: TIME.

        >>> sorted(Tracker(jid.parse("n@shakespeare.lit")).snapshot())
        ['account', 'messages', 'version']
        """
        ensure_number(offset, "offset")
        return snapshots.dump(self._account, self._entries, offset)

    def restore(
        self,
        snapshot: Mapping[str, Any],
        /,
        *,
        offset: float = 0.0,
        now: float | None = None,
        written: bool = False,
    ) -> tuple[Unconfirmed, ...]:
        """Replace the tracked messages by those of a snapshot.

        Args:
            snapshot: What `snapshot` returned for the same account, possibly
                converted to JSON and back. With a journal, the rows of what it replaces
                are not removed: restore it into a new tracker.
            offset: Seconds to subtract from all times. With `time.monotonic`, pass
                ``time.time() - time.monotonic()``.
            now: The time in seconds; no time of a message is later, even if the clock
                of the snapshot was wrong. None if that does not matter.
            written: Whether the rows of the journal hold this already.

        Returns:
            The oldest messages, if there is no room for them.

        Raises:
            TrackError: TIME; SNAPSHOT, with the field that is wrong. Nothing is changed
                then.

        >>> tracker = Tracker(jid.parse("n@shakespeare.lit"))
        >>> tracker.restore(tracker.snapshot())
        ()
        """
        ensure_number(offset, "offset")
        if now is not None:
            ensure_number(now)
        entries = self._no_entries()
        dropped = snapshots.load(snapshot, entries, self._account)
        entries.shift(-offset, math.inf if now is None else now)
        if now is not None:
            self._deadlines.limit_resends(entries.pending, now)
        if written:
            keep_removals(entries.changed, entries.find)
            for entry in dropped:
                entries.note(entry)
        self._entries = entries
        self._deadlines.restart(entries.pending)
        return tuple(Unconfirmed(entry.message, entry.token) for entry in dropped)

    def changes(self, *, offset: float = 0.0) -> list[Change]:
        """Return the rows that have changed since the last call.

        Their part is "messages", the list of `snapshot`.

        Args:
            offset: Seconds to add to all times, as in `snapshot`.

        Raises:
            TrackError: TIME.

        >>> tracker = Tracker(jid.parse("n@shakespeare.lit"), journal=True)
        >>> tracker.sent(Message(to="k@royalty.lit", id="a", request=True), 0)
        >>> [(it.part, it.row is None) for it in tracker.changes()]
        [('messages', False)]
        """
        ensure_number(offset, "offset")
        return snapshots.changes(self._entries, offset)

    def _no_entries(self) -> Entries:
        return Entries(self._max_pending, {} if self._journal else None)

    def _due(
        self, entry: PendingMessage, next_resend: float | None, now: float
    ) -> Unconfirmed | ResendMessage:
        is_late = self._deadlines.is_expired(entry, now)
        if is_late and not self._deadlines.was_missed(entry):
            self._entries.settle(entry, State.UNCONFIRMED)
            return Unconfirmed(entry.message, entry.token)
        self._entries.note(entry)
        entry.attempts += 1
        entry.resend_at = next_resend
        if is_late:
            entry.waits_from = now
        self._deadlines.plan(entry)
        return ResendMessage(
            message=entry.message, attempt=entry.attempts, token=entry.token
        )

"""The tracker itself: messages out, messages in, the time going by.

Sending, receiving and looking what is due each take logarithmic time at most,
whatever the number of pending messages. Everything is bounded: the messages,
those who confirm one, the ids of one ack message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xep0184 import jid
from xep0184.support import Support
from xep0184.tracker import snapshots
from xep0184.tracker.claims import claims, outcome_of
from xep0184.tracker.deadlines import Agenda, ensure_sensible, moment
from xep0184.tracker.entry import (
    Event,
    State,
    Waiting,
    ensure_trackable,
    scope_of,
)
from xep0184.tracker.ledger import Ledger
from xep0184.tracker.results import (
    Again,
    IgnoredReason,
    ReceiptOutcome,
    ReceiptResult,
    Resend,
    TrackCode,
    TrackError,
    Unconfirmed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.envelope import Envelope
    from xep0184.jid import JID, Normaliser
    from xep0184.message import Message
    from xep0184.tracker.claims import Claim

__all__ = ["Tracker"]


class Tracker:
    """Which messages wait for a receipt, and what the receipts prove.

    Args:
        account: One's own address, bare or full.
        max_pending: How many messages are waited for; one more, and the oldest
            is given up. As many that are settled are remembered, so that late
            and repeated receipts are known for what they are.
        timeout: After how many seconds a message is given up as unconfirmed;
            None waits as long as there is room.
        resend: When a message is sent again; None never does.
        legacy: Whether a receipt without id confirms by the id of its stanza, as
            revision 1.0 of the XEP had it.
        normaliser: What makes two spellings of an address equal.

    Raises:
        TrackError: LIMIT, TIME or RESEND, if an argument is out of range.

    >>> from xep0184 import Message, Received
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
        normaliser: Normaliser = jid.normalise,
    ) -> None:
        if max_pending < 1:
            raise TrackError(TrackCode.LIMIT, "max_pending")
        if timeout is not None and moment(timeout, "timeout") <= 0:
            raise TrackError(TrackCode.TIME, "timeout")
        if resend is not None:
            ensure_sensible(resend)
        self._account = account
        self._legacy = legacy
        self._normaliser = normaliser
        self._ledger = Ledger(max_pending)
        self._agenda = Agenda(self._ledger.pending, timeout, resend)

    def __len__(self) -> int:
        return len(self._ledger.pending)

    @property
    def pending(self) -> tuple[Message, ...]:
        """The messages that are waited for, in the order in which they were sent."""
        return tuple(waiting.message for waiting in self._ledger.pending.values())

    @property
    def next_deadline(self) -> float | None:
        """When `due` will have something to hand out; None if nothing is planned."""
        return self._agenda.first()

    def confirmed_by(self, id: str, /) -> tuple[JID, ...]:  # noqa: A002  # wire name
        """Return who confirmed a message, in order, each once.

        Args:
            id: The id of the message.

        >>> Tracker(jid.parse("n@shakespeare.lit")).confirmed_by("a")
        ()
        """
        entry = self._ledger.find(id)
        return () if entry is None else entry.confirmed_by

    def sent(
        self,
        message: Message,
        now: float,
        /,
        *,
        support: Support = Support.UNKNOWN,
        room: bool = False,
    ) -> Unconfirmed | None:
        """Wait for the receipts of a message.

        Args:
            message: The message that was sent, with its request and its id.
            now: The time in seconds, of any clock.
            support: What is known of the addressee's support for receipts; only
                YES lets the message be sent again.
            room: Whether it went to one occupant of a room. One that carries
                the ``muc#user`` element did in any case (XEP-0045 §7.5).

        Returns:
            The oldest message, if it had to make room.

        Raises:
            TrackError: NO_REQUEST, NO_ID, BAD_JID; PENDING, if a message of the
                same id is waited for; TIME. Nothing is changed then.

        >>> from xep0184.message import Message
        >>> tracker = Tracker(jid.parse("n@shakespeare.lit"), max_pending=1)
        >>> tracker.sent(Message(to="k@royalty.lit", id="a", request=True), 0)
        >>> dropped = tracker.sent(Message(to="k@b", id="b", request=True), 1)
        >>> dropped.message.id
        'a'
        """
        id_ = ensure_trackable(message)
        if id_ in self._ledger.pending:
            raise TrackError(TrackCode.PENDING, "id")
        waiting = Waiting(
            message=message,
            to=str(self._account.bare) if message.to is None else message.to,
            scope=scope_of(message, room=room),
            sent_at=moment(now),
        )
        if jid.parse_or_none(waiting.to, normaliser=self._normaliser) is None:
            raise TrackError(TrackCode.BAD_JID, "to")
        if support is Support.YES:
            waiting.resend_at = self._agenda.next_resend(0, now)
        dropped = self._ledger.add(id_, waiting)
        self._agenda.plan(id_)
        return None if dropped is None else Unconfirmed(dropped)

    def received(
        self,
        received: Envelope | Message,
        now: float,
        /,
        *,
        condition: str | None = None,
    ) -> tuple[ReceiptResult, ...]:
        """Take note of a message that came in, whatever it is.

        Args:
            received: What `xep0184.envelope.unwrap` returned; or a message that
                is known to have come directly, maybe made of plain values.
            now: The time in seconds. A receipt that comes before `due` has given
                its message up is in time.
            condition: The error condition, if the message is an error.

        Returns:
            One result for each id it names, one in all if it names none.

        Raises:
            TrackError: TIME.

        >>> from xep0184.message import Message
        >>> tracker = Tracker(jid.parse("n@shakespeare.lit"))
        >>> tracker.received(Message(), 0)[0].reason.value
        'no-receipt'
        """
        moment(now)
        found = claims(
            received,
            account=self._account,
            legacy=self._legacy,
            normaliser=self._normaliser,
        )
        return tuple(self._noted(claim, now, condition) for claim in found)

    def due(self, now: float, /) -> tuple[Unconfirmed | Again, ...]:
        """Hand out what the time has come for, in the order of the deadlines.

        Args:
            now: The time in seconds; one that goes backwards does no harm.

        Returns:
            Messages no longer waited for, which may well have arrived, and
            messages to be sent again, each once however late the call is.

        Raises:
            TrackError: TIME.

        >>> from xep0184.message import Message
        >>> tracker = Tracker(jid.parse("n@shakespeare.lit"), timeout=60)
        >>> tracker.sent(Message(to="k@royalty.lit", id="a", request=True), 0)
        >>> [type(it).__name__ for it in tracker.due(60)]
        ['Unconfirmed']
        """
        ids = self._agenda.take(moment(now))
        return tuple(self._fallen_due(id_, now) for id_ in ids)

    def snapshot(self) -> dict[str, Any]:
        """Return all that is remembered as what JSON can hold.

        The times are those of the caller's clock; so use one that goes on where
        the snapshot will be restored. The settings are not part of it.

        >>> sorted(Tracker(jid.parse("n@shakespeare.lit")).snapshot())
        ['account', 'pending', 'settled', 'version']
        """
        return snapshots.dump(
            self._account, self._ledger.pending.values(), self._ledger.settled
        )

    def restore(self, snapshot: Mapping[str, Any], /) -> tuple[Unconfirmed, ...]:
        """Replace all that is remembered by what a tracker of this account wrote.

        Args:
            snapshot: What `snapshot` returned, maybe by way of JSON.

        Returns:
            The oldest messages, if there is no room for them here.

        Raises:
            TrackError: SNAPSHOT or TIME, with the field that is wrong. Nothing
                is changed then.

        >>> tracker = Tracker(jid.parse("n@shakespeare.lit"))
        >>> tracker.restore(tracker.snapshot())
        ()
        """
        loaded = snapshots.load(snapshot, self._account, self._normaliser)
        dropped = self._ledger.replace(*loaded)
        for id_ in self._ledger.pending:
            self._agenda.plan(id_)
        return tuple(map(Unconfirmed, dropped))

    def _fallen_due(self, id_: str, now: float) -> Unconfirmed | Again:
        waiting = self._ledger.pending[id_]
        if self._agenda.is_over(waiting, now):
            return Unconfirmed(self._ledger.settle(id_, State.UNCONFIRMED))
        waiting.attempts += 1
        waiting.resend_at = self._agenda.next_resend(waiting.attempts, now)
        self._agenda.plan(id_)
        return Again(waiting.message, waiting.attempts)

    def _noted(self, claim: Claim, now: float, condition: str | None) -> ReceiptResult:
        id_, sender = claim.id, claim.sender
        entry = None if id_ is None else self._ledger.find(id_)
        outcome, state = outcome_of(
            claim, entry, account=self._account, normaliser=self._normaliser
        )
        if id_ is None or entry is None or state is None:
            reason = claim.reason if outcome is ReceiptOutcome.IGNORED else None
            return ReceiptResult(outcome=outcome, id=id_, sender=sender, reason=reason)
        is_bounce = claim.event is Event.BOUNCED
        recorded = self._ledger.enter(id_, state, None if is_bounce else sender)
        return ReceiptResult(
            outcome=outcome,
            id=id_,
            sender=sender,
            message=entry.message if isinstance(entry, Waiting) else None,
            recorded=recorded,
            after=max(0.0, now - entry.sent_at),
            condition=condition if is_bounce else None,
            reason=IgnoredReason.CONFIRMED
            if outcome is ReceiptOutcome.IGNORED
            else None,
        )

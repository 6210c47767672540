"""What one claim means for the messages that a tracker stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184.tracker.claims import Event, outcome_of
from xep0184.tracker.entries import PendingMessage
from xep0184.tracker.results import IgnoredReason, ReceiptOutcome, ReceiptResult

if TYPE_CHECKING:
    from xep0184.jid import JID
    from xep0184.tracker.claims import Claim
    from xep0184.tracker.entries import Entries

__all__ = ["result_of"]


def result_of(
    claim: Claim,
    sender: JID | None,
    entries: Entries,
    account: JID,
    now: float,
    condition: str | None,
) -> ReceiptResult:
    """Judge one claim, and change the state of the message that it is about."""
    id_, event, reason = claim
    found = [] if id_ is None else entries.with_id(id_, sender)
    if id_ is None or event is None or not found:
        outcome = ReceiptOutcome.IGNORED if reason else ReceiptOutcome.UNKNOWN_ID
        return ReceiptResult(outcome=outcome, id=id_, sender=sender, reason=reason)
    judged = [(it, *outcome_of(event, sender, it, account)) for it in found]
    fitting = (it for it in judged if it[2] is not None)
    entry, outcome, state = next(fitting, judged[0])
    if sender is None or state is None:
        return ReceiptResult(outcome=outcome, id=id_, sender=sender)
    message = entry.message if isinstance(entry, PendingMessage) else None
    entry = entries.settle(entry, state)
    is_confirmed = event is Event.CONFIRMED
    is_recorded = is_confirmed and entries.add_sender(entry, sender)
    is_ignored = outcome is ReceiptOutcome.IGNORED
    return ReceiptResult(
        outcome=outcome,
        id=id_,
        sender=sender,
        message=message,
        token=entry.token,
        recorded=is_recorded,
        after=max(0.0, now - entry.sent_at),
        condition=None if is_confirmed else condition,
        reason=IgnoredReason.CONFIRMED if is_ignored else None,
    )

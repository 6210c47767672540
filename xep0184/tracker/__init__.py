"""Tracks sent messages and judges the receipts that come back.

A receipt confirms a message only if the message asked for it, if the receipt names
the id of the message, and if it comes from the entity that was asked (XEP-0184 §4,
§7). The tracker has no clock: the time is an argument. A missing receipt proves
nothing.
"""

from __future__ import annotations

from xep0184.tracker.entries import MAX_SENDERS, State, TrackedMessage
from xep0184.tracker.results import (
    IgnoredReason,
    ReceiptOutcome,
    ReceiptResult,
    Resend,
    ResendMessage,
    TrackCode,
    TrackError,
    Unconfirmed,
)
from xep0184.tracker.tracking import Tracker

__all__ = [
    "MAX_SENDERS",
    "IgnoredReason",
    "ReceiptOutcome",
    "ReceiptResult",
    "Resend",
    "ResendMessage",
    "State",
    "TrackCode",
    "TrackError",
    "TrackedMessage",
    "Tracker",
    "Unconfirmed",
]

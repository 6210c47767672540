"""What was asked, of whom, and what came back.

A receipt proves something only if it was asked for, names the message that
asked and comes from whom it was asked (XEP-0184 §4, §7). The tracker keeps that
account and nothing else: it holds no clock, so the time is an argument, and
silence means nothing to it but room to be made.
"""

from __future__ import annotations

from xep0184.tracker.entry import MAX_SENDERS
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
from xep0184.tracker.tracking import Tracker

__all__ = [
    "MAX_SENDERS",
    "Again",
    "IgnoredReason",
    "ReceiptOutcome",
    "ReceiptResult",
    "Resend",
    "TrackCode",
    "TrackError",
    "Tracker",
    "Unconfirmed",
]

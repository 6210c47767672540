"""Determines whether an entity supports receipts, with as few queries as possible.

`Discovery` reads presences and answers, returns the queries to send, and remembers
what it learns (XEP-0184 §6). It does no I/O and has no clock.
"""

from __future__ import annotations

from xep0184.discovery.engine import Discovery
from xep0184.discovery.outcomes import AnswerOutcome, AnswerResult, DiscoveryPolicy

__all__ = ["AnswerOutcome", "AnswerResult", "Discovery", "DiscoveryPolicy"]

"""Both ways of determining support behind one question (XEP-0184 §6).

Fed presences and answers, `Discovery` says which query to send, believes of an
answer what it may, and says of any JID whether it supports receipts. It opens no
socket and knows no time.
"""

from __future__ import annotations

from xep0184.discovery.engine import Discovery
from xep0184.discovery.outcomes import (
    AnswerOutcome,
    AnswerUse,
    DiscoveryPolicy,
    everybody,
)

__all__ = ["AnswerOutcome", "AnswerUse", "Discovery", "DiscoveryPolicy", "everybody"]

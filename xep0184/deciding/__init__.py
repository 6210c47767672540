"""Decides when to ask for a receipt and when to acknowledge a message.

`may_request` and `may_acknowledge` answer every question with a `xep0184.rules.Ruling`
that names the rule. `acknowledge` also builds the ack message. A `Situation` holds the
facts that only the stack knows.

An ack message tells its recipient which client of the account is online
(XEP-0184 §8).
"""

from __future__ import annotations

from xep0184.deciding.acking import AckDecision, acknowledge
from xep0184.deciding.answering import may_acknowledge
from xep0184.deciding.asking import DEFAULT_REQUEST_POLICY, RequestPolicy, may_request
from xep0184.deciding.situation import (
    DEFAULT_ACK_POLICY,
    AckPolicy,
    Address,
    Situation,
)

__all__ = [
    "DEFAULT_ACK_POLICY",
    "DEFAULT_REQUEST_POLICY",
    "AckDecision",
    "AckPolicy",
    "Address",
    "RequestPolicy",
    "Situation",
    "acknowledge",
    "may_acknowledge",
    "may_request",
]

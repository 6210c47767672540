"""May I ask for a receipt, and may I send one?

`may_request` and `may_acknowledge` are total functions: they answer with a
`xep0184.rules.Ruling` that names the rule. `acknowledge` builds the ack message.
What only the stack knows about a message is given as a `Situation`.

An answer to a message that was sent to the bare JID tells the sender which resource
is online (XEP-0184 §8).
"""

from __future__ import annotations

from xep0184.deciding.acking import acknowledge
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
    "AckPolicy",
    "Address",
    "RequestPolicy",
    "Situation",
    "acknowledge",
    "may_acknowledge",
    "may_request",
]

"""One object that a stack holds: stanzas and facts in, actions out.

`Receipts` holds the state and the order of the steps for one account. The stack passes
it every stanza that comes and goes, says when a message was processed, and carries out
the actions. Nothing is sent here and no clock is read.
"""

from __future__ import annotations

from xep0184.journal import Change
from xep0184.receipts.actions import (
    Action,
    Bounced,
    Delivered,
    NotAnswered,
    Repeated,
    ResendStanza,
    Send,
    SendReason,
    Token,
    UnconfirmedMessage,
    UnprovenReceipt,
)
from xep0184.receipts.front import Receipts
from xep0184.receipts.host import Host, ReceiptsPolicy
from xep0184.receipts.keys import MessageKey
from xep0184.receipts.mistakes import ReceiptsCode, ReceiptsError
from xep0184.receipts.passing import IncomingStanza, OutgoingStanza
from xep0184.receipts.schedule import Schedule

__all__ = [
    "Action",
    "Bounced",
    "Change",
    "Delivered",
    "Host",
    "IncomingStanza",
    "MessageKey",
    "NotAnswered",
    "OutgoingStanza",
    "Receipts",
    "ReceiptsCode",
    "ReceiptsError",
    "ReceiptsPolicy",
    "Repeated",
    "ResendStanza",
    "Schedule",
    "Send",
    "SendReason",
    "Token",
    "UnconfirmedMessage",
    "UnprovenReceipt",
]

# ruff: noqa: E501  # a row of a table is a line
"""Why a message is not confirmed, and why a receipt proves nothing: two tables."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184._value import value
from xep0184.findings.codes import row
from xep0184.rules import Level
from xep0184.support import Support
from xep0184.tracker import IgnoredReason, ReceiptOutcome, TrackCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.rules import Rule

__all__ = ["REASONS", "REFUSALS", "SILENCE", "UNREACHABLE", "Reason", "Side"]


class Side(StrEnum):
    """Where to look for the reason."""

    CLIENT = "client"
    """The client that sent the message."""
    SERVER = "server"
    """The servers on the way."""
    PEER = "peer"
    """The client that was asked, or its server."""
    UNKNOWN = "unknown"
    """The recording does not tell."""


@value(kw_only=True)
class Reason:
    """Why a message is not confirmed, or a receipt proves nothing.

    Attributes:
        side: Where to look.
        row: What is the case, and the source: a rule of `xep0184.rules`, or a row of a
            table here.

    >>> REASONS["bounced"].row.section
    'RFC 6120 §8.3.1'
    """

    side: Side
    row: Rule


def _table(rows: Mapping[str, tuple[Side, str, str]]) -> Mapping[str, Reason]:
    return {
        id_: Reason(side=side, row=row(str(id_), Level.NOTE, section, text))
        for id_, (side, text, section) in rows.items()
    }


# fmt: off
REASONS: Final = _table({
    TrackCode.NO_ID: (Side.CLIENT, "The message asks for a receipt but has no id.", "XEP-0184 §7"),
    TrackCode.BAD_JID: (Side.CLIENT, "The message is sent to what is no JID.", "RFC 6120 §8.1.1.1"),
    TrackCode.PENDING: (Side.CLIENT, "Another message to this peer has this id and waits for its receipt.", "RFC 6120 §8.1.3"),
    "long-id": (Side.CLIENT, "The id has more than 1024 characters and is not followed.", "decision D32"),
    "bounced": (Side.PEER, "The message came back as an error from the peer or its server.", "RFC 6120 §8.3.1"),
    "unreachable": (Side.SERVER, "The server of the peer was not found or did not answer.", "RFC 6120 §8.3.3.16, §8.3.3.17"),
    "unsupported": (Side.PEER, "The peer does not support receipts.", "XEP-0184 §5.2"),
    "silent": (Side.PEER, "The peer supports receipts; it may have switched them off, or not share its presence.", "XEP-0184 §7, §8"),
    "not-known": (Side.UNKNOWN, "The recording does not tell whether the peer supports receipts.", "XEP-0184 §4, §6"),
    "nothing-after": (Side.UNKNOWN, "Nothing was received after it: the recording or the connection ended.", "XEP-0184 §4"),
    "doubtful": (Side.UNKNOWN, "There is a receipt for it, which may be part of what cannot be read and proves nothing.", "RFC 6120 §11"),
    "displaced": (Side.UNKNOWN, "More than 100,000 later messages asked, so it is no longer followed.", "XEP-0184 §4"),
    "elsewhere": (Side.UNKNOWN, "Another client sent it, whose receipts need not be copied to this one.", "XEP-0280 §6.1"),
    "recovered": (Side.UNKNOWN, "It may be part of what cannot be read, so it proves nothing.", "RFC 6120 §11"),
})
"""Why a message is not confirmed, beside the rules about asking."""

REFUSALS: Final = _table({
    ReceiptOutcome.WRONG_SENDER: (Side.PEER, "It comes from somebody who was not asked.", "XEP-0184 §7"),
    ReceiptOutcome.SELF: (Side.CLIENT, "It comes from the account itself, which was not asked.", "XEP-0184 §7"),
    ReceiptOutcome.UNKNOWN_ID: (Side.UNKNOWN, "No message with this id asked, as far as the recording shows.", "XEP-0184 §7"),
    IgnoredReason.NO_ID: (Side.PEER, "It names no message.", "XEP-0184 §7"),
    IgnoredReason.ERROR_TYPE: (Side.SERVER, "It is a receipt of the account that came back as an error.", "RFC 6120 §8.3.1"),
    IgnoredReason.CONFIRMED: (Side.SERVER, "It is an error, but the message was delivered.", "RFC 6120 §8.3.1"),
    IgnoredReason.CARBON_FORGED: (Side.PEER, "The carbon does not come from the server of the account.", "XEP-0280 §11"),
    IgnoredReason.CARBON_SENT: (Side.CLIENT, "It is a copy of a receipt of the account.", "XEP-0280 §10.4"),
    IgnoredReason.ARCHIVED: (Side.PEER, "The archive was not asked for it, as far as the recording shows.", "XEP-0313 §8.2"),
    IgnoredReason.WRAPPED: (Side.PEER, "It was only forwarded.", "XEP-0297 §7.1"),
    "recovered": (Side.UNKNOWN, "It may be part of what cannot be read, so it proves nothing.", "RFC 6120 §11"),
})
"""Why a receipt or an error proves nothing."""
# fmt: on

UNREACHABLE: Final = frozenset({"remote-server-not-found", "remote-server-timeout"})
"""The conditions of an error that comes from no farther than the own server."""
SILENCE: Final[Mapping[Support, Reason]] = {
    Support.YES: REASONS["silent"],
    Support.NO: REASONS["unsupported"],
    Support.UNKNOWN: REASONS["not-known"],
}
"""Why nobody confirmed a message, by what is known of the peer."""

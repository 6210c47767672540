"""Why a message is not confirmed: whose part it is, and the rule that explains it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184._value import value
from xep0184.rules import Level, RuleScope, in_scope
from xep0184.support import Support
from xep0184.tracker import IgnoredReason, ReceiptOutcome, TrackCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.rules import Ruling

__all__ = [
    "REASONS",
    "REFUSALS",
    "Reason",
    "Side",
    "reason_of_ruling",
    "reason_of_silence",
]


class Side(StrEnum):
    """Where to look for the reason."""

    CLIENT = "client"
    """The client that sent the message."""
    SERVER = "server"
    """The servers, or the connection."""
    PEER = "peer"
    """The client that was asked."""
    UNKNOWN = "unknown"
    """The recording does not tell."""


@value(kw_only=True)
class Reason:
    """Why a message is not confirmed.

    Attributes:
        id: Its name: that of a rule of `xep0184.rules`, or of `REASONS`.
        side: Where to look.
        text: What is the case, in one line.
        section: The source.
        level: How the source says it.

    >>> REASONS["bounced"].section
    'RFC 6120 §8.3.1'
    """

    id: str
    side: Side
    text: str
    section: str
    level: Level = Level.NOTE


def _reason(id_: str, side: Side, text: str, section: str) -> Reason:
    return Reason(id=id_, side=side, text=text, section=section)


_STANZA: Final = {rule.id: rule for rule in in_scope(RuleScope.STANZA)}
_NO_ID: Final = _STANZA["request-without-id"]
_BAD_JID: Final = _STANZA["bad-jid"]

REASONS: Final[Mapping[str, Reason]] = {
    TrackCode.NO_ID: _reason("no-id", Side.CLIENT, _NO_ID.text, _NO_ID.section),
    TrackCode.BAD_JID: _reason("bad-jid", Side.CLIENT, _BAD_JID.text, _BAD_JID.section),
    TrackCode.PENDING: _reason(
        "pending",
        Side.CLIENT,
        "Another message to this peer has this id and waits for its receipt.",
        "RFC 6120 §8.1.3",
    ),
    "long-id": _reason(
        "long-id",
        Side.CLIENT,
        "The id has more than 1024 characters and is not followed.",
        "decision D32",
    ),
    "recovered": _reason(
        "recovered",
        Side.UNKNOWN,
        "It may be part of what cannot be read, so it proves nothing.",
        "RFC 6120 §11",
    ),
    "bounced": _reason(
        "bounced", Side.SERVER, "It came back as an error.", "RFC 6120 §8.3.1"
    ),
    "nothing-after": _reason(
        "nothing-after",
        Side.UNKNOWN,
        "Nothing was received after it: the connection or the recording ended.",
        "XEP-0184 §4",
    ),
    "elsewhere": _reason(
        "elsewhere",
        Side.UNKNOWN,
        "Another client sent it, whose receipts need not be copied to this one.",
        "XEP-0280 §6.1",
    ),
    "unsupported": _reason(
        "unsupported",
        Side.PEER,
        "The peer does not support receipts.",
        "XEP-0184 §5.2",
    ),
    "silent": _reason(
        "silent",
        Side.PEER,
        "The peer supports receipts. It may have switched them off, or not share its"
        " presence.",
        "XEP-0184 §7, §8",
    ),
    "not-known": _reason(
        "not-known",
        Side.UNKNOWN,
        "The recording does not tell whether the peer supports receipts.",
        "XEP-0184 §4, §6",
    ),
}
"""Those that are no rules about asking."""

REFUSALS: Final[Mapping[str, tuple[str, str]]] = {
    ReceiptOutcome.WRONG_SENDER: (
        "It comes from somebody who was not asked.",
        "XEP-0184 §7",
    ),
    ReceiptOutcome.SELF: (
        "It comes from the account itself, which was not asked.",
        "XEP-0184 §7",
    ),
    ReceiptOutcome.UNKNOWN_ID: (
        "No message with this id asked, as far as the recording shows.",
        "XEP-0184 §7",
    ),
    IgnoredReason.NO_ID: ("It names no message.", "XEP-0184 §7"),
    IgnoredReason.ERROR_TYPE: (
        "It is a receipt of the account that came back as an error.",
        "RFC 6120 §8.3.1",
    ),
    IgnoredReason.CONFIRMED: (
        "It is an error, but the message was delivered.",
        "RFC 6120 §8.3.1",
    ),
    IgnoredReason.CARBON_FORGED: (
        "The carbon does not come from the server of the account.",
        "XEP-0280 §11",
    ),
    IgnoredReason.CARBON_SENT: (
        "It is a copy of a receipt of the account.",
        "XEP-0280 §10.4",
    ),
    IgnoredReason.ARCHIVED: (
        "The archive was not asked for it, as far as the recording shows.",
        "XEP-0313 §8.2",
    ),
    IgnoredReason.WRAPPED: ("It was only forwarded.", "XEP-0297 §7.1"),
    "recovered": (REASONS["recovered"].text, REASONS["recovered"].section),
}
"""Why a receipt or an error proves nothing, and the source that says so."""

_BY_SUPPORT: Final[Mapping[Support, str]] = {
    Support.YES: "silent",
    Support.NO: "unsupported",
    Support.UNKNOWN: "not-known",
}


def reason_of_ruling(ruling: Ruling, /) -> Reason:
    """Return why a message asked that should not."""
    rule = ruling.rule
    return Reason(
        id=rule.id,
        side=Side.CLIENT,
        text=rule.text,
        section=rule.section,
        level=rule.level,
    )


def reason_of_silence(support: Support, /, *, is_last: bool) -> Reason:
    """Return why a message that may ask has no receipt.

    Args:
        support: What the recording says of the peer.
        is_last: Whether nothing was received after the message.
    """
    return REASONS["nothing-after" if is_last else _BY_SUPPORT[support]]

"""Why a message is not confirmed: whose part it is, and the rule that explains it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184._value import value
from xep0184.rules import RuleScope, in_scope
from xep0184.support import Support
from xep0184.tracker import TrackCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.rules import Ruling

__all__ = ["REASONS", "Reason", "Side", "reason_of_ruling", "reason_of_silence"]


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

    >>> REASONS["bounced"].section
    'RFC 6120 §8.3.1'
    """

    id: str
    side: Side
    text: str
    section: str


def _reason(id_: str, side: Side, text: str, section: str) -> Reason:
    return Reason(id=id_, side=side, text=text, section=section)


_STANZA: Final = {rule.id: rule for rule in in_scope(RuleScope.STANZA)}
_NO_ID: Final = _STANZA["request-without-id"]
_BAD_JID: Final = _STANZA["bad-jid"]

REASONS: Final[Mapping[str, Reason]] = {
    TrackCode.NO_ID: _reason("no-id", Side.CLIENT, _NO_ID.text, _NO_ID.section),
    TrackCode.BAD_JID: _reason("bad-jid", Side.CLIENT, _BAD_JID.text, _BAD_JID.section),
    TrackCode.NO_REQUEST: _reason(
        "no-request",
        Side.CLIENT,
        "An ack message or an error cannot ask for a receipt.",
        "XEP-0184 §5, §5.4",
    ),
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

_BY_SUPPORT: Final[Mapping[Support, str]] = {
    Support.YES: "silent",
    Support.NO: "unsupported",
    Support.UNKNOWN: "not-known",
}


def reason_of_ruling(ruling: Ruling, /) -> Reason:
    """Return why a message asked that should not."""
    rule = ruling.rule
    return REASONS.get(rule.id) or _reason(
        rule.id, Side.CLIENT, rule.text, rule.section
    )


def reason_of_silence(support: Support, /, *, is_last: bool) -> Reason:
    """Return why a message that may ask has no receipt.

    Args:
        support: What the recording says of the peer.
        is_last: Whether nothing was received after the message.
    """
    return REASONS["nothing-after" if is_last else _BY_SUPPORT[support]]

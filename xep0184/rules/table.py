# ruff: noqa: E501  # a row of the table is a line
"""The table of rules: what each demands, of whom, and which section says so."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184._value import value

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "DECISIONS",
    "RULES",
    "Level",
    "Rule",
    "RuleScope",
    "Ruling",
    "Severity",
    "in_scope",
]


class Severity(StrEnum):
    """How much a level weighs, the heaviest first."""

    MUST = "must"
    """A source demands it."""
    SHOULD = "should"
    """A source recommends it."""
    NOTE = "note"
    """No source asks for it."""

    def reaches(self, least: Severity, /) -> bool:
        """Check whether this is as heavy as another one, or heavier.

        >>> Severity.MUST.reaches(Severity.NOTE), Severity.NOTE.reaches(Severity.MUST)
        (True, False)
        """
        order = list(Severity)
        return order.index(self) <= order.index(least)


class Level(StrEnum):
    """How the cited section says it: by a keyword of RFC 2119, or without one."""

    MUST = "MUST"
    MUST_NOT = "MUST NOT"
    SHOULD = "SHOULD"
    SHOULD_NOT = "SHOULD NOT"
    NOT_RECOMMENDED = "NOT RECOMMENDED"
    MAY = "MAY"
    STATED = "stated"
    """The section says so without a keyword, in its text or in a schema."""
    DECISION = "decision"
    """No source says so; this library decides so (`DECISIONS`)."""
    NOTE = "note"
    """A remark: nothing is wrong."""

    @property
    def is_demand(self) -> bool:
        """Whether a source demands it: false for MAY, decisions and notes."""
        return self.severity is not Severity.NOTE

    @property
    def severity(self) -> Severity:
        """How much it weighs."""
        return _SEVERITIES[self]


_SEVERITIES: Final[Mapping[Level, Severity]] = {
    **dict.fromkeys((Level.MUST, Level.MUST_NOT, Level.STATED), Severity.MUST),
    **dict.fromkeys((Level.SHOULD, Level.SHOULD_NOT), Severity.SHOULD),
    Level.NOT_RECOMMENDED: Severity.SHOULD,
    **dict.fromkeys((Level.MAY, Level.DECISION, Level.NOTE), Severity.NOTE),
}


class RuleScope(StrEnum):
    """What a rule judges."""

    FORM = "form"
    """The form of an element that came in."""
    STANZA = "stanza"
    """A message, about to be sent or come in."""
    REQUEST = "request"
    """Whether to ask for a receipt."""
    ACK = "ack"
    """Whether to acknowledge a message."""


@value(kw_only=True)
class Rule:
    """One row of the table.

    Attributes:
        scope: What it judges.
        id: Its name, stable across versions and unique in its scope.
        level: How the section says it.
        section: The source, as "XEP-0184 §5.4"; or "decision D3", whose text is
            `DECISIONS` ["D3"].
        binds: Whom the source binds: the ``sender`` of a message, the ``recipient``
            of a content message, a ``client``, a ``server`` or any ``entity``; '' for
            decisions and notes.
        text: What is the case when the rule applies, in one line.

    >>> print(RULES[0])
    no-namespace: The stanza has no namespace and was read as a fragment. \
(RFC 6120 §4.8.3)
    """

    scope: RuleScope
    id: str
    level: Level
    section: str
    binds: str
    text: str

    def __str__(self) -> str:
        return f"{self.id}: {self.text} ({self.section})"


@value()
class Ruling:
    """The answer to "may I ask?" or "may I acknowledge?"; true if it is yes.

    Attributes:
        allowed: Whether it may be done.
        rule: The first rule that applied, a row of `RULES`.

    >>> bool(Ruling(False, RULES[0])), Ruling(False, RULES[0]).reason
    (False, 'no-namespace')
    """

    allowed: bool
    rule: Rule

    @property
    def reason(self) -> str:
        """The id of the rule."""
        return self.rule.id

    def __bool__(self) -> bool:
        return self.allowed


# fmt: off

DECISIONS: Final[Mapping[str, str]] = {
    "D3": "An empty id names no message. It is reported when read, refused when written, and not acknowledged.",
    "D6": "A message that comes again is acknowledged again, unless it comes from an archive or the policy says no. A message is never shown twice.",
    "D10": "A message to your own bare JID, or to nobody, does not ask for a receipt. A message from your account or without a sender is not acknowledged, unless `own_resources` allows it.",
    "D21": "Several requests count as one. Of several receipts every distinct id is read, and one is written.",
    "D24": "A message without content may ask and is acknowledged. The policy can require content.",
    "D29": "An error message is not acknowledged, even if it copies a request.",
    "D30": "An ack message is not acknowledged, even if it asks for a receipt.",
    "D31": "A groupchat message with a delay is room history, and is not acknowledged.",
    "D32": "An id is not echoed if it is longer than the policy allows, or has a character that XML 1.0 cannot carry.",
    "D33": "A message that a room reflects to its sender is not acknowledged. If your occupant JID is unknown, any groupchat message of an occupant may be such a message.",
    "D34": "A stanza larger than the limits is not read.",
}
"""What this library decides where no source says anything, by name."""

# fmt: on


def _rows(
    scope: RuleScope, *rows: tuple[str, Level, str, str, str]
) -> tuple[Rule, ...]:
    return tuple(
        Rule(scope=scope, id=id_, level=level, section=section, binds=binds, text=text)
        for id_, level, section, binds, text in rows
    )


# fmt: off

_MUST, _MUST_NOT, _SHOULD, _SHOULD_NOT, _NOT_RECOMMENDED, _MAY, _STATED, _DECISION, _NOTE = Level

_FORM: Final = _rows(
    RuleScope.FORM,
    ("no-namespace", _NOTE, "RFC 6120 §4.8.3", "", "The stanza has no namespace and was read as a fragment."),
    ("content-prefix", _MUST_NOT, "RFC 6120 §4.8.5", "sender", "The stanza is in jabber:client or jabber:server and has a namespace prefix."),
    ("receipt-outside-message", _STATED, "XEP-0184 §7", "entity", "The request or receipt is not in a message."),
    ("look-alike", _NOTE, "XEP-0184 §7", "", "The element is named request or received in another namespace, so it is no receipt."),
    ("old-archive", _NOTE, "XEP-0313 §10.1", "", "The archive result is of an older version of XEP-0313: mam:1, mam:0 or mam:tmp."),
    ("unknown-element", _STATED, "XEP-0184 §7", "entity", "The element is in urn:xmpp:receipts but is neither request nor received."),
    ("unexpected-attribute", _STATED, "XEP-0184 §11", "entity", "The request or receipt has an attribute that its schema does not allow."),
    ("unexpected-content", _STATED, "XEP-0184 §11", "entity", "The request or receipt is not empty."),
    ("multiple-request", _DECISION, "decision D21", "", "The message asks more than once, which counts as one request."),
    ("multiple-received", _SHOULD, "XEP-0184 §7", "recipient", "The ack message has more than one receipt."),
)

_STANZA: Final = _rows(
    RuleScope.STANZA,
    ("request-without-id", _MUST, "XEP-0184 §7", "sender", "The message asks for a receipt but has no id."),
    ("request-with-empty-id", _DECISION, "decision D3", "", "The message asks for a receipt but has an empty id."),
    ("request-in-ack", _MUST_NOT, "XEP-0184 §5.4", "entity", "The ack message asks for a receipt."),
    ("extra-in-ack", _SHOULD, "XEP-0184 §7", "recipient", "The ack message has another child beside its receipt."),
    ("receipt-in-error", _MUST, "RFC 6120 §8.3.1", "sender", "The error message has a request or a receipt but no error element."),
    ("request-in-groupchat", _NOT_RECOMMENDED, "XEP-0184 §5.3", "sender", "The groupchat message asks for a receipt, so every occupant would answer."),
    ("request-unsupported", _SHOULD_NOT, "XEP-0184 §5.2", "sender", "The message asks a full JID that does not support receipts."),
    ("missing-id", _MUST, "XEP-0184 §7", "recipient", "The receipt has no id, so it names no message."),
    ("empty-id", _DECISION, "decision D3", "", "The receipt has an empty id, so it names no message."),
    ("echoed-id", _NOTE, "XEP-0184 §7", "", "The ack message has the same id as the message that it acknowledges."),
    ("unknown-type", _MUST, "RFC 6121 §5.2.2", "sender", "The type of the message is none of the five, so it reads as normal."),
    ("bad-jid", _MUST, "RFC 6120 §8.1.1.1, §8.1.2.1", "sender and server", "The to or from of the message is not a JID."),
)

_REQUEST: Final = _rows(
    RuleScope.REQUEST,
    ("is-ack", _MUST_NOT, "XEP-0184 §5.4", "entity", "The message is an ack message."),
    ("error-type", _STATED, "XEP-0184 §5", "sender", "The message is an error message."),
    ("no-recipient", _DECISION, "decision D10", "", "The message has no recipient, so it goes to your own account."),
    ("bad-recipient", _MUST, "RFC 6120 §8.1.1.1", "sender", "The recipient is not a JID."),
    ("self", _DECISION, "decision D10", "", "The message goes to your own bare JID."),
    ("groupchat", _NOT_RECOMMENDED, "XEP-0184 §5.3", "sender", "The message goes to a room, where every occupant would answer."),
    ("no-content", _DECISION, "decision D24", "", "The message has no content, and the policy requires content."),
    ("policy", _MAY, "XEP-0184 §5.1", "sender", "The message goes to a bare JID, and the policy does not ask bare JIDs."),
    ("unsupported", _SHOULD_NOT, "XEP-0184 §5.2", "sender", "The client at the full JID does not support receipts."),
    ("query-first", _SHOULD, "XEP-0184 §5.2", "sender", "The support of the client at the full JID is not determined yet."),
    ("allowed", _MAY, "XEP-0184 §5.1, §5.2", "sender", "The message may ask for a receipt."),
)

_ACK: Final = _rows(
    RuleScope.ACK,
    ("error-type", _DECISION, "decision D29", "", "The message is an error message."),
    ("is-ack", _DECISION, "decision D30", "", "The message is an ack message."),
    ("carbon-forged", _MUST, "XEP-0280 §11", "client", "The carbon does not come from your own bare JID."),
    ("carbon-sent", _MUST_NOT, "XEP-0280 §10.4", "client", "The message is a copy of one that another client of yours sent."),
    ("carbon-received", _MUST_NOT, "XEP-0280 §10.4", "client", "The message is a copy of one that another client of yours received."),
    ("wrapped", _MUST_NOT, "XEP-0297 §7.1", "entity", "The message was forwarded to you, not sent to you."),
    ("archived", _MUST_NOT, "XEP-0184 §5.5", "entity", "The message comes from an archive."),
    ("not-requested", _STATED, "XEP-0184 §7", "recipient", "The message does not ask for a receipt."),
    ("history", _DECISION, "decision D31", "", "The message is part of the history of a room."),
    ("no-id", _MUST, "XEP-0184 §7", "recipient", "The message has no id that a receipt could echo."),
    ("empty-id", _DECISION, "decision D3", "", "The message has an empty id, which names no message."),
    ("bad-id", _DECISION, "decision D32", "", "The id is too long, or has a character that XML cannot carry."),
    ("bad-sender", _MUST, "RFC 6120 §8.1.1.1", "sender", "The sender is not a JID, so the receipt would have no valid recipient."),
    ("self", _DECISION, "decision D10", "", "The message comes from your own account, or has no sender."),
    ("groupchat", _NOT_RECOMMENDED, "XEP-0184 §7", "recipient", "The message comes from a room, which would send the receipt to every occupant."),
    ("reflected", _DECISION, "decision D33", "", "The message is or may be your own, reflected by a room."),
    ("duplicate", _DECISION, "decision D6", "", "The message was received before and is not acknowledged again."),
    ("disabled", _MUST_NOT, "XEP-0184 §7", "recipient", "Receipts are switched off, for all or for this contact."),
    ("unauthorized", _SHOULD_NOT, "XEP-0184 §8", "recipient", "The sender may not see your presence."),
    ("no-content", _DECISION, "decision D24", "", "The message has no content, and the policy requires content."),
    ("not-processed", _STATED, "XEP-0184 §7", "recipient", "The message is not processed yet."),
    ("repeat", _DECISION, "decision D6", "", "The message came again; it is acknowledged again but not shown again."),
    ("requested", _STATED, "XEP-0184 §7", "recipient", "The message asks for a receipt."),
)

# fmt: on

RULES: Final = (*_FORM, *_STANZA, *_REQUEST, *_ACK)
"""Every rule; within a scope the first one that applies is the reason."""


def in_scope(scope: RuleScope, /) -> tuple[Rule, ...]:
    """Return the rules of a scope in the order in which they are judged.

    Args:
        scope: What they judge.

    >>> in_scope(RuleScope.ACK)[0].id
    'error-type'
    """
    return tuple(rule for rule in RULES if rule.scope is scope)

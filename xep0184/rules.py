"""The rules of the XEP as one table, and what a message breaks of them.

Code, documentation and tests hang off the rows of `RULES`: a row that is taken
out is no longer judged. Reading a message never depends on a rule.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184 import jid
from xep0184._value import value
from xep0184.errors import RuleError
from xep0184.message import Message, MessageType
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = [
    "RULES",
    "Level",
    "Rule",
    "RuleScope",
    "Ruling",
    "ensure_allowed",
    "of",
    "violations",
]


class Level(StrEnum):
    """How strongly the source demands it (RFC 2119); NOTE is a remark of ours."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"
    NOTE = "note"


class RuleScope(StrEnum):
    """What a rule judges."""

    FORM = "form"
    STANZA = "stanza"
    REQUEST = "request"
    ACK = "ack"


@value(kw_only=True)
class Rule:
    """One row of the table.

    Attributes:
        scope: What it judges.
        id: Its name, stable across versions and unique in its scope.
        level: How strongly the source demands it.
        section: The source, as "XEP-0184 §5.4".
        text: What is demanded, in one line.
    """

    scope: RuleScope
    id: str
    level: Level
    section: str
    text: str

    def __str__(self) -> str:
        return f"{self.id}: {self.text} ({self.section})"


@value()
class Ruling:
    """The answer to "may I", with the rule that gave it; true if the answer is yes.

    Attributes:
        allowed: Whether it may be done.
        rule: The first rule that applied, a row of `RULES`.
    """

    allowed: bool
    rule: Rule

    @property
    def reason(self) -> str:
        """The id of the rule."""
        return self.rule.id

    def __bool__(self) -> bool:
        return self.allowed


def _rows(scope: RuleScope, *rows: tuple[str, Level, str, str]) -> tuple[Rule, ...]:
    return tuple(
        Rule(scope=scope, id=id_, level=level, section=section, text=text)
        for id_, level, section, text in rows
    )


_MUST, _SHOULD, _MAY, _NOTE = Level

# fmt: off

_FORM: Final = _rows(
    RuleScope.FORM,
    ("no-namespace", _NOTE, "RFC 6120 §4.8.3", "A stanza has a content namespace; this one was read as a fragment."),
    ("content-prefix", _MUST, "RFC 6120 §4.8.5", "The content namespace is written without a prefix."),
    ("receipt-outside-message", _MUST, "XEP-0184 §7", "Only a message carries receipts."),
    ("look-alike", _MUST, "XEP-0184 §7", "The elements of a receipt are in the namespace urn:xmpp:receipts."),
    ("unknown-element", _MUST, "XEP-0184 §11", "The namespace has two elements, request and received."),
    ("unexpected-attribute", _MUST, "XEP-0184 §11", "A request has no attribute, a receipt only its id."),
    ("unexpected-content", _MUST, "XEP-0184 §11", "The elements of a receipt are empty."),
    ("multiple-request", _MUST, "XEP-0184 §7", "A message asks once; more requests count as one."),
    ("multiple-received", _MUST, "XEP-0184 §7", "An ack message holds one receipt."),
)

_STANZA: Final = _rows(
    RuleScope.STANZA,
    ("request-without-id", _MUST, "XEP-0184 §7", "A message that asks for a receipt has a non-empty id of its own."),
    ("request-in-ack", _MUST, "XEP-0184 §5.4", "An ack message never asks for a receipt itself."),
    ("receipt-in-error", _MUST, "XEP-0184 §5", "A message of type error neither asks for a receipt nor is one."),
    ("request-in-groupchat", _SHOULD, "XEP-0184 §5.3", "A groupchat message does not ask: every occupant would answer."),
    ("request-unsupported", _SHOULD, "XEP-0184 §5.2", "A full JID known not to support receipts is not asked for one."),
    ("missing-id", _MUST, "XEP-0184 §7", "A receipt names the message it acknowledges by its id."),
    ("empty-id", _MUST, "XEP-0184 §7", "The id in a receipt is not empty, or it would name no message."),
    ("echoed-id", _SHOULD, "RFC 6120 §8.1.3", "An ack message has an id of its own, not the one it acknowledges."),
    ("unknown-type", _MUST, "RFC 6121 §5.2.2", "The type is one of the five, or absent; any other reads as normal."),
    ("bad-jid", _MUST, "RFC 6120 §8.1", "The addresses of a stanza are JIDs."),
)

_REQUEST: Final = _rows(
    RuleScope.REQUEST,
    ("is-ack", _MUST, "XEP-0184 §5.4", "An ack message never asks for a receipt."),
    ("error-type", _MUST, "XEP-0184 §5", "A message of type error never asks for a receipt."),
    ("no-recipient", _MUST, "XEP-0184 §5.1", "A message to nobody goes to one's own account, which owes no receipt."),
    ("bad-recipient", _MUST, "RFC 7622 §3", "A receipt is asked of a JID."),
    ("self", _MUST, "XEP-0184 §5.1", "One's own account is not asked for a receipt."),
    ("groupchat", _SHOULD, "XEP-0184 §5.3", "A room is not asked: every occupant would answer."),
    ("no-content", _MAY, "XEP-0184 §5", "The policy asks only for messages that have content."),
    ("policy", _MAY, "XEP-0184 §5.1", "The policy does not ask at a bare JID, which may lead to any client."),
    ("unsupported", _SHOULD, "XEP-0184 §5.2", "A full JID known not to support receipts is not asked."),
    ("query-first", _SHOULD, "XEP-0184 §5.2", "Support of a full JID is to be determined before it is asked."),
    ("allowed", _MAY, "XEP-0184 §5", "The message may ask for a receipt."),
)

_ACK: Final = _rows(
    RuleScope.ACK,
    ("error-type", _MUST, "XEP-0184 §5", "A message of type error is not acknowledged, whatever it copies."),
    ("is-ack", _MUST, "XEP-0184 §5.4", "An ack message is not acknowledged."),
    ("carbon-forged", _MUST, "XEP-0280 §11", "A carbon that does not come from one's own bare JID is ignored whole."),
    ("carbon-sent", _MUST, "XEP-0280 §10.4", "A copy of one's own message is not answered."),
    ("carbon-received", _MUST, "XEP-0280 §10.4", "A copy of what another resource received is left to that resource."),
    ("wrapped", _MUST, "XEP-0297 §7.1", "A forwarded message was not received, only shown."),
    ("archived", _MUST, "XEP-0184 §5.5", "A message from an archive is not acknowledged when viewed."),
    ("not-requested", _MUST, "XEP-0184 §7", "Only a message that asks is acknowledged."),
    ("history", _MUST, "XEP-0184 §5.5", "The history a room sends is not received for the first time."),
    ("no-id", _MUST, "XEP-0184 §7", "A message without id cannot be named in a receipt."),
    ("empty-id", _MUST, "XEP-0184 §7", "An empty id names no message."),
    ("bad-id", _MUST, "RFC 6120 §13.12", "An id that is too long, or that XML cannot carry, is not echoed."),
    ("bad-sender", _MUST, "RFC 7622 §3", "A receipt is sent to a JID."),
    ("self", _MUST, "XEP-0184 §7", "A message of one's own account, or without sender, is not acknowledged."),
    ("groupchat", _SHOULD, "XEP-0184 §5.3", "A room is not answered: it would reflect the receipt to everyone."),
    ("reflected", _MUST, "XEP-0045 §7.4", "One's own message, which a room reflects, is not acknowledged; nor is what may be it."),
    ("duplicate", _MUST, "XEP-0184 §5.5", "What was received before is not acknowledged from an archive."),
    ("disabled", _MUST, "XEP-0184 §7", "The user does not want receipts sent, at all or to this contact."),
    ("unauthorized", _SHOULD, "XEP-0184 §8", "Who may not see one's presence gets no receipt."),
    ("no-content", _MAY, "XEP-0184 §5", "The policy acknowledges only messages that have content."),
    ("not-processed", _SHOULD, "XEP-0184 §7", "A message is acknowledged once the client has processed it."),
    ("repeat", _MAY, "XEP-0184 §5.5", "The message came again, so its receipt was lost; do not show it twice."),
    ("requested", _MUST, "XEP-0184 §7", "The message asks for a receipt and gets one."),
)

# fmt: on

RULES: Final = (*_FORM, *_STANZA, *_REQUEST, *_ACK)
"""Every rule; within a scope the first that applies is the one that is named."""


def of(scope: RuleScope, /) -> tuple[Rule, ...]:
    """Return the rules of a scope in the order in which they are judged.

    Args:
        scope: What they judge.

    >>> of(RuleScope.ACK)[0].id
    'error-type'
    """
    return tuple(rule for rule in RULES if rule.scope is scope)


def violations(
    message: Message, /, *, support: Support = Support.UNKNOWN
) -> Iterator[Rule]:
    """Yield every rule that a message breaks.

    Args:
        message: One about to be sent, or one that came in.
        support: What is known of the addressee's support for receipts.

    Yields:
        Rows of `RULES` whose scope is STANZA. Nothing is raised.

    >>> [rule.id for rule in violations(Message(request=True))]
    ['request-without-id']
    """
    for is_broken_by, rule in _JUDGED:
        if is_broken_by(message, support):
            yield rule


def ensure_allowed(message: Message, /, *, support: Support = Support.UNKNOWN) -> None:
    """Refuse a message that breaks a rule.

    Args:
        message: One about to be sent.
        support: What is known of the addressee's support for receipts.

    Raises:
        RuleError: With every rule that `violations` names.

    >>> ensure_allowed(Message(to="n@shakespeare.lit", id="a", request=True))
    """
    if broken := tuple(violations(message, support=support)):
        raise RuleError(broken)


def _asks_in_vain(message: Message, support: Support) -> bool:
    return message.request and support is Support.NO and "/" in (message.to or "")


def _ids(message: Message) -> list[str | None]:
    return [receipt.id for receipt in message.received]


def _is_jid(address: str | None) -> bool:
    return address is None or jid.parse_or_none(address) is not None


_ERROR: Final = MessageType.ERROR
_GROUPCHAT: Final = MessageType.GROUPCHAT

_BROKEN_BY: Final[Mapping[str, Callable[[Message, Support], bool]]] = {
    "request-without-id": lambda message, _: message.request and not message.id,
    "request-in-ack": lambda message, _: message.request and message.is_ack,
    "receipt-in-error": lambda message, _: (
        message.type == _ERROR and (message.request or message.is_ack)
    ),
    "request-in-groupchat": lambda message, _: (
        message.type == _GROUPCHAT and message.request
    ),
    "request-unsupported": _asks_in_vain,
    "missing-id": lambda message, _: None in _ids(message),
    "empty-id": lambda message, _: "" in _ids(message),
    "echoed-id": lambda message, _: (
        message.id is not None and message.id in _ids(message)
    ),
    "unknown-type": lambda message, _: (
        message.raw_type is not None and message.raw_type != message.type
    ),
    "bad-jid": lambda message, _: not (_is_jid(message.to) and _is_jid(message.from_)),
}


def _judged(
    rows: Iterable[Rule],
) -> tuple[tuple[Callable[[Message, Support], bool], Rule], ...]:
    return tuple((_BROKEN_BY[rule.id], rule) for rule in rows)


_JUDGED: Final = _judged(of(RuleScope.STANZA))
"""The rows with what judges them, joined once: that takes as long as judging."""

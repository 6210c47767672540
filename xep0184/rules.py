"""The rules of the XEP as one table, and what a message breaks of them.

Code, documentation and tests hang off the rows of `RULES`. Reading a message
never depends on a rule; only here is it judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184 import jid
from xep0184.errors import FormatError
from xep0184.model import Message, MessageType, Support

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["RULES", "Level", "Rule", "violations"]


class Level(StrEnum):
    """How strongly a source demands it (RFC 2119); NOTE is a remark of ours."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table.

    Attributes:
        id: Its name, stable across versions.
        level: How strongly the source demands it.
        section: The source, as "XEP-0184 §5.4".
        text: What is demanded, in one line.
    """

    id: str
    level: Level
    section: str
    text: str


RULES: Final = (
    Rule(
        id="request-without-id",
        level=Level.MUST,
        section="XEP-0184 §7",
        text="A message that asks for a receipt has a non-empty id of its own.",
    ),
    Rule(
        id="request-in-ack",
        level=Level.MUST,
        section="XEP-0184 §5.4",
        text="An ack message never asks for a receipt itself.",
    ),
    Rule(
        id="receipt-in-error",
        level=Level.MUST,
        section="XEP-0184 §5",
        text="A message of type error neither asks for a receipt nor is one.",
    ),
    Rule(
        id="request-in-groupchat",
        level=Level.SHOULD,
        section="XEP-0184 §5.3",
        text="A groupchat message does not ask: every occupant would answer.",
    ),
    Rule(
        id="request-unsupported",
        level=Level.SHOULD,
        section="XEP-0184 §5.2",
        text="A full JID known not to support receipts is not asked for one.",
    ),
    Rule(
        id="missing-id",
        level=Level.MUST,
        section="XEP-0184 §7",
        text="A receipt names the message it acknowledges by its id.",
    ),
    Rule(
        id="empty-id",
        level=Level.MUST,
        section="XEP-0184 §7",
        text="The id in a receipt is not empty, or it names no message.",
    ),
    Rule(
        id="multiple-received",
        level=Level.MUST,
        section="XEP-0184 §7",
        text="An ack message holds one receipt.",
    ),
    Rule(
        id="echoed-id",
        level=Level.SHOULD,
        section="RFC 6120 §8.1.3",
        text="An ack message has an id of its own, not the one it acknowledges.",
    ),
    Rule(
        id="unknown-type",
        level=Level.MUST,
        section="RFC 6121 §5.2.2",
        text="The type is one of the five, or absent; any other reads as normal.",
    ),
    Rule(
        id="bad-jid",
        level=Level.MUST,
        section="RFC 6120 §8.1",
        text="The addresses of a message are JIDs.",
    ),
)
"""What a message may break, most important first."""


def violations(
    message: Message, /, *, support: Support = Support.UNKNOWN
) -> Iterator[Rule]:
    """Yield every rule that a message breaks, in the order of `RULES`.

    Args:
        message: One about to be sent, or one that came in.
        support: What is known of the addressee's support for receipts.

    Yields:
        Rows of `RULES`. Nothing is raised.

    >>> [rule.id for rule in violations(Message(request=True))]
    ['request-without-id']
    """
    for rule in RULES:
        if _BROKEN_BY[rule.id](message, support):
            yield rule


def _has_receipt(message: Message) -> bool:
    return message.request or message.is_ack


def _asks_in_vain(message: Message, support: Support) -> bool:
    return message.request and support is Support.NO and _is_full(message.to)


def _is_full(address: str | None) -> bool:
    return address is not None and "/" in address


def _is_jid(address: str | None) -> bool:
    try:
        return address is None or bool(jid.parse(address))
    except FormatError:
        return False


_BROKEN_BY: Final[Mapping[str, Callable[[Message, Support], bool]]] = {
    "request-without-id": lambda message, _: message.request and not message.id,
    "request-in-ack": lambda message, _: message.request and message.is_ack,
    "receipt-in-error": lambda message, _: (
        message.type is MessageType.ERROR and _has_receipt(message)
    ),
    "request-in-groupchat": lambda message, _: (
        message.type is MessageType.GROUPCHAT and message.request
    ),
    "request-unsupported": _asks_in_vain,
    "missing-id": lambda message, _: any(
        receipt.id is None for receipt in message.received
    ),
    "empty-id": lambda message, _: any(
        receipt.id == "" for receipt in message.received
    ),
    "multiple-received": lambda message, _: len(message.received) > 1,
    "echoed-id": lambda message, _: any(
        receipt.id == message.id is not None for receipt in message.received
    ),
    "unknown-type": lambda message, _: (
        message.raw_type is not None and message.raw_type != message.type
    ),
    "bad-jid": lambda message, _: not (_is_jid(message.to) and _is_jid(message.from_)),
}

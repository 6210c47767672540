"""Which rules a message breaks, whether it is about to be sent or has come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184 import jid, ns
from xep0184.errors import RuleError
from xep0184.message import MessageType
from xep0184.rules.table import Level, RuleScope, in_scope
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from xep0184.message import Message
    from xep0184.rules.table import Rule

__all__ = ["ensure_allowed", "violations"]


def violations(
    message: Message, /, *, support: Support = Support.UNKNOWN
) -> Iterator[Rule]:
    """Yield the rules that a message breaks, and the notes that apply to it.

    An error message may copy the message that it refuses (RFC 6120 §8.3.1), so it is
    not judged by what it copies.

    Args:
        message: A message about to be sent, or one that came in.
        support: Whether the addressee supports receipts, as far as known.

    Yields:
        Rows of `RULES` whose scope is STANZA, in the order of the table.

    >>> from xep0184.message import Message
    >>> [rule.id for rule in violations(Message(request=True))]
    ['request-without-id']
    """
    is_error = message.type == _ERROR
    for is_broken_by, rule in _JUDGED:
        if is_error and rule.id not in _IN_ERRORS:
            continue
        if is_broken_by(message, support):
            yield rule


def ensure_allowed(message: Message, /, *, support: Support = Support.UNKNOWN) -> None:
    """Refuse a message that breaks a rule; a note is no reason to refuse it.

    Args:
        message: A message about to be sent.
        support: Whether the addressee supports receipts, as far as known.

    Raises:
        RuleError: With every rule that `violations` yields, except notes.

    >>> from xep0184.message import Message
    >>> ensure_allowed(Message(to="n@shakespeare.lit", id="a", request=True))
    """
    broken = violations(message, support=support)
    if refused := tuple(rule for rule in broken if rule.level is not Level.NOTE):
        raise RuleError(refused)


_ERROR: Final = MessageType.ERROR
_GROUPCHAT: Final = MessageType.GROUPCHAT
_IN_ERRORS: Final = frozenset({"receipt-in-error", "bad-jid"})
_ERROR_TAGS: Final = frozenset(
    f"{{{namespace}}}error" if namespace else "error" for namespace in ns.CONTENT
)


def _has_extra(message: Message) -> bool:
    return (
        message.request
        or message.body is not None
        or not ns.HARMLESS_IN_ACK.issuperset(message.extensions)
    )


def _asks_without_support(message: Message, support: Support) -> bool:
    return message.request and support is Support.NO and "/" in (message.to or "")


def _ids(message: Message) -> list[str | None]:
    return [receipt.id for receipt in message.received]


def _is_jid(address: str | None) -> bool:
    return address is None or jid.parse_or_none(address) is not None


_BROKEN_BY: Final[Mapping[str, Callable[[Message, Support], bool]]] = {
    "request-without-id": lambda message, _: message.request and message.id is None,
    "request-with-empty-id": lambda message, _: message.request and message.id == "",
    "request-in-ack": lambda message, _: message.request and message.is_ack,
    "extra-in-ack": lambda message, _: message.is_ack and _has_extra(message),
    "receipt-in-error": lambda message, _: (
        message.type == _ERROR
        and (message.request or message.is_ack)
        and _ERROR_TAGS.isdisjoint(message.extensions)
    ),
    "request-in-groupchat": lambda message, _: (
        message.type == _GROUPCHAT and message.request
    ),
    "request-unsupported": _asks_without_support,
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
    every = tuple(rows)
    if missing := [rule.id for rule in every if rule.id not in _BROKEN_BY]:
        raise LookupError(f"add to _BROKEN_BY when a message breaks: {missing}")  # noqa: EM102, TRY003
    return tuple((_BROKEN_BY[rule.id], rule) for rule in every)


_JUDGED: Final = _judged(in_scope(RuleScope.STANZA))
"""Each row with its check, joined once because joining takes as long as judging."""

"""Actions that were not carried out yet, as plain data in a snapshot."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from xep0184.jid import JID
from xep0184.receipts.actions import (
    Bounced,
    Delivered,
    ResendStanza,
    Send,
    SendReason,
    UnconfirmedMessage,
)
from xep0184.record import FieldError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xep0184.receipts.actions import Action
    from xep0184.receipts.session import Session
    from xep0184.record import Record

__all__ = ["action_in", "action_out"]

# The others only explain something, and a query belongs to its stream.
_KINDS: Final[Mapping[str, type[Any]]] = {
    kind.__name__: kind
    for kind in (Send, ResendStanza, Delivered, Bounced, UnconfirmedMessage)
}


def action_out(action: Action, /) -> dict[str, Any] | None:
    """Return an action as plain data; None if it needs not be kept."""
    name = type(action).__name__
    is_query = isinstance(action, Send) and action.reason is SendReason.QUERY
    if name not in _KINDS or is_query:
        return None
    row = {it.name: getattr(action, it.name) for it in fields(action)}
    plain = {key: str(it) if isinstance(it, JID) else it for key, it in row.items()}
    if isinstance(action, Send):
        plain["octets"] = action.octets.decode()
    return {"action": name, **plain}


def action_in(row: Record, session: Session, /) -> Action:
    """Return the action of a row.

    Raises:
        FieldError: It is no such row.
    """
    kind = _KINDS.get(row.get("action", str))
    if kind is None:
        field = "action"
        raise FieldError(field)
    names = [it.name for it in fields(kind)]
    found: dict[str, Any] = {it: _FIELDS[it](row, it, session) for it in names}
    action: Action = kind(**found)
    return action


def _text(row: Record, field: str, _: Session) -> str:
    return row.get(field, str)


def _octets(row: Record, field: str, _: Session) -> bytes:
    try:
        return row.get(field, str).encode()
    except UnicodeEncodeError:
        raise FieldError(field) from None


def _sender(row: Record, field: str, session: Session) -> JID:
    sender = session.address(row.get(field, str))
    if sender is None:
        raise FieldError(field)
    return sender


_FIELDS: Final[Mapping[str, Callable[[Record, str, Session], object]]] = {
    "attempt": lambda row, field, _: row.get(field, int),
    "condition": lambda row, field, _: row.get_or_none(field, str),
    "elsewhere": lambda row, field, _: row.get(field, bool),
    "first": lambda row, field, _: row.get(field, bool),
    "id": _text,
    "octets": _octets,
    "reason": lambda row, field, _: row.get(field, SendReason),
    "sender": _sender,
    "to": _text,
    "token": lambda row, field, _: row.token(field),
}
"""How each field of an action is read, by its name."""

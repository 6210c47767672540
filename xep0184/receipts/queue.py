"""The actions that were not carried out yet, and their rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from xep0184.jid import JID
from xep0184.receipts.actions import (
    Bounced,
    Delivered,
    NotAnswered,
    Repeated,
    ResendStanza,
    Send,
    SendReason,
    UnconfirmedMessage,
    UnprovenReceipt,
)
from xep0184.record import FieldError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from xep0184.journal import Changed
    from xep0184.receipts.actions import Action, Token
    from xep0184.receipts.session import Session
    from xep0184.record import Record

__all__ = ["ActionQueue", "action_in"]

_MOST: Final = 4_096
_EXPLANATIONS: Final = (NotAnswered, Repeated, UnprovenReceipt)

_TO_SEND: Final = (Send, ResendStanza)

_KINDS: Final[Mapping[str, type[Any]]] = {
    kind.__name__: kind
    for kind in (Send, ResendStanza, Delivered, Bounced, UnconfirmedMessage)
}


class ActionQueue:
    """The actions of an account, numbered in the order they were added in.

    An action waits until it is carried out: until the loop that got it asks for the
    next one. Meanwhile it is in progress, and inner loops do not get it. With a
    journal, an action that has a row is yielded only when the row was taken, and is
    then unreported, with its row kept, until it is reported as done.

    Args:
        changed: Where to note the numbers of the rows that change; None without a
            journal.
    """

    def __init__(self, changed: Changed[int] | None) -> None:
        self.changed = changed
        self._next = 0
        self._waiting: dict[int, Action] = {}
        self._reports: dict[int, Action] = {}  # of these, what needs no connection
        self._in_progress: set[int] = set()
        self._unreported: dict[Action, list[int]] = {}
        self._explanations = 0
        self._resends: Counter[Token] = Counter()  # by token, until they are done

    def add(self, action: Action, number: int | None = None) -> None:
        """Add an action; of those that only explain something, at most 4096."""
        if isinstance(action, _EXPLANATIONS) and self._explanations >= _MOST:
            return
        number = self._next if number is None else number
        self._next = max(self._next, number + 1)
        if isinstance(action, ResendStanza):
            self._resends[action.token] += 1
        self._let_wait(number, action)
        self._note(number, action)

    def take(self, is_connected: Callable[[], bool]) -> Iterator[Action]:
        """Yield the actions that are ready and possible, also those added meanwhile."""
        tried: set[int] = set()
        while numbers := [it for it in self._possible(is_connected) if it not in tried]:
            tried.update(numbers)
            for number in numbers:
                action = self._possible(is_connected).get(number)
                if action is None or not self._is_ready(number):
                    continue
                self._in_progress.add(number)
                try:
                    yield action
                    self._carried_out(number)
                finally:
                    self._in_progress.discard(number)
                    if number in self._waiting:  # the others come first next time
                        self._remove(number, action)
                        self._let_wait(number, action)

    def retry(self, is_lost: Callable[[Action], bool]) -> None:
        """Let actions wait again that were not reported as done."""
        for action in [action for action in self._unreported if is_lost(action)]:
            for number in self._unreported.pop(action):
                self._waiting[number] = action
        waiting = sorted(self._waiting.items())
        self._waiting, self._reports, self._explanations = {}, {}, 0
        for number, action in waiting:
            self._let_wait(number, action)

    def done(self, action: Action) -> None:
        """Note that an action was carried out, perhaps before the loop comes back."""
        numbers = self._unreported.get(action)
        if numbers is not None:
            self._finish(numbers.pop(0), action)
            if not numbers:
                del self._unreported[action]
            return
        for number in sorted(self._in_progress):
            if self._waiting.get(number) == action:
                self._remove(number, action)
                self._finish(number, action)
                return

    def _is_ready(self, number: int) -> bool:
        is_written = self.changed is None or number not in self.changed
        return is_written and number not in self._in_progress

    def _carried_out(self, number: int) -> None:
        """Note that the loop came back: without a journal the action is done."""
        action = self._waiting.get(number)
        if action is None:  # reported as done, or void by now
            return
        self._remove(number, action)
        if self.changed is not None and _has_row(action):
            self._unreported.setdefault(action, []).append(number)
        else:
            self._finish(number, action)

    def drop(self, is_void: Callable[[Action], bool]) -> None:
        """Remove actions that are not to be carried out any more."""
        for number, action in [it for it in self._waiting.items() if is_void(it[1])]:
            self._remove(number, action)
            self._finish(number, action)
        for action in [action for action in self._unreported if is_void(action)]:
            for number in self._unreported.pop(action):
                self._finish(number, action)

    def drop_resends(self, token: Token) -> None:
        """Remove what would send a message again."""
        if self._resends[token]:
            self.drop(lambda it: isinstance(it, ResendStanza) and it.token == token)

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows, in order."""
        found = list(self._waiting.items())
        for action, numbers in self._unreported.items():
            found += [(number, action) for number in numbers]
        found.sort(key=lambda it: it[0])
        return [_row(*it) for it in found if _has_row(it[1])]

    def row_of(self, number: int) -> dict[str, Any] | None:
        """Return the row of an action that waits; None if it is done or void.

        Unreported actions have rows that do not change, so they are not asked for.
        """
        action = self._waiting.get(number)
        return None if action is None else _row(number, action)

    def _possible(self, is_connected: Callable[[], bool]) -> dict[int, Action]:
        return self._waiting if is_connected() else self._reports

    def _let_wait(self, number: int, action: Action) -> None:
        self._waiting[number] = action
        if not isinstance(action, _TO_SEND):
            self._reports[number] = action
        self._explanations += isinstance(action, _EXPLANATIONS)

    def _remove(self, number: int, action: Action) -> None:
        del self._waiting[number]
        self._reports.pop(number, None)
        self._explanations -= isinstance(action, _EXPLANATIONS)

    def _finish(self, number: int, action: Action) -> None:
        """Forget an action that was carried out or is void."""
        if isinstance(action, ResendStanza):
            self._resends[action.token] -= 1
            if not self._resends[action.token]:
                del self._resends[action.token]
        self._note(number, action)

    def _note(self, number: int, action: Action) -> None:
        if self.changed is not None and _has_row(action):
            self.changed[number] = None


def _has_row(action: Action) -> bool:
    """Return whether an action has a row.

    Explanations have none, and a query belongs to its stream.
    """
    is_query = isinstance(action, Send) and action.reason is SendReason.QUERY
    return type(action).__name__ in _KINDS and not is_query


def _row(number: int, action: Action) -> dict[str, Any]:
    row = {it.name: getattr(action, it.name) for it in fields(action)}
    plain = {key: str(it) if isinstance(it, JID) else it for key, it in row.items()}
    if isinstance(action, Send):
        plain["octets"] = action.octets.decode()
    return {"number": number, "action": type(action).__name__, **plain}


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

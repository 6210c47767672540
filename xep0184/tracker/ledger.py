"""The messages that are remembered, as many as there is room for."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from xep0184.tracker.entry import State, TrackedMessage, Waiting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.jid import JID
    from xep0184.message import Message

__all__ = ["Ledger"]


class Ledger:
    """What is waited for, and as much again of what is settled.

    Args:
        bound: How many there are of either kind; the oldest go first.
    """

    def __init__(self, bound: int) -> None:
        self._bound = bound
        # In a dict the oldest would be looked for among all that was deleted.
        self.pending: OrderedDict[str, Waiting] = OrderedDict()
        self.settled: OrderedDict[str, TrackedMessage] = OrderedDict()

    def find(self, id_: str) -> TrackedMessage | None:
        """Return what is remembered of a message."""
        return self.pending.get(id_) or self.settled.get(id_)

    def add(self, id_: str, waiting: Waiting) -> Message | None:
        """Wait for a message; return the one that had to make room, if any."""
        dropped = None
        if len(self.pending) >= self._bound:
            dropped = self.settle(next(iter(self.pending)), State.UNCONFIRMED)
        self.settled.pop(id_, None)
        self.pending[id_] = waiting
        return dropped

    def settle(self, id_: str, state: State) -> Message:
        """Wait for a message no longer, and keep only what its receipts need."""
        waiting = self.pending.pop(id_)
        self.settled[id_] = TrackedMessage(
            to=waiting.to, scope=waiting.scope, sent_at=waiting.sent_at, state=state
        )
        self._forget()
        return waiting.message

    def enter(self, id_: str, state: State, sender: JID | None) -> bool:
        """Note how far a message has come; return whether the sender is new."""
        if id_ in self.pending:
            self.settle(id_, state)
        entry = self.settled[id_]
        entry.state = state
        return sender is not None and entry.record(sender)

    def replace(
        self, pending: Mapping[str, Waiting], settled: Mapping[str, TrackedMessage]
    ) -> tuple[Message, ...]:
        """Remember others instead; return the messages there is no room for."""
        self.pending.clear()
        self.settled.clear()
        self.settled.update(settled)
        self._forget()
        added = [self.add(id_, waiting) for id_, waiting in pending.items()]
        return tuple(message for message in added if message is not None)

    def _forget(self) -> None:
        while len(self.settled) > self._bound:
            self.settled.popitem(last=False)

"""The suites ``tracking`` and ``receipts``, run on this library."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from xep0184 import codec, jid, xml
from xep0184.conformance.decisions import queries
from xep0184.envelope import unwrap
from xep0184.errors import LocalError
from xep0184.receipts import Delivered, Receipts, ReceiptsPolicy, Send, SendReason
from xep0184.receipts.host import Host
from xep0184.support import Support
from xep0184.tracker import Resend, Tracker, Unconfirmed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from xep0184.jid import JID
    from xep0184.tracker import ReceiptResult

__all__ = ["conversing", "tracking"]

_POLICY: Final = ReceiptsPolicy(query=False)


def tracking(given: Mapping[str, Any], /) -> dict[str, Any]:
    """Return what a tracker holds in the end, and the result of each event.

    Args:
        given: The input of a vector of ``tracking``, with its defaults.
    """
    options = dict(given["options"])
    if "resend" in options:
        options["resend"] = Resend(**options["resend"])
    account = jid.parse(given["account"])
    tracker = Tracker(account, **options)
    events = [_event(tracker, account, it) for it in given["events"]]
    sent = [codec.parse(it["sent"]).id for it in given["events"] if "sent" in it]
    confirmed = {id_: [*map(str, tracker.confirmed_by(id_))] for id_ in sent if id_}
    by = {id_: senders for id_, senders in confirmed.items() if senders}
    return {
        "confirmed": sorted(by),
        "confirmed_by": by,
        "pending": [it.id for it in tracker.pending],
        "events": events,
    }


def _event(tracker: Tracker, account: JID, event: Mapping[str, Any]) -> dict[str, Any]:
    now = event["at"]
    if "sent" in event:
        return _sent(tracker, event)
    if "due" in event:
        return {
            "due": [
                {"unconfirmed": it.message.id}
                if isinstance(it, Unconfirmed)
                else {"again": it.message.id, "attempt": it.attempt}
                for it in tracker.due(now)
            ]
        }
    pairs = [(it["archive"], it["id"]) for it in event.get("open_queries", ())]
    stanza = xml.parse(event["received"])
    envelope = unwrap(stanza, account=account, open_queries=queries(pairs))
    results = tracker.received(envelope, now, condition=event.get("condition"))
    return {"results": [*map(_result, results)]}


def _sent(tracker: Tracker, event: Mapping[str, Any]) -> dict[str, Any]:
    message, support = codec.parse(event["sent"]), event.get("support", "unknown")
    room = event.get("room", False)
    try:
        dropped = tracker.sent(
            message, event["at"], support=Support(support), room=room
        )
    except LocalError as error:
        code: Any = getattr(error, "code")  # noqa: B009  # each kind has its own codes
        return {"error": str(code)}
    return {} if dropped is None else {"dropped": dropped.message.id}


def _result(result: ReceiptResult) -> dict[str, Any]:
    return {
        "outcome": result.outcome,
        "id": result.id,
        "reason": result.reason,
        "condition": result.condition,
        "sender": None if result.sender is None else str(result.sender),
        "recorded": result.recorded,
        "after": result.after,
    }


def conversing(given: Mapping[str, Any], /) -> dict[str, Any]:
    """Return what is acknowledged and confirmed after each step of a conversation.

    Args:
        given: The input of a vector of ``receipts``, with its defaults.
    """
    account = _Account(jid.parse(given["account"]), given["roster"])
    steps = [account.step(it) for it in given["steps"]]
    return {name: [it[name] for it in steps] for name in ("acks", "delivered", "asks")}


class _Account(Host):
    """An account whose user wants receipts, and the stack around it."""

    def __init__(self, account: JID, roster: Collection[str] | None) -> None:
        self._account, self._roster = account, roster
        self._receipts = Receipts(self, account, _POLICY)
        self._pending: dict[str, Any] = {}
        self._asks: bool | None = None

    def enabled(self, contact: JID, /) -> bool:  # noqa: ARG002  # for every contact
        return True

    def authorized(self, contact: JID, /) -> bool | None:
        return None if self._roster is None else str(contact.bare) in self._roster

    def step(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """Take a step and return what came of it."""
        self._asks, now = None, step["at"]
        self._take(step, now)
        actions = [*self._receipts.actions()]
        acks = [
            codec.parse(it.octets).received[0].id
            for it in actions
            if isinstance(it, Send) and it.reason is SendReason.ACK
        ]
        delivered = [it.id for it in actions if isinstance(it, Delivered) and it.first]
        return {"acks": acks, "delivered": delivered, "asks": self._asks}

    def _take(self, step: Mapping[str, Any], now: float) -> None:
        receipts = self._receipts
        match step:
            case {"incoming": stanza, "outcome": outcome}:
                self._incoming(receipts.incoming(stanza, now), outcome, now)
            case {"processed": id_}:
                receipts.processed(self._pending.pop(id_), now)
            case {"outgoing": stanza}:
                sent = receipts.outgoing(stanza, now)
                self._asks = None if sent.ruling is None else sent.asks
            case {"roster": roster}:
                self._roster = roster
                receipts.roster_ready(now)
            case _:
                saved = json.dumps(receipts.snapshot(now, now))
                self._receipts = Receipts(self, self._account, _POLICY)
                self._receipts.restore(json.loads(saved), now, now)

    def _incoming(self, incoming: Any, outcome: str, now: float) -> None:  # noqa: ANN401
        if outcome == "processed":
            self._receipts.processed(incoming.key, now)
        elif outcome == "failed":
            self._receipts.failed(incoming.key)
        else:
            self._pending[incoming.message.id] = incoming.key

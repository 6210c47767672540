"""How ``trace`` tells of messages, refused receipts and events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from xep0184.cli.item import Item
from xep0184.findings import Finding, FindingSource
from xep0184.quoting import shown
from xep0184.recordings.traced import Refused, TracedMessage
from xep0184.rules import Level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.jid import JID
    from xep0184.recordings import Redactor
    from xep0184.recordings.reasons import Reason
    from xep0184.recordings.traced import TraceEvent

__all__ = ["traced_item"]

_STYLES: Final[Mapping[str, str]] = {
    "delivered": "green",
    "bounced": "red",
    "unconfirmed": "yellow",
}


def traced_item(
    account: JID, told: TracedMessage | Refused | TraceEvent, redactor: Redactor, /
) -> Item:
    """Return the item of something that a trace tells.

    Args:
        account: The account that recorded it.
        told: A message, a receipt that was refused, or an event.
        redactor: What replaces private texts.
    """
    of = redactor.address(str(account.bare))
    if isinstance(told, TracedMessage):
        return _asked_item(told, of, redactor)
    if isinstance(told, Refused):
        return _refused_item(told, of)
    return _event_item(told, of)


def _asked_item(asked: TracedMessage, account: str, redactor: Redactor) -> Item:
    times = f" {asked.times} times" if asked.times > 1 else ""
    condition = f" {shown(asked.condition)}" if asked.condition else ""
    confirmed_by = [
        {
            "sender": redactor.address(str(it.sender)),
            "how": it.first.kind,
            "copies": it.copies,
            "after": asked.first.seconds_until(it.first),
        }
        for it in asked.confirmations
    ]
    return Item(
        place=asked.first.place,
        kind=asked.state,
        colour=_STYLES.get(asked.state, ""),
        from_=asked.client,
        to=asked.to,
        words=f"{_quoted(asked.id)}{times}{condition}",
        notes=tuple(map(_confirmation, confirmed_by)),
        findings=(_finding(asked.reason),) if asked.reason else (),
        told={
            "account": account,
            "id": asked.id,
            "type": asked.type,
            "times": asked.times,
            "condition": asked.condition,
            "side": asked.reason and asked.reason.side,
            "confirmed_by": confirmed_by,
        },
    )


def _confirmation(told: Mapping[str, Any]) -> Text:
    how = "" if told["how"] == "direct" else f", {told['how']}"
    after = "" if told["after"] is None else f", after {told['after']:g} s"
    again = f", {told['copies']} more" if told["copies"] else ""
    return Text(f"    by {shown(told['sender'])}{how}{after}{again}")


def _refused_item(refused: Refused, account: str) -> Item:
    kind, colour, found = "refused", "", _finding(refused.reason)
    if refused.is_forged:
        kind, colour, found = "forged", "red", replace(found, level=Level.MUST_NOT)
    return Item(
        place=refused.place,
        kind=kind,
        colour=colour,
        from_=refused.sender,
        words=_quoted(refused.id),
        findings=(found,),
        told={"account": account, "id": refused.id},
    )


def _event_item(event: TraceEvent, account: str) -> Item:
    seen, after = event.seen, event.after
    is_named = seen.kind in {"direct", event.what}
    what = event.what if is_named else f"{event.what} ({seen.kind})"
    time = seen.time or None
    later = "" if after is None else f"{after:+g} s"
    return Item(
        place=seen.place,
        kind="event",
        from_=event.from_,
        to=event.to,
        words=" ".join(filter(None, (time, later, what))),
        told={"account": account, "event": what, "time": time, "after": after},
    )


def _finding(reason: Reason) -> Finding:
    return Finding.of(reason.row, FindingSource.RULE)


def _quoted(text: str | None) -> str:
    return "without id" if text is None else shown(text)

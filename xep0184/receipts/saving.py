"""Writes the state of an account as plain data, and reads it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from xep0184.receipts.keys import read_key
from xep0184.receipts.mistakes import ReceiptsCode, ReceiptsError
from xep0184.receipts.undone import action_in, action_out
from xep0184.record import FieldError, Record
from xep0184.tracker import TrackError

if TYPE_CHECKING:
    from xep0184.receipts.routing import Router
    from xep0184.receipts.session import Session

__all__ = ["restore", "save"]

_VERSION: Final = 1


def save(session: Session, router: Router, offset: float, /) -> dict[str, Any]:
    """Return the state of an account as plain data that JSON can represent.

    Args:
        session: What the parts share.
        router: The parts.
        offset: Seconds to add to the caller's times to get POSIX times.
    """
    return {
        "version": _VERSION,
        "account": str(session.account.bare),
        "tracker": router.outbox.tracker.snapshot(offset=offset),
        "processed": list(router.inbox.seen.rows()),
        "held": [
            {"deadline": deadline + offset, "key": str(key)}
            for deadline, _, key in router.inbox.held.items
        ],
        "actions": list(filter(None, map(action_out, session.actions))),
        "hashes": router.clients.discovery.snapshot(),
    }


def restore(
    snapshot: object, session: Session, router: Router, offset: float, /
) -> None:
    """Fill new parts from what `save` returned.

    Raises:
        ReceiptsError: SNAPSHOT, with the field that is wrong.
    """
    try:
        _fill(Record(snapshot, "snapshot"), session, router, offset)
    except (FieldError, TrackError, ReceiptsError) as error:
        raise ReceiptsError(ReceiptsCode.SNAPSHOT, error.field) from None


def _fill(row: Record, session: Session, router: Router, offset: float) -> None:
    if row.get("version", int) != _VERSION:
        field = "version"
        raise FieldError(field)
    if session.address(row.get("account", str)) != session.account.bare:
        field = "account"
        raise FieldError(field)
    tracker = cast("dict[str, Any]", row.get("tracker", dict))
    router.outbox.restore(tracker, offset)
    for item in row.records("processed"):
        router.inbox.seen.add_row(item)
    held = row.records("held")
    for item in sorted(held, key=lambda it: it.get("deadline", float)):
        key = read_key(item.get("key", str))
        sender = key.sender(session.account)
        if sender is not None:
            router.inbox.held.add(sender, key, item.get("deadline", float) - offset)
    for item in row.records("actions"):
        session.tell(action_in(item, session))
    router.clients.discovery.restore(cast("dict[str, Any]", row.get("hashes", dict)))

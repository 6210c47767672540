"""Writes the state of an account as plain data or as rows, and reads both back."""

from __future__ import annotations

import json
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from xep0184.discovery.snapshots import dump
from xep0184.journal import changes_of, keep_removals
from xep0184.receipts.keys import read_key
from xep0184.receipts.mistakes import ReceiptsCode, ReceiptsError
from xep0184.receipts.queue import action_in
from xep0184.record import FieldError, Record
from xep0184.tracker import TrackError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from xep0184.journal import Change, Changed
    from xep0184.receipts.routing import Router
    from xep0184.receipts.session import Session

__all__ = ["changes", "dump_state", "load_state", "snapshot_of"]

_Part: TypeAlias = (
    "tuple[str, Changed[Any] | None, Callable[[Any], Mapping[str, Any] | None]]"
)
"""The name of a part, the keys of the rows that have changed, and what reads a row."""

_VERSION: Final = 1
_ORDER: Final[Mapping[str, str]] = {
    "messages": "sent_at",
    "processed": "at",
    "held": "deadline",
    "actions": "number",
    "hashes": "hash",
}
"""The parts of a journal, and what their rows are sorted by."""


def dump_state(session: Session, router: Router, offset: float, /) -> dict[str, Any]:
    """Return the state of an account as plain data that JSON can represent.

    Args:
        session: What the parts share.
        router: The parts.
        offset: Seconds to add to the caller's times to get POSIX times.
    """
    saved: dict[str, Any] = {
        "version": _VERSION,
        "account": str(session.account.bare),
        "tracker": router.outbox.tracker.snapshot(offset=offset),
        "processed": [],
        "held": [],
        "actions": session.queue.rows(),
        "hashes": dump([]),
    }
    if router.has_inbox:
        saved["processed"] = list(router.inbox.seen.rows(offset))
        saved["held"] = list(router.inbox.held.rows(offset))
    if router.has_clients:
        saved["hashes"] = router.clients.discovery.snapshot()
    return saved


def changes(session: Session, router: Router, offset: float, /) -> list[Change]:
    """Return the rows that have changed since the last call.

    Args:
        session: What the parts share.
        router: The parts.
        offset: Seconds to add to the caller's times to get POSIX times.
    """
    found = router.outbox.tracker.changes(offset=offset)
    for part, changed, row_of in _parts(session, router, offset):
        found += changes_of(part, changed, row_of)
    if router.has_clients:
        found += router.clients.discovery.changes()
    return found


def _parts(session: Session, router: Router, offset: float) -> Iterator[_Part]:
    """Yield the parts that are in use, but those of the tracker and the discovery."""
    yield "actions", session.queue.changed, session.queue.row_of
    if router.has_inbox:
        seen, held = router.inbox.seen, router.inbox.held
        yield "processed", seen.changed, lambda it: seen.row(it, offset)
        yield "held", held.changed, lambda it: held.row(it, offset)


def snapshot_of(
    rows: Iterable[tuple[str, str]], empty: dict[str, Any], /
) -> dict[str, Any]:
    """Return a snapshot that holds the rows of a journal.

    Args:
        rows: The part and the text of each row, in any order.
        empty: A snapshot of a new object.

    Raises:
        ReceiptsError: SNAPSHOT, if a row is not what `changes` has returned.
    """
    parts: dict[str, list[Any]] = {part: [] for part in _ORDER}
    try:
        for part, row in rows:
            parts[part].append(json.loads(row))
        for part, field in _ORDER.items():
            parts[part].sort(key=itemgetter(field))
    except (LookupError, TypeError, ValueError, RecursionError):
        raise ReceiptsError(ReceiptsCode.SNAPSHOT, "rows") from None
    tracker = {**empty["tracker"], "messages": parts.pop("messages")}
    hashes = {**empty["hashes"], "hashes": parts.pop("hashes")}
    return {**empty, **parts, "tracker": tracker, "hashes": hashes}


def load_state(
    snapshot: object,
    session: Session,
    router: Router,
    now: float,
    posix: float,
    /,
    *,
    written: bool = False,
) -> None:
    """Fill new parts from what `dump_state` returned.

    Args:
        snapshot: The state.
        session: What the parts share.
        router: The parts.
        now: The time in seconds.
        posix: The same time as `time.time` gives it.
        written: Whether the rows of the journal hold all of it already.

    Raises:
        ReceiptsError: SNAPSHOT, with the field that is wrong.
    """
    try:
        row = Record(snapshot, "snapshot")
        _ensure_fits(row, session)
        _fill_inbox(row, session, router, now, posix - now)
        for item in row.records("actions"):
            session.queue.add(action_in(item, session), item.get("number", int))
        hashes = cast("dict[str, Any]", row.get("hashes", dict))
        if hashes != dump([]):
            router.clients.discovery.restore(hashes)
        if written:
            _keep_removals(session, router)
        tracker = cast("dict[str, Any]", row.get("tracker", dict))
        router.outbox.restore(tracker, now, posix - now, written=written)
    except (FieldError, TrackError, ReceiptsError) as error:
        raise ReceiptsError(ReceiptsCode.SNAPSHOT, error.field) from None


def _ensure_fits(row: Record, session: Session) -> None:
    if row.get("version", int) != _VERSION:
        field = "version"
        raise FieldError(field)
    if session.address(row.get("account", str)) != session.account.bare:
        field = "account"
        raise FieldError(field)


def _keep_removals(session: Session, router: Router) -> None:
    """Note that what was read is not to be written, unless there was no room for it."""
    for _, changed, row_of in _parts(session, router, 0.0):
        keep_removals(changed, row_of)
    if router.has_clients:
        router.clients.discovery.changes()


def _fill_inbox(
    row: Record, session: Session, router: Router, now: float, offset: float
) -> None:
    for item in row.records("processed"):
        router.inbox.seen.add_row(item, offset)
    held = row.records("held")
    for item in sorted(held, key=lambda it: it.get("deadline", float)):
        key = read_key(item.get("key", str))
        sender = key.sender(session.account)
        if sender is not None:
            deadline = item.get("deadline", float) - offset
            latest = now + session.policy.hold
            router.inbox.held.add(sender, key, min(deadline, latest))

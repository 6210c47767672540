"""Writes the messages of a tracker as plain data; reads them back and checks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xep0184.journal import changes_of
from xep0184.message import TYPES, Annotation, Message, MessageType
from xep0184.record import FieldError, Record
from xep0184.tracker.entries import (
    MAX_SENDERS,
    Confirmer,
    PendingMessage,
    State,
    TrackedMessage,
    new_entry,
    peer_of,
    shifted,
)
from xep0184.tracker.results import TrackCode, TrackError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.jid import JID
    from xep0184.journal import Change
    from xep0184.tracker.entries import Entries, Key

__all__ = ["changes", "dump", "load"]

_VERSION: Final = 1


def dump(account: JID, entries: Entries, offset: float, /) -> dict[str, Any]:
    """Return the messages of a tracker as plain data that JSON can represent."""
    stored = (*entries.settled.values(), *entries.pending.values())
    return {
        "version": _VERSION,
        "account": str(account.bare),
        "messages": [_row_of(entry, offset) for entry in stored],
    }


def changes(entries: Entries, offset: float, /) -> list[Change]:
    """Return the messages that have changed since the last call."""

    def row_of(key: Key) -> dict[str, Any] | None:
        entry = entries.find(key)
        return None if entry is None else _row_of(entry, offset)

    return list(changes_of("messages", entries.changed, row_of))


def _row_of(entry: TrackedMessage, offset: float) -> dict[str, Any]:
    if isinstance(entry, PendingMessage):
        return _pending_out(entry, offset)
    return _settled_out(entry, offset)


def _pending_out(entry: PendingMessage, offset: float) -> dict[str, Any]:
    return {
        "state": State.PENDING.value,
        "message": _message_out(entry.message),
        "content": entry.content,
        "token": entry.token,
        "confirmer": entry.confirmer.value,
        "sent_at": entry.sent_at + offset,
        "resend_at": shifted(entry.resend_at, offset),
        "attempts": entry.attempts,
        "waits_from": shifted(entry.waits_from, offset),
    }


def _message_out(message: Message) -> dict[str, Any]:
    return {
        "to": message.to,
        "from": message.from_,
        "id": message.id,
        # The caller may have given the type as a plain str.
        "type": TYPES.get(message.type, MessageType.NORMAL).value,
        "body": message.body,
        "annotations": list(map(str, message.annotations)),
        "extensions": list(message.extensions),
    }


def _settled_out(entry: TrackedMessage, offset: float) -> dict[str, Any]:
    return {
        "id": entry.id,
        "token": entry.token,
        "to": entry.to,
        "confirmer": entry.confirmer.value,
        "sent_at": entry.sent_at + offset,
        "state": entry.state.value,
        "confirmed_by": [str(sender) for sender in entry.confirmed_by],
    }


def load(snapshot: object, entries: Entries, account: JID, /) -> list[PendingMessage]:
    """Fill empty entries from what `dump` returned; check everything.

    Returns:
        The messages there is no room for.

    Raises:
        TrackError: SNAPSHOT, with the field that is wrong.
    """
    try:
        return list(_displaced(Record(snapshot, "snapshot"), entries, account))
    except (FieldError, TrackError) as error:
        raise TrackError(TrackCode.SNAPSHOT, error.field) from None


def _displaced(
    record: Record, entries: Entries, account: JID
) -> Iterator[PendingMessage]:
    if record.get("version", int) != _VERSION:
        raise TrackError(TrackCode.SNAPSHOT, "version")
    if account.parse_other(record.get("account", str)) != account.bare:
        raise TrackError(TrackCode.SNAPSHOT, "account")
    for row in record.records("messages"):
        if row.get("state", State) is not State.PENDING:
            settled = _settled_in(row, account)
            if entries.find(settled.key) is None:
                entries.add_settled(settled)
            continue
        entry = _pending_in(row, account)
        # Two peers become one where the normaliser was another when they were written.
        is_known = entries.find(entry.key) is not None
        displaced = entry if is_known else entries.add(entry)
        if displaced is not None:
            yield displaced


def _pending_in(row: Record, account: JID) -> PendingMessage:
    confirmer = row.get("confirmer", Confirmer)
    entry = new_entry(
        _message_in(row.record("message")),
        account,
        room=confirmer is Confirmer.OCCUPANT,
        sent_at=row.get("sent_at", float),
    )
    entry.resend_at = row.get_or_none("resend_at", float)
    entry.content = row.get_or_none("content", str)
    entry.attempts = row.get("attempts", int)
    entry.waits_from = row.get_or_none("waits_from", float)
    entry.token = row.token("token")
    if entry.confirmer is not confirmer:
        raise TrackError(TrackCode.SNAPSHOT, "confirmer")
    if entry.attempts < 0:
        raise TrackError(TrackCode.SNAPSHOT, "attempts")
    return entry


def _message_in(row: Record) -> Message:
    return Message(
        to=row.get_or_none("to", str),
        from_=row.get_or_none("from", str),
        id=row.get("id", str),
        type=row.get("type", MessageType),
        body=row.get_or_none("body", str),
        request=True,
        annotations=row.items("annotations", Annotation),
        extensions=row.items("extensions", str),
    )


def _settled_in(row: Record, account: JID) -> TrackedMessage:
    state, senders = row.get("state", State), row.items("confirmed_by", str)
    if bool(senders) is not (state is State.DELIVERED):
        raise TrackError(TrackCode.SNAPSHOT, "state")
    to, confirmer = row.get("to", str), row.get("confirmer", Confirmer)
    address = account.parse_other(to)
    if address is None:
        raise TrackError(TrackCode.SNAPSHOT, "to")
    id_ = row.get("id", str)
    if not id_:
        raise TrackError(TrackCode.SNAPSHOT, "id")
    entry = TrackedMessage(
        id=id_,
        peer=peer_of(address, confirmer),
        to=to,
        token=row.token("token"),
        confirmer=confirmer,
        sent_at=row.get("sent_at", float),
        state=state,
    )
    if len(senders) > MAX_SENDERS:
        raise TrackError(TrackCode.SNAPSHOT, "confirmed_by")
    for sender in map(account.parse_other, senders):
        if sender is None:
            raise TrackError(TrackCode.SNAPSHOT, "confirmed_by")
        entry.add_sender(sender)  # two become one under another normaliser
    return entry

"""Writes the messages of a tracker as plain data; reads them back and checks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xep0184.message import TYPES, Annotation, Message, MessageType
from xep0184.record import FieldError, Record
from xep0184.tracker.entries import Confirmer, State, TrackedMessage, new_entry
from xep0184.tracker.results import TrackCode, TrackError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.jid import JID
    from xep0184.tracker.entries import Entries, Parse, PendingMessage

__all__ = ["dump", "load"]

_VERSION: Final = 1


def dump(account: JID, entries: Entries, /) -> dict[str, Any]:
    """Return the messages of a tracker as plain data that JSON can represent."""
    return {
        "version": _VERSION,
        "account": str(account.bare),
        "pending": [_pending_out(entry) for entry in entries.pending.values()],
        "settled": [_settled_out(id_, it) for id_, it in entries.settled.items()],
    }


def _pending_out(entry: PendingMessage) -> dict[str, Any]:
    return {
        "message": _message_out(entry.message),
        "confirmer": entry.confirmer.value,
        "sent_at": entry.sent_at,
        "resend_at": entry.resend_at,
        "attempts": entry.attempts,
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


def _settled_out(id_: str, entry: TrackedMessage) -> dict[str, Any]:
    return {
        "id": id_,
        "to": entry.to,
        "confirmer": entry.confirmer.value,
        "sent_at": entry.sent_at,
        "state": entry.state.value,
        "confirmed_by": [str(sender) for sender in entry.confirmed_by],
    }


def load(
    snapshot: object, entries: Entries, account: JID, parse: Parse, /
) -> list[Message]:
    """Fill empty entries from what `dump` returned; check everything.

    Returns:
        The messages there is no room for.

    Raises:
        TrackError: SNAPSHOT, with the field that is wrong.
    """
    try:
        return list(_displaced(Record(snapshot, "snapshot"), entries, account, parse))
    except (FieldError, TrackError) as error:
        raise TrackError(TrackCode.SNAPSHOT, error.field) from None


def _displaced(
    record: Record, entries: Entries, account: JID, parse: Parse
) -> Iterator[Message]:
    if record.get("version", int) != _VERSION:
        raise TrackError(TrackCode.SNAPSHOT, "version")
    if parse(record.get("account", str)) != account.bare:
        raise TrackError(TrackCode.SNAPSHOT, "account")
    for row in record.records("settled"):
        id_ = _unused(row.get("id", str), entries)
        entries.settled.put(id_, _settled_in(row, parse))
    for row in record.records("pending"):
        entry = _pending_in(row, account, parse)
        _unused(entry.id, entries)
        displaced = entries.add(entry)
        if displaced is not None:
            yield displaced


def _unused(id_: str, entries: Entries) -> str:
    if not id_ or entries.find(id_) is not None:
        raise TrackError(TrackCode.SNAPSHOT, "id")
    return id_


def _pending_in(row: Record, account: JID, parse: Parse) -> PendingMessage:
    confirmer = row.get("confirmer", Confirmer)
    entry = new_entry(
        _message_in(row.record("message")),
        account,
        parse,
        room=confirmer is Confirmer.OCCUPANT,
        sent_at=row.get("sent_at", float),
    )
    entry.resend_at = row.get_or_none("resend_at", float)
    entry.attempts = row.get("attempts", int)
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


def _settled_in(row: Record, parse: Parse) -> TrackedMessage:
    state, senders = row.get("state", State), row.items("confirmed_by", str)
    if state is State.PENDING or bool(senders) is not (state is State.DELIVERED):
        raise TrackError(TrackCode.SNAPSHOT, "state")
    entry = TrackedMessage(
        to=row.get("to", str),
        confirmer=row.get("confirmer", Confirmer),
        sent_at=row.get("sent_at", float),
        state=state,
    )
    if parse(entry.to) is None:
        raise TrackError(TrackCode.SNAPSHOT, "to")
    for sender in map(parse, senders):
        if sender is None or not entry.add_sender(sender):
            raise TrackError(TrackCode.SNAPSHOT, "confirmed_by")
    return entry

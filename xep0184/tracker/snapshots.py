"""The state of a tracker as plain data, and back with everything checked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from xep0184 import jid
from xep0184.message import Annotation, Message, MessageType
from xep0184.tracker.entry import Audience, State, TrackedMessage, Waiting, scope_of
from xep0184.tracker.record import Record
from xep0184.tracker.results import TrackCode, TrackError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xep0184.jid import JID, Normaliser

__all__ = ["dump", "load"]

_VERSION: Final = 1

E = TypeVar("E", bound=TrackedMessage)


def dump(
    account: JID, pending: Iterable[Waiting], settled: Mapping[str, TrackedMessage]
) -> dict[str, Any]:
    """Write messages as what JSON can hold.

    Args:
        account: Whose they are.
        pending: The messages that are waited for.
        settled: The others that are remembered, by id.

    >>> from xep0184 import jid
    >>> dump(jid.parse("n@shakespeare.lit/x"), [], {})["account"]
    'n@shakespeare.lit'
    """
    return {
        "version": _VERSION,
        "account": str(account.bare),
        "pending": [_waiting_out(it) for it in pending],
        "settled": [_entry_out(id_, it) for id_, it in settled.items()],
    }


def _waiting_out(waiting: Waiting) -> dict[str, Any]:
    return {
        "message": _message_out(waiting.message),
        "scope": waiting.scope.value,
        "sent_at": waiting.sent_at,
        "resend_at": waiting.resend_at,
        "attempts": waiting.attempts,
    }


def _message_out(message: Message) -> dict[str, Any]:
    return {
        "to": message.to,
        "from": message.from_,
        "id": message.id,
        "type": message.type.value,
        "body": message.body,
        "annotations": [annotation.value for annotation in message.annotations],
        "extensions": list(message.extensions),
    }


def _entry_out(id_: str, entry: TrackedMessage) -> dict[str, Any]:
    return {
        "id": id_,
        "to": entry.to,
        "scope": entry.scope.value,
        "sent_at": entry.sent_at,
        "state": entry.state.value,
        "confirmed_by": [str(sender) for sender in entry.confirmed_by],
    }


def load(
    snapshot: Mapping[str, Any], account: JID, normaliser: Normaliser, /
) -> tuple[dict[str, Waiting], dict[str, TrackedMessage]]:
    """Read what `dump` wrote.

    Args:
        snapshot: What was written, maybe by way of JSON.
        account: Whose it has to be.
        normaliser: What makes two spellings of an address equal.

    Returns:
        The messages that are waited for and the others, by id.

    Raises:
        TrackError: SNAPSHOT, with the field that is wrong.

    >>> from xep0184 import jid
    >>> account = jid.parse("n@shakespeare.lit/x")
    >>> load(dump(account, [], {}), account, jid.normalise)
    ({}, {})
    """
    record = Record(snapshot)
    if record.count("version") != _VERSION:
        raise TrackError(TrackCode.SNAPSHOT, "version")
    if jid.parse_or_none(record.text("account"), normaliser=normaliser) != account.bare:
        raise TrackError(TrackCode.SNAPSHOT, "account")
    pending: dict[str, Waiting] = {}
    settled: dict[str, TrackedMessage] = {}
    for row in record.records("pending"):
        _add(_waiting_in(row, account, normaliser), row.record("message"), pending)
    for row in record.records("settled"):
        _add(_entry_in(row, normaliser), row, settled)
    if not pending.keys().isdisjoint(settled):
        raise TrackError(TrackCode.SNAPSHOT, "id")
    return pending, settled


def _add(entry: E, named: Record, entries: dict[str, E]) -> None:
    id_ = named.text("id")
    if not id_ or id_ in entries:
        raise TrackError(TrackCode.SNAPSHOT, "id")
    entries[id_] = entry


def _waiting_in(row: Record, account: JID, normaliser: Normaliser) -> Waiting:
    message = _message_in(row.record("message"))
    scope = row.choice("scope", Audience)
    if scope is not scope_of(message, room=scope is Audience.OCCUPANT):
        raise TrackError(TrackCode.SNAPSHOT, "scope")
    to = str(account.bare) if message.to is None else message.to
    return Waiting(
        message=message,
        to=_ensure_jid(to, "to", normaliser),
        scope=scope,
        sent_at=row.time("sent_at"),
        resend_at=None if row.is_null("resend_at") else row.time("resend_at"),
        attempts=row.count("attempts"),
    )


def _message_in(row: Record) -> Message:
    message = Message(
        to=None if row.is_null("to") else row.text("to"),
        from_=None if row.is_null("from") else row.text("from"),
        id=row.text("id"),
        type=row.choice("type", MessageType),
        body=None if row.is_null("body") else row.text("body"),
        request=True,
        annotations=_annotations(row),
        extensions=row.texts("extensions"),
    )
    if message.type is MessageType.ERROR:
        raise TrackError(TrackCode.SNAPSHOT, "type")
    return message


def _annotations(row: Record) -> tuple[Annotation, ...]:
    names = row.texts("annotations")
    known = tuple(it for it in Annotation for name in names if it.value == name)
    if len(known) != len(names):
        raise TrackError(TrackCode.SNAPSHOT, "annotations")
    return known


def _entry_in(row: Record, normaliser: Normaliser) -> TrackedMessage:
    state = row.choice("state", State)
    senders = row.texts("confirmed_by")
    if state is State.PENDING or bool(senders) is not (state is State.DELIVERED):
        raise TrackError(TrackCode.SNAPSHOT, "state")
    entry = TrackedMessage(
        to=_ensure_jid(row.text("to"), "to", normaliser),
        scope=row.choice("scope", Audience),
        sent_at=row.time("sent_at"),
        state=state,
    )
    for sender in senders:
        address = jid.parse_or_none(sender, normaliser=normaliser)
        if address is None or not entry.record(address):
            raise TrackError(TrackCode.SNAPSHOT, "confirmed_by")
    return entry


def _ensure_jid(text: str, field: str, normaliser: Normaliser) -> str:
    if jid.parse_or_none(text, normaliser=normaliser) is None:
        raise TrackError(TrackCode.SNAPSHOT, field)
    return text

"""Tests the tracker by its vectors, and what no vector can express."""

from __future__ import annotations

import json
import math
import random
import sys
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xep0184 import (
    LocalError,
    Message,
    MessageType,
    Received,
    Support,
    codec,
    conformance,
    jid,
    xml,
)
from xep0184.envelope import Envelope, EnvelopeKind, OpenQuery, unwrap
from xep0184.message import Annotation
from xep0184.tracker import (
    MAX_SENDERS,
    IgnoredReason,
    ReceiptOutcome,
    ReceiptResult,
    Resend,
    ResendMessage,
    TrackCode,
    Tracker,
    TrackError,
    Unconfirmed,
)
from xep0184.tracker.claims import MAY_REPORT, TRANSITIONS, Event
from xep0184.tracker.deadlines import Deadlines, resend_delay
from xep0184.tracker.entries import Confirmer, Entries, PendingMessage, State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xep0184.conformance import Vector


def with_results(vector: Vector) -> Vector:
    """Put the expected results of a vector beside their events."""
    pairs = zip(vector.given["events"], vector.expect["events"], strict=True)
    events = [{**event, **expected} for event, expected in pairs]
    memory = {name: vector.expect[name] for name in ("pending", "confirmed_by")}
    return replace(vector, given={**vector.given, "events": events}, expect=memory)


VECTORS = [*map(with_results, conformance.vectors("tracking"))]
# The rows of the published table, with the number of cases in each.
ROWS = {
    "T1": 4, "T2": 3, "T4": 4, "T5": 4, "T6": 1, "T8": 2, "T9": 2,
    "T11": 1, "T12": 1, "T15": 2, "T17": 2, "T19": 3,
}  # fmt: skip

ME = jid.parse("northumberland@shakespeare.lit/westminster")
PEER = "kingrichard@royalty.england.lit"
ENDLESS = 1e18
RESEND = Resend(delay=30, count=2)


def message(id_: str = "m1", to: str | None = PEER) -> Message:
    """Return a message that asks for a receipt."""
    return Message(to=to, id=id_, request=True, body="hi")


def ack(*ids: str, sender: str = f"{PEER}/throne") -> Message:
    """Return an ack message."""
    return Message(from_=sender, received=tuple(map(Received, ids)))


def outcomes(results: tuple[ReceiptResult, ...]) -> list[ReceiptOutcome]:
    """Return only what each result means."""
    return [result.outcome for result in results]


@pytest.mark.requirements("R6", "R29", "R40", "R132")
def test_a_type_may_be_a_plain_str() -> None:
    """A caller may write the type of a message as the word in the stanza."""
    tracker = Tracker(ME)
    plain: Any = "error"
    with pytest.raises(TrackError, match="no-request: type"):
        tracker.sent(replace(message(), type=plain), 0)
    tracker.sent(message(), 0)
    bounce = replace(ack("m1"), type=plain)
    assert outcomes(tracker.received(bounce, 1)) == [ReceiptOutcome.IGNORED]


@pytest.mark.requirements("R6", "R142")
@pytest.mark.parametrize(
    ("plain", "type_", "confirmer"),
    [
        ("groupchat", "groupchat", "room"),
        ("chat", "chat", "account"),
        ("unknown", "normal", "account"),
    ],
)
def test_a_snapshot_can_hold_a_type_that_is_a_plain_str(
    plain: Any,  # noqa: ANN401  # not a MessageType
    type_: str,
    confirmer: str,
) -> None:
    """An unknown type is written as normal, which it counts as (RFC 6121 §5.2.2)."""
    tracker = Tracker(ME)
    tracker.sent(replace(message(), type=plain), 0)
    (row,) = tracker.snapshot()["messages"]
    assert (row["message"]["type"], row["confirmer"]) == (type_, confirmer)
    Tracker(ME).restore(tracker.snapshot())


def tracker_of(vector: Vector) -> Tracker:
    """Return the tracker that a vector describes."""
    options = dict(vector.given.get("options", {}))
    if "resend" in options:
        options["resend"] = Resend(**options["resend"])
    return Tracker(jid.parse(vector.given["account"]), **options)


def send(tracker: Tracker, event: Mapping[str, Any]) -> None:
    """Send the message of an event and compare."""
    support = Support(event.get("support", "unknown"))
    room = event.get("room", False)
    stanza = codec.parse(event["sent"])
    if "error" in event:
        with pytest.raises(TrackError) as caught:
            tracker.sent(stanza, event["at"], support=support, room=room)
        assert caught.value.code == event["error"]
        return
    dropped = tracker.sent(stanza, event["at"], support=support, room=room)
    assert (dropped and dropped.message.id) == event.get("dropped")


def receive(tracker: Tracker, event: Mapping[str, Any], account: str) -> None:
    """Receive the message of an event and compare."""
    queries = [
        OpenQuery(jid.parse(query["archive"]), query["id"])
        for query in event.get("open_queries", [])
    ]
    stanza = xml.parse(event["received"])
    envelope = unwrap(stanza, account=jid.parse(account), open_queries=queries)
    condition = event.get("condition")
    results = tracker.received(envelope, event["at"], condition=condition)
    assert len(results) == len(event["results"])
    for result, expected in zip(results, event["results"], strict=True):
        assert stated(result, expected) == {**NOTHING, **expected}


NOTHING = {"reason": None, "condition": None}


def stated(result: ReceiptResult, expected: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a result that a vector states."""
    sender = None if result.sender is None else str(result.sender)
    facts = {
        "outcome": result.outcome,
        "id": result.id,
        "reason": result.reason,
        "condition": result.condition,
        "sender": sender,
        "recorded": result.recorded,
        "after": result.after,
    }
    always = {"outcome", "id", *NOTHING}
    return {name: facts[name] for name in facts if name in always or name in expected}


def handed_out(tracker: Tracker, now: float) -> list[dict[str, Any]]:
    """Return the due messages in the form of a vector."""
    return [
        {"unconfirmed": it.message.id}
        if isinstance(it, Unconfirmed)
        else {"again": it.message.id, "attempt": it.attempt}
        for it in tracker.due(now)
    ]


def play(tracker: Tracker, vector: Vector) -> None:
    """Play all events of a vector and compare the results."""
    for event in vector.given["events"]:
        if "sent" in event:
            send(tracker, event)
        elif "received" in event:
            receive(tracker, event, vector.given["account"])
        else:
            assert handed_out(tracker, event["at"]) == event["due"]


def remembered(tracker: Tracker, vector: Vector) -> dict[str, Any]:
    """Return the pending messages and the senders who confirmed one."""
    texts = [event.get("sent", "<message xmlns='jabber:client'/>")
             for event in vector.given["events"]]  # fmt: skip
    ids = dict.fromkeys(codec.parse(text).id for text in texts)
    confirmed = {id_: tracker.confirmed_by(id_) for id_ in ids if id_}
    return {
        "pending": [it.id for it in tracker.pending],
        "confirmed_by": {id_: [*map(str, by)] for id_, by in confirmed.items() if by},
    }


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_a_vector(vector: Vector) -> None:
    """Every event has the stated result, and so has the state at the end."""
    tracker = tracker_of(vector)
    play(tracker, vector)
    assert remembered(tracker, vector) == vector.expect


@pytest.mark.requirements("R142")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_a_restart_between_any_two_events_changes_nothing(vector: Vector) -> None:
    """A tracker restored from JSON continues like the old one."""
    tracker = tracker_of(vector)
    for event in vector.given["events"]:
        successor = tracker_of(vector)
        successor.restore(json.loads(json.dumps(tracker.snapshot())))
        tracker = successor
        play(tracker, replace(vector, given={**vector.given, "events": [event]}))
    assert remembered(tracker, vector) == vector.expect


@pytest.mark.parametrize(("row", "number"), ROWS.items())
def test_every_row_of_the_table_is_a_vector(row: str, number: int) -> None:
    """The number of cases of each row is that of the published table."""
    assert sum(vector.row == row for vector in VECTORS) == number


def test_every_requirement_of_tracking_is_proven() -> None:
    """A vector names each requirement, except for snapshots (R142)."""
    named = {name for vector in VECTORS for name in vector.requirements}
    assert {f"R{number}" for number in range(127, 143)} - named == {"R142"}


def test_every_outcome_and_every_reason_is_reached() -> None:
    """The vectors together have every outcome and every reason."""
    results = [
        result
        for vector in VECTORS
        for event in vector.given["events"]
        for result in event.get("results", [])
    ]
    assert {result["outcome"] for result in results} == set(ReceiptOutcome)
    assert {result.get("reason") for result in results} == {None, *IgnoredReason}


def test_names_of_vectors_are_unique() -> None:
    """No two vectors have the same name."""
    names = Counter(vector.name for vector in VECTORS)
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.requirements("R133")
def test_nothing_beats_a_receipt() -> None:
    """The tables have a row for every case; DELIVERED is the final state."""
    assert set(TRANSITIONS) == set(product(State, Event))
    assert set(MAY_REPORT) == set(product(Confirmer, Event))
    assert {TRANSITIONS[State.DELIVERED, event][1] for event in Event} == {
        State.DELIVERED
    }


def test_the_first_receipt_returns_the_message() -> None:
    """Only the first result has the message."""
    tracker = Tracker(ME)
    tracker.sent(message(), 0)
    first, again = tracker.received(ack("m1"), 1), tracker.received(ack("m1"), 2)
    assert [first[0].message, again[0].message] == [message(), None]


@pytest.mark.requirements("R133")
def test_only_a_bounce_has_a_condition() -> None:
    """A condition that the caller gives for a receipt is not in the result."""
    tracker = Tracker(ME)
    tracker.sent(message(), 0)
    (result,) = tracker.received(ack("m1"), 1, condition="gone")
    assert (result.outcome, result.condition) == (ReceiptOutcome.DELIVERED, None)


def test_due_returns_the_message_itself() -> None:
    """A repetition has the same id and content, because it is the same object."""
    tracker = Tracker(ME, resend=RESEND, timeout=60)
    original = message()
    tracker.sent(original, 0, support=Support.YES)
    again, unconfirmed = (*tracker.due(30), *tracker.due(60))
    assert (again, unconfirmed) == (
        ResendMessage(message=original, attempt=1),
        Unconfirmed(original),
    )
    assert again.message is original


@pytest.mark.requirements("R137")
def test_recorded_senders_are_bounded() -> None:
    """A peer that invents resourceparts cannot fill the memory."""
    tracker = Tracker(ME)
    tracker.sent(message(), 0)
    for number in range(MAX_SENDERS):
        (result,) = tracker.received(ack("m1", sender=f"{PEER}/{number}"), 1)
        assert result.recorded
    (result,) = tracker.received(ack("m1", sender=f"{PEER}/one-more"), 1)
    assert (result.outcome, result.recorded) == (ReceiptOutcome.DUPLICATE, False)
    assert len(tracker.confirmed_by("m1")) == MAX_SENDERS == 64


@pytest.mark.requirements("R137")
@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (EnvelopeKind.DIRECT, ReceiptOutcome.UNKNOWN_ID),
        (EnvelopeKind.FORWARDED, ReceiptOutcome.IGNORED),
    ],
)
@pytest.mark.parametrize("legacy", [False, True])
def test_ids_of_one_ack_are_bounded(
    kind: EnvelopeKind, outcome: ReceiptOutcome, *, legacy: bool
) -> None:
    """At most 64 ids count, also if no parser has limited them before."""
    tracker = Tracker(ME, legacy=legacy)
    envelope = Envelope(kind=kind, message=ack(*map(str, range(1000))))
    assert outcomes(tracker.received(envelope, 0)) == [outcome] * 64


@pytest.mark.requirements("R134", "R137")
def test_receipts_of_strangers_are_not_stored() -> None:
    """Receipts with unknown ids or of wrong senders change nothing."""
    tracker = Tracker(ME)
    tracker.sent(message(), 0)
    before = tracker.snapshot()
    for number in range(100):
        tracker.received(ack(f"stray-{number}", "m1", sender=f"eve@e.lit/{number}"), 1)
    assert tracker.snapshot() == before


@pytest.mark.requirements("R139")
@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        (EnvelopeKind.FORWARDED, MessageType.CHAT),
        (EnvelopeKind.CARBON_SENT, MessageType.CHAT),
        (EnvelopeKind.DIRECT, MessageType.ERROR),
    ],
)
def test_an_ignored_receipt_has_its_sender(
    kind: EnvelopeKind, type_: MessageType
) -> None:
    """The caller can see who sent a receipt that proves nothing."""
    receipt = replace(ack("m1"), type=type_)
    (result,) = Tracker(ME).received(Envelope(kind=kind, message=receipt), 0)
    assert result.outcome is ReceiptOutcome.IGNORED
    assert result.sender == jid.parse(f"{PEER}/throne")


def test_a_bounce_without_id_has_its_sender() -> None:
    """It names no message, but the caller can see who sent it."""
    bounce = Message(from_=PEER, type=MessageType.ERROR)
    (result,) = Tracker(ME).received(bounce, 0)
    assert result == ReceiptResult(
        outcome=ReceiptOutcome.IGNORED,
        sender=jid.parse(PEER),
        reason=IgnoredReason.NO_ID,
    )


@pytest.mark.requirements("R139")
def test_a_sender_missing_in_a_wrapper_is_unknown() -> None:
    """Only a message received directly without `from` is of the account."""
    receipt = replace(ack("m1"), from_=None)
    forwarded = Envelope(kind=EnvelopeKind.FORWARDED, message=receipt)
    senders = [Tracker(ME).received(it, 0)[0].sender for it in (forwarded, receipt)]
    assert senders == [None, ME.bare]


@pytest.mark.requirements("R137")
def test_deadlines_of_settled_messages_are_removed() -> None:
    """The heap stays small, although no deadline is ever reached."""
    pending = Entries(1).pending
    deadlines = Deadlines(pending, ENDLESS, None)
    lengths: list[int] = []
    for number in range(1000):
        entry = PendingMessage(
            id="m1",
            peer=PEER,
            message=message(),
            to=PEER,
            confirmer=Confirmer.ACCOUNT,
            sent_at=-number,
        )
        pending.put(entry.key, entry)
        deadlines.plan(entry)
        lengths.append(len(deadlines._heap))  # noqa: SLF001
        pending.pop(entry.key)
    assert max(lengths) <= 2 * 1 + 64


@example(times=[9, 8, 7, 6, 0, 4, 1, 5, 5, 2, 3], settled={0, 5})
@given(
    times=st.lists(st.integers(0, 9), max_size=200),
    settled=st.sets(st.integers(0, 199)),
)
def test_messages_expire_in_the_order_of_their_deadlines(
    times: list[int], settled: set[int]
) -> None:
    """In whatever order they were sent, and whichever were confirmed before."""
    tracker = Tracker(ME, timeout=60)
    expected: list[tuple[int, int]] = []
    for number, time in enumerate(times):
        tracker.sent(message(str(number)), time)
        if number in settled:
            tracker.received(ack(str(number)), time)
        else:
            expected.append((time, number))
    due = tracker.due(ENDLESS)
    assert [it.message.id for it in due] == [str(it[1]) for it in sorted(expected)]


def test_removing_settled_messages_keeps_the_order_of_the_others() -> None:
    """The heap is still a heap after its items were filtered."""
    times = random.Random(184).sample(range(1000), 400)
    tracker = Tracker(ME, timeout=60)
    for time in times:
        tracker.sent(message(str(time)), time)
    for time in times[:300]:
        tracker.received(ack(str(time)), 1000)
    tracker.sent(message("1000"), 1000)
    assert len(tracker._deadlines._heap) == 101  # noqa: SLF001
    expected = [*sorted(times[300:]), 1000]
    assert [it.message.id for it in tracker.due(ENDLESS)] == [*map(str, expected)]


def test_an_id_that_is_sent_again_has_a_new_deadline() -> None:
    """The deadline of the first message with this id is no longer current."""
    tracker = Tracker(ME, timeout=60)
    tracker.sent(message(), 0)
    tracker.received(ack("m1"), 1)
    tracker.sent(message(), 2)
    assert (tracker.next_deadline, tracker.due(60)) == (62, ())
    assert tracker.due(62) == (Unconfirmed(message()),)


def test_the_time_is_given_by_position_or_by_name() -> None:
    """The argument has the same name in each method."""
    tracker = Tracker(ME, timeout=60)
    tracker.sent(message("m1"), 0)
    tracker.sent(message("m2"), now=0)
    results = tracker.received(ack("m1"), 1) + tracker.received(ack("m2"), now=2)
    assert [result.after for result in results] == [1, 2]
    tracker.sent(message("m3"), 3)
    assert (tracker.due(62), tracker.due(now=63)) == ((), (Unconfirmed(message("m3")),))


def test_the_next_deadline_is_that_of_a_message_still_pending() -> None:
    """A settled message has no deadline."""
    tracker = Tracker(ME, timeout=60)
    deadlines = [tracker.next_deadline]
    tracker.sent(message("m1"), 0)
    tracker.sent(message("m2"), 5)
    deadlines.append(tracker.next_deadline)
    tracker.received(ack("m1"), 6)
    deadlines.append(tracker.next_deadline)
    tracker.due(65)
    deadlines.append(tracker.next_deadline)
    assert deadlines == [None, 60, 65, None]


def test_the_earlier_of_resending_and_expiry_comes_next() -> None:
    """Each message has one deadline at a time."""
    tracker = Tracker(ME, timeout=100, resend=RESEND)
    tracker.sent(message(), 0, support=Support.YES)
    deadlines = [tracker.next_deadline]
    tracker.due(30)
    deadlines.append(tracker.next_deadline)
    tracker.due(90)
    deadlines.append(tracker.next_deadline)
    assert deadlines == [30, 90, 100]


@pytest.mark.requirements("R36")
def test_a_message_is_not_given_up_before_it_was_sent_again() -> None:
    """After a cut or a restart it is sent again, and its timeout begins again."""
    tracker = Tracker(ME, timeout=100, resend=Resend(delay=30, count=2))
    tracker.sent(message(), 0, support=Support.YES)
    assert tracker.due(1000) == (ResendMessage(message=message(), attempt=1),)
    assert tracker.next_deadline == 1060
    tracker.restore(json.loads(json.dumps(tracker.snapshot(offset=5))), offset=5)
    assert tracker.due(5000) == (ResendMessage(message=message(), attempt=2),)
    assert (tracker.next_deadline, tracker.due(5099)) == (5100, ())
    assert tracker.due(5100) == (Unconfirmed(message()),)


def test_a_message_counts_while_it_is_waited_for() -> None:
    """The length is the number of pending messages."""
    tracker = Tracker(ME)
    lengths = [len(tracker)]
    tracker.sent(message(), 0)
    lengths.append(len(tracker))
    tracker.received(ack("m1"), 1)
    lengths.append(len(tracker))
    assert lengths == [0, 1, 0]


@pytest.mark.requirements("R128")
def test_the_mark_of_a_private_message_may_hold_something() -> None:
    """A ``muc#user`` element marks a private message, empty or not."""
    tag = Annotation.MUC_USER.value
    asked = replace(message(to="r@chat.lit/a"), extensions=(tag,))
    tracker = Tracker(ME)
    tracker.sent(asked, 0)
    (result,) = tracker.received(ack("m1", sender="r@chat.lit/b"), 1)
    assert result.outcome is ReceiptOutcome.WRONG_SENDER


@pytest.mark.requirements("R137")
def test_the_default_limits() -> None:
    """1024 messages are pending at most, and a message is sent again three times."""
    tracker = Tracker(ME)
    dropped = [tracker.sent(message(str(number)), 0) for number in range(1025)]
    assert dropped == [None] * 1024 + [Unconfirmed(message("0"))]
    default = Resend(delay=1)
    assert (default.count, default.factor, default.max_delay) == (3, 2.0, 3600.0)


def test_a_normaliser_of_the_host_decides_who_fits() -> None:
    """The normaliser of the account is used for every address."""

    def exact(_: jid.Part, text: str) -> str:
        return text

    tracker = Tracker(jid.parse(str(ME), normaliser=exact))
    tracker.sent(message(to="K@royalty.lit"), 0)
    assert outcomes(
        tracker.received(ack("m1", sender="k@royalty.lit/x"), 1)
        + tracker.received(ack("m1", sender="K@royalty.lit/x"), 1)
    ) == [ReceiptOutcome.WRONG_SENDER, ReceiptOutcome.DELIVERED]


def test_a_normaliser_that_changes_its_mind_confirms_nothing() -> None:
    """An address that it accepted before and now refuses matches no sender."""
    refused: set[str] = set()

    def fickle(_: jid.Part, text: str) -> str:
        if text in refused:
            raise ValueError
        return text

    tracker = Tracker(jid.parse(str(ME), normaliser=fickle))
    tracker.sent(message(to="k@royalty.lit"), 0)
    refused.add("royalty.lit")
    (result,) = tracker.received(ack("m1", sender="eve@e.lit/x"), 1)
    assert result.outcome is ReceiptOutcome.WRONG_SENDER


NO_TIME: list[Any] = [math.nan, math.inf, -math.inf, 10**400, "1", Decimal(1)]


@pytest.mark.parametrize("now", NO_TIME)
@pytest.mark.parametrize(
    "door",
    [
        lambda tracker, now: tracker.sent(message("m2"), now),
        lambda tracker, now: tracker.received(ack("m1"), now),
        lambda tracker, now: tracker.due(now),
        lambda tracker, now: tracker.restore(tracker.snapshot(), now=now),
    ],
    ids=["sent", "received", "due", "restore"],
)
def test_a_time_that_is_not_finite_is_refused_and_changes_nothing(
    door: Callable[[Tracker, float], object], now: float
) -> None:
    """A NaN breaks the order of the deadlines; an infinite time never comes."""
    tracker = Tracker(ME, timeout=60)
    tracker.sent(message(), 0)
    before = tracker.snapshot()
    with pytest.raises(TrackError, match="time: now"):
        door(tracker, now)
    assert tracker.snapshot() == before


@pytest.mark.parametrize("offset", NO_TIME)
@pytest.mark.parametrize(
    "door",
    [
        lambda tracker, offset: tracker.snapshot(offset=offset),
        lambda tracker, offset: tracker.restore(tracker.snapshot(), offset=offset),
        lambda tracker, offset: tracker.changes(offset=offset),
    ],
    ids=["snapshot", "restore", "changes"],
)
def test_an_offset_that_is_not_finite_is_refused_and_changes_nothing(
    door: Callable[[Tracker, float], object], offset: float
) -> None:
    """What it would be added to could never be restored."""
    tracker = Tracker(ME, timeout=60, journal=True)
    tracker.sent(message(), 0)
    before = tracker.snapshot()
    with pytest.raises(TrackError, match="time: offset"):
        door(tracker, offset)
    assert tracker.snapshot() == before
    assert len(tracker.changes()) == 1


@pytest.mark.parametrize("timeout", [*NO_TIME, 0, -1])
def test_a_timeout_is_some_time(timeout: float) -> None:
    """It has to be finite and positive."""
    with pytest.raises(TrackError, match="time: timeout"):
        Tracker(ME, timeout=timeout)


@pytest.mark.parametrize("max_pending", [0, -1, math.nan, math.inf, "1", None])
def test_there_is_room_for_one_message(max_pending: Any) -> None:  # noqa: ANN401
    """A maximum that is not a positive number is refused."""
    with pytest.raises(TrackError, match="limit: max_pending"):
        Tracker(ME, max_pending=max_pending)


@pytest.mark.parametrize("account", [str(ME), None, b"n@shakespeare.lit"])
def test_an_account_that_is_not_a_jid_is_refused(account: Any) -> None:  # noqa: ANN401
    """It fails at once, not with the first message that is received."""
    with pytest.raises(TrackError) as caught:
        Tracker(account)
    assert (caught.value.code, caught.value.field) == (TrackCode.BAD_JID, "account")


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("resend", 30, "resend: resend"),
        ("resend", Resend(delay=1, jitter=cast("Any", 0.5)), "resend: jitter"),
    ],
)
def test_an_argument_of_the_wrong_type_is_refused(
    field: str, value: object, error: str
) -> None:
    """It fails at once, not with the first message that is sent."""
    options: dict[str, Any] = {field: value}
    with pytest.raises(TrackError, match=error):
        Tracker(ME, **options)


def test_legacy_may_be_anything_that_is_true() -> None:
    """Python's rules of truth decide, and nothing fails later."""
    legacy: Any = "yes"
    tracker = Tracker(ME, legacy=legacy)
    tracker.sent(message(), 0)
    receipt = Message(id="m1", from_=PEER, received=(Received(None),))
    assert outcomes(tracker.received(receipt, 1)) == [ReceiptOutcome.DELIVERED]


@pytest.mark.requirements("R36")
def test_support_may_be_a_plain_str() -> None:
    """The value of the enumeration is enough for a message to be sent again."""
    support: Any = "yes"
    tracker = Tracker(ME, resend=RESEND)
    tracker.sent(message(), 0, support=support)
    assert tracker.due(30) == (ResendMessage(message=message(), attempt=1),)


@pytest.mark.parametrize("id_", [5, b"m1", "", None])
def test_an_id_that_is_not_a_text_is_refused(id_: Any) -> None:  # noqa: ANN401
    """No receipt can name it, and no snapshot with it could be restored."""
    tracker = Tracker(ME)
    with pytest.raises(TrackError, match="no-id: id"):
        tracker.sent(replace(message(), id=id_), 0)
    assert len(tracker) == 0


@pytest.mark.parametrize(
    ("field", "resend"),
    [
        *(("delay", Resend(delay=delay)) for delay in (0, -1, *NO_TIME)),
        *(("factor", Resend(delay=1, factor=factor)) for factor in (0.9, *NO_TIME)),
        *(("max_delay", Resend(delay=1, max_delay=it)) for it in (0, *NO_TIME)),
        *(("count", Resend(delay=1, count=count)) for count in (0, -1, *NO_TIME)),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(field: str, resend: Resend) -> None:
    """Each number has to be finite, and the waits must not become shorter."""
    with pytest.raises(TrackError, match=f"resend: {field}"):
        Tracker(ME, resend=resend)


@pytest.mark.requirements("R36")
def test_a_policy_at_its_limits_is_accepted() -> None:
    """Each wait may be as long as the one before, and there may be one repetition."""
    tracker = Tracker(ME, resend=Resend(delay=1e-9, max_delay=1e-9, factor=1, count=1))
    tracker.sent(message(), 0, support=Support.YES)
    assert [tracker.due(1), tracker.due(ENDLESS)] == [
        (ResendMessage(message=message(), attempt=1),),
        (),
    ]


@pytest.mark.requirements("R36")
def test_waits_grow_up_to_the_longest_and_never_overflow() -> None:
    """Exponential back-off with a maximum."""
    resend = Resend(delay=10, factor=3, max_delay=100)
    attempts = (0, 1, 2, 3, 10_000)
    assert [resend_delay(resend, it) for it in attempts] == [10, 30, 90, 100, 100]
    assert [resend_delay(Resend(delay=1000), it) for it in range(4)] == [
        1000,
        2000,
        3600,
        3600,
    ]
    assert resend_delay(replace(resend, factor=1e300, max_delay=1e308), 1) == 1e301
    assert resend_delay(replace(resend, factor=1e300, max_delay=1e308), 2) == 1e308


@pytest.mark.requirements("R36")
def test_the_longest_wait_may_be_the_largest_float() -> None:
    """The wait overflows, and the deadline is the largest float."""
    last = sys.float_info.max
    resend = Resend(delay=last, factor=last, max_delay=last, jitter=lambda: 1.0)
    tracker = Tracker(ME, resend=resend)
    tracker.sent(message(), 0, support=Support.YES)
    assert tracker.next_deadline == last
    assert tracker.due(last) == (ResendMessage(message=message(), attempt=1),)
    assert tracker.next_deadline == last


@pytest.mark.requirements("R36")
@pytest.mark.parametrize(
    ("drawn", "expected"),
    [(0.0, 30), (0.5, 45), (1.0, 60), (7.0, 60), (-7.0, 30), (math.nan, 30)],
)
def test_jitter_makes_a_wait_longer_by_a_part_of_itself(
    drawn: float, expected: float
) -> None:
    """A number of the caller that is out of range is limited."""
    tracker = Tracker(ME, resend=replace(RESEND, jitter=lambda: drawn))
    tracker.sent(message(), 0, support=Support.YES)
    assert tracker.next_deadline == expected


@pytest.mark.requirements("R142")
def test_a_message_that_is_there_twice_is_restored_once() -> None:
    """A pending one is reported, because its receipt may count for the other."""
    tracker = full_tracker()
    saved = tracker.snapshot()
    twice = {**saved, "messages": [row for row in saved["messages"] for _ in range(2)]}
    assert [it.message.id for it in tracker.restore(twice)] == ["pending"]
    assert tracker.snapshot() == saved


def test_jitter_that_raises_loses_no_message() -> None:
    """What is due then stays due, whether it expires or is sent again."""
    draws = iter([0.0, 0.0])
    tracker = Tracker(ME, resend=replace(RESEND, jitter=lambda: next(draws)))
    for number in range(2):
        tracker.sent(message(str(number)), number, support=Support.YES)
    with pytest.raises(StopIteration):
        tracker.due(RESEND.delay + 1)
    assert [it.id for it in tracker.pending] == ["0", "1"]
    draws = iter([0.0, 0.0])
    assert tracker.due(RESEND.delay + 1) == (
        ResendMessage(message=message("0"), attempt=1),
        ResendMessage(message=message("1"), attempt=1),
    )


def test_deadlines_are_finite() -> None:
    """A deadline is at most the largest float."""
    last = sys.float_info.max
    tracker = Tracker(ME, timeout=last, resend=RESEND)
    tracker.sent(message(), last, support=Support.YES)
    assert tracker.next_deadline == last
    assert tracker.due(last) == (Unconfirmed(message()),)


@pytest.mark.requirements("R36")
def test_a_wait_that_is_lost_by_rounding_does_not_loop() -> None:
    """If the time plus the wait is the same float, each call returns one message."""
    tracker = Tracker(ME, resend=RESEND)
    tracker.sent(message(), 1e300, support=Support.YES)
    assert tracker.due(1e300) == (ResendMessage(message=message(), attempt=1),)
    assert tracker.due(1e300) == (ResendMessage(message=message(), attempt=2),)
    assert tracker.due(1e300) == ()


def test_errors_say_what_is_wrong_and_where() -> None:
    """Each code has a text; TrackError is a LocalError."""
    error = TrackError(TrackCode.PENDING, "id")
    assert isinstance(error, LocalError)
    assert str(error).startswith("pending: id: a message with this id to the same peer")
    assert {str(TrackError(code, "x"))[: len(code)] for code in TrackCode} == {
        *TrackCode
    }


# --------------------------------------------------------- one id, several peers


def test_one_id_sent_to_two_contacts_is_two_messages() -> None:
    """Each receipt confirms the message to its sender, whichever was sent first."""
    tracker = Tracker(ME)
    other = "mercutio@verona.lit"
    tracker.sent(message("m1"), 0, token=1)
    tracker.sent(message("m1", other), 0, token=2)
    (result,) = tracker.received(ack("m1", sender=f"{other}/x"), 1)
    assert (result.outcome, result.token) == (ReceiptOutcome.DELIVERED, 2)
    (result,) = tracker.received(ack("m1", sender="eve@evil.lit/x"), 1)
    assert result.outcome is ReceiptOutcome.WRONG_SENDER
    assert [it.to for it in tracker.pending] == [PEER]
    (result,) = tracker.received(ack("m1"), 2)
    assert (result.outcome, result.token) == (ReceiptOutcome.DELIVERED, 1)


def test_a_private_message_and_the_room_may_share_an_id() -> None:
    """The occupant who was written to confirms the private message."""
    tracker = Tracker(ME)
    tracker.sent(replace(message("m1", "r@chat.lit"), type=MessageType.GROUPCHAT), 0)
    tracker.sent(message("m1", "r@chat.lit/a"), 0, room=True, token=1)
    (result,) = tracker.received(ack("m1", sender="r@chat.lit/a"), 1)
    assert (result.outcome, result.token) == (ReceiptOutcome.DELIVERED, 1)
    assert [it.to for it in tracker.pending] == ["r@chat.lit"]


def test_what_a_room_refuses_is_found_among_its_occupants() -> None:
    """An error of the room, for a private message to an occupant."""
    tracker = Tracker(ME)
    tracker.sent(message("m1"), 0)
    tracker.sent(message("m1", "r@chat.lit/a"), 0, room=True, token=1)
    error = Message(from_="r@chat.lit", id="m1", type=MessageType.ERROR)
    (result,) = tracker.received(error, 1)
    assert (result.outcome, result.token) == (ReceiptOutcome.BOUNCED, 1)


def test_what_was_sent_to_a_contact_can_be_forgotten() -> None:
    """Pending and settled alike; what was sent to others stays."""
    tracker = Tracker(ME, timeout=5)
    other = jid.parse("mercutio@verona.lit")
    for id_ in ("m1", "m2"):
        tracker.sent(message(id_, str(other)), 0)
    tracker.sent(message("m1"), 0)
    tracker.received(ack("m1", sender=f"{other}/x"), 1)
    tracker.forget(other)
    assert tracker.sent_to("m2", other) is None
    kept = tracker.sent_to("m1", jid.parse(PEER))
    assert kept is not None
    assert (kept.to, kept.state) == (PEER, State.PENDING)
    assert tracker.confirmed_by("m1", other) == ()
    assert [it.to for it in tracker.pending] == [PEER]
    assert [it.message.to for it in tracker.due(9)] == [PEER]


@pytest.mark.parametrize("timeout", [50, None])
def test_sending_again_can_be_stopped(timeout: float | None) -> None:
    """By the token, which several messages may have; their timeout stays."""
    tracker = Tracker(ME, timeout=timeout, resend=Resend(delay=5))
    for id_, token in (("m1", "a"), ("m2", "b"), ("m3", "a")):
        tracker.sent(message(id_), 0, support=Support.YES, token=token)
    tracker.stop_resending("a")
    assert [it.token for it in tracker.due(5)] == ["b"]
    assert [it.token for it in tracker.due(49)] == ["b"]
    expired = {it.message.id for it in tracker.due(50) if isinstance(it, Unconfirmed)}
    assert expired == ({"m1", "m2", "m3"} if timeout else set())


def test_each_change_of_a_state_is_in_the_journal() -> None:
    """Also that of a message that is no longer pending."""
    tracker = Tracker(ME, timeout=5, journal=True)
    bounce = Message(from_=PEER, id="m1", type=MessageType.ERROR)
    states = []
    for change in (
        lambda: tracker.sent(message(), 0),
        lambda: tracker.due(9),
        lambda: tracker.received(bounce, 10),
    ):
        change()
        states += [json.loads(it.row or "")["state"] for it in tracker.changes()]
    assert states == ["pending", "unconfirmed", "bounced"]
    assert tracker.changes() == []


# ------------------------------------------------------------------ snapshots


def full_tracker() -> Tracker:
    """Return a tracker that has a message in each state."""
    tracker = Tracker(ME, timeout=60, resend=RESEND)
    tracker.sent(message("gone"), 0)
    tracker.due(60)
    for id_ in ("delivered", "bounced"):
        tracker.sent(message(id_), 61)
    tracker.received(ack("delivered"), 62)
    tracker.received(Message(id="bounced", from_=PEER, type=MessageType.ERROR), 62)
    private = replace(message("pending", "r@chat.lit/a"), annotations=(MUC_USER,))
    tracker.sent(private, 63, support=Support.YES)
    return tracker


MUC_USER = Annotation.MUC_USER


@pytest.mark.requirements("R142")
def test_a_snapshot_is_plain_data() -> None:
    """JSON represents it without loss; every fact has a name."""
    snapshot = full_tracker().snapshot()
    assert json.loads(json.dumps(snapshot)) == snapshot
    assert snapshot == {
        "version": 1,
        "account": "northumberland@shakespeare.lit",
        "messages": [
            settled("gone", 0, "unconfirmed"),
            settled("delivered", 61, "delivered", f"{PEER}/throne"),
            settled("bounced", 61, "bounced"),
            {
                "state": "pending",
                "content": None,
                "message": {
                    "to": "r@chat.lit/a",
                    "from": None,
                    "id": "pending",
                    "type": "normal",
                    "body": "hi",
                    "annotations": ["{http://jabber.org/protocol/muc#user}x"],
                    "extensions": [],
                },
                "token": None,
                "confirmer": "occupant",
                "sent_at": 63,
                "resend_at": 93.0,
                "attempts": 0,
                "waits_from": None,
            },
        ],
    }


def settled(id_: str, sent_at: int, state: str, *senders: str) -> dict[str, Any]:
    """Return the row of a settled message to the peer in a snapshot."""
    return {
        "id": id_,
        "token": None,
        "to": PEER,
        "confirmer": "account",
        "sent_at": sent_at,
        "state": state,
        "confirmed_by": list(senders),
    }


@pytest.mark.requirements("R142")
def test_a_snapshot_is_restored_whole() -> None:
    """The two trackers have the same state."""
    tracker = Tracker(ME, timeout=60, resend=RESEND)
    for id_ in ("forgotten", "replaced"):
        tracker.sent(message(id_), 0)
    tracker.received(ack("forgotten"), 1)
    assert tracker.restore(full_tracker().snapshot()) == ()
    assert tracker.snapshot() == full_tracker().snapshot()
    assert tracker.next_deadline == 93


@pytest.mark.requirements("R142", "R36")
def test_without_a_policy_nothing_restored_is_sent_again() -> None:
    """The settings of the new tracker count, not those of the old one."""
    tracker = Tracker(ME)
    tracker.restore(full_tracker().snapshot())
    assert (tracker.next_deadline, tracker.due(ENDLESS)) == (None, ())


@pytest.mark.requirements("R142", "R137")
def test_restoring_returns_the_messages_that_have_no_room() -> None:
    """The limit of the new tracker counts, and no message is lost silently."""
    tracker = Tracker(ME)
    for id_ in ("m1", "m2", "m3"):
        tracker.sent(message(id_), 0)
    small = Tracker(ME, max_pending=1)
    dropped = small.restore(tracker.snapshot())
    assert [it.message.id for it in dropped] == ["m1", "m2"]
    assert small.pending == (message("m3"),)
    small.restore(full_tracker().snapshot())
    kept = small.snapshot()["messages"]
    assert [row.get("id") for row in kept] == ["bounced", None]


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """Return a correct snapshot with one field changed."""
    snapshot = full_tracker().snapshot()
    place: Any = snapshot
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return snapshot


PENDING: tuple[str | int, ...] = ("messages", -1)
MESSAGE: tuple[str | int, ...] = (*PENDING, "message")
SETTLED: tuple[str | int, ...] = ("messages", 0)


@pytest.mark.requirements("R142")
@pytest.mark.parametrize("data", [None, [], "snapshot", 1])
def test_a_snapshot_is_an_object(data: Any) -> None:  # noqa: ANN401  # any JSON
    """Any other JSON value is refused."""
    with pytest.raises(TrackError, match=r"^snapshot: snapshot:"):
        Tracker(ME).restore(data)


@pytest.mark.requirements("R142")
def test_a_restored_message_is_equal() -> None:
    """The order of its annotations and extensions is kept."""
    original = Message(
        to=PEER,
        from_=str(ME),
        id="m1",
        type=MessageType.CHAT,
        body="hi \N{GRINNING FACE}",
        request=True,
        annotations=(Annotation.MUC_USER, Annotation.STORE),
        extensions=("{urn:b}b", "{urn:a}a"),
    )
    tracker, successor = Tracker(ME), Tracker(ME)
    tracker.sent(original, 0)
    successor.restore(json.loads(json.dumps(tracker.snapshot())))
    assert successor.pending == (original,)


@pytest.mark.requirements("R142")
@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("version",), 2, "version"),
        (("version",), True, "version"),
        (("version",), 1.0, "version"),
        (("account",), PEER, "account"),
        (("account",), "@", "account"),
        (("messages",), {}, "messages"),
        (PENDING, [], "messages"),
        ((*PENDING, "state"), "delivered", "confirmed_by"),
        ((*PENDING, "state"), "new", "state"),
        ((*PENDING, "message"), None, "message"),
        ((*PENDING, "confirmer"), "account", "confirmer"),
        ((*PENDING, "confirmer"), "world", "confirmer"),
        ((*PENDING, "sent_at"), math.nan, "sent_at"),
        ((*PENDING, "sent_at"), 10**400, "sent_at"),
        ((*PENDING, "sent_at"), "0", "sent_at"),
        ((*PENDING, "sent_at"), True, "sent_at"),
        ((*PENDING, "resend_at"), math.inf, "resend_at"),
        ((*PENDING, "resend_at"), -math.inf, "resend_at"),
        ((*PENDING, "attempts"), -1, "attempts"),
        ((*PENDING, "waits_from"), "now", "waits_from"),
        ((*PENDING, "attempts"), 1.0, "attempts"),
        ((*PENDING, "attempts"), 10**400, "attempts"),
        ((*MESSAGE, "id"), None, "id"),
        ((*MESSAGE, "id"), "", "id"),
        ((*PENDING, "token"), 1.5, "token"),
        ((*SETTLED, "token"), [], "token"),
        ((*MESSAGE, "to"), "@", "to"),
        ((*MESSAGE, "from"), 1, "from"),
        ((*MESSAGE, "type"), "error", "type"),
        ((*MESSAGE, "type"), "groupchat", "confirmer"),
        ((*MESSAGE, "body"), b"hi", "body"),
        ((*MESSAGE, "annotations"), ["{urn:o}x"], "annotations"),
        ((*MESSAGE, "extensions"), [1], "extensions"),
        (SETTLED, [], "messages"),
        ((*SETTLED, "id"), "", "id"),
        ((*SETTLED, "to"), "", "to"),
        ((*SETTLED, "sent_at"), math.nan, "sent_at"),
        ((*SETTLED, "state"), "pending", "message"),
        ((*SETTLED, "state"), "delivered", "state"),
        ((*SETTLED, "confirmed_by"), [PEER], "state"),
        (("messages", 1, "confirmed_by"), ["@"], "confirmed_by"),
        (("messages", 1, "confirmed_by"), [PEER, "@"], "confirmed_by"),
        (
            ("messages", 1, "confirmed_by"),
            [f"{PEER}/{number}" for number in range(MAX_SENDERS + 1)],
            "confirmed_by",
        ),
    ],
)
def test_a_wrong_snapshot_is_refused_and_changes_nothing(
    path: tuple[str | int, ...], value: object, field: str
) -> None:
    """The error names the field."""
    tracker = full_tracker()
    with pytest.raises(TrackError) as caught:
        tracker.restore(changed(path, value))
    assert (caught.value.code, caught.value.field) == (TrackCode.SNAPSHOT, field)
    assert tracker.snapshot() == full_tracker().snapshot()


@pytest.mark.requirements("R142")
@pytest.mark.parametrize(
    "path",
    [
        *((name,) for name in ("version", "account", "messages")),
        *(
            (*PENDING, name)
            for name in (
                "state",
                "message",
                "content",
                "confirmer",
                "sent_at",
                "resend_at",
                "attempts",
                "waits_from",
            )
        ),
        *(
            (*MESSAGE, name)
            for name in (
                "to",
                "from",
                "id",
                "type",
                "body",
                "annotations",
                "extensions",
            )
        ),
        *(
            ("messages", 1, name)
            for name in ("id", "to", "confirmer", "sent_at", "state", "confirmed_by")
        ),
    ],
)
def test_a_missing_field_is_refused(path: tuple[str | int, ...]) -> None:
    """Null has to be written."""
    snapshot = full_tracker().snapshot()
    place: Any = snapshot
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    with pytest.raises(TrackError) as caught:
        Tracker(ME).restore(snapshot)
    assert (caught.value.code, caught.value.field) == (TrackCode.SNAPSHOT, path[-1])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "message", "pending"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
PATHS = st.sampled_from(
    [
        ("version",), ("account",), ("messages",), PENDING, SETTLED,
        *((*PENDING, name) for name in full_tracker().snapshot()["messages"][-1]),
        *((*SETTLED, name) for name in full_tracker().snapshot()["messages"][0]),
        *((*MESSAGE, name) for name in ("to", "from", "id", "type", "body")),
    ]
)  # fmt: skip


@pytest.mark.requirements("R142")
@given(path=PATHS, value=JSON)
def test_restoring_anything_raises_nothing_else(
    path: tuple[str | int, ...], value: object
) -> None:
    """Any JSON in any place is restored or refused, and the tracker still works."""
    tracker = Tracker(ME, timeout=60, resend=RESEND)
    try:
        tracker.restore(changed(path, value))
    except TrackError:
        assert len(tracker) == 0
    tracker.received(ack("pending", "gone", "delivered", "bounced"), 0)
    tracker.due(ENDLESS)
    assert tracker.restore(tracker.snapshot()) == ()


def test_a_receipt_for_one_contact_confirms_nothing_to_another() -> None:
    """Only one of them was sent a message with this id."""
    tracker = Tracker(ME)
    tracker.sent(message("m1"), 0)
    tracker.received(ack("m1"), 1)
    other = jid.parse("mercutio@verona.lit")
    assert tracker.confirmed_by("m1") == (jid.parse(f"{PEER}/throne"),)
    assert tracker.confirmed_by("m1", jid.parse(PEER)) == tracker.confirmed_by("m1")
    assert tracker.confirmed_by("m1", jid.parse(f"{PEER}/other")) != ()
    assert tracker.confirmed_by("m1", other) == ()


def test_who_confirmed_is_read_again_under_another_normaliser() -> None:
    """It may make one of two senders; the first spelling counts."""
    tracker = Tracker(ME)
    tracker.sent(message("m1"), 0)
    for resource in ("a b", "a\u00a0b"):
        tracker.received(ack("m1", sender=f"{PEER}/{resource}"), 1)
    assert len(tracker.confirmed_by("m1")) == 2

    def merging(part: jid.Part, text: str) -> str:
        return jid.normalise(part, text.replace("\u00a0", " "))

    other = Tracker(jid.parse(str(ME), normaliser=merging))
    other.restore(tracker.snapshot())
    assert [str(it) for it in other.confirmed_by("m1")] == [f"{PEER}/a b"]


def test_a_repetition_is_in_the_journal() -> None:
    """Otherwise a restart would begin to count anew."""
    tracker = Tracker(ME, resend=Resend(delay=5), journal=True)
    tracker.sent(message(), 0, support=Support.YES, token=1)
    tracker.changes()
    for attempts, now in ((1, 5), (2, 15)):
        (due,) = tracker.due(now)
        assert isinstance(due, ResendMessage)
        (change,) = tracker.changes()
        assert json.loads(change.row or "null")["attempts"] == due.attempt == attempts

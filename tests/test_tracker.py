"""The tracker against its vectors, and what cannot be said in a vector."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

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
from xep0184.envelope import OpenQuery, unwrap
from xep0184.message import Annotation
from xep0184.tracker import (
    MAX_SENDERS,
    Again,
    IgnoredReason,
    ReceiptOutcome,
    ReceiptResult,
    Resend,
    TrackCode,
    Tracker,
    TrackError,
    Unconfirmed,
)
from xep0184.tracker.deadlines import Agenda, wait
from xep0184.tracker.entry import (
    FITS,
    TRANSITIONS,
    Audience,
    Event,
    State,
    Waiting,
    scope_of,
)
from xep0184.tracker.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xep0184.conformance import Vector
    from xep0184.tracker.queue import Item

VECTORS = conformance.vectors("tracking")
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
    """A host knows the word on the wire; it must not pass for an unknown type."""
    tracker = Tracker(ME)
    plain: Any = "error"
    with pytest.raises(TrackError):
        tracker.sent(replace(message(), type=plain), 0)
    tracker.sent(message(), 0)
    bounce = replace(ack("m1"), type=plain)
    assert outcomes(tracker.received(bounce, 1)) == [ReceiptOutcome.IGNORED]
    room: Any = "groupchat"
    assert scope_of(replace(message(), type=room)) is Audience.ROOM


def tracker_of(vector: Vector) -> Tracker:
    """Set a tracker up as a vector says."""
    options = dict(vector.given.get("options", {}))
    if "resend" in options:
        options["resend"] = Resend(**options["resend"])
    return Tracker(jid.parse(vector.given["account"]), **options)


def send(tracker: Tracker, event: Mapping[str, Any]) -> None:
    """Play an event of a message that is sent."""
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
    """Play an event of a message that comes in."""
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
    """Return of a result what a vector speaks of."""
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
    """Return what is due as a vector states it."""
    return [
        {"unconfirmed": it.message.id}
        if isinstance(it, Unconfirmed)
        else {"again": it.message.id, "attempt": it.attempt}
        for it in tracker.due(now)
    ]


def play(tracker: Tracker, vector: Vector) -> None:
    """Play all the events of a vector and compare what each gives."""
    for event in vector.given["events"]:
        if "sent" in event:
            send(tracker, event)
        elif "received" in event:
            receive(tracker, event, vector.given["account"])
        else:
            assert handed_out(tracker, event["at"]) == event["due"]


def remembered(tracker: Tracker, vector: Vector) -> dict[str, Any]:
    """Return what is pending, and who confirmed any message of a vector."""
    texts = [event.get("sent", "<message xmlns='jabber:client'/>")
             for event in vector.given["events"]]  # fmt: skip
    ids = dict.fromkeys(codec.parse(text).id for text in texts)
    confirmed = {id_: tracker.confirmed_by(id_) for id_ in ids if id_}
    return {
        "pending": [it.id for it in tracker.pending],
        "confirmed_by": {id_: [*map(str, by)] for id_, by in confirmed.items() if by},
    }


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_the_tracker_does_as_the_vector_says(vector: Vector) -> None:
    """Every event gives what is stated, and in the end so much is remembered."""
    tracker = tracker_of(vector)
    play(tracker, vector)
    assert remembered(tracker, vector) == vector.expect


@pytest.mark.requirements("R142")
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_a_restart_between_any_two_events_changes_nothing(vector: Vector) -> None:
    """A tracker restored by way of JSON goes on as the old one would have."""
    tracker = tracker_of(vector)
    for event in vector.given["events"]:
        successor = tracker_of(vector)
        successor.restore(json.loads(json.dumps(tracker.snapshot())))
        tracker = successor
        play(tracker, replace(vector, given={**vector.given, "events": [event]}))
    assert remembered(tracker, vector) == vector.expect


@pytest.mark.parametrize(("row", "number"), ROWS.items())
def test_every_row_of_the_table_is_a_vector(row: str, number: int) -> None:
    """No row and no case of a row is left out."""
    assert sum(vector.row == row for vector in VECTORS) == number


def test_every_requirement_of_tracking_is_proven() -> None:
    """Each has a vector that names it, but for what no vector can say."""
    named = {name for vector in VECTORS for name in vector.requirements}
    assert {f"R{number}" for number in range(127, 143)} - named == {"R142"}


def test_every_outcome_and_every_reason_is_reached() -> None:
    """There is a vector for each."""
    results = [
        result
        for vector in VECTORS
        for event in vector.given["events"]
        for result in event.get("results", [])
    ]
    assert {result["outcome"] for result in results} == set(ReceiptOutcome)
    assert {result.get("reason") for result in results} == {None, *IgnoredReason}


def test_names_of_vectors_are_unique() -> None:
    """A name is enough to find a case."""
    names = Counter(vector.name for vector in VECTORS)
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.requirements("R133")
def test_nothing_beats_a_receipt() -> None:
    """The tables know every case, and from delivered no way leads back."""
    assert set(TRANSITIONS) == set(product(State, Event))
    assert set(FITS) == set(product(Audience, Event))
    assert {TRANSITIONS[State.DELIVERED, event][1] for event in Event} == {
        State.DELIVERED
    }


def test_the_first_receipt_hands_the_message_back() -> None:
    """Whoever is told of a delivery need not look the message up."""
    tracker = Tracker(ME)
    tracker.sent(message(), 0)
    first, again = tracker.received(ack("m1"), 1), tracker.received(ack("m1"), 2)
    assert [first[0].message, again[0].message] == [message(), None]


@pytest.mark.requirements("R133")
def test_only_a_bounce_has_a_condition() -> None:
    """One that the caller names beside a receipt means nothing."""
    tracker = Tracker(ME)
    tracker.sent(message(), 0)
    (result,) = tracker.received(ack("m1"), 1, condition="gone")
    assert (result.outcome, result.condition) == (ReceiptOutcome.DELIVERED, None)


def test_what_is_handed_out_is_the_message_itself() -> None:
    """The same id and the same content, not one made anew."""
    tracker = Tracker(ME, resend=RESEND, timeout=60)
    original = message()
    tracker.sent(original, 0, support=Support.YES)
    again, unconfirmed = (*tracker.due(30), *tracker.due(60))
    assert (again, unconfirmed) == (Again(original, 1), Unconfirmed(original))
    assert again.message is original


@pytest.mark.requirements("R137")
def test_recorded_senders_are_bounded() -> None:
    """A peer that makes resources up fills no memory."""
    tracker = Tracker(ME)
    tracker.sent(message(), 0)
    for number in range(MAX_SENDERS):
        (result,) = tracker.received(ack("m1", sender=f"{PEER}/{number}"), 1)
        assert result.recorded
    (result,) = tracker.received(ack("m1", sender=f"{PEER}/one-more"), 1)
    assert (result.outcome, result.recorded) == (ReceiptOutcome.DUPLICATE, False)
    assert len(tracker.confirmed_by("m1")) == MAX_SENDERS


@pytest.mark.requirements("R137")
def test_ids_of_one_ack_are_bounded() -> None:
    """Values made by hand have no parser that bounds them."""
    tracker = Tracker(ME)
    results = tracker.received(ack(*map(str, range(1000))), 0)
    assert outcomes(results) == [ReceiptOutcome.UNKNOWN_ID] * 64


@pytest.mark.requirements("R134", "R137")
def test_strangers_leave_no_trace() -> None:
    """What is remembered after any number of stray acks is what was before."""
    tracker = Tracker(ME)
    tracker.sent(message(), 0)
    before = tracker.snapshot()
    for number in range(100):
        tracker.received(ack(f"stray-{number}", "m1", sender=f"eve@e.lit/{number}"), 1)
    assert tracker.snapshot() == before


@pytest.mark.requirements("R137")
def test_settled_messages_leave_the_agenda() -> None:
    """Deadlines far ahead of messages long delivered take no room."""
    pending: dict[str, Waiting] = {}
    agenda = Agenda(pending, ENDLESS, None)
    lengths: list[int] = []
    for number in range(1000):
        pending[str(number)] = Waiting(
            message=message(), to=PEER, scope=Audience.ACCOUNT, sent_at=-number
        )
        agenda.plan(str(number))
        lengths.append(len(agenda))
        del pending[str(number)]
    assert max(lengths) <= 2 * 1 + 64


@example(deadlines=[9, 8, 7, 6, 0, 4, 1, 5, 5, 2, 3], wanted=set(range(1, 10)))
@given(
    deadlines=st.lists(st.integers(0, 9), max_size=60),
    wanted=st.sets(st.integers(0, 9)),
)
def test_a_queue_gives_the_smallest_item_first(
    deadlines: list[int], wanted: set[int]
) -> None:
    """In whatever order they came, and after any were thrown out."""
    items = [(float(it), serial, "") for serial, it in enumerate(deadlines)]
    queue = Queue()
    for item in items:
        queue.put(item)
    queue.keep(lambda item: item[0] in wanted)
    taken: list[Item] = []
    while first := queue.first():
        queue.drop(first)
        taken.append(first)
    assert taken == sorted(item for item in items if item[0] in wanted)


def test_the_next_deadline_is_that_of_a_message_still_pending() -> None:
    """Nobody is woken for what is settled."""
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


def test_a_message_counts_while_it_is_waited_for() -> None:
    """The length is that of what is pending."""
    tracker = Tracker(ME)
    lengths = [len(tracker)]
    tracker.sent(message(), 0)
    lengths.append(len(tracker))
    tracker.received(ack("m1"), 1)
    lengths.append(len(tracker))
    assert lengths == [0, 1, 0]


@pytest.mark.requirements("R128")
def test_the_mark_of_a_private_message_may_hold_something() -> None:
    """Whether the ``muc#user`` element is empty or not, one occupant was asked."""
    tag = Annotation.MUC_USER.value
    asked = replace(message(to="r@chat.lit/a"), extensions=(tag,))
    tracker = Tracker(ME)
    tracker.sent(asked, 0)
    (result,) = tracker.received(ack("m1", sender="r@chat.lit/b"), 1)
    assert result.outcome is ReceiptOutcome.WRONG_SENDER


def test_a_normaliser_of_the_host_decides_who_fits() -> None:
    """Two spellings that RFC 7622 keeps apart may be one to a host, or the reverse."""

    def exact(_: jid.Part, text: str) -> str:
        return text

    tracker = Tracker(jid.parse(str(ME), normaliser=exact), normaliser=exact)
    tracker.sent(message(to="K@royalty.lit"), 0)
    assert outcomes(
        tracker.received(ack("m1", sender="k@royalty.lit/x"), 1)
        + tracker.received(ack("m1", sender="K@royalty.lit/x"), 1)
    ) == [ReceiptOutcome.WRONG_SENDER, ReceiptOutcome.DELIVERED]


def test_a_normaliser_that_changes_its_mind_confirms_nothing() -> None:
    """An addressee that is suddenly no JID fits nobody, and nothing is raised."""
    refused: set[str] = set()

    def fickle(_: jid.Part, text: str) -> str:
        if text in refused:
            raise ValueError
        return text

    tracker = Tracker(ME, normaliser=fickle)
    tracker.sent(message(to="k@royalty.lit"), 0)
    refused.add("royalty.lit")
    (result,) = tracker.received(ack("m1", sender="eve@e.lit/x"), 1)
    assert result.outcome is ReceiptOutcome.WRONG_SENDER


NO_TIME = [math.nan, math.inf, -math.inf, 10**400]


@pytest.mark.parametrize("now", NO_TIME)
@pytest.mark.parametrize(
    "door",
    [
        lambda tracker, now: tracker.sent(message("m2"), now),
        lambda tracker, now: tracker.received(ack("m1"), now),
        lambda tracker, now: tracker.due(now),
    ],
    ids=["sent", "received", "due"],
)
def test_what_is_no_time_is_refused_and_changes_nothing(
    door: Callable[[Tracker, float], object], now: float
) -> None:
    """A NaN would disorder every deadline, an infinity would never come."""
    tracker = Tracker(ME, timeout=60)
    tracker.sent(message(), 0)
    before = tracker.snapshot()
    with pytest.raises(TrackError, match="time: now"):
        door(tracker, now)
    assert tracker.snapshot() == before


@pytest.mark.parametrize("timeout", [*NO_TIME, 0, -1])
def test_a_timeout_is_some_time(timeout: float) -> None:
    """Nothing would be waited for, or everything for ever."""
    with pytest.raises(TrackError, match="time: timeout"):
        Tracker(ME, timeout=timeout)


def test_there_is_room_for_one_message() -> None:
    """A tracker that remembers nothing is of no use."""
    with pytest.raises(TrackError, match="limit: max_pending"):
        Tracker(ME, max_pending=0)


@pytest.mark.parametrize(
    ("field", "resend"),
    [
        *(("delay", Resend(delay=delay)) for delay in (0, -1, *NO_TIME)),
        *(("factor", Resend(delay=1, factor=factor)) for factor in (0.9, *NO_TIME)),
        *(("max_delay", Resend(delay=1, max_delay=it)) for it in (0, *NO_TIME)),
        ("count", Resend(delay=1, count=0)),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(field: str, resend: Resend) -> None:
    """It would send without a pause, faster and faster, or never."""
    with pytest.raises(TrackError, match=f"resend: {field}"):
        Tracker(ME, resend=resend)


@pytest.mark.requirements("R36")
def test_waits_grow_up_to_the_longest_and_never_overflow() -> None:
    """Exponential back-off, with an end."""
    resend = Resend(delay=10, factor=3, max_delay=100)
    attempts = (0, 1, 2, 3, 10_000)
    assert [wait(resend, it) for it in attempts] == [10, 30, 90, 100, 100]
    assert wait(replace(resend, factor=1e300, max_delay=1e308), 1) == 1e301
    assert wait(replace(resend, factor=1e300, max_delay=1e308), 2) == 1e308


@pytest.mark.requirements("R36")
@pytest.mark.parametrize(
    ("drawn", "expected"),
    [(0.0, 30), (0.5, 45), (1.0, 60), (7.0, 60), (-7.0, 30), (math.nan, 30)],
)
def test_jitter_makes_a_wait_longer_by_a_part_of_itself(
    drawn: float, expected: float
) -> None:
    """It comes from the caller, and one out of range does no harm."""
    tracker = Tracker(ME, resend=replace(RESEND, jitter=lambda: drawn))
    tracker.sent(message(), 0, support=Support.YES)
    assert tracker.next_deadline == expected


def test_no_point_in_time_is_beyond_the_last() -> None:
    """At the end of all floats, deadlines stay finite and nothing is raised."""
    last = sys.float_info.max
    tracker = Tracker(ME, timeout=last, resend=RESEND)
    tracker.sent(message(), last, support=Support.YES)
    assert tracker.next_deadline == last
    assert tracker.due(last) == (Unconfirmed(message()),)


@pytest.mark.requirements("R36")
def test_a_step_that_a_float_cannot_tell_does_not_go_on_for_ever() -> None:
    """Where now plus the delay is now again, each call hands out once."""
    tracker = Tracker(ME, resend=RESEND)
    tracker.sent(message(), 1e300, support=Support.YES)
    assert tracker.due(1e300) == (Again(message(), 1),)
    assert tracker.due(1e300) == (Again(message(), 2),)
    assert tracker.due(1e300) == ()


def test_errors_say_what_is_wrong_and_where() -> None:
    """Data first, prose second; whoever catches LocalError catches them."""
    error = TrackError(TrackCode.PENDING, "id")
    assert isinstance(error, LocalError)
    assert str(error).startswith("pending: id: a receipt for this id is still awaited")
    assert {str(TrackError(code, "x"))[: len(code)] for code in TrackCode} == {
        *TrackCode
    }


# ------------------------------------------------------------------ snapshots


def full_tracker() -> Tracker:
    """Return a tracker that remembers a message in each state."""
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
    """What JSON makes of it is it; every fact has a name."""
    snapshot = full_tracker().snapshot()
    assert json.loads(json.dumps(snapshot)) == snapshot
    assert snapshot == {
        "version": 1,
        "account": "northumberland@shakespeare.lit",
        "pending": [
            {
                "message": {
                    "to": "r@chat.lit/a",
                    "from": None,
                    "id": "pending",
                    "type": "normal",
                    "body": "hi",
                    "annotations": ["{http://jabber.org/protocol/muc#user}x"],
                    "extensions": [],
                },
                "scope": "occupant",
                "sent_at": 63,
                "resend_at": 93.0,
                "attempts": 0,
            }
        ],
        "settled": [
            settled("gone", 0, "unconfirmed"),
            settled("delivered", 61, "delivered", f"{PEER}/throne"),
            settled("bounced", 61, "bounced"),
        ],
    }


def settled(id_: str, sent_at: int, state: str, *senders: str) -> dict[str, Any]:
    """Return how a message to the peer stands in a snapshot once it is settled."""
    return {
        "id": id_,
        "to": PEER,
        "scope": "account",
        "sent_at": sent_at,
        "state": state,
        "confirmed_by": list(senders),
    }


@pytest.mark.requirements("R142")
def test_a_snapshot_is_restored_whole() -> None:
    """The two trackers remember the same."""
    tracker = Tracker(ME, timeout=60, resend=RESEND)
    for id_ in ("forgotten", "replaced"):
        tracker.sent(message(id_), 0)
    tracker.received(ack("forgotten"), 1)
    assert tracker.restore(full_tracker().snapshot()) == ()
    assert tracker.snapshot() == full_tracker().snapshot()
    assert tracker.next_deadline == 93


@pytest.mark.requirements("R142", "R36")
def test_without_a_policy_nothing_restored_is_sent_again() -> None:
    """The settings of the tracker hold, not those of the one before."""
    tracker = Tracker(ME)
    tracker.restore(full_tracker().snapshot())
    assert (tracker.next_deadline, tracker.due(ENDLESS)) == (None, ())


@pytest.mark.requirements("R142", "R137")
def test_what_has_no_room_is_handed_out_on_restoring() -> None:
    """The bounds of the tracker hold, and nothing vanishes without a word."""
    tracker = Tracker(ME)
    for id_ in ("m1", "m2", "m3"):
        tracker.sent(message(id_), 0)
    small = Tracker(ME, max_pending=1)
    dropped = small.restore(tracker.snapshot())
    assert [it.message.id for it in dropped] == ["m1", "m2"]
    assert small.pending == (message("m3"),)
    small.restore(full_tracker().snapshot())
    assert [row["id"] for row in small.snapshot()["settled"]] == ["bounced"]


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """Return a good snapshot with one thing changed."""
    snapshot = full_tracker().snapshot()
    place: Any = snapshot
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return snapshot


PENDING: tuple[str | int, ...] = ("pending", 0)
MESSAGE: tuple[str | int, ...] = (*PENDING, "message")
SETTLED: tuple[str | int, ...] = ("settled", 0)


@pytest.mark.requirements("R142")
@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (("version",), 2, "snapshot: version"),
        (("version",), True, "snapshot: version"),
        (("account",), PEER, "snapshot: account"),
        (("account",), "@", "snapshot: account"),
        (("pending",), {}, "snapshot: pending"),
        (PENDING, [], "snapshot: list"),
        ((*PENDING, "message"), None, "snapshot: NoneType"),
        ((*PENDING, "scope"), "account", "snapshot: scope"),
        ((*PENDING, "scope"), "world", "snapshot: scope"),
        ((*PENDING, "sent_at"), math.nan, "time: sent_at"),
        ((*PENDING, "sent_at"), 10**400, "time: sent_at"),
        ((*PENDING, "sent_at"), "0", "snapshot: sent_at"),
        ((*PENDING, "sent_at"), True, "snapshot: sent_at"),
        ((*PENDING, "resend_at"), math.inf, "time: resend_at"),
        ((*PENDING, "attempts"), -1, "snapshot: attempts"),
        ((*PENDING, "attempts"), 1.0, "snapshot: attempts"),
        ((*MESSAGE, "id"), None, "snapshot: id"),
        ((*MESSAGE, "id"), "", "snapshot: id"),
        ((*MESSAGE, "id"), "gone", "snapshot: id"),
        ((*MESSAGE, "to"), "@", "snapshot: to"),
        ((*MESSAGE, "from"), 1, "snapshot: from"),
        ((*MESSAGE, "type"), "error", "snapshot: type"),
        ((*MESSAGE, "type"), "groupchat", "snapshot: scope"),
        ((*MESSAGE, "body"), b"hi", "snapshot: body"),
        ((*MESSAGE, "annotations"), ["{urn:o}x"], "snapshot: annotations"),
        ((*MESSAGE, "extensions"), [1], "snapshot: extensions"),
        ((*SETTLED, "id"), "delivered", "snapshot: id"),
        ((*SETTLED, "to"), "", "snapshot: to"),
        ((*SETTLED, "state"), "pending", "snapshot: state"),
        ((*SETTLED, "state"), "delivered", "snapshot: state"),
        ((*SETTLED, "confirmed_by"), [PEER], "snapshot: state"),
        (("settled", 1, "confirmed_by"), ["@"], "snapshot: confirmed_by"),
        (("settled", 1, "confirmed_by"), [PEER, PEER], "snapshot: confirmed_by"),
        (
            ("settled", 1, "confirmed_by"),
            [f"{PEER}/{number}" for number in range(MAX_SENDERS + 1)],
            "snapshot: confirmed_by",
        ),
    ],
)
def test_a_spoilt_snapshot_is_refused_and_changes_nothing(
    path: tuple[str | int, ...], value: object, error: str
) -> None:
    """The error names the field."""
    tracker = full_tracker()
    with pytest.raises(TrackError, match=f"^{error}:"):
        tracker.restore(changed(path, value))
    assert tracker.snapshot() == full_tracker().snapshot()


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
        ("version",), ("account",), ("pending",), ("settled",), PENDING, SETTLED,
        *((*PENDING, name) for name in full_tracker().snapshot()["pending"][0]),
        *((*SETTLED, name) for name in full_tracker().snapshot()["settled"][0]),
        *((*MESSAGE, name) for name in ("to", "from", "id", "type", "body")),
    ]
)  # fmt: skip


@pytest.mark.requirements("R142")
@given(path=PATHS, value=JSON)
def test_restoring_anything_raises_nothing_else(
    path: tuple[str | int, ...], value: object
) -> None:
    """Any JSON in any place is restored or refused, and the tracker works on."""
    tracker = Tracker(ME, timeout=60, resend=RESEND)
    try:
        tracker.restore(changed(path, value))
    except TrackError:
        assert len(tracker) == 0
    tracker.received(ack("pending", "gone", "delivered", "bounced"), 0)
    tracker.due(ENDLESS)
    assert tracker.restore(tracker.snapshot()) == ()

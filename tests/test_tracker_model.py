"""Tests that the tracker behaves like a model made of dicts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from xep0184 import Message, MessageType, Received, Support, jid
from xep0184.envelope import Envelope, EnvelopeKind
from xep0184.tracker import Again, ReceiptOutcome, Resend, Tracker, TrackError

if TYPE_CHECKING:
    from collections.abc import Iterator

ME = "n@shakespeare.lit/desk"
BOUND = 3
TIMEOUT = 60.0
DELAY = 25.0
COUNT = 2

IDS = st.sampled_from(["a", "b", "c", "d", "e"])
# The address and kind of a message, and the senders who may confirm it.
ADDRESSEES = {
    ("k@royalty.lit", "chat"): {"k@royalty.lit", "k@royalty.lit/x", "k@royalty.lit/y"},
    ("k@royalty.lit/x", "chat"): {
        "k@royalty.lit",
        "k@royalty.lit/x",
        "k@royalty.lit/y",
    },
    ("r@chat.lit", "groupchat"): {"r@chat.lit/one", "r@chat.lit/two"},
    ("r@chat.lit/one", "private"): {"r@chat.lit/one"},
    (None, "normal"): {"n@shakespeare.lit", "n@shakespeare.lit/phone"},
}
BOUNCERS = ADDRESSEES | {
    ("r@chat.lit", "groupchat"): {"r@chat.lit"},
    ("r@chat.lit/one", "private"): {"r@chat.lit", "r@chat.lit/one"},
}
STRANGERS = {"eve@evil.lit/x", "royalty.lit", "not a jid@", "k@evil.lit/x"}
SENDERS = st.sampled_from(
    sorted(STRANGERS | set().union(*ADDRESSEES.values()) | {"r@chat.lit"})
)
STEPS = st.integers(-40, 80).map(float)
BELIEVED = st.sampled_from(
    [EnvelopeKind.DIRECT, EnvelopeKind.CARBON_RECEIVED, EnvelopeKind.ARCHIVED]
)
DISBELIEVED = st.sampled_from([EnvelopeKind.CARBON_SENT, EnvelopeKind.FORWARDED])


class TrackerMachine(RuleBasedStateMachine):
    """A tracker, and a model of its state."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.serial = 0
        self.pending: dict[str, dict[str, Any]] = {}
        self.settled: dict[str, dict[str, Any]] = {}
        self.deliveries: dict[int, int] = {}

    @initialize(times_out=st.booleans(), resends=st.booleans())
    def set_up(self, *, times_out: bool, resends: bool) -> None:
        """Choose the settings."""
        self.timeout = TIMEOUT if times_out else None
        self.resend = Resend(delay=DELAY, count=COUNT, factor=2.0) if resends else None
        self.tracker = self.made()

    def made(self) -> Tracker:
        """Return a new tracker of these settings."""
        return Tracker(
            jid.parse(ME), max_pending=BOUND, timeout=self.timeout, resend=self.resend
        )

    @rule(
        id_=IDS,
        addressee=st.sampled_from(list(ADDRESSEES)),
        support=st.sampled_from(Support),
        step=STEPS,
    )
    def send(
        self, id_: str, addressee: tuple[str | None, str], support: Support, step: float
    ) -> None:
        """Send a message; an id that is pending is refused."""
        self.now += step
        to, kind = addressee
        type_ = MessageType.NORMAL if kind == "private" else MessageType(kind)
        message = Message(to=to, id=id_, type=type_, request=True)
        try:
            dropped = self.tracker.sent(
                message, self.now, support=support, room=kind == "private"
            )
        except TrackError:
            assert id_ in self.pending
            return
        assert id_ not in self.pending
        expected = next(iter(self.pending)) if len(self.pending) == BOUND else None
        assert (dropped and dropped.message.id) == expected
        if expected is not None:
            self.settle(expected, "unconfirmed")
        self.settled.pop(id_, None)
        self.pending[id_] = {
            "addressee": addressee,
            "sent_at": self.now,
            "attempts": 0,
            "repeats": support is Support.YES and self.resend is not None,
            "last": self.now,
            "by": [],
            "state": "pending",
            "number": len(self.deliveries),
        }
        self.deliveries[len(self.deliveries)] = 0
        self.replan(id_)

    def replan(self, id_: str) -> None:
        """Put the deadline of a message after equal ones."""
        self.serial += 1
        self.pending[id_]["serial"] = self.serial

    def settle(self, id_: str, state: str) -> None:
        """Move a message from the pending to the settled ones."""
        self.settled[id_] = self.pending.pop(id_) | {"state": state}
        if len(self.settled) > BOUND:
            del self.settled[next(iter(self.settled))]

    @rule(id_=IDS, sender=SENDERS, kind=BELIEVED, type_=st.sampled_from(MessageType))
    def receive_an_ack(
        self, id_: str, sender: str, kind: EnvelopeKind, type_: MessageType
    ) -> None:
        """Receive an ack message of any type; the type error confirms nothing."""
        ack = Message(from_=sender, id="x", type=type_, received=(Received(id_),))
        (result,) = self.tracker.received(Envelope(kind=kind, message=ack), self.now)
        if type_ is MessageType.ERROR:
            assert result.outcome is ReceiptOutcome.IGNORED
            return
        entry = self.pending.get(id_) or self.settled.get(id_)
        assert result.outcome == self.outcome_of(entry, sender)
        if result.outcome in {
            ReceiptOutcome.DELIVERED,
            ReceiptOutcome.LATE,
            ReceiptOutcome.DUPLICATE,
        }:
            self.confirm(id_, sender)

    def outcome_of(self, entry: dict[str, Any] | None, sender: str) -> ReceiptOutcome:
        """Return what an ack message means in the model."""
        if entry is None:
            return ReceiptOutcome.UNKNOWN_ID
        if sender not in ADDRESSEES[entry["addressee"]]:
            own = sender == "n@shakespeare.lit/phone"
            return ReceiptOutcome.SELF if own else ReceiptOutcome.WRONG_SENDER
        if entry["state"] == "delivered":
            return ReceiptOutcome.DUPLICATE
        late = entry["state"] == "unconfirmed"
        self.deliveries[entry["number"]] += 1
        return ReceiptOutcome.LATE if late else ReceiptOutcome.DELIVERED

    def confirm(self, id_: str, sender: str) -> None:
        """Record an ack message of the right sender in the model."""
        if id_ in self.pending:
            self.settle(id_, "delivered")
        entry = self.settled[id_]
        entry["state"] = "delivered"
        if sender not in entry["by"]:
            entry["by"].append(sender)

    @rule(id_=IDS, sender=SENDERS, kind=DISBELIEVED)
    def receive_what_proves_nothing(
        self, id_: str, sender: str, kind: EnvelopeKind
    ) -> None:
        """Receive an ack message in a wrapper that anybody can write."""
        ack = Message(from_=sender, received=(Received(id_),))
        (result,) = self.tracker.received(Envelope(kind=kind, message=ack), self.now)
        assert result.outcome is ReceiptOutcome.IGNORED

    @rule(id_=IDS, sender=SENDERS)
    def receive_a_bounce(self, id_: str, sender: str) -> None:
        """Receive an error; it changes only a message that is not delivered."""
        error = Message(from_=sender, id=id_, type=MessageType.ERROR, request=True)
        (result,) = self.tracker.received(error, self.now)
        entry = self.pending.get(id_) or self.settled.get(id_)
        if entry is None or sender not in BOUNCERS[entry["addressee"]]:
            assert result.outcome in {
                ReceiptOutcome.UNKNOWN_ID,
                ReceiptOutcome.WRONG_SENDER,
                ReceiptOutcome.SELF,
            }
        elif entry["state"] == "delivered":
            assert result.outcome is ReceiptOutcome.IGNORED
        elif entry["state"] == "bounced":
            assert result.outcome is ReceiptOutcome.DUPLICATE
        else:
            assert result.outcome is ReceiptOutcome.BOUNCED
            if id_ in self.pending:
                self.settle(id_, "bounced")
            self.settled[id_]["state"] = "bounced"

    @rule(step=STEPS)
    def look_what_is_due(self, step: float) -> None:
        """Move the time forwards or backwards, and compare the due messages."""
        self.now += step
        expected = [self.fall_due(id_) for id_ in self.due_ids()]
        handed_out = [
            (it.message.id, it.attempt if isinstance(it, Again) else None)
            for it in self.tracker.due(self.now)
        ]
        assert handed_out == expected

    def due_ids(self) -> list[str]:
        """Return the ids whose deadline has come, in deadline order."""
        known = [(*key, id_) for id_ in self.pending for key in self.deadline(id_)]
        return [id_ for deadline, _, id_ in sorted(known) if deadline <= self.now]

    def deadline(self, id_: str) -> Iterator[tuple[float, int]]:
        """Yield the deadline of a pending message, if it has one."""
        entry = self.pending[id_]
        times = []
        if entry["repeats"] and entry["attempts"] < COUNT:
            times.append(entry["last"] + DELAY * 2 ** entry["attempts"])
        if self.timeout is not None:
            times.append(entry["sent_at"] + self.timeout)
        if times:
            yield min(times), entry["serial"]

    def fall_due(self, id_: str) -> tuple[str, int | None]:
        """Let a message expire, or send it again."""
        entry = self.pending[id_]
        if self.timeout is not None and entry["sent_at"] + self.timeout <= self.now:
            self.settle(id_, "unconfirmed")
            return id_, None
        entry["attempts"] += 1
        entry["last"] = self.now
        self.replan(id_)
        return id_, entry["attempts"]

    @rule()
    def restart(self) -> None:
        """Continue with a new tracker that is restored from JSON."""
        snapshot = json.loads(json.dumps(self.tracker.snapshot()))
        self.tracker = self.made()
        assert self.tracker.restore(snapshot) == ()
        for id_ in self.pending:
            self.replan(id_)

    @invariant()
    def remembers_the_same(self) -> None:
        """The pending messages, their senders and the next deadline are equal."""
        assert [it.id for it in self.tracker.pending] == list(self.pending)
        for id_ in "abcde":
            entry = self.settled.get(id_, {"by": []})
            by = [str(sender) for sender in self.tracker.confirmed_by(id_)]
            assert by == ([] if id_ in self.pending else entry["by"])
        deadlines = [it[0] for id_ in self.pending for it in self.deadline(id_)]
        assert self.tracker.next_deadline == min(deadlines, default=None)

    @invariant()
    def delivers_at_most_once(self) -> None:
        """No message is reported as delivered twice."""
        assert max(self.deliveries.values(), default=0) <= 1

    @invariant()
    def stays_in_bounds(self) -> None:
        """The number of stored messages is limited."""
        snapshot = self.tracker.snapshot()
        assert len(snapshot["pending"]) <= BOUND
        assert len(snapshot["settled"]) <= BOUND


TestTracker = TrackerMachine.TestCase
TestTracker.settings = settings(stateful_step_count=40)

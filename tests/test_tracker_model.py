"""Tests that the tracker behaves like a model made of dicts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from xep0184 import Message, MessageType, Received, Support, jid
from xep0184.envelope import Envelope, EnvelopeKind
from xep0184.tracker import ReceiptOutcome, Resend, ResendMessage, Tracker, TrackError

if TYPE_CHECKING:
    from collections.abc import Iterator

Key: TypeAlias = tuple[str, str]  # a peer and an id

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
PEERS = {
    ("k@royalty.lit", "chat"): "k@royalty.lit",
    ("k@royalty.lit/x", "chat"): "k@royalty.lit",
    ("r@chat.lit", "groupchat"): "r@chat.lit",
    ("r@chat.lit/one", "private"): "r@chat.lit/one",
    (None, "normal"): "n@shakespeare.lit",
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
        self.pending: dict[Key, dict[str, Any]] = {}
        self.settled: dict[Key, dict[str, Any]] = {}
        self.order: list[Key] = []  # the keys in the order of their first use
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
        """Send a message; an id that is pending for the same peer is refused."""
        self.now += step
        to, kind = addressee
        key = (PEERS[addressee], id_)
        type_ = MessageType.NORMAL if kind == "private" else MessageType(kind)
        message = Message(to=to, id=id_, type=type_, request=True)
        try:
            dropped = self.tracker.sent(
                message, self.now, support=support, room=kind == "private"
            )
        except TrackError:
            assert key in self.pending
            return
        assert key not in self.pending
        expected = next(iter(self.pending)) if len(self.pending) == BOUND else None
        assert (dropped and dropped.message.id) == (expected and expected[1])
        self.settled.pop(key, None)
        if expected is not None:
            self.settle(expected, "unconfirmed")
        self.pending[key] = {
            "addressee": addressee,
            "sent_at": self.now,
            "since": self.now,
            "attempts": 0,
            "repeats": support is Support.YES and self.resend is not None,
            "last": self.now,
            "by": [],
            "state": "pending",
            "number": len(self.deliveries),
        }
        if key not in self.order:
            self.order.append(key)
        self.deliveries[len(self.deliveries)] = 0
        self.replan(key)

    def replan(self, key: Key) -> None:
        """Put the deadline of a message after equal ones."""
        self.serial += 1
        self.pending[key]["serial"] = self.serial

    def settle(self, key: Key, state: str) -> None:
        """Move a message from the pending to the settled ones."""
        self.settled[key] = self.pending.pop(key) | {"state": state}
        if len(self.settled) > BOUND:
            del self.settled[next(iter(self.settled))]
        self.order = [it for it in self.order if self.entry(it)]

    def entry(self, key: Key | None) -> dict[str, Any] | None:
        """Return what the model knows of a message."""
        return None if key is None else self.pending.get(key) or self.settled.get(key)

    def meant(self, id_: str, sender: str, who: dict[Any, set[str]]) -> Key | None:
        """Return the message that a sender may speak of; else any with the id."""
        direct = [(sender, id_), (sender.partition("/")[0], id_)]
        keys = [it for it in (*direct, *self.order) if it[1] == id_ and self.entry(it)]
        entries = [(key, self.entry(key) or {}) for key in keys]
        fitting = [key for key, it in entries if sender in who[it["addressee"]]]
        return next(iter(fitting or keys), None)

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
        key = self.meant(id_, sender, ADDRESSEES)
        assert result.outcome == self.outcome_of(self.entry(key), sender)
        if result.outcome in {
            ReceiptOutcome.DELIVERED,
            ReceiptOutcome.LATE,
            ReceiptOutcome.DUPLICATE,
        }:
            assert key is not None
            self.confirm(key, sender)

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

    def confirm(self, key: Key, sender: str) -> None:
        """Record an ack message of the right sender in the model."""
        if key in self.pending:
            self.settle(key, "delivered")
        entry = self.settled[key]
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
        key = self.meant(id_, sender, BOUNCERS)
        entry = self.entry(key)
        if key is None or entry is None or sender not in BOUNCERS[entry["addressee"]]:
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
            if key in self.pending:
                self.settle(key, "bounced")
            self.settled[key]["state"] = "bounced"

    @rule(step=STEPS)
    def look_what_is_due(self, step: float) -> None:
        """Move the time forwards or backwards, and compare the due messages."""
        self.now += step
        expected = [self.fall_due(key) for key in self.due_keys()]
        handed_out = [
            (it.message.id, it.attempt if isinstance(it, ResendMessage) else None)
            for it in self.tracker.due(self.now)
        ]
        assert handed_out == expected

    def due_keys(self) -> list[Key]:
        """Return the messages whose deadline has come, in deadline order."""
        known = [(*it, key) for key in self.pending for it in self.deadline(key)]
        return [key for deadline, _, key in sorted(known) if deadline <= self.now]

    def deadline(self, key: Key) -> Iterator[tuple[float, int]]:
        """Yield the deadline of a pending message, if it has one."""
        times = [*self.resend_time(key)]
        if self.timeout is not None:
            times.append(self.pending[key]["since"] + self.timeout)
        if times:
            yield min(times), self.pending[key]["serial"]

    def resend_time(self, key: Key) -> Iterator[float]:
        """Yield the time when a message is to be sent again, if it is."""
        entry = self.pending[key]
        if entry["repeats"] and entry["attempts"] < COUNT:
            yield entry["last"] + DELAY * 2 ** entry["attempts"]

    def fall_due(self, key: Key) -> tuple[str, int | None]:
        """Let a message expire, or send it again."""
        entry = self.pending[key]
        if self.timeout is not None and entry["since"] + self.timeout <= self.now:
            end = entry["since"] + self.timeout
            if not any(time < end for time in self.resend_time(key)):
                self.settle(key, "unconfirmed")
                return key[1], None
            entry["since"] = self.now
        entry["attempts"] += 1
        entry["last"] = self.now
        self.replan(key)
        return key[1], entry["attempts"]

    @rule()
    def restart(self) -> None:
        """Continue with a new tracker that is restored from JSON."""
        snapshot = json.loads(json.dumps(self.tracker.snapshot()))
        self.tracker = self.made()
        assert self.tracker.restore(snapshot) == ()
        self.order = [*self.settled, *self.pending]
        for key in self.pending:
            self.replan(key)

    @invariant()
    def remembers_the_same(self) -> None:
        """The pending messages, their senders and the next deadline are equal."""
        pending = [it.id for it in self.tracker.pending]
        assert pending == [id_ for _, id_ in self.pending]
        for peer, id_ in (*self.pending, *self.settled):
            by = self.tracker.confirmed_by(id_, jid.parse(peer))
            entry = self.entry((peer, id_)) or {}
            assert [str(sender) for sender in by] == entry["by"]
        deadlines = [it[0] for key in self.pending for it in self.deadline(key)]
        assert self.tracker.next_deadline == min(deadlines, default=None)

    @invariant()
    def delivers_at_most_once(self) -> None:
        """No message is reported as delivered twice."""
        assert max(self.deliveries.values(), default=0) <= 1

    @invariant()
    def stays_in_bounds(self) -> None:
        """The number of stored messages is limited."""
        snapshot = self.tracker.snapshot()
        states = [row["state"] for row in snapshot["messages"]]
        assert states.count("pending") <= BOUND
        assert len(states) <= 2 * BOUND


TestTracker = TrackerMachine.TestCase
TestTracker.settings = settings(stateful_step_count=40)

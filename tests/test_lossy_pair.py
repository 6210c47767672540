"""Tests two endpoints over a link that loses, repeats, delays, reorders and forges.

The endpoints are written like an application, with public names only. The link is
all that is between two clients: it sets the sender of a stanza, as servers do (RFC
6120 §8.1.2.1), and may do anything else to it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from lxml import etree

from xep0184 import Message, MessageType, Support, codec, jid
from xep0184.deciding import acknowledge
from xep0184.deciding.asking import may_request
from xep0184.deciding.situation import Situation
from xep0184.envelope import EnvelopeKind, unwrap
from xep0184.ids import fresh_id
from xep0184.seen import SeenIds
from xep0184.tracker import ReceiptOutcome, Resend, ResendMessage, Tracker, Unconfirmed

if TYPE_CHECKING:
    from collections.abc import Callable

BOUND = 64
SHORT = st.integers(-20, 100).map(float)
MALLORY = "mallory@evil.lit/x"
POSITIVE = {ReceiptOutcome.DELIVERED, ReceiptOutcome.LATE, ReceiptOutcome.DUPLICATE}


class Endpoint:
    """A client that sends and receives, and records what happens."""

    def __init__(self, address: str, peer: str, resend: Resend | None) -> None:
        self.address = address
        self.account = jid.parse(address)
        self.peer = jid.parse(peer)
        timeout = None if resend else 60.0
        self.tracker = Tracker(
            self.account, max_pending=BOUND, timeout=timeout, resend=resend
        )
        self.seen = SeenIds(max_entries=BOUND)
        self.said: dict[str, str] = {}
        self.shown: Counter[str] = Counter()
        self.outcomes: list[ReceiptOutcome] = []
        self.delivered: set[str] = set()

    def say(self, text: str, now: float) -> bytes:
        """Send a message to all clients of the peer."""
        message = Message(
            to=str(self.peer.bare), id=fresh_id(), type=MessageType.CHAT, body=text
        )
        asked = may_request(message, account=self.account, support=Support.YES)
        message = replace(message, request=asked.allowed)
        self.tracker.sent(message, now, support=Support.YES)
        self.said[str(message.id)] = text
        return codec.serialize(message)

    def hear(self, octets: bytes, now: float) -> bytes | None:
        """Receive a stanza, show a new message, and answer a request."""
        envelope = unwrap(etree.fromstring(octets), account=self.account)
        for result in self.tracker.received(envelope, now):
            self.outcomes.append(result.outcome)
            if result.outcome in {ReceiptOutcome.DELIVERED, ReceiptOutcome.LATE}:
                self.delivered.add(str(result.id))
        message = envelope.message
        if message is None or envelope.kind is not EnvelopeKind.DIRECT:
            return None
        is_ack_only = message.is_ack and not message.has_content
        if message.type is MessageType.ERROR or is_ack_only:
            return None
        sender = jid.parse(message.from_ or self.address)
        repeat = self.seen.check(sender, message.id or "", now=now)
        if not repeat and message.body is not None:
            self.shown[message.body] += 1
        situation = Situation(
            account=self.account,
            authorized=sender.bare == self.peer.bare,
            enabled=True,
            repeat=repeat,
        )
        ack = acknowledge(envelope, situation=situation).ack
        return None if ack is None else codec.serialize(ack)

    def wake(self, now: float) -> list[bytes]:
        """Return the stanzas to send again."""
        due = self.tracker.due(now)
        assert all(isinstance(it, ResendMessage | Unconfirmed) for it in due)
        return [
            codec.serialize(it.message) for it in due if isinstance(it, ResendMessage)
        ]


def stamped(octets: bytes, sender: str) -> bytes:
    """Return a stanza with the sender that a server sets."""
    element = etree.fromstring(octets)
    element.set("from", sender)
    return bytes(etree.tostring(element))


def wrapped(octets: bytes, outer: str, sender: str) -> bytes:
    """Return a stanza in a wrapper, given by its start tag, in a message."""
    name = outer.partition(" ")[0]
    return (
        f"<message xmlns='jabber:client' from='{sender}'><{outer}>"
        f"<forwarded xmlns='urn:xmpp:forward:0'>{octets.decode()}</forwarded>"
        f"</{name}></message>"
    ).encode()


def bare_wrapped(octets: bytes, sender: str) -> bytes:
    """Return a stanza that is only forwarded."""
    return (
        f"<message xmlns='jabber:client' from='{sender}'>"
        f"<forwarded xmlns='urn:xmpp:forward:0'>{octets.decode()}</forwarded></message>"
    ).encode()


def receipt(id_: str, *, sender: str, type_: str = "chat") -> bytes:
    """Return a receipt that anybody can write."""
    message = etree.Element(
        "{jabber:client}message", {"from": sender, "type": type_, "id": "forged"}
    )
    etree.SubElement(message, "{urn:xmpp:receipts}received", {"id": id_})
    return bytes(etree.tostring(message))


CARBON = "received xmlns='urn:xmpp:carbons:2'"
RESULT = "result xmlns='urn:xmpp:mam:2' queryid='q1'"

FORGERIES: dict[str, Callable[[str, str, str], bytes]] = {
    "wrong sender": lambda id_, _, __: receipt(id_, sender=MALLORY),
    "wrong sender at the domain of the peer": lambda id_, peer, _: receipt(
        id_, sender=peer.replace("@", "-x@")
    ),
    "own other client": lambda id_, _, own: receipt(id_, sender=f"{own}-2"),
    "stray id": lambda id_, peer, _: receipt(id_ + "-", sender=peer),
    "receipt in an error": lambda id_, peer, _: receipt(
        id_, sender=peer, type_="error"
    ),
    "error copy": lambda id_, _, __: stamped(
        f"<message xmlns='jabber:client' type='error' id='{id_}'/>".encode(), MALLORY
    ),
    "carbon of a stranger": lambda id_, peer, _: wrapped(
        receipt(id_, sender=peer), CARBON, MALLORY
    ),
    "carbon of the peer": lambda id_, peer, _: wrapped(
        receipt(id_, sender=peer), CARBON, peer
    ),
    "archive nobody asked": lambda id_, peer, _: wrapped(
        receipt(id_, sender=peer), RESULT, peer
    ),
    "forwarded": lambda id_, peer, _: bare_wrapped(receipt(id_, sender=peer), MALLORY),
}


class LossyPair(RuleBasedStateMachine):
    """The endpoints, the link, and the laws that always hold."""

    resend: ClassVar[Resend | None]

    def __init__(self) -> None:
        super().__init__()
        alice, bob = "alice@a.lit/desk", "bob@b.lit/phone"
        self.ends = (
            Endpoint(alice, bob, self.resend),
            Endpoint(bob, alice, self.resend),
        )
        self.link: list[tuple[int, bytes]] = []
        self.now = 0.0

    def send(self, sender: int, *stanzas: bytes) -> None:
        """Put stanzas of one endpoint on the link."""
        for octets in stanzas:
            self.link.append((1 - sender, stamped(octets, self.ends[sender].address)))

    def arrive(self, place: int) -> None:
        """Deliver a stanza, and put the answer on the link."""
        receiver, octets = self.link.pop(place % len(self.link))
        answer = self.ends[receiver].hear(octets, self.now)
        if answer is not None:
            self.send(receiver, answer)

    def pass_time(self, seconds: float) -> None:
        """Move the time, and let both endpoints send again what is due."""
        self.now += seconds
        for number, end in enumerate(self.ends):
            self.send(number, *end.wake(self.now))

    @precondition(lambda self: sum(len(end.said) for end in self.ends) < BOUND)
    @rule(sender=st.integers(0, 1))
    def somebody_says_something(self, sender: int) -> None:
        """Send a text that was not sent before."""
        end = self.ends[sender]
        self.send(sender, end.say(f"{sender}: {len(end.said)}", self.now))

    @precondition(lambda self: self.link)
    @rule(place=st.integers(0, 30))
    def a_stanza_arrives(self, place: int) -> None:
        """Deliver any stanza on the link; so stanzas are delayed and reordered."""
        self.arrive(place)

    @precondition(lambda self: self.link)
    @rule(place=st.integers(0, 30))
    def a_stanza_is_lost(self, place: int) -> None:
        """Remove any stanza from the link."""
        del self.link[place % len(self.link)]

    @precondition(lambda self: self.link)
    @rule(place=st.integers(0, 30))
    def a_stanza_is_repeated(self, place: int) -> None:
        """Copy any stanza on the link."""
        self.link.append(self.link[place % len(self.link)])

    @rule(seconds=SHORT)
    def time_goes_by(self, seconds: float) -> None:
        """Move the time forwards or backwards, as clocks do."""
        self.pass_time(seconds)

    @precondition(lambda self: any(end.said for end in self.ends))
    @rule(
        victim=st.integers(0, 1),
        place=st.integers(0, 30),
        name=st.sampled_from(sorted(FORGERIES)),
    )
    def somebody_lies(self, victim: int, place: int, name: str) -> None:
        """Deliver a forged receipt for a known id; nothing changes or is shown."""
        end = self.ends[victim]
        ids = list(end.said) or ["unknown"]
        id_ = ids[place % len(ids)]
        peer = self.ends[1 - victim].address
        before = end.tracker.snapshot(), end.shown.copy(), len(end.outcomes)
        answer = end.hear(FORGERIES[name](id_, peer, end.address), self.now)
        assert (end.tracker.snapshot(), end.shown, answer) == (*before[:2], None)
        assert POSITIVE.isdisjoint(end.outcomes[before[2] :])
        del end.outcomes[before[2] :]

    @invariant()
    def what_is_confirmed_was_shown(self) -> None:
        """The peer has shown each delivered message exactly once."""
        for end, peer in (self.ends, self.ends[::-1]):
            for id_ in end.delivered:
                assert peer.shown[end.said[id_]] == 1
                assert end.tracker.confirmed_by(id_) == (peer.account,)

    @invariant()
    def nothing_is_shown_twice(self) -> None:
        """No text is shown twice, however often it arrives."""
        for end in self.ends:
            assert max(end.shown.values(), default=1) == 1

    @invariant()
    def nothing_is_ever_undelivered(self) -> None:
        """No outcome says that a message was not delivered."""
        for end in self.ends:
            assert set(end.outcomes) <= POSITIVE | {ReceiptOutcome.IGNORED}

    @invariant()
    def memory_stays_in_bounds(self) -> None:
        """The number of stored messages is limited on both sides."""
        for end in self.ends:
            snapshot = end.tracker.snapshot()
            assert len(end.tracker) <= BOUND
            assert len(snapshot["messages"]) - len(end.tracker) <= BOUND
            assert len(end.seen) <= BOUND

    def heal(self) -> None:
        """Deliver all stanzas on the link, until nothing is sent any more."""
        for _ in range(10):
            while self.link:
                self.arrive(0)
            self.pass_time(1000)


class WithResending(LossyPair):
    """A message that is not confirmed is sent again."""

    resend = Resend(delay=10, count=1000, max_delay=100)

    def teardown(self) -> None:
        """Once the link works, each message is shown once and confirmed."""
        self.heal()
        for end, peer in (self.ends, self.ends[::-1]):
            assert end.tracker.pending == ()
            assert peer.shown == Counter(end.said.values())
            assert end.delivered == set(end.said)


class WithoutResending(LossyPair):
    """A message that is lost stays lost, and is reported as unconfirmed."""

    resend = None

    def teardown(self) -> None:
        """At the end each message is confirmed or unconfirmed."""
        self.heal()
        for end, peer in (self.ends, self.ends[::-1]):
            assert end.tracker.pending == ()
            stored = end.tracker.snapshot()["messages"]
            states = Counter(row["state"] for row in stored)
            confirmed = len(end.delivered)
            assert states == Counter(
                delivered=confirmed, unconfirmed=len(end.said) - confirmed
            )
            assert set(peer.shown) <= set(end.said.values())


TestWithResending = WithResending.TestCase
TestWithoutResending = WithoutResending.TestCase
TestWithResending.settings = TestWithoutResending.settings = settings(
    stateful_step_count=40
)

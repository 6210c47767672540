"""Tests two `Receipts` over a link that loses, repeats, delays, reorders and forges.

The programs around them restart, their connections are cut and renewed under another
resource, their clients count ids from 1 in every session, their rosters come late, and
processing a message may fail. One program saves snapshots when it ends; the other
writes a journal and is killed at any point.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from xep0184 import Resend, jid, xml
from xep0184.receipts import Delivered, Receipts, ReceiptsPolicy, ResendStanza, Send

if TYPE_CHECKING:
    from collections.abc import Generator

    from xep0184 import JID, Envelope

MOST = 24  # messages
MALLORY = "mallory@evil.lit/x"
POLICY = ReceiptsPolicy(
    resend=Resend(delay=10, count=10_000, max_delay=100), resend_bare=True, hold=50
)


class KilledError(Exception):
    """The program ends without a word."""


class CannotBeReadError(Exception):
    """The message cannot be decrypted yet."""


def ensure_readable(*, fails: bool) -> None:
    """Raise an error if the application cannot process a message."""
    if fails:
        raise CannotBeReadError


class Program:
    """A client with one contact, as an application is written."""

    def __init__(self, account: str, peer: str) -> None:
        self.account = jid.parse(account)
        self.peer = jid.parse(peer)
        self.sessions = 0
        self.roster = True
        self.base = 0.0  # of the clock, which starts again with the program
        self.said: dict[int, str] = {}  # what was asked for, by token
        self.kept: dict[int, str] = {}  # the stanzas themselves
        self.shown: Counter[str] = Counter()
        self.delivered: Counter[int] = Counter()
        self.link: list[bytes] = []  # what it has written
        self.receipts = self.made()
        self.connect(0.0)

    def made(self) -> Receipts:
        """Return new receipts."""
        return Receipts(self, self.account, POLICY)

    def commit(self, now: float) -> None:
        """Store what the program has and knows."""

    def step(self) -> None:
        """Mark a point where the program may be killed."""

    def enabled(self, contact: JID) -> bool:
        """Return the user's setting."""
        return contact.bare == self.peer

    def authorized(self, contact: JID) -> bool | None:
        """Return whether the contact is in the roster."""
        return contact.bare == self.peer if self.roster else None

    def may_query(self, contact: JID) -> bool:
        """Return whether a query may go out."""
        return contact.bare == self.peer

    def first_sight(self, archived: Envelope) -> bool:
        """Return whether an archived message is new."""
        raise AssertionError(archived)  # nobody has asked an archive

    def connect(self, now: float) -> None:
        """Get another resource; the client counts from 1 again."""
        self.sessions += 1
        self.counter = 0
        self.address = jid.parse(f"{self.account.bare}/{self.sessions}")
        self.receipts.bound(self.address, now - self.base)
        self.carry_out(now)

    def disconnect(self, now: float) -> None:
        """Lose the connection."""
        self.receipts.disconnected(now - self.base)

    def get_roster(self, now: float) -> None:
        """Have a roster from now on."""
        self.roster = True
        self.receipts.roster_ready(now - self.base)
        self.carry_out(now)

    def restart(self, now: float) -> None:
        """End the program and start it again; its clock is another one."""
        saved = json.dumps(self.receipts.snapshot(now - self.base, now))
        self.base = now - 5
        self.receipts = self.made()
        self.receipts.restore(json.loads(saved), 5, now)
        self.connect(now)

    def say(self, text: str, now: float) -> None:
        """Send a message to the account of the peer."""
        self.counter += 1
        token = int(text)
        self.kept[token] = (
            f"<message xmlns='jabber:client' to='{self.peer}' id='{self.counter}'"
            f" type='chat'><body>{text}</body></message>"
        )
        sent = self.receipts.outgoing(self.kept[token], now - self.base, token=token)
        if sent.id is not None:
            self.said[token] = text
        self.commit(now)
        self.step()
        self.link.append(ET.tostring(sent.stanza))

    def send(self, token: int, now: float) -> None:
        """Send a kept stanza again."""
        sent = self.receipts.outgoing(self.kept[token], now - self.base, token=token)
        self.link.append(ET.tostring(sent.stanza))

    def hear(self, octets: bytes, now: float, *, fails: bool = False) -> None:
        """Take a stanza, and show it unless that fails."""
        incoming = self.receipts.incoming(octets, now - self.base)
        try:
            with incoming:
                ensure_readable(fails=fails)
                message = incoming.message
                if not incoming.repeated and message and message.body is not None:
                    self.shown[message.body] += 1
        except CannotBeReadError:
            pass
        self.carry_out(now)

    def wake(self, now: float) -> None:
        """Process the deadlines."""
        self.receipts.handle_timer(now - self.base)
        self.carry_out(now)

    def carry_out(self, now: float) -> None:
        """Do what is to be done."""
        self.commit(now)
        for action in self.receipts.actions():
            self.step()
            if isinstance(action, Send):
                self.link.append(action.octets)
            elif isinstance(action, ResendStanza):
                self.send(int(action.token), now)
            elif isinstance(action, Delivered) and action.first:
                assert action.token is not None
                self.delivered[int(action.token)] += 1
            self.step()
            self.receipts.done(action)
        self.commit(now)


class JournalProgram(Program):
    """A program that writes a journal and its own data in one transaction."""

    def __init__(self, account: str, peer: str) -> None:
        self.table: dict[tuple[str, str], str] = {}
        self.fuse: int | None = None  # after how many steps it is killed
        super().__init__(account, peer)

    def made(self) -> Receipts:
        """Return new receipts."""
        return Receipts(self, self.account, POLICY, journal=True)

    def commit(self, now: float) -> None:
        """Write the rows and the program's own data."""
        self.step()
        for part, key, row in self.receipts.changes(now - self.base, now):
            self.table.pop((part, key), None)
            if row is not None:
                self.table[part, key] = row
        self.stored = [it.copy() for it in self.data()]

    def data(self) -> tuple[Any, ...]:
        """Return the program's own data."""
        return self.said, self.kept, self.shown, self.delivered

    def step(self) -> None:
        """Be killed, if this is the point."""
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                self.fuse = None
                raise KilledError

    def restart(self, now: float) -> None:
        """Start again with what was committed, and with another clock."""
        self.said, self.kept, self.shown, self.delivered = self.stored
        self.base = now - 5
        self.receipts = self.made()
        rows = [(part, row) for (part, _), row in reversed(self.table.items())]
        self.receipts.replay(rows, 5, now)
        assert self.receipts.changes(5, now) == []
        self.connect(now)


def from_(octets: bytes, sender: object) -> bytes:
    """Return a stanza with the sender that a server sets."""
    element = xml.parse(octets)
    element.set("from", str(sender))
    return ET.tostring(element)


def forgeries(id_: str, peer: JID, own: JID) -> list[bytes]:
    """Return receipts that prove nothing."""
    received = f"<received xmlns='urn:xmpp:receipts' id='{id_}'/>"
    start = "<message xmlns='jabber:client' from='{}' id='f'{}>{}</message>"
    genuine = start.format(f"{peer.bare}/9", "", received)
    forwarded = f"<forwarded xmlns='urn:xmpp:forward:0'>{genuine}</forwarded>"
    carbon = f"<received xmlns='urn:xmpp:carbons:2'>{forwarded}</received>"
    result = f"<result xmlns='urn:xmpp:mam:2' queryid='q'>{forwarded}</result>"
    stanzas = [
        start.format(MALLORY, "", received),
        start.format(f"x{peer.bare}/1", "", received),
        start.format(f"{own.bare}/other", "", received),
        start.format(peer.bare, " type='error'", received),
        start.format(MALLORY, " type='error'", ""),
        start.format(MALLORY, "", carbon),
        start.format(peer.bare, "", carbon),
        start.format(peer.bare, "", result),
        start.format(own.bare, "", result),
        start.format(MALLORY, "", forwarded),
    ]
    return [stanza.encode() for stanza in stanzas]


class TwoPrograms(RuleBasedStateMachine):
    """The programs, the link, and the laws that always hold."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        alice, bob = "alice@a.lit", "bob@b.lit"
        self.ends = (Program(alice, bob), JournalProgram(bob, alice))
        self.numbers = count()
        self.link: list[tuple[int, bytes]] = []

    def collect(self) -> None:
        """Put on the link what the programs have written."""
        for number, end in enumerate(self.ends):
            for octets in end.link:
                self.link.append((1 - number, from_(octets, end.address)))
            end.link.clear()

    @contextmanager
    def running(self, end: Program) -> Generator[None, None, None]:
        """Start a program again if it is killed; collect what it has written."""
        try:
            yield
        except KilledError:
            end.restart(self.now)
        self.collect()

    def arrive(self, place: int, *, fails: bool = False) -> None:
        """Deliver a stanza."""
        receiver, octets = self.link.pop(place % len(self.link))
        with self.running(self.ends[receiver]):
            self.ends[receiver].hear(octets, self.now, fails=fails)

    @rule(steps=st.integers(0, 9))
    def a_program_will_be_killed(self, steps: int) -> None:
        """At any point; it goes on with what it has committed."""
        self.ends[1].fuse = steps

    @precondition(lambda self: sum(len(end.kept) for end in self.ends) < MOST)
    @rule(who=st.integers(0, 1))
    def somebody_says_something(self, who: int) -> None:
        """Send a text that was not sent before."""
        with self.running(self.ends[who]):
            self.ends[who].say(str(next(self.numbers)), self.now)

    @precondition(lambda self: self.link)
    @rule(place=st.integers(0, 30), fails=st.booleans())
    def a_stanza_arrives(self, place: int, *, fails: bool) -> None:
        """Deliver any stanza on the link; processing may fail."""
        self.arrive(place, fails=fails)

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

    @rule(seconds=st.integers(0, 100))
    def time_goes_by(self, seconds: int) -> None:
        """Let the deadlines come."""
        self.now += seconds
        for end in self.ends:
            with self.running(end):
                end.wake(self.now)

    @rule(who=st.integers(0, 1))
    def a_program_restarts(self, who: int) -> None:
        """It goes on where it stopped, with a clock that starts again."""
        with self.running(self.ends[who]):
            self.ends[who].restart(self.now)

    @rule(who=st.integers(0, 1), seconds=st.integers(0, 100))
    def a_connection_is_cut(self, who: int, seconds: int) -> None:
        """The program gets another resource; nothing is sent meanwhile."""
        end = self.ends[who]
        end.disconnect(self.now)
        self.now += seconds
        with self.running(end):
            end.wake(self.now)
            assert end.link == []
            end.connect(self.now)

    @rule(who=st.integers(0, 1))
    def a_roster_comes_late(self, who: int) -> None:
        """Or it is there now."""
        end = self.ends[who]
        if end.roster:
            end.roster = False
        else:
            with self.running(end):
                end.get_roster(self.now)

    @rule(who=st.integers(0, 1), number=st.integers(1, 5), which=st.integers(0, 9))
    def somebody_lies(self, who: int, number: int, which: int) -> None:
        """Deliver a forged receipt or error; nothing changes."""
        self.ends[1].fuse = None
        end, peer = self.ends[who], self.ends[1 - who]
        before = end.receipts.snapshot(self.now - end.base, self.now), end.shown.copy()
        stanza = forgeries(str(number), peer.account, end.account)[which]
        end.hear(stanza, self.now)
        after = end.receipts.snapshot(self.now - end.base, self.now), end.shown
        assert (after, end.link) == (before, [])

    @invariant()
    def what_is_confirmed_was_shown(self) -> None:
        """By the peer, once, and it is told once."""
        for end, peer in (self.ends, self.ends[::-1]):
            for token, times in end.delivered.items():
                assert (times, peer.shown[end.said[token]]) == (1, 1)

    @invariant()
    def the_rows_are_the_state(self) -> None:
        """The table holds what a snapshot holds."""
        end = self.ends[1]
        saved = end.receipts.snapshot(self.now - end.base, self.now)
        lists = [saved["tracker"]["messages"], saved["hashes"]["hashes"]]
        lists += [saved["processed"], saved["held"], saved["actions"]]
        rows = [json.dumps(row) for part in lists for row in part]
        assert sorted(rows) == sorted(end.table.values())

    @invariant()
    def nothing_is_shown_twice(self) -> None:
        """However often it arrives, if a receipt was asked for."""
        for end, peer in (self.ends, self.ends[::-1]):
            assert all(peer.shown[text] <= 1 for text in end.said.values())

    def teardown(self) -> None:
        """Once the link works, each message is shown and confirmed once."""
        self.ends[1].fuse = None
        for end in self.ends:
            end.get_roster(self.now)
        for _ in range(10):
            self.collect()
            while self.link:
                self.arrive(0)
            self.now += 1000
            for end in self.ends:
                end.wake(self.now)
        for end, peer in (self.ends, self.ends[::-1]):
            assert end.delivered == Counter(list(end.said))
            assert all(peer.shown[text] == 1 for text in end.said.values())
            saved = end.receipts.snapshot(self.now - end.base, self.now)
            states = {row["state"] for row in saved["tracker"]["messages"]}
            assert (states - {"delivered"}, saved["held"]) == (set(), [])


TestTwoPrograms = TwoPrograms.TestCase
TestTwoPrograms.settings = settings(stateful_step_count=40)

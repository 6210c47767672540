"""Tests that `Receipts` behaves like a model made of dictionaries and lists.

The model is written from what docs/receipts.md promises. No table is filled; other
tests do that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from xml.etree import ElementTree as ET

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from xep0184 import JID, Resend, Support, jid, ns
from xep0184.receipts import (
    Action,
    Bounced,
    Delivered,
    NotAnswered,
    Receipts,
    ReceiptsCode,
    ReceiptsError,
    ReceiptsPolicy,
    Repeated,
    ResendStanza,
    Send,
    UnconfirmedMessage,
    UnprovenReceipt,
)

if TYPE_CHECKING:
    from xep0184 import Envelope

Sent: TypeAlias = tuple[str, str]  # a peer and an id
Facts: TypeAlias = tuple[object, ...]

ACCOUNT = "romeo@montague.lit"
ORCHARD = f"{ACCOUNT}/orchard"  # this client
JULIET, NURSE = "juliet@capulet.lit", "nurse@capulet.lit"
PARIS = "paris@verona.lit"  # a contact who gets no receipts
TYBALT = "tybalt@capulet.lit"  # a stranger
CONTACTS = {JULIET, NURSE, PARIS}
FRIENDS = [f"{JULIET}/balcony", f"{JULIET}/chamber", f"{NURSE}/x", NURSE]
OTHERS = [f"{PARIS}/x", f"{TYBALT}/x", f"{ACCOUNT}/phone", ORCHARD, ACCOUNT, None, "@"]
ADDRESSEES = st.sampled_from(
    [JULIET, f"{NURSE}/x", TYBALT, ACCOUNT, f"{ACCOUNT}/phone", None]
)
IDS = st.sampled_from(["a", "b"])
SENDERS = st.sampled_from(FRIENDS) | st.sampled_from(OTHERS)
PEERS = st.sampled_from(["", "/x", "/y"])  # resources of the account that was asked
FORGOTTEN = st.sampled_from([f"{TYBALT}/x", f"{JULIET}/balcony", NURSE])
RARELY = st.sampled_from([False, False, False, True])
OFTEN = RARELY.map(lambda it: not it)
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
TIMEOUT, COUNT, HOLD = 40.0, 2, 20.0
RESEND = Resend(delay=5.0, count=COUNT, factor=2.0)


def bare(address: str | None) -> str | None:
    """Return the account of an address; a stanza without one is the own account's."""
    return ACCOUNT if address is None else address.partition("/")[0] or None


# ------------------------------------------------------------ the model


class Content(NamedTuple):
    """A message that came in."""

    sender: str | None
    id: str | None
    type: str
    body: str
    asks: bool
    carbon: bool = False  # received by another client of the account

    @property
    def owner(self) -> str | None:
        """Return the account that sent it; None if nobody knows."""
        is_unknown = self.sender == "@" or (self.carbon and self.sender is None)
        return None if is_unknown else bare(self.sender)

    @property
    def identity(self) -> Facts | None:
        """Return what makes it one message; None if it cannot be compared."""
        if not (self.asks and self.id and self.owner):
            return None
        return self.owner, self.id, self.type, self.body


@dataclass
class Waiting:
    """A message that asked for a receipt."""

    to: str
    token: int | None
    end: float  # when it is given up
    again: float  # when it is sent again
    attempts: int = 0
    state: str = "pending"
    by: list[str] = field(default_factory=list[str])

    def is_over(self, now: float) -> bool:
        """Check whether it is given up before it is sent again."""
        return self.end <= now and self.end <= self.again


@dataclass
class Model:
    """What was processed, what waits, and what is to be done."""

    now: float = 1000.0
    connected: bool = True
    roster: bool = True
    timeout: float = inf
    delay: float = inf
    processed: set[Facts] = field(default_factory=set[Facts])
    held: dict[Content, float] = field(default_factory=dict[Content, float])
    sent: dict[Sent, Waiting] = field(default_factory=dict[Sent, Waiting])
    elsewhere: set[Sent] = field(default_factory=set[Sent])
    supports: dict[str, bool] = field(default_factory=dict[str, bool])
    to_send: list[Facts] = field(default_factory=list[Facts])
    to_tell: list[Facts] = field(default_factory=list[Facts])

    def actions(self) -> list[Facts]:
        """Return what is to be done now; stanzas wait for the connection."""
        found, self.to_tell = self.to_tell, []
        if self.connected:
            found, self.to_send = found + self.to_send, []
        return found

    def tell(self, *facts: object) -> None:
        """Tell the application something."""
        self.to_tell.append(facts)

    # Messages that come in.

    def incoming(self, message: Content) -> bool:
        """Answer a repetition at once, and tell of it; return whether it is one."""
        repeated = message.identity in self.processed
        if repeated:
            self.answer(message)
            self.tell("repeated", message.id, message.sender or ACCOUNT)
        return repeated

    def was_processed(self, message: Content) -> None:
        """Answer a message, and remember it."""
        self.answer(message)
        if message.identity is not None:
            self.processed.add(message.identity)

    def answer(self, message: Content) -> None:
        """Answer, say why not, or wait for the roster."""
        reason = self.why_never(message)
        if reason is None and not self.roster:
            self.held[message] = self.now + HOLD  # copies wait for one answer
        else:
            self.decide(message, reason)

    def why_never(self, message: Content) -> str | None:
        """Return why a message is not answered, whatever the roster says."""
        if message.carbon:
            return "carbon-received"
        if not message.id:
            return "no-id" if message.id is None else "empty-id"
        reasons = {ACCOUNT: "self", None: "bad-sender", PARIS: "disabled"}
        return reasons.get(message.owner)

    def decide(self, message: Content, reason: str | None) -> None:
        """Answer a message, unless its sender may not know of the user's presence."""
        if reason is None and not (self.roster and message.owner in CONTACTS):
            reason = "unauthorized"
        if reason is None:
            self.to_send.append(("ack", message.sender, message.id, message.type))
        else:
            self.tell("not answered", message.id, message.sender, reason)

    # Messages that go out.

    def outgoing(
        self, to: str | None, id_: str | None, token: int | None, *, requests: bool
    ) -> tuple[bool, bool]:
        """Return whether a receipt for a message counts, and if it must ask for one."""
        peer = bare(to)
        if not (requests or (peer != ACCOUNT and self.supports.get(str(to), True))):
            return False, False
        known = self.sent.get((str(peer), str(id_)))
        if known is None:
            return True, True
        is_same = known.token == token
        if token is None:  # then the whole stanza must come again
            is_same = is_same and requests and known.state == "pending"
        return is_same, is_same and (requests or known.state != "delivered")

    def asked(self, to: str, id_: str, token: int | None) -> None:
        """Wait for the receipt for a message, unless it was sent before."""
        is_able = "/" not in to or self.supports.get(to, False)
        delay = self.delay if is_able and token is not None else inf
        waiting = Waiting(to, token, self.now + self.timeout, self.now + delay)
        self.sent.setdefault((str(bare(to)), id_), waiting)

    def receipt(self, id_: str, sender: str, *, for_phone: bool) -> None:
        """Believe a client of the account that was asked, each client once."""
        key = str(bare(sender)), id_
        sent = self.sent.get(key)
        if key in self.elsewhere and (for_phone or sent is None):
            self.elsewhere.remove(key)
            self.to_tell.append(("delivered", id_, sender, None, True, True))
        elif sent is None:
            self.unproven(id_, sender)
        else:
            sent.state = "delivered"
            if sender not in sent.by:
                told = ("delivered", id_, sender, sent.token, not sent.by, False)
                self.to_tell.append(told)
                sent.by.append(sender)

    def error(self, id_: str, sender: str) -> None:
        """Let a message bounce, once, if it is not delivered."""
        sent = self.sent.get((str(bare(sender)), id_))
        if sent is None:
            self.unproven(id_, sender)
        elif sent.state in {"pending", "unconfirmed"}:
            sent.state = "bounced"
            self.tell("bounced", id_, sender, sent.token, "service-unavailable")

    def unproven(self, id_: str, sender: str) -> None:
        """Tell of who was not asked; the account's own clients are no forgers."""
        is_own_client = sender.startswith(f"{ACCOUNT}/")
        if id_ in {known for _, known in self.sent} and not is_own_client:
            self.tell("unproven", id_, None if sender == "@" else sender)

    # Time and connection.

    def pending(self) -> list[tuple[str, Waiting]]:
        """Return the messages without a receipt, with their ids."""
        pairs = [(id_, it) for (_, id_), it in self.sent.items()]
        return [pair for pair in pairs if pair[1].state == "pending"]

    def deadline(self) -> float:
        """Return when something is to be done."""
        times = [min(it.end, it.again) for _, it in self.pending()]
        return min([*times, *self.held.values(), inf]) if self.connected else inf

    def wake(self) -> None:
        """Do what is due."""
        if not self.connected:
            return
        for message, until in [*self.held.items()]:
            if until <= self.now:
                del self.held[message]
                self.decide(message, None)
        for id_, it in self.pending():
            if it.is_over(self.now):
                it.state = "unconfirmed"
                self.tell("unconfirmed", id_, it.to, it.token)
            elif it.again <= self.now:
                self.send_again(id_, it)

    def send_again(self, id_: str, it: Waiting) -> None:
        """Send a message again, and wait for twice as long."""
        it.attempts += 1
        self.to_send.append(("resend", it.token, id_, it.to, it.attempts))
        delay = self.delay * 2**it.attempts
        it.again = self.now + delay if it.attempts < COUNT else inf
        if it.end <= self.now:  # nobody has looked for long
            it.end = self.now + self.timeout

    def connect(self) -> None:
        """Go on; what ran out of time meanwhile waits once more."""
        self.connected = True
        for message, until in self.held.items():
            self.held[message] = until if until > self.now else self.now + HOLD
        for _, it in self.pending():
            it.end = self.now + self.timeout if it.end <= self.now else it.end

    def roster_ready(self) -> None:
        """Decide what has waited."""
        self.roster = True
        held, self.held = self.held, {}
        for message in held:
            self.decide(message, None)

    def forget(self, contact: str) -> None:
        """Remove everything about a contact, but what is to be told."""
        self.processed = {it for it in self.processed if it[0] != contact}
        self.held = {it: self.held[it] for it in self.held if it.owner != contact}
        self.sent = {it: self.sent[it] for it in self.sent if it[0] != contact}
        self.elsewhere = {it for it in self.elsewhere if it[0] != contact}
        self.to_send = [it for it in self.to_send if bare(str(it[1])) != contact]
        for client in [it for it in self.supports if bare(it) == contact]:
            del self.supports[client]


# ------------------------------------------------------------ stanzas and actions


def message_of(
    content: str,
    sender: str | None,
    id_: str | None = "s",
    type_: str = "chat",
    to: str | None = ORCHARD,
) -> str:
    """Return a message stanza."""
    given = {"from": sender, "to": to, "id": id_, "type": type_}
    attributes = "".join(
        f" {it}='{given[it]}'" for it in given if given[it] is not None
    )
    return f"<message xmlns='jabber:client'{attributes}>{content}</message>"


def carbon_of(stanza: str, kind: str, sender: str | None = ACCOUNT) -> str:
    """Return a carbon copy."""
    forwarded = f"<forwarded xmlns='urn:xmpp:forward:0'>{stanza}</forwarded>"
    return message_of(
        f"<{kind} xmlns='urn:xmpp:carbons:2'>{forwarded}</{kind}>", sender
    )


def stanza_of(message: Content) -> str:
    """Return the stanza of a message that comes in."""
    content = f"<body>{message.body}</body>{REQUEST * message.asks}"
    stanza = message_of(content, message.sender, message.id, message.type)
    return carbon_of(stanza, "received") if message.carbon else stanza


def sender_of(sender: str | None, peer: str) -> str | None:
    """Return a sender; a mere resource is one of the peer's."""
    return peer + sender if sender in {"", "/x", "/y"} else sender


def received_of(id_: str) -> str:
    """Return a receipt."""
    return f"<received xmlns='urn:xmpp:receipts' id='{id_}'/>"


FACTS: dict[type[Any], str] = {
    ResendStanza: "resend token id to attempt",
    Delivered: "delivered id sender token first elsewhere",
    Bounced: "bounced id sender token condition",
    UnconfirmedMessage: "unconfirmed id to token",
    Repeated: "repeated id sender",
    UnprovenReceipt: "unproven id sender",
}


def facts_of(action: Action) -> Facts:
    """Return what an action says, as the model says it."""
    if isinstance(action, Send):
        return ack_in(action)
    if isinstance(action, NotAnswered):
        return "not answered", action.id, action.sender, action.ruling.reason
    name, *fields = FACTS[type(action)].split()
    found = [getattr(action, it) for it in fields]
    return name, *(str(it) if isinstance(it, JID) else it for it in found)


def ack_in(send: Send) -> Facts:
    """Return what an answer says; it has one child and an id of its own."""
    ack = ET.fromstring(send.octets)  # noqa: S314  # the library's own
    (received,) = ack
    assert received.tag == ns.RECEIVED_TAG
    assert ack.get("id") not in {None, received.get("id")}
    assert (ack.get("to"), ack.get("from")) == (send.to, None)
    return "ack", send.to, received.get("id"), ack.get("type", "normal")


MESSAGES = st.builds(
    Content,
    sender=st.sampled_from(FRIENDS),
    id=IDS,
    type=st.just("chat"),
    body=st.sampled_from(["hi", "ho"]),
    asks=st.just(value=True),
    carbon=st.just(value=False),
)
OTHER_MESSAGES = st.builds(
    Content,
    sender=SENDERS,
    id=IDS | st.sampled_from(["", None]),
    type=st.sampled_from(["chat", "normal"]),
    body=st.just("hi"),
    asks=OFTEN,
    carbon=RARELY,
)
ENDS = st.sampled_from(["processed", "processed", "failed", "open"])


# ------------------------------------------------------------ both, side by side


class BothMachine(RuleBasedStateMachine):
    """`Receipts` and the model, with the same events."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.base = 0.0  # of the clock of the program
        self.tokens = 0
        self.kept: list[tuple[int, str, str]] = []  # tokens, addressees, ids
        self.came: list[Content] = []
        self.open: list[tuple[str, Content]] = []  # not reported yet
        self.reported: dict[Facts | None, str] = {}  # the last key of each message

    @initialize(times_out=st.booleans(), resends=OFTEN)
    def set_up(self, *, times_out: bool, resends: bool) -> None:
        """Choose the settings."""
        self.model.timeout = TIMEOUT if times_out else inf
        self.model.delay = RESEND.delay if resends else inf
        self.receipts = self.made(ORCHARD)

    def made(self, account: str) -> Receipts:
        """Return new receipts of these settings."""
        policy = ReceiptsPolicy(
            resend=None if self.model.delay == inf else RESEND,
            resend_bare=True,
            timeout=None if self.model.timeout == inf else TIMEOUT,
            query=False,
            hold=HOLD,
        )
        return Receipts(self, jid.parse(account), policy)

    def enabled(self, contact: JID) -> bool:
        """Return the user's setting."""
        return str(contact.bare) != PARIS

    def authorized(self, contact: JID) -> bool | None:
        """Return whether the contact is in the roster."""
        return str(contact.bare) in CONTACTS if self.model.roster else None

    def may_query(self, contact: JID) -> bool:
        """Return whether a query may go out."""
        raise AssertionError(contact)  # the policy sends none

    def first_sight(self, archived: Envelope) -> bool:
        """Return whether an archived message is new."""
        raise AssertionError(archived)  # nobody has asked an archive

    @property
    def now(self) -> float:
        """Return the time on the clock of the program."""
        return self.model.now - self.base

    # Messages that come in.

    @rule(message=MESSAGES, end=ENDS)
    def a_message_comes(self, message: Content, end: str) -> None:
        """From a contact."""
        self.hear(message, end)

    @rule(message=OTHER_MESSAGES, end=ENDS)
    def another_message_comes(self, message: Content, end: str) -> None:
        """From anybody, in any form."""
        self.hear(message, end)

    def hear(self, message: Content, end: str) -> None:
        """Process a message now, or later, or not."""
        self.came.append(message)
        incoming = self.receipts.incoming(stanza_of(message), self.now)
        assert incoming.repeated == self.model.incoming(message)
        if incoming.key is None:
            assert incoming.repeated or not message.asks
        else:
            self.open.append((incoming.key, message))
            if end != "open":
                self.it_is_reported(-1, processed=end == "processed")

    @precondition(lambda self: self.came)
    @rule(
        which=st.integers(0, 9), sender=st.sampled_from(FRIENDS) | st.none(), end=ENDS
    )
    def a_message_comes_again(self, which: int, sender: str | None, end: str) -> None:
        """From the same client, or from another one."""
        message = self.came[which % len(self.came)]
        self.hear(message._replace(sender=sender or message.sender), end)

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 9), processed=st.booleans())
    def it_is_reported(self, which: int, *, processed: bool) -> None:
        """Report a message that is not reported yet."""
        key, message = self.open.pop(which % len(self.open))
        if processed:
            self.receipts.processed(key, self.now)
            self.model.was_processed(message)
            self.reported[message.identity] = key
        else:
            self.receipts.failed(key)

    @precondition(lambda self: self.reported)
    @rule(which=st.integers(0, 9))
    def it_is_reported_twice(self, which: int) -> None:
        """That is a mistake, as long as the message is remembered."""
        identity = list(self.reported)[which % len(self.reported)]
        if identity in self.model.processed:  # not if it is forgotten
            with pytest.raises(ReceiptsError) as caught:
                self.receipts.processed(self.reported[identity], self.now)
            assert caught.value.code is ReceiptsCode.PROCESSED

    # Messages that go out, and what comes back.

    @precondition(lambda self: self.model.connected)
    @rule(to=st.sampled_from([JULIET, f"{JULIET}/balcony", NURSE]), id_=IDS | st.none())
    def a_message_goes(self, to: str, id_: str | None) -> None:
        """To a contact, with a new token."""
        self.tokens += 1
        sent = self.send(to, id_, self.tokens, requests=False)
        if sent is not None:
            self.kept.append((self.tokens, to, sent))

    @precondition(lambda self: self.model.connected)
    @rule(to=ADDRESSEES, id_=IDS, requests=st.booleans())
    def another_message_goes(self, to: str | None, id_: str, *, requests: bool) -> None:
        """To anybody, without a token."""
        self.send(to, id_, None, requests=requests)

    @precondition(lambda self: self.model.connected and self.kept)
    @rule(which=st.integers(0, 9), requests=st.booleans())
    def a_kept_stanza_goes(self, which: int, *, requests: bool) -> None:
        """With the token that it had; as it was sent, or as it was written."""
        token, to, id_ = self.kept[which % len(self.kept)]
        self.send(to, id_, token, requests=requests)

    def send(
        self, to: str | None, id_: str | None, token: int | None, *, requests: bool
    ) -> str | None:
        """Send a message; it asks exactly if the model says so."""
        stanza = message_of(f"<body>hi</body>{REQUEST * requests}", None, id_, to=to)
        sent = self.receipts.outgoing(stanza, self.now, token=token)
        counts, asks = self.model.outgoing(to, id_, token, requests=requests)
        assert sent.asks == counts
        assert len(sent.stanza.findall(ns.REQUEST_TAG)) == asks
        if sent.id is not None:
            assert sent.id == sent.stanza.get("id")
            assert id_ in {None, sent.id}
            self.model.asked(to or ACCOUNT, sent.id, token)
        return sent.id

    def known(self, which: int) -> Sent:
        """Return the peer and the id of a message that was sent, or not."""
        sent = [*self.model.sent, *self.model.elsewhere, (JULIET, "unknown")]
        return sent[which % len(sent)]

    @rule(which=st.integers(0, 9), sender=PEERS | SENDERS, carbon=RARELY)
    def a_receipt_comes(self, which: int, sender: str | None, *, carbon: bool) -> None:
        """From who was asked, or anybody; a carbon shows what the phone got."""
        peer, id_ = self.known(which)
        sender = sender_of(sender, peer)
        to = f"{ACCOUNT}/phone" if carbon else ORCHARD
        stanza = message_of(received_of(id_), sender, to=to)
        stanza = carbon_of(stanza, "received") if carbon else stanza
        assert self.receipts.incoming(stanza, self.now).key is None
        unknown = "@" if carbon else ACCOUNT
        self.model.receipt(id_, sender or unknown, for_phone=carbon)

    @rule(
        which=st.integers(0, 9),
        sender=PEERS | SENDERS,
        form=st.sampled_from(["error", "forwarded", "forged", "sent"]),
    )
    def a_receipt_comes_that_proves_nothing(
        self, which: int, sender: str | None, form: str
    ) -> None:
        """In such a form a receipt changes nothing, whatever its sender."""
        peer, id_ = self.known(which)
        receipt, sender = received_of(id_), sender_of(sender, peer)
        direct = message_of(receipt, sender)
        stanza = {
            "error": message_of(receipt, sender, type_="error"),
            "forwarded": message_of(
                f"<forwarded xmlns='urn:xmpp:forward:0'>{direct}</forwarded>", sender
            ),
            "forged": carbon_of(direct, "received", f"{TYBALT}/x"),
            "sent": carbon_of(direct, "sent"),
        }[form]
        assert self.receipts.incoming(stanza, self.now).key is None

    @rule(which=st.integers(0, 9), sender=PEERS | SENDERS)
    def an_error_comes(self, which: int, sender: str | None) -> None:
        """From who was asked, or anybody."""
        peer, id_ = self.known(which)
        sender = sender_of(sender, peer)
        condition = f"<service-unavailable xmlns='{STANZAS}'/>"
        content = f"<body>hi</body><error type='cancel'>{condition}</error>"
        stanza = message_of(content, sender, id_, "error")
        assert self.receipts.incoming(stanza, self.now).key is None
        self.model.error(id_, sender or ACCOUNT)

    @rule(
        to=st.sampled_from([JULIET, f"{NURSE}/x"]),
        id_=st.sampled_from(["a", "p"]),
        sender=st.sampled_from([ACCOUNT, f"{TYBALT}/x"]),
    )
    def another_client_sends(self, to: str, id_: str, sender: str) -> None:
        """A carbon shows a message that asks; or it is forged."""
        content = f"<body>hi</body>{REQUEST}"
        inner = message_of(content, f"{ACCOUNT}/phone", id_, to=to)
        self.receipts.incoming(carbon_of(inner, "sent", sender), self.now)
        key = str(bare(to)), id_
        if sender == ACCOUNT:
            self.model.elsewhere.add(key)

    # Facts, time and connection.

    @rule(
        client=st.sampled_from([f"{JULIET}/balcony", f"{NURSE}/x"]), yes=st.booleans()
    )
    def it_is_learned(self, client: str, *, yes: bool) -> None:
        """Whether a client supports receipts."""
        support = Support.YES if yes else Support.NO
        self.receipts.learned(jid.parse(client), support)
        self.model.supports[client] = yes

    @rule()
    def the_roster_comes(self) -> None:
        """Also if it was there."""
        self.model.roster_ready()
        self.receipts.roster_ready(self.now)

    @rule(seconds=st.sampled_from([5, 10, 1, 50]))
    def time_goes_by(self, seconds: int) -> None:
        """Let the deadlines come."""
        self.model.now += seconds
        self.receipts.handle_timer(self.now)
        self.model.wake()

    @rule()
    def the_connection_is_cut(self) -> None:
        """Nothing is sent from now on."""
        self.receipts.disconnected(self.now)
        self.model.connected = False

    @rule(is_new=st.booleans(), roster=st.booleans())
    def a_stream_goes_on(self, *, is_new: bool, roster: bool) -> None:
        """It may be another one, and then the roster may come later."""
        if is_new:
            self.model.roster = roster
            self.receipts.bound(jid.parse(ORCHARD), self.now)
        else:
            self.receipts.resumed(self.now)
        self.model.connect()

    @rule(seconds=st.integers(0, 30), is_bound=st.booleans())
    def the_program_restarts(self, seconds: int, *, is_bound: bool) -> None:
        """With another clock; what is not in a snapshot is unknown then."""
        saved = json.dumps(self.receipts.snapshot(self.now, self.model.now))
        self.model.now += seconds
        self.base = self.model.now - 5
        self.receipts = self.made(ORCHARD if is_bound else ACCOUNT)
        self.receipts.restore(json.loads(saved), self.now, self.model.now)
        self.model.connected = is_bound
        self.model.supports.clear()
        self.model.elsewhere.clear()

    @rule(contact=FORGOTTEN)
    def somebody_is_forgotten(self, contact: str) -> None:
        """With all clients."""
        self.receipts.forget(jid.parse(contact), self.now)
        self.model.forget(str(bare(contact)))

    @invariant()
    def they_do_the_same(self) -> None:
        """Now, and when it is due."""
        found = [facts_of(action) for action in self.receipts.actions()]
        assert sorted(map(str, found)) == sorted(map(str, self.model.actions()))
        deadline, expected = self.receipts.next_deadline, self.model.deadline()
        assert (inf if deadline is None else deadline) == expected - self.base


EXAMPLES = settings().max_examples
TestBoth = pytest.mark.usefixtures("unmeasured")(BothMachine.TestCase)
TestBoth.settings = settings(
    max_examples=max(EXAMPLES, min(4 * EXAMPLES, 200)),  # of 30, some bugs need more
    stateful_step_count=100,
    report_multiple_bugs=False,
    # To explain a failure takes minutes here; the steps say enough.
    phases=[it for it in settings().phases if it is not Phase.explain],
)

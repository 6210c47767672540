"""Tests that `Receipts` behaves like a model made of dictionaries and lists.

The model is written from what docs/receipts.md promises. No table is filled; other
tests do that.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from xml.etree import ElementTree as ET

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from xep0184 import Resend, Support, jid, ns
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
    from xep0184 import JID, Envelope

Sent: TypeAlias = tuple[str, str]  # a peer and an id

ACCOUNT = "romeo@montague.lit"
ORCHARD = f"{ACCOUNT}/orchard"  # this client
JULIET, NURSE = "juliet@capulet.lit", "nurse@capulet.lit"
PARIS = "paris@verona.lit"  # a contact who gets no receipts
TYBALT = "tybalt@capulet.lit"  # a stranger
CONTACTS = {JULIET, NURSE, PARIS}
SENDERS = [
    *(f"{JULIET}/balcony", f"{JULIET}/chamber", f"{NURSE}/x", NURSE, f"{PARIS}/x"),
    *(f"{TYBALT}/x", f"{ACCOUNT}/phone", ORCHARD, ACCOUNT, None, "@"),
]
ADDRESSEES = [
    *(JULIET, f"{JULIET}/balcony", NURSE, f"{NURSE}/x", TYBALT),
    *(ACCOUNT, f"{ACCOUNT}/phone", None),
]
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
TIMEOUT, DELAY, COUNT, HOLD = 45.0, 10.0, 2, 25.0
RESEND = Resend(delay=DELAY, count=COUNT, factor=2.0)


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
    def identity(self) -> tuple[str | None, ...] | None:
        """Return what makes it one message; None if it cannot be compared."""
        if not (self.asks and self.id and self.owner):
            return None
        return self.owner, self.id, self.type, self.body


@dataclass
class Model:
    """What was processed, what waits, and what is to be done."""

    now: float = 1000.0
    connected: bool = True
    roster: bool = True
    times_out: bool = False
    resends: bool = False
    processed: set[tuple[str | None, ...] | None] = field(default_factory=set)
    held: list[tuple[float, Content]] = field(default_factory=list)
    sent: dict[Sent, dict[str, Any]] = field(default_factory=dict)
    elsewhere: list[Sent] = field(default_factory=list)
    supports: dict[str, bool] = field(default_factory=dict)
    to_send: list[tuple[Any, ...]] = field(default_factory=list)
    to_tell: list[tuple[Any, ...]] = field(default_factory=list)

    def actions(self) -> list[tuple[Any, ...]]:
        """Return what is to be done now; stanzas wait for the connection."""
        found, self.to_tell = self.to_tell, []
        if self.connected:
            found, self.to_send = found + self.to_send, []
        return found

    # Messages that come in.

    def incoming(self, message: Content) -> bool:
        """Answer a repetition at once, and tell of it; return whether it is one."""
        repeated = message.identity in self.processed
        if repeated:
            self.answer(message)
            sender = message.sender or ACCOUNT
            self.to_tell.append(("repeated", message.id, sender))
        return repeated

    def was_processed(self, message: Content) -> None:
        """Answer a message, and remember it."""
        self.answer(message)
        self.processed |= {message.identity} - {None}

    def answer(self, message: Content) -> None:
        """Answer, say why not, or wait for the roster."""
        reason = self.why_never(message)
        if reason is None and not self.roster:
            self.held.append((self.now + HOLD, message))
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
            self.to_tell.append(("not answered", message.id, message.sender, reason))

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
        is_same = known["token"] == token
        if token is None:  # then the whole stanza must come again
            is_same = is_same and requests and known["state"] == "pending"
        return is_same, is_same and (requests or known["state"] != "delivered")

    def asked(self, to: str, id_: str, token: int | None) -> None:
        """Wait for the receipt for a message, unless it was sent before."""
        is_able = "/" not in to or self.supports.get(to, False)
        again = self.resends and is_able and token is not None
        entry = {"to": to, "token": token, "by": [], "state": "pending", "attempts": 0}
        entry |= {"since": self.now, "last": self.now, "again": again}
        self.sent.setdefault((str(bare(to)), id_), entry)

    def receipt(self, id_: str, sender: str, *, for_phone: bool) -> None:
        """Believe a client of the account that was asked, each client once."""
        key = str(bare(sender)), id_
        if key in self.sent and not (for_phone and key in self.elsewhere):
            by = self.sent[key]["by"]
            if sender not in by:
                told = ("delivered", id_, sender, self.sent[key]["token"], not by)
                self.to_tell.append((*told, False))
                by.append(sender)
            self.sent[key]["state"] = "delivered"
        elif key in self.elsewhere:
            self.elsewhere.remove(key)
            self.to_tell.append(("delivered", id_, sender, None, True, True))
        else:
            self.unproven(id_, sender)

    def error(self, id_: str, sender: str) -> None:
        """Let a message bounce, once, if it is not delivered."""
        key = str(bare(sender)), id_
        if key not in self.sent:
            self.unproven(id_, sender)
        elif self.sent[key]["state"] in {"pending", "unconfirmed"}:
            self.sent[key]["state"] = "bounced"
            told = ("bounced", id_, sender, self.sent[key]["token"])
            self.to_tell.append((*told, "service-unavailable"))

    def unproven(self, id_: str, sender: str) -> None:
        """Tell of who was not asked; the account's own clients are no forgers."""
        is_own_client = sender.startswith(f"{ACCOUNT}/")
        if id_ in {known for _, known in self.sent} and not is_own_client:
            self.to_tell.append(("unproven", id_, None if sender == "@" else sender))

    # Time and connection.

    def deadlines(self) -> list[float]:
        """Return when something is to be done."""
        pending = [it for it in self.sent.values() if it["state"] == "pending"]
        times = [time for it in pending for time in self.times(it)]
        times += [until for until, _ in self.held]
        return times if self.connected else []

    def times(self, entry: dict[str, Any]) -> list[float]:
        """Return when a pending message is given up, and when it is sent again."""
        times = [entry["last"] + DELAY * 2 ** entry["attempts"]]
        if not entry["again"] or entry["attempts"] == COUNT:
            times = []
        return times + [entry["since"] + TIMEOUT] * self.times_out

    def is_over(self, entry: dict[str, Any]) -> bool:
        """Check whether the timeout is over."""
        return self.times_out and entry["since"] + TIMEOUT <= self.now

    def is_to_be_given_up(self, entry: dict[str, Any]) -> bool:
        """Check whether the timeout is over, and nothing was due before."""
        end = entry["since"] + TIMEOUT
        return self.is_over(entry) and min(self.times(entry)) == end

    def wake(self) -> None:
        """Do what is due."""
        if not self.connected:
            return
        due = [message for until, message in self.held if until <= self.now]
        self.held = [it for it in self.held if it[0] > self.now]
        for message in due:
            self.decide(message, None)
        for (_, id_), entry in self.sent.items():
            times = self.times(entry) if entry["state"] == "pending" else []
            if times and min(times) <= self.now:
                self.fall_due(id_, entry)

    def fall_due(self, id_: str, entry: dict[str, Any]) -> None:
        """Send a message again, or give it up."""
        if self.is_to_be_given_up(entry):
            entry["state"] = "unconfirmed"
            self.to_tell.append(("unconfirmed", id_, entry["to"], entry["token"]))
            return
        entry["attempts"] += 1
        told = ("resend", entry["token"], id_, entry["to"], entry["attempts"])
        self.to_send.append(told)
        entry["last"] = self.now
        if self.is_over(entry):  # nobody has looked for long
            entry["since"] = self.now

    def connect(self) -> None:
        """Go on; what ran out of time meanwhile waits once more."""
        self.connected = True
        late = self.now + HOLD
        self.held = [(it if it > self.now else late, held) for it, held in self.held]
        for entry in self.sent.values():
            if self.is_to_be_given_up(entry):
                entry["since"] = self.now

    def roster_ready(self) -> None:
        """Decide what has waited."""
        self.roster = True
        held, self.held = self.held, []
        for _, message in held:
            self.decide(message, None)

    def forget(self, contact: str) -> None:
        """Remove everything about a contact, but what is to be told."""
        self.processed = {it for it in self.processed if it and it[0] != contact}
        self.held = [it for it in self.held if it[1].owner != contact]
        self.sent = {it: entry for it, entry in self.sent.items() if it[0] != contact}
        self.elsewhere = [it for it in self.elsewhere if it[0] != contact]
        self.supports = {
            it: yes for it, yes in self.supports.items() if bare(it) != contact
        }
        self.to_send = [it for it in self.to_send if bare(it[1]) != contact]


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
    attributes = "".join(f" {it}='{given[it]}'" for it in given if given[it] is not None)
    return f"<message xmlns='jabber:client'{attributes}>{content}</message>"


def carbon_of(stanza: str, kind: str, sender: str | None = ACCOUNT) -> str:
    """Return a carbon copy."""
    forwarded = f"<forwarded xmlns='urn:xmpp:forward:0'>{stanza}</forwarded>"
    return message_of(f"<{kind} xmlns='urn:xmpp:carbons:2'>{forwarded}</{kind}>", sender)


def stanza_of(message: Content) -> str:
    """Return the stanza of a message that comes in."""
    content = f"<body>{message.body}</body>{REQUEST * message.asks}"
    stanza = message_of(content, message.sender, message.id, message.type)
    return carbon_of(stanza, "received") if message.carbon else stanza


def received_of(id_: str) -> str:
    """Return a receipt."""
    return f"<received xmlns='urn:xmpp:receipts' id='{id_}'/>"


def facts_of(action: Action) -> tuple[Any, ...]:
    """Return what an action says, as the model says it."""
    match action:
        case Send():
            ack = ET.fromstring(action.octets)  # noqa: S314  # the library's own
            (received,) = ack
            assert received.tag == ns.RECEIVED_TAG
            assert ack.get("id") not in {None, received.get("id")}
            assert ack.get("to") == action.to
            assert ack.get("from") is None
            type_ = ack.get("type", "normal")
            return "ack", action.to, received.get("id"), type_
        case ResendStanza():
            return "resend", action.token, action.id, action.to, action.attempt
        case Delivered():
            facts = "delivered", action.id, str(action.sender), action.token
            return *facts, action.first, action.elsewhere
        case Bounced():
            facts = "bounced", action.id, str(action.sender), action.token
            return *facts, action.condition
        case UnconfirmedMessage():
            return "unconfirmed", action.id, action.to, action.token
        case Repeated():
            return "repeated", action.id, str(action.sender)
        case UnprovenReceipt():
            return "unproven", action.id, action.sender and str(action.sender)
        case NotAnswered():
            return "not answered", action.id, action.sender, action.ruling.reason


# ------------------------------------------------------------ both, side by side


class BothMachine(RuleBasedStateMachine):
    """`Receipts` and the model, with the same events."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.base = 0.0  # of the clock of the program
        self.tokens = 0
        self.kept: list[tuple[int, str | None, str]] = []  # tokens, addressees, ids
        self.open: list[tuple[str, Content]] = []  # not reported yet
        self.reported: list[tuple[str, Content]] = []

    @initialize(times_out=st.booleans(), resends=st.booleans())
    def set_up(self, *, times_out: bool, resends: bool) -> None:
        """Choose the settings."""
        self.model.times_out = times_out
        self.model.resends = resends
        self.receipts = self.made(ORCHARD)

    def made(self, account: str) -> Receipts:
        """Return new receipts of these settings."""
        policy = ReceiptsPolicy(
            resend=RESEND if self.model.resends else None,
            resend_bare=True,
            timeout=TIMEOUT if self.model.times_out else None,
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

    @rule(
        sender=st.sampled_from(SENDERS),
        id_=st.sampled_from(["a", "b", "", None]),
        type_=st.sampled_from(["chat", "normal"]),
        body=st.sampled_from(["hi", "ho"]),
        asks=st.booleans(),
        carbon=st.booleans(),
        end=st.sampled_from(["processed", "failed", "open"]),
    )
    def a_message_comes(self, end: str, **facts: Any) -> None:  # noqa: ANN401  # facts
        """Process it now, or later, or not."""
        facts["id"] = facts.pop("id_")
        facts["type"] = facts.pop("type_")
        message = Content(**facts)
        incoming = self.receipts.incoming(stanza_of(message), self.now)
        assert incoming.repeated == self.model.incoming(message)
        if incoming.key is None:
            assert incoming.repeated or not message.asks
        else:
            self.open.append((incoming.key, message))
            if end != "open":
                self.it_is_reported(-1, processed=end == "processed")

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 9), processed=st.booleans())
    def it_is_reported(self, which: int, *, processed: bool) -> None:
        """Report a message that is not reported yet."""
        key, message = self.open.pop(which % len(self.open))
        if processed:
            self.receipts.processed(key, self.now)
            self.model.was_processed(message)
            self.reported.append((key, message))
        else:
            self.receipts.failed(key)

    @precondition(lambda self: self.reported)
    @rule(which=st.integers(0, 9))
    def it_is_reported_twice(self, which: int) -> None:
        """That is a mistake, as long as the message is remembered."""
        key, message = self.reported[which % len(self.reported)]
        if message.identity in self.model.processed:  # not if it is forgotten
            with pytest.raises(ReceiptsError) as caught:
                self.receipts.processed(key, self.now)
            assert caught.value.code is ReceiptsCode.PROCESSED

    # Messages that go out, and what comes back.

    @precondition(lambda self: self.model.connected)
    @rule(
        to=st.sampled_from(ADDRESSEES),
        id_=st.sampled_from(["a", "b", None]),
        has_token=st.booleans(),
        requests=st.booleans(),
    )
    def a_message_goes(
        self, to: str | None, id_: str | None, *, has_token: bool, requests: bool
    ) -> None:
        """With a new token, or without any."""
        self.tokens += 1
        token = self.tokens if has_token else None
        sent = self.send(to, id_, token, requests=requests)
        if sent is not None and token is not None:
            self.kept.append((token, to, sent))

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

    def known(self, which: int) -> str:
        """Return an id that was sent, or one that was not."""
        ids = sorted({id_ for _, id_ in (*self.model.sent, *self.model.elsewhere)})
        return [*ids, "unknown"][which % (len(ids) + 1)]

    @rule(which=st.integers(0, 9), sender=st.sampled_from(SENDERS), carbon=st.booleans())
    def a_receipt_comes(self, which: int, sender: str | None, *, carbon: bool) -> None:
        """From anybody, directly or as a carbon."""
        id_ = self.known(which)
        to = f"{ACCOUNT}/phone" if carbon else ORCHARD
        stanza = message_of(received_of(id_), sender, to=to)
        stanza = carbon_of(stanza, "received") if carbon else stanza
        assert self.receipts.incoming(stanza, self.now).key is None
        known = "@" if carbon else ACCOUNT
        self.model.receipt(id_, sender or known, for_phone=carbon)

    @rule(
        which=st.integers(0, 9),
        sender=st.sampled_from(SENDERS),
        form=st.sampled_from(["error", "forwarded", "forged", "sent"]),
    )
    def a_receipt_comes_that_proves_nothing(
        self, which: int, sender: str | None, form: str
    ) -> None:
        """Its form says so, whoever sends it; nothing changes and nothing is said."""
        receipt = received_of(self.known(which))
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

    @rule(which=st.integers(0, 9), sender=st.sampled_from(SENDERS))
    def an_error_comes(self, which: int, sender: str | None) -> None:
        """For a message that was sent, or not."""
        id_ = self.known(which)
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
        if sender == ACCOUNT and key not in self.model.elsewhere:
            self.model.elsewhere.append(key)

    # Facts, time and connection.

    @rule(client=st.sampled_from([f"{JULIET}/balcony", f"{NURSE}/x"]), yes=st.booleans())
    def it_is_learned(self, client: str, *, yes: bool) -> None:
        """Whether a client supports receipts."""
        support = Support.YES if yes else Support.NO
        self.receipts.learned(jid.parse(client), support)
        self.model.supports[client] = yes

    @rule()
    def the_roster_goes_or_comes(self) -> None:
        """As at the beginning of a session."""
        if self.model.roster:
            self.model.roster = False
        else:
            self.model.roster_ready()
            self.receipts.roster_ready(self.now)

    @rule(seconds=st.integers(0, 30))
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

    @rule(is_new=st.booleans())
    def the_connection_is_back(self, *, is_new: bool) -> None:
        """On another stream or on the same one."""
        if is_new:
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

    @rule(contact=st.sampled_from(SENDERS[:6]))
    def somebody_is_forgotten(self, contact: str) -> None:
        """With all clients."""
        self.receipts.forget(jid.parse(contact), self.now)
        self.model.forget(str(bare(contact)))

    @invariant()
    def they_do_the_same(self) -> None:
        """Now, and when it is due."""
        found = [facts_of(action) for action in self.receipts.actions()]
        assert sorted(map(str, found)) == sorted(map(str, self.model.actions()))
        deadline = self.receipts.next_deadline
        expected = min(self.model.deadlines(), default=None)
        assert (deadline and deadline + self.base) == expected


TestBoth = BothMachine.TestCase
TestBoth.settings = settings(stateful_step_count=40)

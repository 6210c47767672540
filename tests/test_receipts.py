"""`Receipts`: what it must get right, each point with a test named after it."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

import xep0184
from xep0184 import AckPolicy, Address, Resend, Support, jid, ns, xml
from xep0184.envelope import unwrap
from xep0184.errors import BuildError, FormatError
from xep0184.receipts import (
    Bounced,
    Delivered,
    Host,
    NotAnswered,
    Receipts,
    ReceiptsCode,
    ReceiptsError,
    ReceiptsPolicy,
    ResendStanza,
    Send,
    SendReason,
    UnconfirmedMessage,
    UnprovenReceipt,
    held,
    processed,
)
from xep0184.receipts.processed import ProcessedMessages
from xep0184.receipts.rooms import Rooms

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from xml.etree import ElementTree as ET

    from xep0184.envelope import Envelope
    from xep0184.jid import JID
    from xep0184.receipts import Action

ME = jid.parse("kingrichard@royalty.england.lit/throne")
BOB = "northumberland@shakespeare.lit/westminster"
EVE = "mallory@evil.lit/x"
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"


@dataclass
class Facts:
    """A host whose answers a test can change."""

    strangers: set[str] = field(default_factory=lambda: {"mallory@evil.lit"})
    roster: bool = True
    wanted: bool = True
    queries: bool = False
    first: bool = False
    broken: bool = False

    def enabled(self, contact: JID) -> bool:
        """Return the user's setting."""
        if self.broken:
            raise RuntimeError(contact)
        return self.wanted

    def authorized(self, contact: JID) -> bool | None:
        """Return whether the contact is in the roster."""
        if not self.roster:
            return None
        return str(contact.bare) not in self.strangers

    def may_query(self, contact: JID) -> bool:
        """Return whether a query may go out."""
        return self.queries and str(contact.bare) not in self.strangers

    def first_sight(self, archived: Envelope) -> bool:
        """Return whether an archived message is new."""
        assert archived.message is not None
        return self.first


def made(
    facts: Facts | None = None,
    **policy: Any,  # noqa: ANN401  # the fields of the policy
) -> Receipts:
    """Return the receipts of the account."""
    return Receipts(facts or Facts(), ME, ReceiptsPolicy(**policy))


def chat(
    content: str = f"<body>hi</body>{REQUEST}",
    *,
    from_: str = BOB,
    id_: str = "m1",
    type_: str = "chat",
) -> str:
    """Return a message to the account."""
    return (
        f"<message xmlns='jabber:client' from='{from_}' to='{ME}' id='{id_}'"
        f" type='{type_}'>{content}</message>"
    )


def received(id_: str = "m1", from_: str = BOB) -> str:
    """Return an ack message."""
    return chat(
        f"<received xmlns='urn:xmpp:receipts' id='{id_}'/>", from_=from_, id_="r"
    )


def outgoing(
    to: str = BOB, id_: str = "m1", type_: str = "chat", more: str = ""
) -> str:
    """Return a message of the account."""
    return (
        f"<message xmlns='jabber:client' to='{to}' id='{id_}' type='{type_}'>"
        f"<body>hi</body>{more}</message>"
    )


def kinds(receipts: Receipts) -> list[str]:
    """Return the kinds of the actions, and why nothing was answered."""
    return [
        action.ruling.reason
        if isinstance(action, NotAnswered)
        else action.reason.value
        if isinstance(action, Send)
        else type(action).__name__
        for action in receipts.actions()
    ]


def show(receipts: Receipts, stanza: str, now: float = 0.0) -> bool:
    """Process a message at once; return whether it was to be shown."""
    with receipts.incoming(stanza, now) as incoming:
        return not incoming.repeated


# ------------------------------------------------------------ 1. seen means processed


def test_seen_means_processed() -> None:
    """Nothing is answered before; a repetition between the two steps is new."""
    receipts = made()
    first = receipts.incoming(chat(), 0.0)
    assert kinds(receipts) == []
    second = receipts.incoming(chat(), 1.0)
    assert not second.repeated
    receipts.failed(first.key)
    receipts.failed(None)
    assert kinds(receipts) == []
    third = receipts.incoming(chat(), 2.0)
    assert not third.repeated
    receipts.processed(third.key, 3.0)
    assert kinds(receipts) == ["ack"]
    assert receipts.incoming(chat(), 4.0).repeated
    assert kinds(receipts) == ["ack", "Repeated"]


def test_copies_of_an_unprocessed_message_have_one_fingerprint() -> None:
    """Both are new; the application that still works on one finds it by that."""
    receipts = made()
    first = receipts.incoming(chat(), 0.0)
    phone = BOB.replace("westminster", "phone")
    copies = [chat(), chat(from_=phone)]
    others = [chat(id_="m2"), chat(f"<body>ho</body>{REQUEST}"), chat(from_=EVE)]
    for stanza in (*copies, *others):
        found = receipts.incoming(stanza, 1.0)
        assert not found.repeated
        assert (found.fingerprint == first.fingerprint) == (stanza in copies)
    receipts.processed(first.key, 2.0)
    again = receipts.incoming(chat(), 3.0)
    assert (first.asks, again.asks) == (True, False)
    assert (again.repeated, again.fingerprint) == (True, first.fingerprint)
    for stanza in (chat("<body>hi</body>"), chat(id_=""), received(), "<iq/>"):
        assert receipts.incoming(stanza, 4.0).fingerprint is None


def test_occupants_of_a_room_have_fingerprints_of_their_own() -> None:
    """Also where only the room tells that they are occupants."""
    receipts = made()
    receipts.joined(jid.parse("coven@chat.shakespeare.lit/k"))
    private = [chat(from_=f"coven@chat.shakespeare.lit/{it}") for it in "ab"]
    found = {receipts.incoming(it, 0.0).fingerprint for it in private}
    assert len(found) == 2


def test_a_block_that_raises_confirms_nothing() -> None:
    """What could not be shown is shown when it comes again."""
    receipts = made()
    with pytest.raises(ZeroDivisionError), receipts.incoming(chat(), 0.0):
        raise ZeroDivisionError
    assert kinds(receipts) == []
    assert show(receipts, chat())
    assert kinds(receipts) == ["ack"]


def test_the_answer_is_the_ack_of_the_library() -> None:
    """With an id of its own, the type of the message and its id, echoed exactly."""
    receipts = made()
    show(receipts, chat(id_="a&#10;b"))
    (send,) = receipts.actions()
    assert isinstance(send, Send)
    ack = xep0184.parse(send.octets)
    assert (ack.to, ack.type, ack.received[0].id) == (BOB, "chat", "a\nb")
    assert ack.id not in {None, "a\nb"}
    assert (send.to, send.reason) == (BOB, SendReason.ACK)


def test_a_key_works_after_a_restart() -> None:
    """A gateway answers when the far side has delivered."""
    before = made()
    key = before.incoming(chat(), 0.0).key
    assert isinstance(key, str)
    after = made()
    after.restore(json.loads(json.dumps(before.snapshot(0.0, 1e9))), 0.0, 1e9)
    after.processed(json.loads(json.dumps(key)), 0.0)
    assert kinds(after) == ["ack"]
    assert after.incoming(chat(), 1.0).repeated


# ------------------------------------------------------------ 2. an id is no message


def test_an_id_is_not_a_message() -> None:
    """A client that counts from 1 in each session is not silenced."""
    receipts = made()
    assert show(receipts, chat("<body>hi</body>" + REQUEST))
    assert show(receipts, chat("<body>ho</body>" + REQUEST))
    assert kinds(receipts) == ["ack", "ack"]


@pytest.mark.parametrize(
    "other",
    [
        "<body>hi</body><thread>t</thread>" + REQUEST,
        "<body xml:lang='en'>hi</body>" + REQUEST,
        "<body>hi</body><x xmlns='urn:x'><y/></x>" + REQUEST,
        "<body>hi<b/></body>" + REQUEST,
        REQUEST + "<body>hi</body>",
    ],
)
def test_other_content_is_another_message(other: str) -> None:
    """Shown twice is better than lost."""
    receipts = made()
    show(receipts, chat())
    assert show(receipts, chat(other))


def test_encrypted_messages_differ_in_their_payload() -> None:
    """They have the same fallback body."""
    receipts = made()
    omemo = "<encrypted xmlns='urn:xmpp:omemo:2'><payload>{}</payload></encrypted>"
    fallback = "<body>This message is encrypted</body>" + REQUEST
    assert show(receipts, chat(omemo.format("aaaa") + fallback))
    assert show(receipts, chat(omemo.format("bbbb") + fallback))
    assert not show(receipts, chat(omemo.format("bbbb") + fallback))


@pytest.mark.parametrize(
    "added",
    [
        "<active xmlns='http://jabber.org/protocol/chatstates'/>",
        "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>",
        "<x xmlns='jabber:x:delay' stamp='20260101T00:00:00'/>",
        "<stanza-id xmlns='urn:xmpp:sid:0' id='1' by='a.lit'/>",
        "<archived xmlns='urn:xmpp:mam:tmp' id='1' by='a.lit'/>",
    ],
)
def test_what_servers_add_or_remove_makes_no_other_message(added: str) -> None:
    """From another resource, after a reconnect, with a delay: a repetition."""
    receipts = made()
    show(receipts, chat())
    again = chat(f"<body>hi</body>{REQUEST}{added}", from_=f"{BOB}2")
    assert not show(receipts, again)
    assert kinds(receipts) == ["ack", "ack", "Repeated"]


def test_every_kind_of_element_gives_the_same_digest() -> None:
    """Octets, text, ElementTree and lxml."""
    receipts = made()
    show(receipts, chat())
    for stanza in (chat().encode(), xml.parse(chat()), etree.fromstring(chat())):
        assert receipts.incoming(stanza, 0.0).repeated


def test_without_a_stanza_everything_is_new() -> None:
    """An envelope of the stack's own has no content to compare."""
    receipts = made()
    for _ in range(2):
        with receipts.incoming(unwrap(chat(), account=ME), 0.0) as incoming:
            assert not incoming.repeated
    assert kinds(receipts) == ["ack", "ack"]


def test_the_same_id_to_two_contacts_is_two_messages() -> None:
    """Each receipt confirms its own."""
    receipts = made()
    receipts.outgoing(outgoing(BOB), 0.0, token=1)
    receipts.outgoing(outgoing("mercutio@verona.lit"), 0.0, token=2)
    receipts.incoming(received(from_="mercutio@verona.lit/x"), 1.0)
    (delivered,) = receipts.actions()
    assert isinstance(delivered, Delivered)
    assert (delivered.token, delivered.first) == (2, True)
    receipts.incoming(received(), 1.0)
    assert [it.token for it in receipts.actions() if isinstance(it, Delivered)] == [1]


# ------------------------------------------------------------ 3. crowds


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the tables small, so that a crowd of some hundreds fills them."""
    monkeypatch.setattr(processed, "_MOST", 128)
    monkeypatch.setattr(processed, "_MOST_OF_CONTACT", 64)
    monkeypatch.setattr(held, "_MOST", 64)


class Contacts(Facts):
    """A host whose contacts are those of one domain."""

    def authorized(self, contact: JID) -> bool | None:
        """Return whether the contact is in the roster."""
        return contact.domain == "shakespeare.lit" if self.roster else None


@pytest.mark.usefixtures("small")
def test_one_stranger_flushes_nothing_of_others() -> None:
    """Many ids of one stranger."""
    receipts = made(Facts(strangers={"mallory@evil.lit"}))
    show(receipts, chat())
    for number in range(300):
        show(receipts, chat(from_=EVE, id_=str(number)))
    assert receipts.incoming(chat(), 0.0).repeated


@pytest.mark.usefixtures("small")
def test_strangers_displace_one_another_only() -> None:
    """What is known of contacts stays."""
    receipts = made(Contacts())
    show(receipts, chat())
    for number in range(300):
        show(receipts, chat(from_=f"e{number}@evil.lit/x"))
    assert receipts.incoming(chat(), 0.0).repeated
    saved = receipts.snapshot(0.0, 0.0)
    assert len(saved["processed"]) == 128 + 1


def test_of_one_contact_1024_messages_are_remembered() -> None:
    """The oldest goes first."""
    receipts = made()
    for number in range(1_025):
        show(receipts, chat(id_=str(number)))
    assert not receipts.incoming(chat(id_="0"), 0.0).repeated
    assert receipts.incoming(chat(id_="1"), 0.0).repeated


def test_the_bounds_are_those_that_the_docs_state() -> None:
    """Other tests make the tables smaller."""
    assert (processed._MOST, processed._MOST_OF_CONTACT) == (8_192, 1_024)  # noqa: SLF001
    assert processed._MOST_OF_STRANGER == 16  # noqa: SLF001
    assert held._MOST == 512  # noqa: SLF001


def test_of_all_contacts_8192_messages_are_remembered() -> None:
    """The contact who was silent for longest loses the oldest."""
    seen = ProcessedMessages()
    contacts = [jid.parse(f"{number}@a.lit/x") for number in range(50)]
    for number in range(8_193):
        seen.add(contacts[number // 200], str(number), "nonce", 0.0, is_contact=True)
    assert seen.find(contacts[0], "0") is None
    assert seen.find(contacts[0], "1") == "nonce"
    assert len(list(seen.rows(0.0))) == 8_192
    seen = ProcessedMessages()
    for number in range(8_193):
        seen.add(jid.parse(f"{number}@a.lit"), "a", "nonce", 0.0, is_contact=False)
    assert seen.find(jid.parse("0@a.lit"), "a") is None


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "more", ["<x xmlns='http://jabber.org/protocol/muc#user'/>", ""]
)
def test_one_contact_under_many_addresses_displaces_nobody(more: str) -> None:
    """Resources, and private messages, which count for each occupant."""
    receipts = made()
    show(receipts, chat(from_="mercutio@verona.lit/x"))
    for number in range(300):
        show(receipts, chat(REQUEST + more, from_=f"{BOB}{number}", id_=str(number)))
    assert receipts.incoming(chat(from_="mercutio@verona.lit/x"), 0.0).repeated


@pytest.mark.usefixtures("small")
def test_strangers_before_the_roster_displace_no_contacts() -> None:
    """Until it is there, everybody is a stranger; afterwards contacts are contacts."""
    facts = Contacts()
    receipts = made(facts)
    show(receipts, chat())
    facts.roster = False
    show(receipts, chat(id_="m2"))
    for number in range(300):
        show(receipts, chat(from_=f"e{number}@evil.lit/x"))
        if not number:
            facts.roster = True
            receipts.roster_ready(0.0)
            facts.roster = False
    for id_ in ("m1", "m2"):
        assert receipts.incoming(chat(id_=id_), 0.0).repeated


# ------------------------------------------------------------ 4. rooms

ROOM = "r@chat.lit"
OWN_PRESENCE = (
    "<presence xmlns='jabber:client' from='{}'{}>"
    "<x xmlns='http://jabber.org/protocol/muc#user'>{}</x></presence>"
)
SELF = "<status code='110'/>"


def in_room(receipts: Receipts) -> Receipts:
    """Let the account enter the room as `me`."""
    receipts.incoming(OWN_PRESENCE.format(f"{ROOM}/me", "", SELF), 0.0)
    return receipts


def test_a_private_message_is_confirmed_by_its_occupant_alone() -> None:
    """Another occupant's forgery counts for nothing, without any `muc#user`."""
    receipts = in_room(made())
    receipts.outgoing(outgoing(f"{ROOM}/bob"), 0.0)
    receipts.incoming(received(from_=f"{ROOM}/eve"), 1.0)
    assert kinds(receipts) == ["UnprovenReceipt"]
    receipts.incoming(received(from_=f"{ROOM}/bob"), 2.0)
    assert kinds(receipts) == ["Delivered"]


def test_occupants_are_different_senders() -> None:
    """Two occupants may send the same content with the same id."""
    receipts = in_room(made())
    assert show(receipts, chat(from_=f"{ROOM}/bob"))
    assert show(receipts, chat(from_=f"{ROOM}/eve"))
    assert not show(receipts, chat(from_=f"{ROOM}/bob"))


def test_groupchat_is_answered_where_the_policy_and_the_occupant_are_known() -> None:
    """The own reflection is not."""
    policy = AckPolicy(groupchat=True)
    receipts = in_room(made(ack=policy))
    show(receipts, chat(from_=f"{ROOM}/bob", type_="groupchat"))
    show(receipts, chat(from_=f"{ROOM}/me", type_="groupchat"))
    assert kinds(receipts) == ["ack", "reflected"]
    elsewhere = made(ack=policy)
    show(elsewhere, chat(from_=f"{ROOM}/bob", type_="groupchat"))
    assert kinds(elsewhere) == ["reflected"]


def test_a_room_that_was_left_is_forgotten() -> None:
    """By its own presence, by the account's, and by a new stream."""
    away = OWN_PRESENCE.format(f"{ROOM}/me", " type='unavailable'", SELF)
    renamed = away.replace(SELF, SELF + "<status code='303'/>")
    presence = f"<presence xmlns='jabber:client' to='{ROOM}/me' type='unavailable'/>"
    cases: list[tuple[Callable[[Receipts], object], bool]] = [
        (lambda it: it.incoming(away, 1.0), False),
        (lambda it: it.incoming(renamed, 1.0), True),
        (lambda it: it.incoming(away.replace(SELF, ""), 1.0), True),
        (lambda it: it.incoming(away.replace("unavailable", "error"), 1.0), True),
        (lambda it: it.outgoing(presence, 1.0), False),
        (lambda it: it.outgoing(presence.replace("/me", ""), 1.0), True),
        (lambda it: it.outgoing(presence.replace("unavailable", "probe"), 1.0), True),
        (lambda it: it.bound(ME, 1.0), False),
        (lambda it: it.resumed(1.0), True),
    ]
    for leave, known in cases:
        receipts = in_room(made())
        leave(receipts)
        receipts.outgoing(outgoing(f"{ROOM}/bob"), 2.0)
        receipts.incoming(received(from_=f"{ROOM}/eve"), 3.0)
        assert kinds(receipts) == ["UnprovenReceipt" if known else "Delivered"]


@pytest.mark.usefixtures("unmeasured")
def test_rooms_that_were_joined_are_not_displaced_by_presence() -> None:
    """Anybody can send a presence that looks like a room's."""
    receipts = made()
    join = "<x xmlns='http://jabber.org/protocol/muc'/>"
    receipts.outgoing(
        f"<presence xmlns='jabber:client' to='{ROOM}/me'>{join}</presence>", 0.0
    )
    for _ in range(2):
        receipts.joined(jid.parse("told@chat.lit/me"))
    receipts.incoming(OWN_PRESENCE.format("learnt@rooms.lit/me", "", SELF), 0.0)
    for number in range(2_000):
        receipts.incoming(OWN_PRESENCE.format(f"r{number}@evil.lit/x", "", SELF), 0.0)
    for room in (ROOM, "told@chat.lit", "learnt@rooms.lit"):
        receipts.outgoing(outgoing(f"{room}/bob"), 2.0)
        receipts.incoming(received(from_=f"{room}/eve"), 3.0)
        assert kinds(receipts) == ["UnprovenReceipt"]


def test_a_known_room_displaces_no_other() -> None:
    """Its own presence comes again, for example with another status."""
    rooms = Rooms()
    presence = xml.parse(OWN_PRESENCE.format("r@rooms.lit/me", "", SELF))
    addresses = [jid.parse(f"r{number}@rooms.lit/me") for number in range(32)]
    for address in (*addresses, addresses[31], addresses[31]):
        rooms.incoming(presence, address)
    assert all(address in rooms for address in addresses)


# ------------------------------------------------------------ 5. the roster comes later


def test_the_answer_waits_for_the_roster() -> None:
    """Over a disconnection and in a snapshot; a stranger gets none."""
    facts = Facts(roster=False)
    receipts = made(facts)
    show(receipts, chat())
    show(receipts, chat(from_=EVE))
    assert kinds(receipts) == []
    receipts.disconnected(1.0)
    saved = json.loads(json.dumps(receipts.snapshot(2.0, 1e9)))
    restored = made(facts)
    restored.restore(saved, 0.0, 1e9)
    for it in (receipts, restored):
        it.bound(ME, 3.0)
    facts.roster = True
    for it in (receipts, restored):
        it.roster_ready(4.0)
        assert kinds(it) == ["ack", "unauthorized"]
        assert it.next_deadline is None


def test_a_copy_that_comes_before_the_roster_takes_no_place() -> None:
    """Both have one answer, and reporting the message twice is a mistake still."""
    facts = Facts(roster=False)
    receipts = made(facts)
    key = receipts.incoming(chat(), 0.0).key
    receipts.processed(key, 1.0)
    assert not show(receipts, chat(), 2.0)
    facts.roster = True
    receipts.roster_ready(3.0)
    assert kinds(receipts) == ["Repeated", "ack"]
    with pytest.raises(ReceiptsError) as caught:
        receipts.processed(key, 4.0)
    assert caught.value.code is ReceiptsCode.PROCESSED


def test_without_a_roster_the_answer_is_no_at_its_deadline() -> None:
    """After 300 seconds, even if the roster was said to be there, but is not."""
    receipts = made(Facts(roster=False))
    show(receipts, chat(), 10.0)
    assert receipts.next_deadline == 310.0
    receipts.handle_timer(309.0)
    assert kinds(receipts) == []
    receipts.handle_timer(310.0)
    assert kinds(receipts) == ["unauthorized"]
    show(receipts, chat(id_="m2"), 400.0)
    receipts.roster_ready(401.0)
    assert kinds(receipts) == []
    receipts.handle_timer(700.0)
    assert kinds(receipts) == ["unauthorized"]


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.usefixtures("small")
def test_strangers_cannot_fill_the_place_of_contacts() -> None:
    """Neither by many messages nor by many addresses of a domain."""
    facts = Contacts(roster=False)
    receipts = made(facts)
    show(receipts, chat())
    for number in range(100):
        show(receipts, chat(from_=EVE, id_=str(number)))
    for number in range(200):
        show(receipts, chat(from_=f"e{number}@evil.lit/x"))
    dropped = kinds(receipts)
    assert set(dropped) == {"unauthorized"}
    assert len(receipts.snapshot(0.0, 0.0)["held"]) == 64
    facts.roster = True
    receipts.roster_ready(1.0)
    assert kinds(receipts).count("ack") == 1


@pytest.mark.usefixtures("small")
def test_strangers_of_the_same_domain_take_no_place_of_a_known_contact() -> None:
    """Nor do strangers of many domains, one message each."""
    facts = Contacts()
    receipts = made(facts)
    show(receipts, chat(id_="before"))
    facts.roster = False
    for number in range(10):
        show(receipts, chat(id_=f"m{number}"))
    for number in range(80):
        show(receipts, chat(from_=f"eve@shakespeare.lit/{number}"))
        show(receipts, chat(from_=f"e{number}@shakespeare.lit/x"))
        show(receipts, chat(from_=f"e@evil{number}.lit/x"))
    list(receipts.actions())
    facts.roster = True
    receipts.roster_ready(1.0)
    sent = [it.to for it in receipts.actions() if isinstance(it, Send)]
    assert sent.count(BOB) == 10


@pytest.mark.parametrize("fact", [0, "", {}, "none", 1])
def test_a_fact_is_yes_no_or_none(fact: object) -> None:
    """An empty roster that is returned as it is does not mean yes."""
    facts: Any = Facts()
    facts.authorized = lambda _: fact
    receipts = made(facts)
    key = receipts.incoming(chat(), 0.0).key
    with pytest.raises(ReceiptsError) as caught:
        receipts.processed(key, 0.0)
    assert caught.value.code is ReceiptsCode.HOST
    assert kinds(receipts) == []
    careless = Facts()
    careless.wanted = fact  # type: ignore[assignment]  # as a careless host does
    receipts = made(careless)
    show(receipts, chat())
    assert kinds(receipts) == ["disabled"]


class Careful(Host):
    """A host with the methods that have no default."""

    def enabled(self, contact: JID) -> bool:
        """Return that receipts are wanted."""
        return bool(contact)

    def authorized(self, contact: JID) -> bool:
        """Return whether this is Bob."""
        return str(contact) == BOB


def test_a_host_may_leave_out_what_has_a_default() -> None:
    """Only those who may see the presence are queried; the archive is not answered."""
    receipts = Receipts(Careful(), ME)
    for contact in (BOB, EVE):
        receipts.incoming(CAPS.format(contact), 0.0)
    assert query_in(receipts).get("to") == BOB
    assert Careful().first_sight(unwrap(xml.parse(chat()), account=ME)) is False


def test_a_host_without_its_methods_is_refused() -> None:
    """A class that inherits, and one that does not."""
    without: Any = object()
    with pytest.raises(ReceiptsError, match="enabled"):
        Receipts(without, ME)
    incomplete: Any = type("Incomplete", (Host,), {})
    with pytest.raises(TypeError):
        incomplete()


# ------------------------------------------------------------ 6. the own account


def test_messages_to_the_own_account_are_neither_asked_nor_answered() -> None:
    """A note to the account itself; a message of another resource."""
    receipts = made()
    sent = receipts.outgoing(outgoing(str(ME.bare)), 0.0)
    assert sent.ruling is not None
    assert (sent.ruling.reason, sent.id) == ("self", None)
    show(receipts, chat(from_=f"{ME.bare}/phone"))
    assert kinds(receipts) == ["self"]


@pytest.mark.parametrize("answers", [False, True])
def test_an_own_client_is_asked_where_it_would_answer(*, answers: bool) -> None:
    """One policy for both: it is asked, or queried, exactly if it is answered."""
    receipts = made(Facts(queries=True), ack=AckPolicy(own_resources=answers))
    show(receipts, chat(from_=f"{ME.bare}/phone"))
    assert kinds(receipts) == (["ack"] if answers else ["self"])
    sent = receipts.outgoing(outgoing(f"{ME.bare}/phone"), 0.0)
    assert sent.asks == answers
    assert kinds(receipts) == ["query"] * answers


# ------------------------------------------------------------ 7. resending

RESEND = Resend(delay=10, count=2)


def test_a_message_is_sent_again_by_its_token() -> None:
    """What is sent again is the stack's own stanza; a late receipt ends it."""
    receipts = made(resend=RESEND, timeout=100)
    receipts.learned(jid.parse(BOB), Support.YES)
    receipts.outgoing(outgoing(), 0.0, token="row 7")  # noqa: S106
    assert receipts.next_deadline == 10.0
    receipts.handle_timer(10.0)
    (resend,) = receipts.actions()
    assert resend == ResendStanza(token="row 7", id="m1", to=BOB, attempt=1)  # noqa: S106
    for stanza in (
        outgoing(more=REQUEST),
        outgoing(),
    ):  # as it was sent, as it was kept
        again = receipts.outgoing(stanza, 10.0, token="row 7")  # noqa: S106
        assert again.id == "m1"
        assert len(again.stanza.findall(ns.REQUEST_TAG)) == 1
    receipts.incoming(received(), 11.0)
    assert kinds(receipts) == ["Delivered"]
    receipts.handle_timer(1_000.0)
    assert kinds(receipts) == []


@pytest.mark.parametrize("token", [None, 8])
def test_an_id_that_waits_is_not_asked_for_twice(token: int | None) -> None:
    """A client that counts from 1: a receipt would confirm the wrong message."""
    receipts = made()
    receipts.outgoing(outgoing(), 0.0, token=7)
    sent = receipts.outgoing(outgoing(), 1.0, token=token)
    assert (sent.id, sent.stanza.find(ns.REQUEST_TAG)) == (None, None)
    receipts.incoming(received(), 2.0)
    assert [it.token for it in receipts.actions() if isinstance(it, Delivered)] == [7]


@pytest.mark.parametrize(
    ("answer", "asks", "end"),
    [
        (received(), False, []),
        (chat("<body/>", type_="error"), True, ["Delivered"]),
        ("", True, ["Delivered"]),
    ],
    ids=["delivered", "bounced", "unconfirmed"],
)
def test_a_kept_stanza_asks_until_it_is_delivered(
    answer: str, end: list[str], *, asks: bool
) -> None:
    """The user sends a message again that bounced, or that nobody confirmed."""
    receipts = made(timeout=60)
    receipts.outgoing(outgoing(), 0.0, token=7)
    receipts.incoming(answer, 1.0)
    receipts.handle_timer(60.0)
    assert len(kinds(receipts)) == 1
    again = receipts.outgoing(outgoing(), 61.0, token=7)
    assert (again.stanza.find(ns.REQUEST_TAG) is not None) == asks
    receipts.incoming(received(), 62.0)
    assert kinds(receipts) == end


def test_silence_ends_in_unconfirmed() -> None:
    """A peer that deduplicates silently is not flooded."""
    receipts = made(resend=RESEND, timeout=100)
    receipts.learned(jid.parse(BOB), Support.YES)
    receipts.outgoing(outgoing(), 0.0, token=7)
    for now in range(200):
        receipts.handle_timer(float(now))
    actions = list(receipts.actions())
    assert [type(it) for it in actions] == [ResendStanza] * 2 + [UnconfirmedMessage]
    assert actions[-1] == UnconfirmedMessage(id="m1", to=BOB, token=7)


@pytest.mark.parametrize(
    ("to", "token", "policy", "resent"),
    [
        (BOB, 7, {}, False),  # its support is not known
        ("northumberland@shakespeare.lit", 7, {}, False),
        ("northumberland@shakespeare.lit", 7, {"resend_bare": True}, True),
        ("northumberland@shakespeare.lit", None, {"resend_bare": True}, False),
    ],
)
def test_who_may_be_sent_to_again(
    to: str, token: int | None, policy: dict[str, Any], *, resent: bool
) -> None:
    """A client that supports receipts; an account where the policy says so."""
    receipts = made(resend=RESEND, **policy)
    receipts.outgoing(outgoing(to), 0.0, token=token)
    receipts.handle_timer(10.0)
    assert kinds(receipts) == ["ResendStanza"] * resent


@pytest.mark.parametrize("timeout", [100, None])
def test_a_message_that_was_deleted_is_not_sent_again(timeout: float | None) -> None:
    """Not after a restart either; its receipt counts, and others are sent again."""

    def tokens(receipts: Receipts) -> set[str | int]:
        actions = list(receipts.actions())
        return {it.token for it in actions if isinstance(it, ResendStanza)}

    host = Facts()
    policy = ReceiptsPolicy(resend=RESEND, resend_bare=True, timeout=timeout)
    receipts = Receipts(host, ME, policy, journal=True)
    for token, id_ in enumerate(("kept", "waiting", "deleted")):
        receipts.outgoing(
            outgoing("northumberland@shakespeare.lit", id_), 0.0, token=token
        )
    rows = {(it.part, it.key): it.row for it in receipts.changes(0.0, 0.0)}
    receipts.stop_resending(2)
    receipts.handle_timer(10.0)
    receipts.stop_resending(1)
    receipts.stop_resending(9)  # it may be confirmed by now
    none: Any = None
    with pytest.raises(ReceiptsError, match="token"):
        receipts.stop_resending(none)
    rows |= {(it.part, it.key): it.row for it in receipts.changes(10.0, 10.0)}
    assert tokens(receipts) == {0}
    receipts = Receipts(host, ME, policy, journal=True)
    written = [(part, row) for (part, _), row in rows.items() if row is not None]
    receipts.replay(written, 10.0, 10.0)
    receipts.handle_timer(99.0)
    receipts.changes(99.0, 99.0)
    assert tokens(receipts) == {0}
    receipts.incoming(received("waiting"), 99.0)
    receipts.handle_timer(1000.0)
    receipts.changes(1000.0, 1000.0)
    told = list(receipts.actions())
    assert [it.token for it in told if isinstance(it, Delivered)] == [1]
    unconfirmed = {it.token for it in told if isinstance(it, UnconfirmedMessage)}
    assert (2 in unconfirmed) == (timeout is not None)
    assert {it.token for it in told if isinstance(it, ResendStanza)} <= {0}


def test_resending_pauses_while_disconnected() -> None:
    """And goes on afterwards, after a restart too, by whatever clock."""
    receipts = made(resend=RESEND)
    receipts.learned(jid.parse(BOB), Support.YES)
    receipts.outgoing(outgoing(), 0.0, token=7)
    receipts.disconnected(5.0)
    assert receipts.next_deadline is None
    receipts.handle_timer(50.0)
    assert kinds(receipts) == []
    restored = made(resend=RESEND)
    restored.restore(receipts.snapshot(50.0, 1e9), 7.0, 1e9)
    assert restored.next_deadline == 7.0 - 40.0
    receipts.resumed(60.0)
    for it in (receipts, restored):
        it.handle_timer(61.0)
        assert kinds(it) == ["ResendStanza"]


def test_a_long_cut_does_not_replace_sending_again() -> None:
    """A message whose timeout is over by then is sent again before it is given up."""
    receipts = made(resend=RESEND, timeout=60)
    receipts.learned(jid.parse(BOB), Support.YES)
    receipts.outgoing(outgoing(), 0.0, token=7)
    receipts.disconnected(5.0)
    receipts.resumed(5_000.0)
    receipts.handle_timer(5_000.0)
    assert kinds(receipts) == ["ResendStanza"]
    assert receipts.next_deadline is not None
    assert receipts.next_deadline > 5_000.0
    receipts.handle_timer(50_000.0)
    receipts.handle_timer(500_000.0)
    assert kinds(receipts)[-1] == "UnconfirmedMessage"


def test_a_message_waits_once_more_when_the_connection_is_back() -> None:
    """Its receipt may wait offline; without a cut it is unconfirmed in time."""
    for is_cut in (True, False):
        receipts = made(timeout=60)
        receipts.outgoing(outgoing(), 0.0, token=7)
        receipts.outgoing(outgoing(id_="m2"), 4_990.0)
        if is_cut:
            receipts.disconnected(5.0)
            receipts.bound(ME, 5_000.0)
        receipts.handle_timer(5_000.0)
        assert kinds(receipts) == ([] if is_cut else ["UnconfirmedMessage"])
        assert receipts.next_deadline == 5_050.0
        receipts.handle_timer(5_060.0)
        assert kinds(receipts) == ["UnconfirmedMessage"] * (1 + is_cut)


def test_an_account_without_a_resource_is_not_connected() -> None:
    """What a restored object has to send waits for `bound`; a component has none."""
    receipts = Receipts(Facts(), ME.bare)
    show(receipts, chat())
    assert kinds(receipts) == []
    receipts.bound(ME, 1.0)
    assert kinds(receipts) == ["ack"]
    component = Receipts(Facts(), ME.bare, namespace=ns.COMPONENT)
    show(component, chat().replace(ns.CLIENT, ns.COMPONENT))
    assert kinds(component) == ["ack"]


def test_the_roster_is_asked_for_once_more_at_the_deadline() -> None:
    """A stack that forgot to call `roster_ready` still answers its contacts."""
    facts = Facts(roster=False)
    receipts = made(facts, hold=50)
    for from_ in (BOB, EVE):
        show(receipts, chat(from_=from_))
    facts.roster = True
    receipts.handle_timer(49.0)
    assert kinds(receipts) == []
    receipts.handle_timer(50.0)
    assert kinds(receipts) == ["ack", "unauthorized"]
    assert receipts.next_deadline is None


# ------------------------------------------------------------ 8. queries

CAPS = (
    "<presence xmlns='jabber:client' from='{}'><c hash='sha-1' node='urn:n'"
    " xmlns='http://jabber.org/protocol/caps' ver='BU8l8wpx4J15lZF5a166BQRnd7w='/>"
    "</presence>"
)
ANSWER = (
    "<iq xmlns='jabber:client' type='result' from='{}' id='{}'>"
    "<query xmlns='http://jabber.org/protocol/disco#info' node='{}'>"
    "<feature var='urn:xmpp:receipts'/></query></iq>"
)


def query_in(receipts: Receipts) -> ET.Element:
    """Return the one query that is to be sent."""
    (send,) = receipts.actions()
    assert isinstance(send, Send)
    assert send.reason is SendReason.QUERY
    return xml.parse(send.octets)


def test_a_query_is_sent_to_whom_it_may_be() -> None:
    """Presence of a stranger makes nobody ask; the answer is used."""
    receipts = made(Facts(queries=True), resend=RESEND)
    receipts.incoming(CAPS.format(EVE), 0.0)
    assert kinds(receipts) == []
    receipts.incoming(CAPS.format(BOB), 0.0)
    query = query_in(receipts)
    assert (query.get("to"), query.get("type")) == (BOB, "get")
    node = "urn:n#BU8l8wpx4J15lZF5a166BQRnd7w="
    receipts.incoming(ANSWER.format(BOB, query.get("id"), node), 1.0)
    receipts.outgoing(outgoing(), 2.0, token=7)
    receipts.handle_timer(12.0)
    assert kinds(receipts) == ["ResendStanza"]


def test_whom_a_message_goes_to_is_asked_once() -> None:
    """Where the support is unknown, and only for a message that may ask."""
    receipts = made(Facts(queries=True))
    receipts.outgoing(outgoing("northumberland@shakespeare.lit"), 0.0)
    receipts.outgoing(received().replace(f"to='{ME}'", f"to='{BOB}'"), 0.0)
    assert kinds(receipts) == []
    receipts.outgoing(outgoing(), 0.0)
    query_in(receipts)
    receipts.outgoing(outgoing(id_="m2"), 1.0)
    assert kinds(receipts) == []
    assert receipts.next_deadline == 60.0
    receipts.handle_timer(60.0)
    assert receipts.next_deadline is None


def test_a_stack_with_a_cache_of_its_own_sends_no_queries() -> None:
    """It says what it knows instead."""
    receipts = made(Facts(queries=True), query=False)
    receipts.incoming(CAPS.format(BOB), 0.0)
    receipts.outgoing(outgoing(), 0.0)
    assert kinds(receipts) == []
    receipts.learned(jid.parse(BOB), Support.NO)
    refused = receipts.outgoing(outgoing(id_="m2"), 0.0)
    assert refused.ruling is not None
    assert (refused.ruling.reason, refused.id) == ("unsupported", None)


OWN_QUERY = (
    "<iq xmlns='jabber:client' type='get' to='{}' id='q7'>"
    "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
)


def support_of(receipts: Receipts, contact: str = BOB) -> str:
    """Return why a receipt of a contact is asked for or not."""
    sent = receipts.outgoing(outgoing(contact, id_="new"), 5.0)
    assert sent.ruling is not None
    return str(sent.ruling.reason)


@pytest.mark.parametrize("is_cached", [True, False])
def test_the_answer_to_a_query_of_the_stack_is_used(*, is_cached: bool) -> None:
    """When it passes by, until the client goes."""
    receipts = made(query=not is_cached)
    receipts.outgoing(OWN_QUERY.format(BOB), 0.0)
    no = ANSWER.format(BOB, "q7", "").replace("urn:xmpp:receipts", "urn:other")
    receipts.incoming(no.replace(" node=''", ""), 1.0)
    assert support_of(receipts) == "unsupported"
    receipts.incoming(
        f"<presence xmlns='jabber:client' from='{BOB}' type='unavailable'/>", 2.0
    )
    assert support_of(receipts) == "query-first"


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ((BOB, ""), (EVE, "q7", "")),
        ((BOB, ""), (BOB, "q8", "")),
        ((BOB, ""), (BOB, "q7", "other")),
        ((BOB, " id='q7'"), (BOB, "q7", "")),
    ],
    ids=["another sender", "another id", "another node", "no query"],
)
def test_an_answer_that_nobody_waits_for_says_nothing(
    query: tuple[str, str], answer: tuple[str, str, str]
) -> None:
    """Of what the stack asked only the answer of the entity that was asked counts."""
    receipts = made()
    to, cut = query
    receipts.outgoing(OWN_QUERY.format(to).replace(cut or "\0", ""), 0.0)
    no = ANSWER.format(*answer).replace("urn:xmpp:receipts", "urn:other")
    receipts.incoming(no.replace(" node=''", ""), 1.0)
    assert support_of(receipts) == "query-first"


def test_a_query_of_the_stack_ends_with_its_answer_or_stream() -> None:
    """A second answer, and one that comes on another stream, say nothing."""
    yes = ANSWER.format(BOB, "q7", "").replace(" node=''", "")
    no = yes.replace("urn:xmpp:receipts", "urn:other")
    receipts = made(Facts())
    receipts.outgoing(OWN_QUERY.format(BOB), 0.0)
    receipts.incoming(yes, 1.0)
    receipts.incoming(no, 2.0)
    assert support_of(receipts) == "allowed"
    ends: list[Callable[[], None]] = [
        lambda: receipts.bound(ME, 3.0),
        lambda: receipts.forget(jid.parse(BOB), 3.0),
    ]
    for end in ends:
        receipts.outgoing(OWN_QUERY.format(BOB), 0.0)
        receipts.outgoing(OWN_QUERY.format(EVE).replace("q7", "q8"), 0.0)
        end()
        receipts.incoming(no, 4.0)
        assert support_of(receipts) == "query-first"


# ------------------------------------------------------------ 9. archives and carbons

MAM_QUERY = (
    "<iq xmlns='jabber:client' type='set' id='q1'>"
    "<query xmlns='urn:xmpp:mam:2' queryid='f'/></iq>"
)


def archived(inner: str, from_: str = str(ME.bare)) -> str:
    """Return a result from the archive."""
    return (
        f"<message xmlns='jabber:client' from='{from_}' to='{ME}'>"
        "<result xmlns='urn:xmpp:mam:2' queryid='f' id='1'>"
        "<forwarded xmlns='urn:xmpp:forward:0'>"
        f"<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>{inner}"
        "</forwarded></result></message>"
    )


def test_archive_queries_that_pass_are_known() -> None:
    """A result is answered at first sight only; not without a query, nor after it."""
    facts = Facts(first=True)
    receipts = made(facts)
    assert receipts.incoming(archived(chat()), 0.0).key is None
    receipts.outgoing(MAM_QUERY, 0.0)
    assert show(receipts, archived(chat()))
    assert kinds(receipts) == ["ack"]
    facts.first = False
    assert show(receipts, archived(chat(id_="m2")))
    assert kinds(receipts) == ["archived"]
    assert receipts.incoming(archived(chat(), "eve@evil.lit"), 0.0).key is None
    fin = "<iq xmlns='jabber:client' type='result' id='q1' from='{}'/>"
    receipts.incoming(fin.format("eve@evil.lit"), 0.0)
    assert receipts.incoming(archived(chat(id_="m3")), 0.0).key is not None
    receipts.incoming(fin.format(ME.bare), 0.0)
    assert receipts.incoming(archived(chat(id_="m4")), 0.0).key is None


def test_an_archived_copy_of_a_processed_message_is_a_repetition() -> None:
    """It is shown once and not answered again."""
    receipts = made(Facts(first=True))
    show(receipts, chat())
    receipts.outgoing(MAM_QUERY, 0.0)
    assert not show(receipts, archived(chat()))
    assert kinds(receipts) == ["ack", "archived", "Repeated"]


def carbon(name: str, inner: str, from_: str = str(ME.bare)) -> str:
    """Return a carbon copy."""
    return (
        f"<message xmlns='jabber:client' from='{from_}' to='{ME}'>"
        f"<{name} xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>"
        f"{inner}</forwarded></{name}></message>"
    )


def test_what_another_resource_received_is_not_answered() -> None:
    """It answers itself."""
    receipts = made()
    show(receipts, carbon("received", chat()))
    assert kinds(receipts) == ["carbon-received"]


FORWARDED = "<forwarded xmlns='urn:xmpp:forward:0'>{}</forwarded>"


def test_a_forwarded_message_says_nothing_of_whom_it_names() -> None:
    """Two contacts forward the same message: both are shown, none is answered."""
    receipts = made()
    for from_ in (EVE, BOB):
        assert show(receipts, chat(FORWARDED.format(chat(id_="o1")), from_=from_))
    assert kinds(receipts) == []
    assert show(receipts, chat(id_="o1"))


def test_the_digest_is_of_the_message_that_was_read() -> None:
    """A wrapper inside a wrapper is passed over by both."""
    receipts = made()
    inner = carbon("received", chat(id_="x"))
    for text in ("a", "b"):
        second = chat(f"<body>{text}</body>{REQUEST}", id_="x")
        assert show(receipts, carbon("received", inner + second))
    both = carbon("received", chat(id_="y")).replace(
        "<received xmlns='urn:xmpp:carbons:2'>",
        "<result xmlns='urn:xmpp:mam:2'/><received xmlns='urn:xmpp:carbons:2'>",
    )
    assert show(receipts, both)


def test_invitations_to_two_rooms_are_two_messages() -> None:
    """What a room adds is not content; an invitation is."""
    receipts = made()
    muc = "<x xmlns='http://jabber.org/protocol/muc#user'>{}</x>"
    for name in ("a", "b"):
        more = muc.format(f"<invite to='{name}@c.lit'/>")
        assert show(receipts, chat(REQUEST + more, from_=f"{ROOM}/bob"))
    assert show(receipts, chat(REQUEST + muc.format(""), from_=f"{ROOM}/bob"))
    assert not show(
        receipts, chat(REQUEST + muc.format("<item/>"), from_=f"{ROOM}/bob")
    )


def test_old_archives_answer_before_their_results() -> None:
    """The iq does not end the query (XEP-0313 0.3)."""
    receipts = made(Facts(first=True))
    receipts.outgoing(MAM_QUERY.replace("mam:2", "mam:0"), 0.0)
    fin = f"<iq xmlns='jabber:client' type='result' id='q1' from='{ME.bare}'/>"
    receipts.incoming(fin, 0.0)
    assert show(receipts, archived(chat()).replace("mam:2", "mam:0"))
    assert kinds(receipts) == ["ack"]


def test_an_archived_message_without_sender_is_nobodys() -> None:
    """It hides no message of the account."""
    receipts = made(Facts(first=True))
    receipts.outgoing(MAM_QUERY, 0.0)
    bare = chat().replace(f"from='{BOB}'", "")
    assert show(receipts, archived(bare))
    assert show(receipts, bare)


# ------------------------------------------------------------ 11. several resources


def test_a_private_message_sent_elsewhere_is_confirmed_by_its_occupant() -> None:
    """And forgotten with the room."""
    receipts = in_room(made())
    for id_ in ("p1", "p2"):
        sent = outgoing(f"{ROOM}/bob", id_=id_, more=REQUEST)
        receipts.incoming(carbon("sent", sent), 0.0)
    receipts.incoming(received("p1", f"{ROOM}/eve"), 1.0)
    assert kinds(receipts) == []
    receipts.incoming(received("p1", f"{ROOM}/bob"), 1.0)
    assert kinds(receipts) == ["Delivered"]
    receipts.forget(jid.parse(ROOM), 2.0)
    receipts.incoming(received("p2", f"{ROOM}/bob"), 3.0)
    assert kinds(receipts) == []


def test_receipts_for_other_resources_are_no_forgeries() -> None:
    """They are named where a carbon showed the message, and quiet where none did."""
    receipts = made()
    receipts.incoming(received("p1"), 0.0)
    assert kinds(receipts) == []
    sent = outgoing(id_="p1", more=REQUEST)
    receipts.incoming(carbon("sent", outgoing(id_="p1")), 0.0)
    receipts.incoming(carbon("sent", sent, "eve@evil.lit"), 0.0)
    receipts.incoming(received("p1"), 0.0)
    assert kinds(receipts) == []
    receipts.incoming(carbon("sent", sent), 0.0)
    receipts.incoming(received("p1", EVE), 0.0)
    receipts.incoming(received("p1", "@"), 0.0)
    receipts.incoming(chat("<body/>", id_="p1", type_="error"), 0.0)
    assert kinds(receipts) == []
    for _ in range(2):
        receipts.incoming(received("p1"), 0.0)
    (delivered,) = receipts.actions()
    assert delivered == Delivered(id="p1", sender=jid.parse(BOB), elsewhere=True)


def test_two_clients_may_use_an_id_for_two_contacts() -> None:
    """Both count from 1; a receipt for the other one's message is no forgery."""
    receipts = made()
    sent = outgoing("mercutio@verona.lit", more=REQUEST)
    receipts.incoming(carbon("sent", sent), 0.0)
    receipts.outgoing(outgoing(), 0.0, token=7)
    confirmed = [received(from_="mercutio@verona.lit/x"), received()]
    for stanza in (received(from_=EVE), *confirmed):
        receipts.incoming(stanza, 1.0)
    eve, *delivered = receipts.actions()
    assert eve == UnprovenReceipt("m1", jid.parse(EVE))
    assert [
        (it.elsewhere, it.token) for it in delivered if isinstance(it, Delivered)
    ] == [(True, None), (False, 7)]


def test_another_client_of_the_contact_confirms_again() -> None:
    """Each client once."""
    receipts = made()
    receipts.outgoing(outgoing("northumberland@shakespeare.lit"), 0.0)
    for resource in ("a", "b", "b"):
        stanza = received(from_=f"northumberland@shakespeare.lit/{resource}")
        receipts.incoming(stanza, 1.0)
    assert [it.first for it in receipts.actions() if isinstance(it, Delivered)] == [
        True,
        False,
    ]


def test_a_bounce_has_its_condition() -> None:
    """The host parses no errors."""
    receipts = made()
    receipts.outgoing(outgoing(), 0.0, token=7)
    receipts.incoming(
        chat(
            "<body>hi</body><error type='cancel'>"
            "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>no</text>"
            "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
            "</error>",
            type_="error",
        ),
        1.0,
    )
    (bounced,) = receipts.actions()
    assert bounced == Bounced(
        id="m1", sender=jid.parse(BOB), token=7, condition="service-unavailable"
    )


# ------------------------------------------------------------ 12. errors


@pytest.mark.parametrize(
    "stanza",
    [
        b"",
        b"<message",
        b"\xff",
        b"<!DOCTYPE m><message/>",
        "<message/>",
        "<x xmlns='urn:x'/>",
        "<iq xmlns='jabber:client' type='result' id='1'/>",
        "<presence xmlns='jabber:client' from='@'/>",
        chat(from_="@"),
        chat(id_=""),
        chat().replace(f"from='{BOB}'", ""),
        chat().replace(f"to='{ME}'", "to='@'"),
        carbon("received", "", "@"),
        archived(""),
        "<message xmlns='jabber:client'>" + "<a>" * 300 + "</a>" * 300 + "</message>",
        etree.fromstring(
            "<message xmlns='jabber:client' from='&#xD800;'><request "
            "xmlns='urn:xmpp:receipts'/></message>",
            etree.XMLParser(recover=True),
        ),
    ],
)
def test_nothing_a_peer_sends_raises(stanza: str) -> None:
    """For a client and for a component."""
    for namespace in (ns.CLIENT, ns.COMPONENT):
        receipts = Receipts(Facts(), ME.bare, namespace=namespace)
        incoming = receipts.incoming(stanza, 0.0)
        assert incoming.message is None or incoming.envelope is not None
        receipts.processed(incoming.key, 0.0)
        assert all(isinstance(it, NotAnswered | Send) for it in receipts.actions())


def test_a_mistake_of_the_host_is_an_error_at_once() -> None:
    """With a code that says which."""
    receipts = made()
    key = receipts.incoming(chat(), 1e9).key
    receipts.processed(key, 1e9)
    text: Any = "a@b"
    of_another = Receipts(Facts(), jid.parse("x@y/z")).incoming(chat(), 0.0).key
    nothing: Any = object()
    mistakes: list[tuple[ReceiptsCode, Any]] = [
        (ReceiptsCode.PROCESSED, lambda: receipts.processed(key, 1e9)),
        (ReceiptsCode.KEY, lambda: receipts.processed("a", 1e9)),
        (ReceiptsCode.KEY, lambda: receipts.processed("[]", 1e9)),
        (ReceiptsCode.KEY, lambda: receipts.failed("{}")),
        (ReceiptsCode.KEY, lambda: receipts.processed(of_another, 1e9)),
        (ReceiptsCode.CLOCK, lambda: receipts.incoming(chat(), 0.0)),
        (ReceiptsCode.CLOCK, lambda: receipts.incoming(chat(), float("nan"))),
        (ReceiptsCode.CLOCK, lambda: receipts.handle_timer(text)),
        (ReceiptsCode.BAD_JID, lambda: Receipts(Facts(), text)),
        (ReceiptsCode.BAD_JID, lambda: receipts.bound(text, 1e9)),
        (ReceiptsCode.POLICY, lambda: made(hold=text)),
        (ReceiptsCode.POLICY, lambda: made(query_timeout=0)),
        (ReceiptsCode.ACCOUNT, lambda: receipts.bound(jid.parse("a@b"), 1e9)),
        (ReceiptsCode.BAD_JID, lambda: receipts.learned(text, Support.YES)),
        (ReceiptsCode.BAD_JID, lambda: receipts.joined(text)),
        (ReceiptsCode.BAD_JID, lambda: receipts.forget(text, 1e9)),
        (ReceiptsCode.TOKEN, lambda: receipts.outgoing(outgoing(), 1e9, token=nothing)),
        (ReceiptsCode.SNAPSHOT, lambda: receipts.restore({}, 1e9, 1e9)),
        (ReceiptsCode.CLOCK, lambda: receipts.incoming(chat(), 10**400)),
        (ReceiptsCode.CLOCK, lambda: receipts.restore({}, 1e9, text)),
        (ReceiptsCode.CLOCK, lambda: receipts.snapshot(1e9, float("nan"))),
        (ReceiptsCode.SUPPORT, lambda: receipts.learned(ME, text)),
    ]
    with pytest.raises(BuildError):
        Receipts(Facts(), ME, namespace="jabber:foo")
    for code, mistake in mistakes:
        with pytest.raises(ReceiptsError) as caught:
            mistake()
        assert caught.value.code is code
        assert str(caught.value).startswith(f"{code}: {caught.value.field}: ")


def test_a_refused_call_does_not_move_the_clock() -> None:
    """Otherwise each later call would be refused, too."""
    receipts = made()
    text: Any = "a@b"
    nothing: Any = object()
    mistakes: list[Callable[[], object]] = [
        lambda: receipts.processed("x", 1e10),
        lambda: receipts.restore({}, 1e10, 1.0),
        lambda: receipts.replay([("nothing", "{}")], 1e10, 1.0),
        lambda: receipts.bound(jid.parse(text), 1e10),
        lambda: receipts.forget(text, 1e10),
        lambda: receipts.outgoing(outgoing(), 1e10, token=nothing),
        lambda: receipts.changes(1e10, float("nan")),
        lambda: receipts.snapshot(1e10, float("nan")),
    ]
    for mistake in mistakes:
        with pytest.raises(ReceiptsError):
            mistake()
    assert show(receipts, chat(), 5.0)
    number: Any = 5
    with pytest.raises(ReceiptsError):
        receipts.failed(number)


def test_a_host_that_raises_loses_nothing() -> None:
    """Nothing is answered and nothing is remembered; the call may be made again."""
    facts = Facts(broken=True)
    receipts = made(facts)
    key = receipts.incoming(chat(), 0.0).key
    with pytest.raises(RuntimeError):
        receipts.processed(key, 0.0)
    assert kinds(receipts) == []
    assert not receipts.incoming(chat(), 0.0).repeated
    facts.broken = False
    receipts.processed(key, 0.0)
    assert kinds(receipts) == ["ack"]


def test_a_message_without_receipts_has_no_key() -> None:
    """And its value is read when somebody asks for it."""
    receipts = made()
    incoming = receipts.incoming(chat("<body>hi</body>"), 0.0)
    assert (incoming.key, incoming.repeated) == (None, False)
    assert incoming.message is not None
    assert incoming.message.body == "hi"
    receipts.processed(incoming.key, 0.0)
    assert kinds(receipts) == []


# ------------------------------------------------------------ other


def test_ids_are_given_where_they_are_missing() -> None:
    """The element is the caller's own; octets become one."""
    receipts = made()
    element = xml.parse("<message xmlns='jabber:client' to='a@b'><body/></message>")
    sent = receipts.outgoing(element, 0.0)
    assert sent.stanza is element
    assert element.get("id") == sent.id
    assert element.find(ns.REQUEST_TAG) is not None
    assert receipts.outgoing(outgoing(), 0.0).stanza.get("id") == "m1"


def test_a_component_answers_from_the_address_that_was_written_to() -> None:
    """In its own namespace, whatever the resource."""
    account = jid.parse("alice@gateway.lit")
    receipts = Receipts(Facts(), account, namespace=ns.COMPONENT)
    stanza = chat().replace(str(ME), "alice@gateway.lit/sms")
    show(receipts, stanza.replace("jabber:client", ns.COMPONENT))
    (send,) = receipts.actions()
    assert isinstance(send, Send)
    ack = xml.parse(send.octets)
    assert ack.tag == f"{{{ns.COMPONENT}}}message"
    assert (ack.get("from"), ack.get("to")) == ("alice@gateway.lit/sms", BOB)


def test_what_was_not_carried_out_is_saved() -> None:
    """A program that ends between a step and its actions loses none of them."""
    receipts = made(Facts(queries=True), resend=RESEND, timeout=20, max_pending=9)
    receipts.outgoing(outgoing(id_="asks a query"), 0.0)
    for id_, token in (("d", 1), ("b", "x"), ("u", None)):
        receipts.outgoing(outgoing(id_=id_), 0.0, token=token)
    receipts.incoming(received("d"), 1.0)
    receipts.incoming(chat("<body/>", id_="b", type_="error"), 1.0)
    receipts.learned(jid.parse(BOB), Support.YES)
    receipts.outgoing(outgoing(id_="r"), 1.0, token=2)
    show(receipts, chat())
    receipts.handle_timer(20.0)
    saved = json.loads(json.dumps(receipts.snapshot(20.0, 20.0)))
    restored = made()
    restored.restore(saved, 20.0, 20.0)
    expected = [
        it
        for it in receipts.actions()
        if not (isinstance(it, Send) and it.reason is SendReason.QUERY)
    ]
    assert list(restored.actions()) == expected
    kinds_ = {type(it) for it in expected}
    assert kinds_ == {Send, Delivered, Bounced, UnconfirmedMessage, ResendStanza}


def test_answers_wait_until_the_account_is_connected() -> None:
    """A gateway may report a message as processed meanwhile."""
    receipts = made()
    key = receipts.incoming(chat(), 0.0).key
    receipts.disconnected(1.0)
    receipts.processed(key, 2.0)
    assert kinds(receipts) == []
    restored = made()
    restored.restore(json.loads(json.dumps(receipts.snapshot(2.0, 9.0))), 0.0, 9.0)
    receipts.bound(ME, 3.0)
    assert kinds(receipts) == kinds(restored) == ["ack"]


@pytest.mark.parametrize("contact", [BOB, "northumberland@shakespeare.lit"])
def test_what_is_kept_of_a_contact_can_be_forgotten(contact: str) -> None:
    """Processed messages, held answers, pending messages, support, queries."""
    receipts = made(Facts(roster=False, queries=True))
    for from_ in (BOB, "mercutio@verona.lit/x"):
        show(receipts, chat(from_=from_))
        receipts.outgoing(outgoing(from_), 0.0)
        receipts.learned(jid.parse(from_), Support.NO)
        receipts.incoming(CAPS.format(from_), 0.0)
    receipts.forget(jid.parse(contact), 1.0)
    saved = receipts.snapshot(1.0, 1.0)
    assert len(saved["processed"]) == len(saved["held"]) == 1
    assert [it["message"]["to"] for it in saved["tracker"]["messages"]] == [
        "mercutio@verona.lit/x"
    ]
    assert show(receipts, chat())
    asked = receipts.outgoing(outgoing(id_="m2"), 1.0)
    assert asked.ruling is not None
    assert asked.ruling.allowed


def test_actions_keep_their_order() -> None:
    """Also when the caller stops early, or is disconnected."""
    receipts = made(Facts(strangers=set()))
    for id_ in ("a", "b"):
        show(receipts, chat(id_=id_))
    for action in receipts.actions():
        receipts.done(action)
        break
    show(receipts, chat(id_="c"))
    receipts.disconnected(1.0)
    assert kinds(receipts) == []
    receipts.bound(ME, 2.0)
    sent = [it for it in receipts.actions() if isinstance(it, Send)]
    acks = [xep0184.parse(it.octets).received[0].id for it in sent]
    assert acks == ["b", "c"]


def test_what_is_kept_back_costs_nothing_until_the_connection_is_back() -> None:
    """A loop after each message looks only at what it may get."""
    receipts = made(Facts(strangers=set()))
    receipts.disconnected(0.0)
    show(receipts, chat(id_="first"))
    few = opcodes_of_actions(receipts)
    for number in range(99):
        show(receipts, chat(id_=str(number)))
    assert opcodes_of_actions(receipts) == few
    receipts.bound(ME, 1.0)
    assert kinds(receipts) == ["ack"] * 100


def opcodes_of_actions(receipts: Receipts) -> int:
    """Count what Python executes to find that there is nothing to do."""
    executed = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:  # noqa: ANN401  # itself
        nonlocal executed
        frame.f_trace_opcodes = True
        executed += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        assert list(receipts.actions()) == []
    finally:
        sys.settrace(before)
    return executed


def test_a_new_nickname_is_the_own_one() -> None:
    """When the stack says so."""
    receipts = made(ack=AckPolicy(groupchat=True))
    for nickname in ("me", "i"):
        receipts.joined(jid.parse(f"{ROOM}/{nickname}"))
    show(receipts, chat(from_=f"{ROOM}/i", type_="groupchat"))
    receipts.incoming(OWN_PRESENCE.format(f"{ROOM}/you", "", SELF), 0.0)
    show(receipts, chat(from_=f"{ROOM}/you", type_="groupchat"))
    assert kinds(receipts) == ["reflected", "reflected"]


def test_the_policy_reaches_the_answer() -> None:
    """Bare addresses; a setting of the user."""
    facts = Facts()
    receipts = made(facts, ack=AckPolicy(address=Address.BARE))
    show(receipts, chat())
    (send,) = receipts.actions()
    assert isinstance(send, Send)
    assert send.to == "northumberland@shakespeare.lit"
    facts.wanted = False
    show(receipts, chat(id_="m2"))
    assert kinds(receipts) == ["disabled"]


def test_too_many_pending_messages_are_reported() -> None:
    """The oldest becomes unconfirmed."""
    receipts = made(max_pending=1)
    receipts.outgoing(outgoing(), 0.0, token=1)
    receipts.outgoing(outgoing(id_="m2"), 0.0, token=2)
    (unconfirmed,) = receipts.actions()
    assert unconfirmed == UnconfirmedMessage(id="m1", to=BOB, token=1)
    restored = made(max_pending=1)
    saved = made()
    for id_ in ("a", "b"):
        saved.outgoing(outgoing(id_=id_), 0.0)
    restored.restore(saved.snapshot(0.0, 0.0), 0.0, 0.0)
    assert kinds(restored) == ["UnconfirmedMessage"]


@pytest.mark.usefixtures("unmeasured")
def test_explanations_that_nobody_takes_are_bounded() -> None:
    """A stranger's displace no answer, and what is to be done is never dropped."""
    receipts = made(max_pending=5_000, timeout=1)
    for number in range(4_200):
        show(receipts, chat(from_=EVE, id_=str(number)))
        if number < 500:
            receipts.outgoing(outgoing(id_=str(number)), 0.0)
    show(receipts, chat(id_="x" * 2_000 + "y", from_=EVE))
    show(receipts, chat())
    receipts.handle_timer(1.0)
    found = Counter(kinds(receipts))
    assert found == {"unauthorized": 4_096, "ack": 1, "UnconfirmedMessage": 500}
    show(receipts, chat(id_="x" * 2_000, from_=EVE))
    (refused,) = receipts.actions()
    assert isinstance(refused, NotAnswered)
    assert refused.id == "x" * 1_024


def test_an_action_that_could_not_be_carried_out_is_yielded_again() -> None:
    """Where the loop ends, or raises as a broken connection does."""
    receipts = made()
    for id_ in ("a", "b"):
        show(receipts, chat(id_=id_))
    first, second = receipts.snapshot(0.0, 0.0)["actions"]

    def write(_: object) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        list(map(write, receipts.actions()))
    assert receipts.snapshot(0.0, 0.0)["actions"] == [first, second]
    found = list(receipts.actions())
    # What could be tried comes after what was not tried.
    assert [it.octets.decode() for it in found if isinstance(it, Send)] == [
        second["octets"],
        first["octets"],
    ]
    assert list(receipts.actions()) == []


def test_an_inner_loop_does_not_get_what_an_outer_one_carries_out() -> None:
    """Each action is carried out once, and void ones are not missed."""
    receipts = made()
    for id_ in ("a", "b", "c"):
        show(receipts, chat(id_=id_))
    outer = receipts.actions()
    first = next(outer)
    assert len(list(receipts.actions())) == 2
    receipts.forget(jid.parse(BOB), 1.0)
    assert list(outer) == []
    receipts.done(first)
    assert list(receipts.actions()) == []


def test_a_snapshot_between_two_actions_holds_the_rest() -> None:
    """A task that sends one may let another take it."""
    receipts = made()
    for id_ in ("a", "b", "c"):
        show(receipts, chat(id_=id_))
    for action in receipts.actions():
        receipts.done(action)
        break
    left = receipts.snapshot(0.0, 0.0)["actions"]
    assert len(left) == 2


def test_what_was_to_be_sent_again_is_void_when_a_receipt_comes() -> None:
    """Also if it was sent again already: the message is not expected anew."""
    receipts = made(resend=RESEND, timeout=100)
    receipts.learned(jid.parse(BOB), Support.YES)
    receipts.outgoing(outgoing(), 0.0, token=7)
    receipts.handle_timer(10.0)
    receipts.incoming(received(), 11.0)
    assert kinds(receipts) == ["Delivered"]
    again = receipts.outgoing(outgoing(more=REQUEST), 12.0, token=7)
    assert again.id == "m1"
    receipts.handle_timer(1_000.0)
    assert kinds(receipts) == []


def test_another_message_with_a_known_id_takes_no_receipt() -> None:
    """Not even with a request of its own, and after the first was confirmed."""
    receipts = made()
    receipts.outgoing(outgoing(), 0.0, token=7)
    receipts.incoming(received(), 1.0)
    for token in (8, None):
        sent = receipts.outgoing(outgoing(more=REQUEST), 2.0, token=token)
        assert (sent.id, sent.stanza.find(ns.REQUEST_TAG)) == (None, None)


def test_a_node_that_cannot_be_written_is_not_asked_for() -> None:
    """A parser in recovery mode lets it through."""
    receipts = made(Facts(queries=True))
    element = xml.parse(CAPS.format(BOB))
    element[0].set("node", "n\ufffe")
    receipts.incoming(element, 0.0)
    assert kinds(receipts) == []
    assert receipts.next_deadline is None


def test_many_nodes_that_cannot_be_written_are_passed_over() -> None:
    """A thousand clients may wait for the answer about one hash."""
    receipts = made(Facts(queries=True))
    receipts.incoming(CAPS.format(BOB), 0.0)
    query_in(receipts)
    for number in range(1_000):
        element = xml.parse(CAPS.format(f"{BOB}{number}"))
        element[0].set("node", "n\ufffe")
        receipts.incoming(element, 0.0)
    receipts.handle_timer(60.0)
    assert kinds(receipts) == []
    assert receipts.next_deadline is None


@pytest.mark.parametrize("good", [0, 1])
def test_a_host_that_raises_holds_up_no_query(good: int) -> None:
    """Who waits for the answer to another query is asked at last."""

    class Raising(Facts):
        answers: int = sys.maxsize

        def may_query(self, contact: JID) -> bool:
            self.answers -= 1
            if self.answers == -1:
                raise RuntimeError(contact)
            return super().may_query(contact)

    host = Raising(queries=True)
    receipts = made(host)
    receipts.incoming(CAPS.format(BOB), 0.0)
    query_in(receipts)
    element = xml.parse(CAPS.format(f"{BOB}1"))
    element[0].set("node", "n\ufffe")  # cannot be written, so the next one is asked
    receipts.incoming(element, 0.0)
    receipts.incoming(CAPS.format(f"{BOB}2"), 0.0)
    host.answers = good
    with pytest.raises(RuntimeError):
        receipts.handle_timer(60.0)
    receipts.handle_timer(120.0)
    (query,) = receipts.actions()
    assert isinstance(query, Send)
    assert query.to == f"{BOB}2"


def test_an_answered_query_leaves_no_deadline() -> None:
    """However many there were, the next one is given up in time."""
    receipts = made(Facts(queries=True))
    for number in range(3):
        receipts.outgoing(outgoing(f"{BOB}{number}", id_=f"m{number}"), 0.0)
        query = query_in(receipts)
        stanza = ANSWER.format(f"{BOB}{number}", query.get("id"), "")
        receipts.incoming(stanza.replace(" node=''", ""), 0.0)
    assert receipts.next_deadline is None
    receipts.incoming(ANSWER.format(BOB, "nobody asked", ""), 0.0)
    receipts.outgoing(outgoing(), 5.0)
    query = query_in(receipts)
    answer = ANSWER.format(BOB, query.get("id"), "")
    receipts.incoming(answer.replace(BOB, EVE), 6.0)
    unreadable = answer.replace("type=", "xml:lang='&#xD800;' type=")
    recovered = etree.fromstring(unreadable, etree.XMLParser(recover=True))
    if etree.LIBXML_VERSION >= (2, 14):  # an older one reads no language instead
        receipts.incoming(recovered, 6.0)
    assert receipts.next_deadline == 65.0


def test_a_query_of_an_earlier_stream_is_not_sent() -> None:
    """Presence is asked for anew; the verified hashes are kept."""
    receipts = made(Facts(queries=True))
    receipts.disconnected(0.0)
    receipts.incoming(CAPS.format(BOB), 0.0)
    receipts.bound(ME, 1.0)
    assert (kinds(receipts), receipts.next_deadline) == ([], None)
    receipts.incoming(CAPS.format(BOB), 2.0)
    query_in(receipts)


def test_answers_to_whom_was_forgotten_are_not_sent() -> None:
    """Nor is anything sent again."""
    receipts = made()
    show(receipts, chat())
    show(receipts, chat(from_="mercutio@verona.lit/x"))
    receipts.forget(jid.parse(BOB).bare, 1.0)
    assert [it.to for it in receipts.actions() if isinstance(it, Send)] == [
        "mercutio@verona.lit/x"
    ]


def test_an_error_of_the_host_is_never_swallowed() -> None:
    """Even if it is one of this library."""

    class Strange(Facts):
        def authorized(self, contact: JID) -> bool | None:
            return bool(jid.parse("@")) and super().authorized(contact)

    receipts = made(Strange())
    with pytest.raises(FormatError):
        receipts.processed(receipts.incoming(chat(), 0.0).key, 0.0)


def test_an_unproven_receipt_says_whose_it_is() -> None:
    """It changes nothing."""
    receipts = made()
    receipts.outgoing(outgoing(), 0.0)
    receipts.incoming(received(from_=EVE), 0.0)
    (unproven,) = receipts.actions()
    assert isinstance(unproven, UnprovenReceipt)
    assert (unproven.id, str(unproven.sender)) == ("m1", EVE)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"version": 2}, "version"),
        ({"account": "a@b"}, "account"),
        ({"tracker": {}}, "version"),
        ({"processed": [{}]}, "account"),
        ({"held": [{"key": "{}", "deadline": 1.0}]}, "kind"),
        ({"held": [{"deadline": 1, "key": 1}]}, "key"),
        ({"actions": [{"action": "Repeated"}]}, "action"),
        ({"actions": [{"action": "Send", "octets": 1}]}, "octets"),
        ({"actions": [{"action": "Send", "octets": "\ud800"}]}, "octets"),
        ({"actions": [{"action": "Delivered", "id": "a", "sender": "@"}]}, "sender"),
        ({"hashes": []}, "hashes"),
    ],
)
def test_a_wrong_snapshot_is_refused_and_changes_nothing(
    change: dict[str, Any], name: str
) -> None:
    """The error names the field."""
    receipts = made()
    show(receipts, chat())
    saved = receipts.snapshot(0.0, 0.0)
    with pytest.raises(ReceiptsError) as caught:
        receipts.restore({**saved, **change}, 0.0, 0.0)
    assert (caught.value.code, caught.value.field) == (ReceiptsCode.SNAPSHOT, name)
    assert receipts.snapshot(0.0, 0.0) == saved


def test_a_held_answer_whose_sender_is_no_jid_is_left_out() -> None:
    """Another normaliser may refuse what this one accepted."""
    receipts = made(Facts(roster=False))
    show(receipts, chat())
    saved = receipts.snapshot(0.0, 0.0)
    saved["held"][0]["key"] = saved["held"][0]["key"].replace(BOB, "@")
    receipts.restore(saved, 0.0, 0.0)
    assert receipts.snapshot(0.0, 0.0)["held"] == []


def test_what_cannot_be_asked_for_is_sent_unchanged() -> None:
    """An address that is no JID, even where the stack asks itself."""
    receipts = made()
    sent = receipts.outgoing(outgoing("@", more=REQUEST), 0.0)
    assert sent.id is None
    assert receipts.snapshot(0.0, 0.0)["tracker"]["messages"] == []
    iq = (
        "<iq xmlns='jabber:client' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
    )
    assert receipts.outgoing(iq, 0.0).ruling is None
    assert receipts.outgoing("<r xmlns='urn:xmpp:sm:3'/>", 0.0).ruling is None


def test_a_message_without_a_token_is_reported_and_never_sent_again() -> None:
    """A restored one neither."""
    receipts = made(resend=RESEND, timeout=100)
    receipts.learned(jid.parse(BOB), Support.YES)
    receipts.outgoing(outgoing(), 0.0)
    receipts.handle_timer(99.0)
    assert kinds(receipts) == []
    receipts.handle_timer(100.0)
    assert kinds(receipts) == ["UnconfirmedMessage"]


def test_a_condition_is_one_of_the_defined_ones() -> None:
    """An error without one has none."""
    receipts = made()
    receipts.outgoing(outgoing(), 0.0)
    error = "<error type='cancel'><text xmlns='urn:x'/></error>"
    receipts.incoming(chat(error, type_="error"), 1.0)
    (bounced,) = receipts.actions()
    assert isinstance(bounced, Bounced)
    assert bounced.condition is None


# ------------------------------------------------------------ what an attacker found


def forwarded(inner: str) -> str:
    """Return a forwarded message."""
    return f"<forwarded xmlns='urn:xmpp:forward:0'>{inner}</forwarded>"


def test_the_message_is_never_one_that_its_sender_did_not_send() -> None:
    """A stranger forwards what a contact is said to have written."""
    receipts = made()
    stanza = chat(forwarded(chat(from_=BOB)), from_=EVE)
    found = receipts.incoming(stanza, 0.0)
    assert (found.message, found.key) == (None, None)
    assert found.envelope is not None
    assert found.envelope.message is not None
    error = "<error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    for other in (
        carbon("sent", outgoing()),
        chat(f"<body>mine</body>{error}</error>", type_="error"),
    ):
        assert receipts.incoming(other, 0.0).message is None
    assert receipts.incoming(carbon("received", chat()), 0.0).message is not None


@pytest.mark.parametrize("name", ["iq", "presence", "message"])
def test_a_large_stanza_of_the_stack_is_sent_as_it_is(name: str) -> None:
    """An avatar, a long list: it is not for us to refuse."""
    text = f"<{name} xmlns='jabber:client' to='{BOB}'><x xmlns='u'/></{name}>"
    element = xml.parse(text)
    element[0].text = "A" * 300_000
    sent = made().outgoing(element, 0.0, token=1)
    assert (sent.stanza, sent.asks, sent.ruling) == (element, False, None)


def test_an_action_that_always_fails_holds_up_no_other() -> None:
    """The stanza to send again is gone, for example."""
    receipts = made()
    for id_ in ("a", "b", "c"):
        show(receipts, chat(id_=id_))
    (bad, *_) = receipts.snapshot(0.0, 0.0)["actions"]
    carried_out: list[bytes] = []

    def write(action: Action) -> None:
        assert isinstance(action, Send)
        if action.octets.decode() == bad["octets"]:
            raise KeyError
        carried_out.append(action.octets)

    for _ in range(2):
        with pytest.raises(KeyError):
            list(map(write, receipts.actions()))
    assert len(carried_out) == 2


def test_an_answer_waits_for_the_roster_over_a_cut() -> None:
    """It takes longer than the answer may wait; then it waits anew."""
    facts = Facts(roster=False)
    receipts = made(facts)
    show(receipts, chat())
    receipts.disconnected(1.0)
    assert receipts.next_deadline is None
    receipts.handle_timer(400.0)
    receipts.bound(ME, 1_000.0)
    receipts.handle_timer(1_001.0)
    assert kinds(receipts) == []
    assert receipts.next_deadline == 1_300.0
    facts.roster = True
    receipts.roster_ready(1_010.0)
    assert kinds(receipts) == ["ack"]


def test_many_messages_of_one_contact_wait_offline() -> None:
    """As long as there is room, each is answered, and none is shown twice."""
    facts = Facts()
    receipts = made(facts)
    show(receipts, chat(id_="before"))
    facts.roster = False
    for number in range(40):
        assert show(receipts, chat(id_=f"m{number}"))
    facts.roster = True
    for number in range(40):
        assert not show(receipts, chat(id_=f"m{number}"))
    list(receipts.actions())
    receipts.roster_ready(1.0)
    assert kinds(receipts) == ["ack"] * 40


def test_the_oldest_answer_of_the_account_with_most_gives_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the domain that has the most; others keep their place."""
    monkeypatch.setattr(held, "_MOST", 6)
    facts = Facts(roster=False)
    receipts = made(facts)
    senders = ["a@x.lit", "b@x.lit", "b@x.lit", "b@x.lit", "c@y.lit", "c@y.lit"]
    for number, sender in enumerate([*senders, "d@z.lit"]):
        show(receipts, chat(from_=f"{sender}/r", id_=f"m{number}"))
    (refused,) = receipts.actions()
    assert isinstance(refused, NotAnswered)
    assert refused.id == "m1"


def test_a_receipt_for_another_own_client_confirms_nothing_of_this_one() -> None:
    """Both have sent a message with the same id; a carbon shows each."""
    receipts = made()
    receipts.outgoing(outgoing(id_="1"), 0.0, token=7)
    phone = f"{ME.bare}/phone"
    sent = outgoing(id_="1", more=REQUEST).replace(
        "<message ", f"<message from='{phone}' "
    )
    receipts.incoming(carbon("sent", sent), 1.0)
    ack = received("1").replace(str(ME), phone)
    receipts.incoming(carbon("received", ack), 2.0)
    (delivered,) = receipts.actions()
    assert isinstance(delivered, Delivered)
    assert (delivered.elsewhere, delivered.token) == (True, None)
    receipts.incoming(received("1"), 3.0)
    (delivered,) = receipts.actions()
    assert isinstance(delivered, Delivered)
    assert (delivered.elsewhere, delivered.token) == (False, 7)


def test_a_receipt_in_a_carbon_counts_where_no_other_client_waits() -> None:
    """A client may answer to another resource than the one that asked, or to none."""
    for to in (f"{ME.bare}/phone", str(ME.bare)):
        receipts = made()
        receipts.outgoing(outgoing(id_="1"), 0.0, token=7)
        ack = received("1").replace(str(ME), to)
        receipts.incoming(carbon("received", ack), 2.0)
        assert kinds(receipts) == ["Delivered"]


def test_another_message_without_token_is_not_the_one_that_waits() -> None:
    """A client counts ids from 1 again: the receipt is for the first of them."""
    receipts = made()
    first = outgoing(more=REQUEST)
    assert receipts.outgoing(first, 0.0).id == "m1"
    assert receipts.outgoing(first, 1.0).id == "m1"
    saved = json.loads(json.dumps(receipts.snapshot(1.0, 1.0)))
    receipts.restore(saved, 1.0, 1.0)
    assert receipts.outgoing(first, 2.0).id == "m1"
    other = receipts.outgoing(first.replace("hi", "another"), 3.0)
    assert (other.id, other.stanza.find(ns.REQUEST_TAG)) == (None, None)


def test_nothing_is_sent_again_to_an_occupant() -> None:
    """In another session the nickname may be somebody else's."""
    receipts = made(resend=RESEND)
    receipts.joined(jid.parse("coven@chat.shakespeare.lit/me"))
    occupant = "coven@chat.shakespeare.lit/bob"
    receipts.learned(jid.parse(occupant), Support.YES)
    assert receipts.outgoing(outgoing(occupant), 0.0, token=1).asks
    assert receipts.next_deadline is None


def test_a_query_that_fails_leaves_no_message_behind() -> None:
    """The call is made again, and the message gets another id."""
    facts: Any = Facts(queries=True)
    receipts = made(facts)
    text = outgoing().replace(" id='m1'", "")
    facts.may_query = raising
    with pytest.raises(RuntimeError):
        receipts.outgoing(text, 0.0, token=7)
    del facts.may_query
    receipts.outgoing(text, 1.0, token=7)
    assert len(receipts.snapshot(1.0, 1.0)["tracker"]["messages"]) == 1


def raising(contact: JID) -> bool:
    """Raise as a host may."""
    raise RuntimeError(contact)


@pytest.mark.parametrize("token", [True, 2**63, -(2**63) - 1, 10**400, 1.5, b"a"])
def test_a_token_that_cannot_be_stored_is_refused(token: Any) -> None:  # noqa: ANN401
    """At once, and not when the snapshot is read."""
    with pytest.raises(ReceiptsError) as caught:
        made().outgoing(outgoing(), 0.0, token=token)
    assert caught.value.code is ReceiptsCode.TOKEN


def test_what_was_told_of_a_client_ends_when_it_goes_offline() -> None:
    """Another client, or another occupant, may take its address."""
    receipts = made()
    receipts.learned(jid.parse(BOB), Support.NO)
    available = f"<presence xmlns='jabber:client' from='{BOB}'/>"
    for stanza, asks in (
        (available, False),
        (available.replace("/>", " type='unavailable'/>"), True),
    ):
        receipts.incoming(stanza, 0.0)
        assert receipts.outgoing(outgoing(), 0.0).asks == asks


def test_what_is_not_known_hides_nothing() -> None:
    """The stack takes back what it has said of a client."""
    receipts = made(Facts(queries=True))
    bob = jid.parse(BOB)
    receipts.learned(bob, Support.NO)
    receipts.learned(bob, Support.UNKNOWN)
    assert support_of(receipts) == "query-first"


def test_a_contact_that_comes_and_goes_leaves_no_deadlines() -> None:
    """Each time it is asked, and goes before it answers."""
    receipts = made(Facts(queries=True))
    gone = f"<presence xmlns='jabber:client' from='{BOB}' type='unavailable'/>"
    for _ in range(1_100):
        receipts.incoming(CAPS.format(BOB), 0.0)
        receipts.incoming(gone, 0.0)
        list(receipts.actions())
    clients = receipts._router.clients  # noqa: SLF001
    assert len(clients._deadlines) <= 1_024  # noqa: SLF001


def test_long_ids_are_not_kept_in_reports() -> None:
    """A peer repeats a message with a long id."""
    receipts = made()
    stanza = chat(id_="x" * 100_000)
    for _ in range(2):
        show(receipts, stanza)
    found = [it for it in receipts.actions() if hasattr(it, "id")]
    assert max(len(str(it.id)) for it in found) <= 1_024


@pytest.mark.parametrize(
    "stanza",
    [
        chat(),
        chat(
            "<body>hi</body><x xmlns='http://jabber.org/protocol/muc#user'/>" + REQUEST
        ),
        chat(f"<body>hi</body><delay xmlns='urn:xmpp:delay' stamp='x'/>{REQUEST}"),
        chat(REQUEST),
        chat(f"{REQUEST}<received xmlns='urn:xmpp:receipts' id='q'/>"),
        chat(type_="groupchat"),
    ],
)
def test_a_key_that_was_stored_decides_as_the_message_did(stanza: str) -> None:
    """The text of a key holds all that the decision needs."""
    outcomes: list[list[str]] = []
    for is_stored in (False, True):
        policy = AckPolicy(content_only=True, groupchat=True)
        receipts = made(ack=policy)
        incoming = receipts.incoming(stanza, 0.0)
        if is_stored:
            receipts.processed(incoming.key, 0.0)
        else:
            with incoming:
                pass
        outcomes.append(kinds(receipts))
    assert outcomes[0] == outcomes[1] != []


def test_a_restored_object_is_as_connected_as_before() -> None:
    """Nothing is sent before `bound`."""
    receipts = made()
    show(receipts, chat())
    saved = receipts.snapshot(0.0, 0.0)
    receipts.disconnected(1.0)
    receipts.restore(saved, 2.0, 2.0)
    assert kinds(receipts) == []
    receipts.bound(ME, 3.0)
    assert kinds(receipts) == ["ack"]


def test_a_key_says_that_its_message_came_from_a_room() -> None:
    """The room is not known any more when the message was processed, or after a start.

    The answer goes to the occupant, and another one's equal message is another.
    """
    policy = AckPolicy(address=Address.BARE)
    for starts in (False, True):
        receipts = made(ack=policy)
        receipts.joined(jid.parse("coven@chat.shakespeare.lit/k"))
        key = receipts.incoming(chat(from_="coven@chat.shakespeare.lit/a"), 0.0).key
        if starts:
            receipts = made(ack=policy)
        receipts.bound(ME, 1.0)
        receipts.processed(key, 2.0)
        (send,) = receipts.actions()
        assert isinstance(send, Send)
        assert send.to == "coven@chat.shakespeare.lit/a"
        receipts.joined(jid.parse("coven@chat.shakespeare.lit/k"))
        assert show(receipts, chat(from_="coven@chat.shakespeare.lit/b"))
        assert not show(receipts, chat(from_="coven@chat.shakespeare.lit/a"))


def test_a_private_message_in_a_known_room_may_say_so_itself() -> None:
    """Then its key has nothing to add."""
    receipts = made()
    receipts.joined(jid.parse("coven@chat.shakespeare.lit/k"))
    private = f"<body>hi</body><x xmlns='{ns.MUC_USER}'/>{REQUEST}"
    for nick in "ab":
        stanza = chat(private, from_=f"coven@chat.shakespeare.lit/{nick}")
        assert show(receipts, stanza)
        assert not show(receipts, stanza)


def test_long_addresses_are_remembered_by_their_digest() -> None:
    """A peer chooses the length of its JID, and a row is short."""
    receipts = made()
    for number in range(2):
        stanza = chat(from_=f"{'a' * 500}{number}@shakespeare.lit/x")
        assert show(receipts, stanza)
        assert not show(receipts, stanza)
    for row in receipts.snapshot(0.0, 0.0)["processed"]:
        assert len(row["account"]) <= 64


def test_what_is_reported_as_done_is_no_other_action() -> None:
    """An inner loop reports what it has carried out."""
    receipts = made()
    for id_ in ("a", "b"):
        show(receipts, chat(id_=id_))
    outer, inner = receipts.actions(), receipts.actions()
    first, second = next(outer), next(inner)
    receipts.done(second)
    assert [*receipts.snapshot(0.0, 0.0)["actions"]] != []
    receipts.done(first)
    assert receipts.snapshot(0.0, 0.0)["actions"] == []


def test_an_error_in_place_of_an_answer_says_nothing() -> None:
    """The entity that the stack asked does not answer queries."""
    receipts = made()
    receipts.outgoing(OWN_QUERY.format(BOB), 0.0)
    receipts.incoming(
        f"<iq xmlns='jabber:client' type='error' from='{BOB}' id='q7'/>", 1.0
    )
    assert support_of(receipts) == "query-first"

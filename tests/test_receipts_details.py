"""Details of `Receipts` that no other test noticed; see `test_details`."""

from __future__ import annotations

import tracemalloc
from hashlib import blake2b
from itertools import count
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from xep0184 import (
    AckPolicy,
    Envelope,
    EnvelopeKind,
    Message,
    Support,
    caps,
    disco,
    jid,
    ns,
    xml,
)
from xep0184.receipts import (
    Bounced,
    Delivered,
    Host,
    MessageKey,
    NotAnswered,
    Receipts,
    ReceiptsCode,
    ReceiptsError,
    ReceiptsPolicy,
    Repeated,
    ResendStanza,
    Send,
    SendReason,
    held,
    processed,
)
from xep0184.receipts.content import message_digest
from xep0184.receipts.held import HeldAnswers
from xep0184.receipts.processed import ProcessedMessages, owner_of
from xep0184.receipts.queue import ActionQueue
from xep0184.receipts.rooms import Rooms

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184 import JID
    from xep0184.receipts import Action

ME = jid.parse("romeo@montague.lit/orchard")
BOB = jid.parse("juliet@capulet.lit/balcony")
REQUEST = f"<request xmlns='{ns.RECEIPTS}'/>"


class Facts(Host):
    """A host with answers that a test chooses."""

    def __init__(
        self, *, wanted: bool = True, known: bool | None = True, asks: bool = True
    ) -> None:
        self._wanted, self.known, self._asks = wanted, known, asks
        self.asked_about: list[object] = []

    def enabled(self, contact: JID, /) -> bool:
        """Return whether receipts are wanted."""
        self.asked_about.append(contact)
        return self._wanted

    def authorized(self, _contact: JID, /) -> bool | None:
        """Return what the roster says."""
        return self.known

    def may_query(self, _contact: JID, /) -> bool:
        """Return whether a query may go out."""
        return self._asks


def made(policy: ReceiptsPolicy | None = None, **facts: Any) -> Receipts:  # noqa: ANN401  # of Facts
    """Return the receipts of the account."""
    return Receipts(Facts(**facts), ME, policy or ReceiptsPolicy())


def message(content: str, **attributes: str) -> str:
    """Return a message."""
    written = "".join(f" {name}='{value}'" for name, value in attributes.items())
    return f"<message xmlns='jabber:client'{written}>{content}</message>"


def asking(id_: str = "a", from_: str = str(BOB), **attributes: str) -> str:
    """Return a message that came and asks."""
    content = f"<body>hi</body>{REQUEST}"
    return message(content, id=id_, type="chat", **{"from": from_}, **attributes)


def process(receipts: Receipts, stanza: str, now: float = 0.0) -> list[str]:
    """Process a message; return what is to be done."""
    with receipts.incoming(stanza, now):
        pass
    return [
        it.ruling.reason if isinstance(it, NotAnswered) else type(it).__name__
        for it in receipts.actions()
    ]


# Answers


def test_a_repetition_is_answered_once_more_only_where_the_policy_says_so() -> None:
    """Its sender knows already that it was received (XEP-0184 §5.5)."""
    for repeats, then in ((True, "Send"), (False, "duplicate")):
        receipts = made(ReceiptsPolicy(ack=AckPolicy(repeats=repeats)))
        assert process(receipts, asking()) == ["Send"]
        assert process(receipts, asking()) == [then, "Repeated"]


def test_only_an_answer_that_depends_on_the_roster_waits_for_it() -> None:
    """Not one that is no in any case, or yes for strangers, too."""
    assert process(made(known=None), asking()) == []
    assert process(made(known=None, wanted=False), asking()) == ["disabled"]
    policy = ReceiptsPolicy(ack=AckPolicy(unauthorized=True))
    assert process(made(policy, known=None), asking()) == ["Send"]


def key(number: int) -> MessageKey:
    """Return the key of a message."""
    asked = Message(from_=str(BOB), id=str(number), request=True)
    envelope = Envelope(kind=EnvelopeKind.DIRECT, message=asked)
    return MessageKey(
        account=str(ME.bare), envelope=envelope, digest=None, nonce=f"{number}"
    )


def test_among_contacts_only_the_oldest_answer_gives_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There is no stranger whose answer could."""
    monkeypatch.setattr(held, "_MOST", 2)
    answers = HeldAnswers(lambda _: True)
    assert [answers.add(BOB, key(it), 1.0) for it in range(2)] == [None, None]
    assert answers.add(BOB, key(2), 1.0) == key(0)


def test_an_answer_waits_as_long_after_a_restart() -> None:
    """Of 300 seconds ten have passed, and clocks begin anew in each process."""
    before = made(known=None)
    process(before, asking(), 100.0)
    after = made(known=None)
    after.restore(before.snapshot(110.0, 1_000.0), 5.0, 1_000.0)
    assert after.next_deadline == 5.0 + 290.0


def test_a_component_writes_the_address_that_was_written_to() -> None:
    """Whatever its spelling is, and even if it has no resource (XEP-0114 §4)."""
    account = jid.parse("echo@comp.lit")
    receipts = Receipts(Facts(), account, namespace=ns.COMPONENT)
    asked = asking(to="ECHO@comp.lit").replace(ns.CLIENT, ns.COMPONENT)
    with receipts.incoming(asked, 0.0):
        pass
    (send,) = receipts.actions()
    assert isinstance(send, Send)
    assert xml.parse(send.octets).get("from") == "ECHO@comp.lit"


@pytest.mark.parametrize(
    ("to", "from_"),
    [("echo@comp.lit", "echo@comp.lit/a"), ("Echo@comp.lit/b", "Echo@comp.lit/b")],
)
def test_a_client_of_a_component_answers_from_a_full_address(
    to: str, from_: str
) -> None:
    """Its own one if it was written to without a resource."""
    account = jid.parse("echo@comp.lit/a")
    receipts = Receipts(Facts(), account, namespace=ns.COMPONENT)
    asked = asking(to=to).replace(ns.CLIENT, ns.COMPONENT)
    with receipts.incoming(asked, 0.0):
        pass
    (send,) = receipts.actions()
    assert isinstance(send, Send)
    assert xml.parse(send.octets).get("from") == from_


def test_the_digest_is_the_same_in_later_versions() -> None:
    """It is part of journals; this is what it is made of."""
    stanza = "<body>hi</body><a><b/>c</a>"
    parsed = xml.parse(message(stanza, id="1", type="chat"))
    body = "'{jabber:client}body', 'hi', '', 0"
    inner = "'{jabber:client}a', '', '', 1, '{jabber:client}b', '', 'c', 0"
    octets = f"('chat', '1', {body}, {inner})".encode()
    expected = blake2b(octets, digest_size=16).hexdigest()
    assert message_digest(parsed) == expected


def test_an_answer_waits_behind_those_with_an_earlier_deadline() -> None:
    """Also when it waits once more."""
    answers = HeldAnswers(lambda _: True)
    answers.add(BOB, key(1), 1.0)
    answers.add(BOB, key(2), 5.0)
    answers.postpone(1.0, 301.0)
    assert answers.next_deadline == 5.0
    assert [it[2] for it in answers.items] == [key(2), key(1)]


def waiting(stanza: str | Envelope) -> tuple[Facts, Receipts]:
    """Return receipts in which the answer to a message waits for the roster."""
    facts = Facts(known=None)
    receipts = Receipts(facts, ME)
    with receipts.incoming(stanza, 0.0):
        pass
    return facts, receipts


@pytest.mark.parametrize("known", [True, False])
def test_the_roster_tells_whose_message_was_processed(*, known: bool) -> None:
    """The message of a contact is remembered as such, that of a stranger is not."""
    facts, receipts = waiting(asking())
    facts.known = known
    receipts.roster_ready(1.0)
    (row,) = receipts.snapshot(1.0, 1.0)["processed"]
    assert row["is_contact"] is known


def test_a_message_without_its_element_is_not_remembered() -> None:
    """It could not be recognised (the stack passes the envelope)."""
    asked = Message(from_=str(BOB), id="a", request=True)
    facts, receipts = waiting(Envelope(kind=EnvelopeKind.DIRECT, message=asked))
    facts.known = True
    receipts.roster_ready(1.0)
    assert [type(it) for it in receipts.actions()] == [Send]
    assert receipts.snapshot(1.0, 1.0)["processed"] == []


def test_a_message_that_was_displaced_while_it_waited_is_remembered_again() -> None:
    """By the key that waits."""
    _, before = waiting(asking())
    saved = before.snapshot(1.0, 1.0)
    (nonce,) = (it["nonce"] for it in saved["processed"])
    saved["processed"] = []
    facts = Facts(known=None)
    after = Receipts(facts, ME)
    after.restore(saved, 2.0, 2.0)
    facts.known = True
    after.roster_ready(3.0)
    assert [it["nonce"] for it in after.snapshot(3.0, 3.0)["processed"]] == [nonce]


def test_the_host_is_not_asked_about_nobody() -> None:
    """A sender that is no JID gets no answer."""
    facts = Facts()
    receipts = Receipts(facts, ME)
    assert process(receipts, asking(from_="@")) == ["bad-sender"]
    assert facts.asked_about == []


def test_room_is_made_when_a_sender_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And when a stranger becomes a contact: two of each kind have a place."""
    monkeypatch.setattr(processed, "_MOST", 2)
    seen, eve = ProcessedMessages(), jid.parse("eve@evil.lit")
    for message_ in "ab":
        seen.add(BOB, message_, "n", 0.0, is_contact=False)
    seen.forget(BOB)
    for message_ in "cd":
        seen.add(eve, message_, "n", 0.0, is_contact=False)
    for message_ in "cd":
        seen.add(eve, message_, "n", 0.0, is_contact=True)
    for message_ in "ef":
        seen.add(BOB, message_, "n", 0.0, is_contact=False)
    assert [seen.find(eve, it) for it in "cd"] == ["n", "n"]
    assert [seen.find(BOB, it) for it in "abef"] == [None, None, "n", "n"]


def test_messages_that_their_sender_displaces_take_no_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of one stranger 16 are remembered; they leave the place of another."""
    monkeypatch.setattr(processed, "_MOST", 17)
    seen, eve = ProcessedMessages(), jid.parse("eve@evil.lit")
    seen.add(BOB, "a", "n", 0.0, is_contact=False)
    for number in range(40):
        seen.add(eve, str(number), "n", 0.0, is_contact=False)
    assert seen.find(BOB, "a") == "n"


def test_a_short_account_is_kept_as_it_is() -> None:
    """Up to 64 characters; a longer one as a digest."""
    local = "a" * (64 - len("@b.lit"))
    assert owner_of(jid.parse(f"{local}@b.lit/x")) == f"{local}@b.lit"
    assert owner_of(jid.parse(f"a{local}@b.lit/x"))[0] == "/"


# Requests


def archived_in(receipts: Receipts) -> bool:
    """Return whether a result of the archive is read."""
    inner = f"<forwarded xmlns='{ns.FORWARD}'>{asking()}</forwarded>"
    result = f"<result xmlns='{ns.MAM}' queryid='q'>{inner}</result>"
    stanza = message(result, **{"from": str(ME.bare)})
    return receipts.incoming(stanza, 5.0).message is not None


def asked_archive() -> Receipts:
    """Return receipts through which a query to the archive went."""
    receipts = made()
    query = f"<query xmlns='{ns.MAM}' queryid='q'/>"
    receipts.outgoing(f"<iq xmlns='jabber:client' type='set' id='1'>{query}</iq>", 0.0)
    return receipts


@pytest.mark.parametrize(
    ("stanza", "ends"),
    [
        ("<iq xmlns='jabber:client' type='result' id='1'/>", True),
        ("<iq xmlns='jabber:client' type='error' id='1'/>", True),
        ("<iq xmlns='jabber:client' type='get' id='1'/>", False),
        ("<a xmlns='urn:x' type='result' id='1'/>", False),
    ],
)
def test_only_an_answer_ends_a_query_to_an_archive(stanza: str, *, ends: bool) -> None:
    """An iq of the archive, of the types that answer (RFC 6120 §8.2.3)."""
    receipts = asked_archive()
    assert archived_in(receipts)
    receipts.incoming(stanza, 1.0)
    assert archived_in(receipts) is not ends


def test_queries_to_archives_end_with_their_stream() -> None:
    """Their results come on the same one."""
    receipts = asked_archive()
    receipts.bound(ME, 1.0)
    assert not archived_in(receipts)


def test_a_query_to_the_own_account_tells_of_no_client() -> None:
    """It has no addressee that support could be known of."""
    receipts = made()
    info = f"<query xmlns='{ns.DISCO_INFO}'/>"
    receipts.outgoing(f"<iq xmlns='jabber:client' type='get' id='q'>{info}</iq>", 0.0)
    info = f"<query xmlns='{ns.DISCO_INFO}'><feature var='{ns.RECEIPTS}'/></query>"
    iq = f"<iq xmlns='jabber:client' type='result' from='{ME.bare}' id='q'>{info}</iq>"
    receipts.incoming(iq, 1.0)
    receipts.forget(BOB, 2.0)
    assert list(receipts.actions()) == []


def sent_elsewhere(receipts: Receipts, sent: str) -> None:
    """Let a carbon come of what another client of the account sent."""
    inner = f"<forwarded xmlns='{ns.FORWARD}'>{sent}</forwarded>"
    copied = f"<sent xmlns='{ns.CARBONS}'>{inner}</sent>"
    receipts.incoming(message(copied, **{"from": str(ME.bare)}), 0.0)


def receipt(from_: str) -> str:
    """Return a receipt that came."""
    content = f"<received xmlns='{ns.RECEIPTS}' id='a'/>"
    return message(content, id="r", **{"from": from_})


@pytest.mark.parametrize("to", ["", " to='@'"])
def test_what_was_sent_elsewhere_to_nobody_waits_for_nothing(to: str) -> None:
    """Its copy is read like any other."""
    receipts = made()
    start = f"<message xmlns='jabber:client' id='a'{to}>"
    sent_elsewhere(receipts, f"{start}{REQUEST}</message>")
    receipts.incoming(receipt(str(BOB)), 1.0)
    assert list(receipts.actions()) == []


def test_what_was_sent_elsewhere_to_an_occupant_is_confirmed_by_it_alone() -> None:
    """The element says that it is one, also where the room is not known."""
    receipts, room = made(), "room@muc.lit"
    content = f"{REQUEST}<x xmlns='{ns.MUC_USER}'/>"
    sent_elsewhere(receipts, message(content, to=f"{room}/n", id="a", type="chat"))
    receipts.incoming(receipt(f"{room}/other"), 1.0)
    receipts.incoming(receipt(f"{room}/n"), 2.0)
    occupant = jid.parse(f"{room}/n")
    assert list(receipts.actions()) == [
        Delivered(id="a", sender=occupant, elsewhere=True)
    ]


def test_verified_hashes_are_saved() -> None:
    """With them a new session need not ask again."""
    receipts = made()
    info = disco.Info(
        identities=(disco.Identity(category="client", type="pc"),),
        features=(ns.RECEIPTS,),
    )
    ver = caps.ver(info)
    advertised = f"<c xmlns='{ns.CAPS}' node='n' hash='sha-1' ver='{ver}'/>"
    presence = f"<presence xmlns='jabber:client' from='{BOB}'>{advertised}</presence>"
    receipts.incoming(presence, 0.0)
    (send,) = receipts.actions()
    assert isinstance(send, Send)
    query = disco.query_of(send.octets)
    assert query is not None
    answered = (
        f"<query xmlns='{ns.DISCO_INFO}' node='{query.node}'>"
        "<identity category='client' type='pc'/>"
        f"<feature var='{ns.RECEIPTS}'/></query>"
    )
    receipts.incoming(
        f"<iq xmlns='jabber:client' type='result' from='{BOB}' id='{query.id}'>"
        f"{answered}</iq>",
        1.0,
    )
    saved = receipts.snapshot(1.0, 1.0)["hashes"]["hashes"]
    assert [it["ver"] if "ver" in it else ver in str(it) for it in saved] == [True]


def test_a_message_with_both_elements_is_not_tracked() -> None:
    """A receipt for an ack message would never come (XEP-0184 §5.3)."""
    receipts = made()
    both = f"{REQUEST}<received xmlns='{ns.RECEIPTS}' id='b'/>"
    sent = receipts.outgoing(message(both, to=str(BOB), id="a", type="chat"), 0.0)
    assert sent.id is None


def test_the_id_of_a_message_that_waits_is_not_lent_to_another() -> None:
    """A receipt for it would confirm the first one; so it does not ask."""
    receipts = made(asks=False)
    to, id_ = str(BOB), "a"
    first = message(f"<body>hi</body>{REQUEST}", to=to, id=id_, type="chat")
    assert receipts.outgoing(first, 0.0).id == "a"
    other = message("<body>hi</body>", to=to, id=id_, type="chat")
    assert receipts.outgoing(other, 1.0).id is None


def test_an_error_ends_a_query() -> None:
    """The client is not supposed to support receipts then, and no deadline is left."""
    receipts = made()
    receipts.outgoing(message("<body>hi</body>", to=str(BOB), id="a"), 0.0)
    (send,) = receipts.actions()
    assert isinstance(send, Send)
    query = disco.query_of(send.octets)
    assert query is not None
    receipts.incoming(error_of(query.id), 1.0)
    assert receipts.next_deadline is None


def error_of(id_: str | None) -> str:
    """Return the error that answers a query."""
    error = f"<error type='cancel'><gone xmlns='{ns.STANZA_ERRORS}'/></error>"
    return (
        f"<iq xmlns='jabber:client' type='error' from='{BOB}' id='{id_}'>{error}</iq>"
    )


def test_an_error_that_answers_a_query_of_the_stack_says_nothing() -> None:
    """It names no features, so what is known of the client stays."""
    receipts = made(asks=False)
    receipts.outgoing(disco.query(str(BOB), "q"), 0.0)
    info = f"<query xmlns='{ns.DISCO_INFO}'><feature var='{ns.RECEIPTS}'/></query>"
    iq = f"<iq xmlns='jabber:client' type='result' from='{BOB}' id='q'>{info}</iq>"
    receipts.incoming(iq, 1.0)
    receipts.outgoing(disco.query(str(BOB), "r"), 2.0)
    receipts.incoming(error_of("r"), 3.0)
    sent = message("<body>hi</body>", to=str(BOB), id="a", type="chat")
    ruling = receipts.outgoing(sent, 4.0).ruling
    assert ruling is not None
    assert ruling.allowed


def test_a_presence_to_a_client_joins_no_room() -> None:
    """One that joins has an element that says so (XEP-0045 §7.2)."""
    rooms, room = Rooms(), jid.parse("room@muc.lit/nick")
    rooms.outgoing(ET.Element("presence"), room)
    assert room not in rooms
    presence = ET.Element("presence")
    ET.SubElement(presence, "{http://jabber.org/protocol/muc}x")
    rooms.outgoing(presence, room)
    assert room in rooms


# Mistakes of the caller


@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("account", lambda it: it.bound("x", 0.0)),
        ("account", lambda it: it.bound(BOB, 0.0)),
        ("contact", lambda it: it.learned("x", Support.YES)),
        ("support", lambda it: it.learned(BOB, "x")),
        ("occupant", lambda it: it.joined("x")),
        ("contact", lambda it: it.forget("x", 0.0)),
        ("token", lambda it: it.outgoing("<iq/>", 0.0, token=1.5)),
        ("token", lambda it: it.stop_resending(1.5)),
        ("snapshot", lambda it: it.restore([], 0.0, 0.0)),
        ("version", lambda it: it.restore({}, 0.0, 0.0)),
        ("key", lambda it: it.processed("[]", 0.0)),
        ("key", lambda it: it.processed("{", 0.0)),
    ],
    ids=map(str, count()),
)
def test_an_error_names_the_argument(field: str, call: Callable[[Any], object]) -> None:
    """Or the part of it that is wrong."""
    with pytest.raises(ReceiptsError) as caught:
        call(made())
    assert caught.value.field == field


def test_a_message_is_processed_once() -> None:
    """The error names the argument."""
    receipts = made()
    found = receipts.incoming(asking(), 0.0).key
    receipts.processed(found, 0.0)
    with pytest.raises(ReceiptsError) as caught:
        receipts.processed(found, 0.0)
    assert (caught.value.code, caught.value.field) == (ReceiptsCode.PROCESSED, "key")


# Actions


def send(number: int = 0) -> Send:
    """Return a stanza to send."""
    return Send(octets=b"<message/>", to=str(number), reason=SendReason.ACK)


def resend(attempt: int, token: int = 1) -> ResendStanza:
    """Return a stanza to send again."""
    return ResendStanza(token=token, id="a", to=str(BOB), attempt=attempt)


def carried_out(queue: ActionQueue, most: int = 100) -> list[Action]:
    """Carry out some actions."""
    done: list[Action] = []
    for action in queue.take(lambda: True):
        done.append(action)
        queue.done(action)
        if len(done) == most:
            break
    return done


def kept(queue: ActionQueue) -> list[Action]:
    """Return the actions that are still known."""
    found: list[Action] = []

    def note(action: Action) -> bool:
        found.append(action)
        return False

    queue.drop(note)
    return found


def test_a_receipt_drops_what_would_be_sent_again_and_nothing_else() -> None:
    """Neither reports of the same message nor other messages."""
    queue = ActionQueue(None)
    bounced = Bounced(id="a", sender=BOB, token=1)
    others: list[Action] = [send(), bounced, resend(1, token=2)]
    for action in (*others, resend(1)):
        queue.add(action)
    queue.drop_resends(1)
    assert carried_out(queue) == others


def test_a_receipt_drops_every_attempt_to_send_again() -> None:
    """Also the second one, of which the first was carried out."""
    queue = ActionQueue(None)
    queue.add(resend(1))
    queue.add(resend(2))
    assert carried_out(queue, 1) == [resend(1)]
    queue.drop_resends(1)
    assert carried_out(queue) == []


def test_an_action_is_forgotten_when_the_loop_comes_back() -> None:
    """Without a journal nothing else says that it was carried out."""
    queue = ActionQueue(None)
    queue.add(send())
    assert list(queue.take(lambda: True)) == [send()]
    assert (kept(queue), queue.rows()) == ([], [])


def test_with_a_journal_only_actions_with_a_row_are_kept_until_done() -> None:
    """What explains something needs no report."""
    changed: dict[int, None] = {}
    queue = ActionQueue(changed)
    repeated = Repeated("a", BOB)
    queue.add(send())
    queue.add(repeated)
    changed.clear()
    assert list(queue.take(lambda: True)) == [send(), repeated]
    assert kept(queue) == [send()]


def test_explanations_that_were_taken_make_room() -> None:
    """At most 4096 wait."""
    queue = ActionQueue(None)
    for round_ in range(2):
        for number in range(4_097):
            queue.add(Repeated(f"{round_} {number}", BOB))
        assert len(list(queue.take(lambda: True))) == 4_096


def test_tokens_of_the_past_take_no_memory() -> None:
    """Each message has another one."""
    queue = ActionQueue(None)
    tracemalloc.start()
    try:
        for token in range(3_000):
            queue.add(resend(1, token))
            carried_out(queue)
        assert tracemalloc.get_traced_memory()[0] < 50_000
    finally:
        tracemalloc.stop()


def test_so_many_rooms_are_known() -> None:
    """1024 that were joined; 256 that presence tells of, 32 of each domain."""
    rooms = Rooms()
    joined = [jid.parse(f"r{number}@muc.lit/n") for number in range(1_025)]
    for room in joined[:-1]:
        rooms.join(room)
    assert joined[0] in rooms
    rooms.join(joined[-1])
    assert [room in rooms for room in (joined[0], joined[1], joined[-1])] == [
        *(False, True, True)
    ]
    rooms = Rooms()
    own = ET.Element("presence")
    ET.SubElement(own, f"{{{ns.MUC_USER}}}x").append(
        ET.Element(f"{{{ns.MUC_USER}}}status", code="110")
    )
    for domain in range(9):
        for number in range(33):
            rooms.incoming(own, jid.parse(f"r{number}@d{domain}.lit/n"))
    told = [
        [jid.parse(f"r{number}@d{domain}.lit") in rooms for number in range(33)]
        for domain in range(9)
    ]
    assert told == [[False] * 33, *[[False, *[True] * 32]] * 8]


def test_what_a_stack_names_is_compared_as_in_stanzas() -> None:
    """With the normaliser of the account, whatever the stack has parsed it with."""

    def without_dots(part: jid.Part, text: str) -> str:
        text = text.lower() if part is not jid.Part.RESOURCE else text
        return text.replace(".", "") if part is jid.Part.LOCAL else text

    def asks(receipts: Receipts, to: str, body: str = "hi") -> bool:
        stanza = f"<message xmlns='jabber:client' to='{to}' id='a'><body>{body}"
        return receipts.outgoing(f"{stanza}</body></message>", 0.0).asks

    account = jid.parse("ro.meo@montague.lit", normaliser=without_dots)
    receipts = Receipts(Facts(), account)
    receipts.bound(jid.parse("romeo@montague.lit/hall"), 0.0)
    receipts.bound(jid.parse("Ro.Meo@montague.lit/orchard"), 0.0)
    assert str(receipts.account) == "romeo@montague.lit/orchard"
    assert receipts.account.normaliser is without_dots
    assert asks(receipts, "jul.iet@capulet.lit")
    assert not asks(receipts, "juliet@capulet.lit", "other")
    receipts.forget(jid.parse("j.uliet@capulet.lit"), 0.0)
    assert asks(receipts, "juliet@capulet.lit", "other")
    receipts.learned(jid.parse("j.uliet@capulet.lit/x"), Support.NO)
    assert not asks(receipts, "juliet@capulet.lit/x")
    receipts.joined(jid.parse("ve.rona@chat.lit/me"))
    assert asks(receipts, "verona@chat.lit/juliet")
    receipts.incoming(
        "<message xmlns='jabber:client' from='verona@chat.lit/eve' id='r'>"
        f"<received xmlns='{ns.RECEIPTS}' id='a'/></message>",
        0.0,
    )
    assert not [it for it in receipts.actions() if isinstance(it, Delivered)]

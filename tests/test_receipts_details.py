"""Details of `Receipts` that no other test noticed; see `test_details`."""

from __future__ import annotations

import tracemalloc
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from xep0184 import AckPolicy, Envelope, EnvelopeKind, Message, disco, jid, ns, xml
from xep0184.receipts import (
    Bounced,
    Host,
    MessageKey,
    NotAnswered,
    Receipts,
    ReceiptsPolicy,
    Repeated,
    ResendStanza,
    Send,
    SendReason,
    held,
)
from xep0184.receipts.content import message_digest
from xep0184.receipts.held import HeldAnswers
from xep0184.receipts.queue import ActionQueue
from xep0184.receipts.rooms import Rooms

if TYPE_CHECKING:
    import pytest

    from xep0184 import JID
    from xep0184.receipts import Action

ME = jid.parse("romeo@montague.lit/orchard")
BOB = jid.parse("juliet@capulet.lit/balcony")
REQUEST = f"<request xmlns='{ns.RECEIPTS}'/>"


class Facts(Host):
    """A host with fixed answers."""

    def __init__(
        self, *, wanted: bool = True, known: bool | None = True, asks: bool = True
    ) -> None:
        self._wanted, self._known, self._asks = wanted, known, asks

    def enabled(self, _contact: JID, /) -> bool:
        """Return whether receipts are wanted."""
        return self._wanted

    def authorized(self, _contact: JID, /) -> bool | None:
        """Return what the roster says."""
        return self._known

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


def test_a_client_of_a_component_answers_from_its_full_address() -> None:
    """If it was written to without a resource."""
    account = jid.parse("echo@comp.lit/a")
    receipts = Receipts(Facts(), account, namespace=ns.COMPONENT)
    asked = asking(to="echo@comp.lit").replace(ns.CLIENT, ns.COMPONENT)
    with receipts.incoming(asked, 0.0):
        pass
    (send,) = receipts.actions()
    assert isinstance(send, Send)
    assert xml.parse(send.octets).get("from") == "echo@comp.lit/a"


def test_the_digest_is_the_same_in_later_versions() -> None:
    """It is part of journals; this is what it is made of."""
    stanza = "<body>hi</body><a><b/>c</a>"
    parsed = xml.parse(message(stanza, id="1", type="chat"))
    body = "'{jabber:client}body', 'hi', '', 0"
    inner = "'{jabber:client}a', '', '', 1, '{jabber:client}b', '', 'c', 0"
    octets = f"('chat', '1', {body}, {inner})".encode()
    expected = blake2b(octets, digest_size=16).hexdigest()
    assert message_digest(parsed) == expected


# Requests


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


# Actions


def send(number: int = 0) -> Send:
    """Return a stanza to send."""
    return Send(octets=b"<message/>", to=str(number), reason=SendReason.ACK)


def resend(attempt: int, token: int = 1) -> ResendStanza:
    """Return a stanza to send again."""
    return ResendStanza(token=token, id="a", to=str(BOB), attempt=attempt)


def carried_out(queue: ActionQueue, most: int = 100) -> list[Action]:
    """Carry out some actions."""
    done = []
    for action in queue.take(lambda: True):
        done.append(action)
        queue.done(action)
        if len(done) == most:
            break
    return done


def kept(queue: ActionQueue) -> list[Action]:
    """Return the actions that are still known."""
    found: list[Action] = []
    queue.drop(lambda it: found.append(it) is not None)
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

"""Tests of the journal of `Receipts`, and of the schedule of many accounts."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

import xep0184
from xep0184 import Resend, jid
from xep0184.normalisers import stringprep
from xep0184.receipts import (
    Delivered,
    Receipts,
    ReceiptsCode,
    ReceiptsError,
    ReceiptsPolicy,
    ResendStanza,
    Schedule,
    Send,
    UnconfirmedMessage,
)

if TYPE_CHECKING:
    from xep0184.envelope import Envelope
    from xep0184.jid import JID
    from xep0184.receipts import Action

ME = jid.parse("romeo@montague.lit/orchard")
JULIET = "juliet@capulet.lit/balcony"
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"


class Host:
    """A host that knows Juliet alone."""

    roster = True
    queries = False

    def enabled(self, contact: JID) -> bool:
        """Return that receipts are wanted."""
        return bool(contact)

    def authorized(self, contact: JID) -> bool | None:
        """Return whether this is Juliet."""
        return contact.local == "juliet" if self.roster else None

    def may_query(self, contact: JID) -> bool:
        """Return whether this is Juliet, if anybody is asked."""
        return self.queries and contact.local == "juliet"

    def first_sight(self, archived: Envelope) -> bool:
        """Return whether it is new."""
        raise AssertionError(archived)


class Journal:
    """An account and its table, which outlives it."""

    def __init__(self, **policy: Any) -> None:  # noqa: ANN401  # fields of the policy
        self.host = Host()
        self.policy = ReceiptsPolicy(**policy)
        self.table: dict[tuple[str, str], str] = {}
        self.receipts = self.made()

    def made(self) -> Receipts:
        """Return new receipts."""
        return Receipts(self.host, ME, self.policy, journal=True)

    def commit(self, now: float = 0.0) -> None:
        """Write the changes."""
        for part, key, row in self.receipts.changes(now, now + 1e9):
            if row is None:
                self.table.pop((part, key), None)
            else:
                self.table[part, key] = row

    def restart(self, now: float = 0.0, posix: float = 1e9) -> None:
        """Forget what was not committed; read the rows in any order."""
        rows = [(part, row) for (part, _), row in self.table.items()]
        random.Random(184).shuffle(rows)
        self.receipts = self.made()
        self.receipts.replay(rows, now, posix)

    def show(self, stanza: str) -> bool:
        """Process a message at once; return whether it was to be shown."""
        with self.receipts.incoming(stanza, 0.0) as incoming:
            return not incoming.repeated

    def parts(self) -> list[str]:
        """Return the part of each row."""
        return [part for part, _ in self.table]

    def actions(self) -> list[Action]:
        """Return what is to be done now."""
        return list(self.receipts.actions())


def chat(id_: str = "m1", from_: str = JULIET, content: str = REQUEST) -> str:
    """Return a message to the account."""
    return (
        f"<message xmlns='jabber:client' from='{from_}' to='{ME}' id='{id_}'>"
        f"<body>hi</body>{content}</message>"
    )


def outgoing(id_: str = "m1") -> str:
    """Return a message of the account."""
    return (
        f"<message xmlns='jabber:client' to='{JULIET}' id='{id_}' type='chat'>"
        f"<body>hi</body>{REQUEST}</message>"
    )


def received(id_: str = "m1") -> str:
    """Return an ack message of Juliet."""
    return chat("r", content=f"<received xmlns='urn:xmpp:receipts' id='{id_}'/>")


def test_no_answer_precedes_its_commit() -> None:
    """An action is yielded only when its row was given to be written."""
    journal = Journal()
    assert journal.show(chat())
    assert journal.actions() == []
    journal.commit()
    assert sorted(journal.parts()) == ["actions", "processed"]
    (send,) = journal.actions()
    assert isinstance(send, Send)
    assert journal.actions() == []


def test_an_answer_stays_in_the_journal_until_it_is_reported_as_done() -> None:
    """After a kill it is given once more, octet for octet, and not again."""
    journal = Journal()
    journal.show(chat())
    journal.commit()
    (before,) = journal.actions()
    assert len(journal.receipts.snapshot(0.0, 1e9)["actions"]) == 1
    journal.commit()
    journal.restart()
    (after,) = journal.actions()
    assert before == after
    journal.receipts.done(after)
    journal.commit()
    assert journal.parts() == ["processed"]
    journal.restart()
    assert journal.actions() == []


def test_an_answer_may_be_reported_before_the_loop_comes_back() -> None:
    """Then it is not yielded again, even if the loop ends there."""
    journal = Journal()
    journal.show(chat())
    journal.commit()
    for action in journal.receipts.actions():
        journal.receipts.done(action)
        break
    journal.commit()
    assert journal.parts() == ["processed"]
    assert journal.actions() == []


def test_two_equal_actions_are_two() -> None:
    """Each is reported on its own."""
    journal = Journal()
    error = f"<message xmlns='jabber:client' from='{JULIET}' id='m1' type='error'/>"
    for _ in range(2):
        journal.receipts.outgoing(outgoing(), 0.0, token=1)
        journal.receipts.incoming(error, 0.0)
        journal.receipts.forget(jid.parse(JULIET), 0.0)
    journal.commit()
    first, second = journal.actions()
    assert first == second
    journal.receipts.done(first)
    journal.commit()
    assert journal.parts().count("actions") == 1
    for _ in range(2):  # once more than there is
        journal.receipts.done(second)
    journal.commit()
    assert "actions" not in journal.parts()


def test_without_a_journal_nothing_needs_to_be_reported() -> None:
    """What is reported then is ignored, and nothing changes."""
    receipts = Receipts(Host(), ME)
    with receipts.incoming(chat(), 0.0):
        pass
    (send,) = receipts.actions()
    assert receipts.changes(0.0, 1e9) == []
    receipts.done(send)
    assert receipts.snapshot(0.0, 1e9)["actions"] == []


def test_explanations_and_queries_have_no_rows() -> None:
    """They are yielded at once, and reporting them changes nothing."""
    journal = Journal()
    journal.host.queries = True
    journal.show(chat())
    journal.commit()
    journal.actions()
    caps = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='x='/>"
    journal.receipts.incoming(
        f"<presence xmlns='jabber:client' from='{JULIET}'>{caps}</presence>", 0.0
    )
    journal.show(chat(from_="mallory@evil.lit/x"))
    found = journal.actions()
    assert [type(it).__name__ for it in found] == ["Send", "NotAnswered"]
    for action in found:
        journal.receipts.done(action)
    changes = journal.receipts.changes(0.0, 1e9)
    assert [it.part for it in changes] == ["processed"]


def test_a_message_is_one_row_from_request_to_receipt() -> None:
    """The row is replaced, and holds no text of the message."""
    journal = Journal()
    journal.receipts.outgoing(outgoing(), 5.0, token=7)
    journal.commit(5.0)
    ((part, key),) = journal.table
    assert (part, len(key)) == ("messages", 32)
    row = json.loads(journal.table[part, key])
    assert (row["state"], row["token"], row["sent_at"]) == ("pending", 7, 5.0 + 1e9)
    assert ">hi<" not in str(journal.table)
    journal.receipts.incoming(received(), 6.0)
    journal.commit(6.0)
    assert json.loads(journal.table[part, key])["state"] == "delivered"
    phone = "juliet@capulet.lit/phone"
    journal.receipts.incoming(received().replace(JULIET, phone), 7.0)
    journal.commit(7.0)
    assert json.loads(journal.table[part, key])["confirmed_by"] == [JULIET, phone]
    journal.restart()
    assert journal.actions() == [
        Delivered(id="m1", sender=jid.parse(JULIET), token=7),
        Delivered(id="m1", sender=jid.parse(phone), token=7, first=False),
    ]


def test_attempts_are_not_forgotten() -> None:
    """Each repetition changes the row."""
    policy = {"resend": Resend(delay=10, count=2), "resend_bare": True}
    journal = Journal(**policy)
    journal.receipts.learned(jid.parse(JULIET), xep0184.Support.YES)
    journal.receipts.outgoing(outgoing(), 0.0, token=1)
    journal.receipts.handle_timer(10.0)
    journal.commit(10.0)
    journal.restart(3.0, 10.0 + 1e9)
    (again,) = journal.actions()
    assert isinstance(again, ResendStanza)
    assert again.attempt == 1
    assert journal.receipts.next_deadline == 3.0 + 20.0


def test_a_confirmed_message_is_not_sent_again_after_a_kill() -> None:
    """Also if sending it again was not reported as done."""
    journal = Journal(resend=Resend(delay=10), resend_bare=True)
    journal.receipts.outgoing(
        outgoing().replace(JULIET, "juliet@capulet.lit"), 0.0, token=1
    )
    journal.receipts.handle_timer(10.0)
    journal.commit(10.0)
    assert [type(it) for it in journal.actions()] == [ResendStanza]
    journal.receipts.incoming(received(), 11.0)
    journal.commit(11.0)
    journal.restart()
    assert [type(it) for it in journal.actions()] == [Delivered]


def test_a_repeated_receipt_changes_no_row() -> None:
    """Nothing is written for it."""
    journal = Journal()
    journal.receipts.outgoing(outgoing(), 0.0, token=1)
    journal.receipts.incoming(received(), 1.0)
    journal.commit(1.0)
    journal.receipts.incoming(received(), 2.0)
    assert journal.receipts.changes(2.0, 1e9) == []


def test_an_error_of_the_database_reaches_the_caller() -> None:
    """It is not taken for a wrong row."""
    journal = Journal()
    with pytest.raises(ValueError, match="database"):
        journal.receipts.replay(map(broken, [1]), 0.0, 1e9)


def broken(_: object) -> tuple[str, str]:
    """Raise as a database does."""
    message = "the database is closed"
    raise ValueError(message)


def test_a_held_answer_is_in_the_journal() -> None:
    """Until the roster decides it."""
    journal = Journal()
    journal.host.roster = False
    journal.show(chat())
    journal.commit()
    assert sorted(journal.parts()) == ["held", "processed"]
    journal.restart()
    journal.host.roster = True
    journal.receipts.roster_ready(1.0)
    journal.commit(1.0)
    assert [type(it) for it in journal.actions()] == [Send]
    assert sorted(journal.parts()) == ["actions", "processed"]
    assert len(journal.receipts.snapshot(1.0, 1e9)["processed"]) == 1


def test_verified_hashes_are_in_the_journal() -> None:
    """A query that was answered before is not sent again."""
    journal = Journal()
    journal.host.queries = True
    ver = "BU8l8wpx4J15lZF5a166BQRnd7w="
    presence = (
        f"<presence xmlns='jabber:client' from='{JULIET}'>"
        "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n'"
        f" ver='{ver}'/></presence>"
    )
    journal.receipts.incoming(presence, 0.0)
    (query,) = journal.actions()
    assert isinstance(query, Send)
    journal.receipts.incoming(
        f"<iq xmlns='jabber:client' type='result' from='{JULIET}'"
        f" id='{xep0184.xml.parse(query.octets).get('id')}'>"
        f"<query xmlns='http://jabber.org/protocol/disco#info' node='n#{ver}'>"
        "<feature var='urn:xmpp:receipts'/></query></iq>",
        0.0,
    )
    journal.commit()
    assert journal.parts() == ["hashes"]
    journal.restart()
    journal.receipts.incoming(presence, 0.0)
    assert journal.actions() == []
    assert journal.receipts.changes(0.0, 1e9) == []


def test_what_is_read_is_not_written_again() -> None:
    """All but what there is no room for any more."""
    journal = Journal()
    journal.show(chat())
    for now, id_ in enumerate(("a", "b")):
        journal.receipts.outgoing(outgoing(id_), now, token=id_)
    journal.commit()
    journal.restart()
    assert journal.receipts.changes(0.0, 1e9) == []
    journal.policy = ReceiptsPolicy(max_pending=1)
    journal.restart()
    journal.commit()
    dropped = [it for it in journal.actions() if isinstance(it, UnconfirmedMessage)]
    assert [it.token for it in dropped] == ["a"]
    rows = [row for (part, _), row in journal.table.items() if part == "messages"]
    states = sorted(json.loads(row)["state"] for row in rows)
    assert states == ["pending", "unconfirmed"]


def test_rows_are_read_where_no_journal_is_kept() -> None:
    """Such an object has no changes to tell, and the same state."""
    journal = Journal()
    journal.receipts.outgoing(outgoing(), 0.0, token=1)
    journal.show(chat("m2"))
    journal.commit()
    reader = Receipts(journal.host, ME, journal.policy)
    rows = [(part, row) for (part, _), row in journal.table.items()]
    reader.replay(rows, 0.0, 1e9)
    assert reader.changes(0.0, 1e9) == []
    assert reader.snapshot(0.0, 1e9) == journal.receipts.snapshot(0.0, 1e9)


def test_rows_of_a_snapshot_are_all_to_be_written() -> None:
    """A program that changes from snapshots to a journal loses nothing."""
    before = Receipts(Host(), ME)
    with before.incoming(chat(), 0.0):
        before.outgoing(outgoing(), 0.0, token=1)
    journal = Journal()
    journal.receipts.restore(before.snapshot(0.0, 1e9), 0.0, 1e9)
    journal.commit()
    assert sorted(journal.parts()) == ["actions", "messages", "processed"]


def test_forgetting_a_contact_removes_its_rows() -> None:
    """Those of answers that were not reported, too."""
    journal = Journal()
    journal.host.roster = False
    journal.show(chat("held"))
    journal.host.roster = True
    journal.show(chat("waiting"))
    journal.receipts.outgoing(outgoing(), 0.0, token=1)
    journal.commit()
    send = journal.actions()[0]
    journal.show(chat("later"))
    journal.commit()
    assert set(journal.parts()) == {"actions", "held", "messages", "processed"}
    journal.receipts.forget(jid.parse(JULIET), 1.0)
    journal.commit()
    assert journal.table == {}
    journal.receipts.done(send)
    assert journal.receipts.changes(0.0, 1e9) == []


def test_what_is_displaced_is_removed() -> None:
    """The table is bounded as the memory is."""
    journal = Journal(max_pending=1)
    for number in range(20):
        stanza = chat(str(number), from_="mallory@evil.lit/x")
        with journal.receipts.incoming(stanza, 0.0):
            journal.receipts.outgoing(outgoing(str(number)), 0.0)
        journal.commit()
    assert journal.parts().count("processed") == 16  # of one stranger
    assert journal.parts().count("messages") == 2  # one pending, one settled


def test_messages_without_room_are_removed() -> None:
    """There may have been more room when the rows were written."""
    journal = Journal(max_pending=5)
    for number in range(5):
        journal.receipts.outgoing(outgoing(str(number)), float(number))
        if number != 4:
            journal.receipts.incoming(received(str(number)), float(number))
    list(journal.actions())
    journal.commit(5.0)
    assert journal.parts().count("messages") == 5
    journal.policy = ReceiptsPolicy(max_pending=2)
    journal.restart(6.0)
    journal.commit(6.0)
    rows = [json.loads(row) for row in journal.table.values() if "sent_at" in row]
    assert sorted(row["state"] for row in rows) == ["delivered"] * 2 + ["pending"]


def test_processed_messages_without_room_are_removed() -> None:
    """Two journals of one account, joined, hold more than one has room for."""
    journal, other = Journal(), Journal()
    for number in range(16):  # of one stranger
        journal.show(chat(str(number), "mallory@evil.lit/x"))
        other.show(chat(f"other {number}", "mallory@evil.lit/x"))
    journal.commit()
    other.commit()
    journal.table |= other.table
    assert journal.parts() == ["processed"] * 32
    journal.restart()
    journal.commit()
    assert journal.parts() == ["processed"] * 16


def test_messages_that_become_one_are_restored() -> None:
    """A normaliser that merges two contacts makes one of them unconfirmed."""
    journal = Journal()
    for local in ("stra\u00dfe", "strasse"):
        stanza = outgoing().replace(JULIET, f"{local}@capulet.lit")
        journal.receipts.outgoing(stanza, 0.0, token=local)
    snapshot = journal.receipts.snapshot(0.0, 1e9)
    me = jid.parse(str(ME), normaliser=stringprep)
    receipts = Receipts(journal.host, me)
    receipts.restore(snapshot, 0.0, 1e9)
    (lost,) = receipts.actions()
    expected = {"to": "strasse@capulet.lit", "token": "strasse"}
    assert lost == UnconfirmedMessage(id="m1", **expected)
    (kept,) = receipts.snapshot(0.0, 1e9)["tracker"]["messages"]
    assert (kept["token"], kept["state"]) == ("stra\u00dfe", "pending")


def test_a_cut_makes_unreported_answers_wait_again() -> None:
    """What was written to the old connection may be lost; in the order it was added."""
    journal = Journal()
    for id_ in ("a", "b"):
        journal.show(chat(id_))
    journal.commit()
    first, second = journal.actions()
    journal.receipts.done(first)
    journal.show(chat("c"))
    journal.receipts.disconnected(1.0)
    journal.receipts.bound(ME, 2.0)
    journal.commit(2.0)
    again, new = journal.actions()
    assert again == second
    for action in (again, new):
        journal.receipts.done(action)
    journal.commit(3.0)
    assert "actions" not in journal.parts()


def test_keys_are_short_whatever_peers_choose() -> None:
    """A database has limits for keys, and may not distinguish upper and lower case."""
    journal = Journal()
    journal.host.roster = False
    for id_ in ("a" * 1_024, "A" * 1_024):
        journal.show(chat(id_, from_=f"juliet@capulet.lit/{'é' * 500}"))
        journal.receipts.outgoing(outgoing(id_), 0.0, token=id_)
    journal.commit()
    keys = [key.lower() for _, key in journal.table]
    assert len(set(keys)) == len(journal.table) == 6
    assert max(map(len, keys)) == 32


def test_numbers_of_actions_go_on_after_a_restart() -> None:
    """A new action does not replace one that waits."""
    journal = Journal()
    for id_ in ("a", "b"):
        journal.show(chat(id_))
        journal.commit()
        journal.restart()
    assert len(journal.actions()) == 2


def test_a_wrong_clock_delays_nothing_for_long() -> None:
    """The clock of the new program is decades behind."""
    policy = ReceiptsPolicy(resend=Resend(delay=10), resend_bare=True, timeout=60)
    journal = Journal(resend=policy.resend, resend_bare=True, timeout=60)
    journal.host.roster = False
    journal.show(chat())
    for id_, to in (("a", "juliet@capulet.lit"), ("b", JULIET)):
        journal.receipts.outgoing(outgoing(id_).replace(JULIET, to), 0.0, token=id_)
    journal.commit()
    journal.restart(5.0, 1_000.0)
    assert journal.receipts.next_deadline == 15.0
    journal.receipts.handle_timer(305.0)
    journal.commit(305.0)
    found = sorted(type(it).__name__ for it in journal.actions())
    assert found == ["NotAnswered", "ResendStanza", "UnconfirmedMessage"]


def test_a_transaction_that_fails_is_as_if_nothing_had_come() -> None:
    """The program reads the journal again; the repetition is new."""
    journal = Journal()
    assert journal.show(chat())
    journal.receipts.changes(0.0, 1e9)  # and the transaction fails
    journal.restart()
    assert journal.actions() == []
    assert journal.show(chat())


@pytest.mark.parametrize(
    "row",
    [
        ("messages", "{"),
        ("messages", "[" * 100_000),
        ("messages", "{}"),
        ("messages", "1"),
        ("messages", '{"sent_at": 1}'),
        ("nobody", "{}"),
        ("processed", '{"at": "x"}'),
        ("actions", '{"number": 1.5, "action": "Send"}'),
        (1, 2),
    ],
)
def test_wrong_rows_are_refused_and_change_nothing(row: Any) -> None:  # noqa: ANN401
    """As those of a wrong snapshot are."""
    journal = Journal()
    journal.show(chat())
    before = journal.receipts.snapshot(0.0, 1e9)
    with pytest.raises(ReceiptsError) as caught:
        journal.receipts.replay([row], 0.0, 1e9)
    assert caught.value.code is ReceiptsCode.SNAPSHOT
    assert journal.receipts.snapshot(0.0, 1e9) == before


def test_an_account_moves_to_another_object_without_loss() -> None:
    """One process commits and stops using it; another reads the rows."""
    journal = Journal(resend=Resend(delay=10), timeout=100, resend_bare=True)
    journal.show(chat())
    journal.receipts.outgoing(outgoing(), 0.0, token=1)
    journal.commit()
    state = journal.receipts.snapshot(0.0, 1e9)
    journal.restart(500.0)
    assert journal.receipts.snapshot(500.0, 1e9) == state


def test_a_schedule_yields_each_account_at_its_deadline() -> None:
    """The last deadline of an account counts."""
    schedule: Schedule[str] = Schedule()
    draw = random.Random(184)
    expected: dict[str, float] = {}
    for _ in range(2_000):
        name = str(draw.randrange(100))
        deadline = draw.choice([None, draw.uniform(0, 100)])
        schedule.set(name, deadline)
        schedule.set(name, deadline)  # nothing changes
        expected.pop(name, None)
        if deadline is not None:
            expected[name] = deadline
        assert len(schedule) == len(expected)
        assert schedule.next_deadline == min(expected.values(), default=None)
    early = sorted(expected, key=lambda it: expected[it])
    early = [it for it in early if expected[it] <= 50.0]
    assert list(schedule.take(50.0)) == early
    assert list(schedule.take(50.0)) == []
    assert len(schedule) == len(expected) - len(early)


def test_what_fails_for_one_account_takes_no_other_from_the_schedule() -> None:
    """Each is taken when it is yielded."""
    schedule: Schedule[str] = Schedule()
    for name in "abc":
        schedule.set(name, 1.0)
    assert next(schedule.take(2.0)) == "a"
    assert list(schedule.take(2.0)) == ["b", "c"]


def test_a_schedule_needs_no_more_than_its_accounts() -> None:
    """Deadlines that are set again and again do not pile up."""
    schedule: Schedule[int] = Schedule()
    for number in range(10_000):
        schedule.set(number % 10, float(number))
    assert len(schedule._heap) <= 2 * 10 + 64  # noqa: SLF001
    for number in range(10):
        schedule.set(number, None)
    assert schedule.next_deadline is None

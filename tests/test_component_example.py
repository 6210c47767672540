"""The gateway in a component of slixmpp: octets in, octets out, restarts in between."""

from __future__ import annotations

import asyncio
import importlib
import os
import runpy
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import xep0184
from xep0184 import Resend, disco, ns
from xep0184.receipts import Bounced, Delivered, ReceiptsPolicy, UnconfirmedMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xep0184 import JID
    from xep0184.receipts import Action

if "slixmpp" in os.environ.get("XEP0184_STACKS", ""):
    importlib.import_module("slixmpp")
else:
    pytest.importorskip("slixmpp", exc_type=ImportError)

EXAMPLE: Final = Path(__file__).parent.parent / "examples" / "component_receipts.py"
STREAM: Final = (
    "<stream:stream xmlns='jabber:component:accept' from='sms.lit' id='1'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)
LOCAL: Final = "juliet@sms.lit"
FRIEND: Final = "romeo@montague.lit/orchard"
REQUEST: Final = "<body>ay me</body><request xmlns='urn:xmpp:receipts'/>"
POLICY: Final = ReceiptsPolicy(
    resend=Resend(delay=0.1, count=1), resend_bare=True, timeout=5
)
IMPATIENT: Final = replace(POLICY, timeout=0.3)


class Transport(asyncio.Transport):
    """A transport that hands on what is written."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        super().__init__()
        self._write = write

    def write(self, data: Any) -> None:  # noqa: ANN401
        """Hand octets on."""
        self._write(bytes(data))


class Component:
    """A gateway with a far side that takes messages and does not deliver by itself."""

    def __init__(
        self, place: Path, loop: asyncio.AbstractEventLoop, policy: ReceiptsPolicy
    ) -> None:
        import slixmpp

        self.loop = loop
        self.octets = b""
        self.far: list[tuple[int, str, str, str]] = []
        self.actions: list[Action] = []
        self.xmpp: Any = slixmpp.ComponentXMPP("sms.lit", "secret")
        self.gateway: Any = runpy.run_path(str(EXAMPLE))["Gateway"](
            self.xmpp,
            str(place / "gateway.db"),
            lambda *it: self.far.append(it),
            self.authorized,
            lambda _, action: self.actions.append(action),
            policy,
        )
        self._task = loop.create_task(self.xmpp.run_filters())

    def authorized(self, local: str, contact: JID) -> bool:
        """Return whether a contact is registered."""
        return (local, str(contact.bare)) == (LOCAL, "romeo@montague.lit")

    def connect(self) -> None:
        """Shake hands."""
        self.xmpp.init_parser()
        self.xmpp.connection_made(Transport(self._written))
        self.receive(STREAM)
        self.receive("<handshake/>")
        self.octets = self.octets.partition(b"</handshake>")[2]

    def cut(self) -> None:
        """Lose the connection."""
        self.xmpp.connection_lost(ConnectionResetError())
        self.wait()

    def kill(self) -> None:
        """End the program without a word."""
        self._task.cancel()
        if self.gateway._timer is not None:  # noqa: SLF001
            self.gateway._timer.cancel()  # noqa: SLF001
        self.wait()

    def _written(self, octets: bytes) -> None:
        self.octets += octets

    def receive(self, stanzas: str) -> None:
        """Let octets come."""
        self.xmpp.data_received(stanzas)
        self.wait()

    def wait(self, seconds: float = 0) -> None:
        """Run the loop."""
        self.loop.run_until_complete(asyncio.sleep(seconds + 0.002))

    def message(self, payload: str, id_: str = "in", from_: str = FRIEND) -> None:
        """Let a message come for a local user."""
        self.receive(
            f"<message from='{from_}' to='{LOCAL}/phone' type='chat' id='{id_}'>"
            f"{payload}</message>"
        )

    def send(self, id_: str) -> None:
        """Send a message of a local user, as any component of slixmpp does."""
        stanza = self.xmpp.make_message("romeo@montague.lit", "o speak", mtype="chat")
        stanza["from"], stanza["id"] = f"{LOCAL}/phone", id_
        stanza.send()
        self.wait()

    def written(self) -> list[Any]:
        """Return the elements that were written, and forget them."""
        octets, self.octets = self.octets, b""
        root = b"<r xmlns='jabber:component:accept'>%s</r>" % octets
        return list(xep0184.xml.parse(root))

    def acks(self) -> list[tuple[str | None, str | None, str]]:
        """Return from whom, to whom and for what acks were written, and forget them."""
        messages = [it for it in self.written() if it.tag.endswith("}message")]
        read = [xep0184.from_element(it, namespaces=ns.CONTENT) for it in messages]
        return [
            (it.from_, it.to, id_)
            for it in read
            for id_ in xep0184.acknowledged_ids(it)
        ]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Component]]:
    """Give what starts a gateway: again with the same database."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    started: list[Component] = []

    def start(policy: ReceiptsPolicy = POLICY, *, connect: bool = True) -> Component:
        started.append(Component(tmp_path, loop, policy))
        if connect:
            started[-1].connect()
        return started[-1]

    yield start
    for each in started:
        each.kill()
    asyncio.set_event_loop(None)
    loop.close()


ACK: Final = (f"{LOCAL}/phone", FRIEND, "in")


def test_the_answer_waits_for_the_far_side(start: Callable[..., Component]) -> None:
    """It comes from the address that the message was sent to."""
    gateway = start()
    gateway.message(REQUEST)
    ((number, *message),) = gateway.far
    assert message == [LOCAL, "romeo@montague.lit", "ay me"]
    assert gateway.acks() == []
    gateway.gateway.delivered(number)
    gateway.wait()
    assert gateway.acks() == [ACK]
    gateway.gateway.delivered(number)  # a far side may say it twice
    gateway.wait()
    assert gateway.acks() == []


def test_a_message_is_answered_after_a_restart(start: Callable[..., Component]) -> None:
    """It is handed over again, since nobody knows whether it got through."""
    first = start()
    first.message(REQUEST)
    first.kill()
    second = start()
    assert second.far == first.far
    second.gateway.delivered(first.far[0][0])
    second.wait()
    assert second.acks() == [ACK]
    second.message(REQUEST)
    assert len(second.far) == 1
    assert second.acks() == [ACK]
    second.kill()
    third = start()
    third.message(REQUEST)
    assert (third.far, third.acks()) == ([], [ACK])


def test_a_repetition_while_it_waits_is_not_sent_twice(
    start: Callable[..., Component],
) -> None:
    """The answer is to the last; another message of the same id is another one."""
    gateway = start()
    gateway.message(REQUEST)
    gateway.message(REQUEST, from_="romeo@montague.lit/hall")
    gateway.message(REQUEST.replace("ay me", "o Romeo"))
    assert [body for *_, body in gateway.far] == ["ay me", "o Romeo"]
    gateway.gateway.delivered(gateway.far[0][0])
    gateway.wait()
    assert gateway.acks() == [(f"{LOCAL}/phone", "romeo@montague.lit/hall", "in")]


def test_a_copy_is_known_by_its_content(start: Callable[..., Component]) -> None:
    """A server may add a delay; two encrypted messages may differ in nothing else."""
    gateway = start()
    gateway.message(REQUEST)
    gateway.message(f"{REQUEST}<delay xmlns='urn:xmpp:delay' stamp='2026-11-29'/>")
    assert len(gateway.far) == 1
    gateway.message(f"{REQUEST}<encrypted xmlns='eu.siacs.conversations.axolotl'/>")
    assert len(gateway.far) == 2


def test_a_reconnect_hands_nothing_over_again(
    start: Callable[..., Component],
) -> None:
    """The far side has it still."""
    gateway = start()
    gateway.message(REQUEST)
    gateway.cut()
    gateway.connect()
    gateway.message(REQUEST)
    assert len(gateway.far) == 1


def test_an_answer_that_cannot_be_written_is_written_later(
    start: Callable[..., Component],
) -> None:
    """The connection is closed, and slixmpp has not said so yet."""
    gateway = start()
    failures: list[object] = []
    gateway.loop.set_exception_handler(lambda _, it: failures.append(it["exception"]))
    gateway.message(REQUEST)
    gateway.gateway.delivered(gateway.far[0][0])
    gateway.xmpp.transport = None  # the first that slixmpp does
    gateway.wait()
    gateway.cut()
    gateway.connect()
    assert gateway.acks() == [ACK]
    assert [str(type(it).__name__) for it in failures] == ["NotConnectedError"]


def test_an_answer_that_was_committed_survives_a_restart(
    start: Callable[..., Component],
) -> None:
    """The far side has reported, and nothing was written before the end."""
    first = start()
    first.loop.set_exception_handler(lambda *_: None)
    first.message(REQUEST)
    first.gateway.delivered(first.far[0][0])
    first.xmpp.transport = None
    first.kill()
    second = start()
    assert (second.far, second.acks()) == ([], [ACK])
    second.kill()
    assert start().acks() == []


def test_what_fails_is_not_answered_and_new_again(
    start: Callable[..., Component],
) -> None:
    """A repetition has another chance."""
    gateway = start()
    gateway.message(REQUEST)
    gateway.gateway.failed(gateway.far[0][0])
    gateway.message(REQUEST)
    assert len(gateway.far) == 2
    assert gateway.acks() == []


def test_strangers_and_plain_messages_get_no_answer(
    start: Callable[..., Component],
) -> None:
    """The far side gets them all the same; errors it does not get."""
    gateway = start()
    gateway.message(REQUEST, from_="paris@verona.lit/x")
    gateway.message("<body>ay me</body>")
    gateway.message("<body>ay me</body>")
    gateway.receive(
        f"<message from='{FRIEND}' to='{LOCAL}' type='error'><body>x</body></message>"
    )
    assert len(gateway.far) == 3
    for number, *_ in gateway.far:
        gateway.gateway.delivered(number)
    gateway.wait()
    assert gateway.acks() == []


def test_an_id_survives(start: Callable[..., Component]) -> None:
    """Slixmpp itself would write blanks."""
    gateway = start()
    gateway.message(REQUEST, id_="a&#9;b&#10;c&#13;d")
    gateway.gateway.delivered(gateway.far[0][0])
    gateway.wait()
    assert [id_ for *_, id_ in gateway.acks()] == ["a\tb\nc\rd"]


def test_the_id_of_an_own_message_survives(start: Callable[..., Component]) -> None:
    """A receipt names the id that the contact reads, also of a repetition."""
    gateway = start()
    gateway.send("a\tb\nc\rd")
    gateway.wait(0.2)
    assert [it.get("id") for it in gateway.written()] == ["a\tb\nc\rd"] * 2


@pytest.mark.parametrize("address", ["a\u0221@verona.lit", "a@\U0001f600.lit"])
def test_an_address_of_a_stranger_does_no_harm(
    start: Callable[..., Component], address: str
) -> None:
    """Slixmpp refuses characters that are younger than its tables."""
    gateway = start()
    gateway.message(REQUEST, from_=f"{address}/x")
    assert [sender for _, _, sender, _ in gateway.far] == [address]


def test_a_far_side_that_raises_holds_up_nothing(
    start: Callable[..., Component],
) -> None:
    """Neither the connection nor other messages; all come again after a restart."""
    failures: list[object] = []

    def refuse(gateway: Component) -> None:
        def deliver(*message: Any) -> None:  # noqa: ANN401
            gateway.far.append(message)
            raise OSError

        gateway.gateway._deliver = deliver  # noqa: SLF001

    first = start()
    refuse(first)
    first.loop.set_exception_handler(lambda _, it: failures.append(it["exception"]))
    first.message(REQUEST)
    first.message(REQUEST.replace("ay me", "o Romeo"))
    assert [body for *_, body in first.far] == ["ay me", "o Romeo"]
    first.kill()
    second = start(connect=False)
    refuse(second)
    second.connect()
    assert [body for *_, body in second.far] == ["ay me", "o Romeo"]
    assert [type(it) for it in failures] == [OSError] * 4


def test_a_transaction_that_the_database_ends_itself_has_not_happened(
    start: Callable[..., Component],
) -> None:
    """As when the disk is full: what waits is answered when there is room again."""
    gateway = start()
    gateway.message(REQUEST)
    execute = gateway.gateway._execute  # noqa: SLF001
    execute(
        "CREATE TRIGGER full BEFORE INSERT ON receipts"
        " BEGIN SELECT RAISE(ROLLBACK, 'full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        gateway.gateway.delivered(gateway.far[0][0])
    gateway.wait()
    assert gateway.acks() == []
    execute("DROP TRIGGER full")
    gateway.gateway.delivered(gateway.far[0][0])
    gateway.wait()
    assert gateway.acks() == [ACK]


def test_a_timer_goes_on_when_the_database_has_failed(
    start: Callable[..., Component],
) -> None:
    """Another process may have locked it for a moment."""
    gateway = start()
    failures: list[object] = []
    gateway.loop.set_exception_handler(lambda _, it: failures.append(it["exception"]))
    gateway.send("out")
    execute = gateway.gateway._execute  # noqa: SLF001
    execute(
        "CREATE TRIGGER busy BEFORE INSERT ON receipts"
        " BEGIN SELECT RAISE(ABORT, 'busy'); END"
    )
    gateway.wait(0.2)
    assert [str(it) for it in failures] == ["busy"]
    execute("DROP TRIGGER busy")
    gateway.wait(1.2)
    assert len(gateway.written()) == 2


def test_a_timer_goes_on_when_the_database_could_not_be_read(
    start: Callable[..., Component], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known of an address may have to be read again."""
    gateway = start()
    failures: list[object] = []
    gateway.loop.set_exception_handler(lambda _, it: failures.append(it["exception"]))
    gateway.send("out")
    gateway.gateway._receipts.clear()  # noqa: SLF001
    execute = gateway.gateway._execute  # noqa: SLF001

    def locked(query: str, *rest: Any) -> Any:  # noqa: ANN401
        if query.startswith("SELECT part"):
            message = "locked"
            raise sqlite3.OperationalError(message)
        return execute(query, *rest)

    monkeypatch.setattr(gateway.gateway, "_execute", locked)
    gateway.wait(0.2)
    assert [str(it) for it in failures] == ["locked"]
    monkeypatch.undo()
    gateway.wait(1.2)
    assert len(gateway.written()) == 2


def test_addresses_that_nobody_has_take_no_memory(
    start: Callable[..., Component],
) -> None:
    """Everybody can write to as many as he likes."""
    gateway = start()
    gateway.send("out")
    stanza = "<presence from='paris@verona.lit' to='{}@sms.lit' type='probe'/>"
    gateway.receive("".join(map(stanza.format, range(3_000))))
    assert len(gateway.gateway._receipts) <= 1_000  # noqa: SLF001
    gateway.message("<received xmlns='urn:xmpp:receipts' id='out'/>")
    assert [type(it) for it in gateway.actions] == [Delivered]


def test_a_local_user_asks_and_learns(start: Callable[..., Component]) -> None:
    """What became of a message is told, after a restart too."""
    first = start(ReceiptsPolicy())
    first.send("out")
    (message,) = first.written()
    assert message.find(ns.REQUEST_TAG) is not None
    first.kill()
    second = start(ReceiptsPolicy())
    second.message("<received xmlns='urn:xmpp:receipts' id='out'/>")
    (delivered,) = second.actions
    assert isinstance(delivered, Delivered)
    second.send("other")
    second.receive(
        f"<message from='romeo@montague.lit' to='{LOCAL}/phone' type='error'"
        " id='other'>"
        "<error type='cancel'><item-not-found"
        " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
    )
    bounced = second.actions[-1]
    assert isinstance(bounced, Bounced)
    assert bounced.condition == "item-not-found"


def test_a_message_is_sent_again_when_connected(
    start: Callable[..., Component],
) -> None:
    """Not while the component is disconnected, and as it was."""
    gateway = start()
    gateway.send("out")
    gateway.cut()
    gateway.wait(0.2)
    (first,) = gateway.written()
    gateway.connect()
    gateway.wait(0.05)
    (again,) = gateway.written()
    assert xep0184.from_element(again, namespaces=ns.CONTENT) == (
        xep0184.from_element(first, namespaces=ns.CONTENT)
    )
    assert again.find(ns.REQUEST_TAG) is not None


def test_a_message_is_unconfirmed_in_the_end(
    start: Callable[..., Component],
) -> None:
    """By the timer of the event loop."""
    gateway = start(IMPATIENT)
    gateway.send("out")
    gateway.wait(0.4)
    assert len(gateway.written()) == 2
    assert [type(it) for it in gateway.actions] == [UnconfirmedMessage]


def test_nothing_is_given_up_while_disconnected(
    start: Callable[..., Component],
) -> None:
    """The time for the receipt begins again with the connection."""
    gateway = start(IMPATIENT)
    gateway.send("out")
    gateway.cut()
    gateway.wait(0.5)
    assert gateway.actions == []
    gateway.connect()
    gateway.message("<received xmlns='urn:xmpp:receipts' id='out'/>")
    assert [type(it) for it in gateway.actions] == [Delivered]


def test_a_far_side_may_report_before_the_connection(
    start: Callable[..., Component],
) -> None:
    """The answer waits; no error is raised."""
    first = start()
    failures: list[object] = []
    first.loop.set_exception_handler(lambda _, it: failures.append(it))
    first.message(REQUEST)
    first.kill()
    second = start(connect=False)
    second.gateway.delivered(first.far[0][0])
    second.wait()
    assert failures == []
    second.connect()
    assert (second.far, second.acks()) == ([], [ACK])


def test_each_local_user_advertises_the_feature(
    start: Callable[..., Component],
) -> None:
    """The answer comes from the address that was queried."""
    gateway = start()
    query = disco.query(LOCAL, "d", from_=FRIEND, namespace=ns.COMPONENT)
    gateway.receive(query.decode())
    (answer,) = gateway.written()
    info = disco.from_element(answer, namespaces=ns.CONTENT).info
    assert answer.get("from") == LOCAL
    assert info is not None
    assert ns.RECEIPTS in info.features

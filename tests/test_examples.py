"""Each example in the stack it is for: real stanzas in, real stanzas out, no network.

A stack that is not installed is skipped, unless XEP0184_STACKS names it; the
session ``stacks`` of nox does.
"""

from __future__ import annotations

import asyncio
import importlib
import io
import os
import runpy
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest

import xep0184
from xep0184 import jid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xep0184.tracker import ReceiptResult

EXAMPLES: Final = Path(__file__).parent.parent / "examples"
REQUIRED: Final = os.environ.get("XEP0184_STACKS", "").split()
ME: Final = "romeo@montague.lit/orchard"
FRIEND: Final = "juliet@capulet.lit/balcony"
FRIENDS: Final = frozenset({jid.parse(FRIEND).bare})
STREAM: Final = (
    "<stream:stream xmlns='jabber:client'"
    " xmlns:stream='http://etherx.jabber.org/streams' version='1.0' id='1'>"
)


class Side(Protocol):
    """One client: what it wrote, what it was told, what it can be given."""

    results: list[ReceiptResult]

    @property
    def wire(self) -> list[str]:
        """What it wrote, stanza by stanza."""

    def send(self, to: str, body: str, stanza_id: str) -> None:
        """Send a chat message as a user of the stack does."""

    def receive(self, stanza: str) -> None:
        """Let a stanza come in the way the stack takes it."""


def example(stack: str) -> Any:  # noqa: ANN401  # a class of another world
    """Return what an example offers, once its stack can be imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own deprecations a stack may complain
        if stack in REQUIRED:
            importlib.import_module(stack)
        else:
            pytest.importorskip(stack, exc_type=ImportError)
        return runpy.run_path(str(EXAMPLES / f"{stack}_receipts.py"))["Receipts"]


class Twisted:
    """An XmlStream over a transport that is a string."""

    def __init__(self) -> None:
        receipts = example("twisted")
        from twisted.internet.testing import StringTransport
        from twisted.words.xish.xmlstream import XmlStream

        self.results: list[ReceiptResult] = []
        self._transport = StringTransport()
        self._stream = XmlStream()
        self._stream.makeConnection(self._transport)
        self._stream.dataReceived(STREAM.encode())
        self._receipts = receipts(
            self._stream.send, jid.parse(ME), self.results.append, FRIENDS
        )
        self._stream.addObserver("/message", self._receipts.incoming)

    @property
    def wire(self) -> list[str]:
        """What the transport was given."""
        written = self._transport.value().decode()
        stanzas = written.split("</message>")
        return [f"{stanza}</message>" for stanza in stanzas if stanza]

    def send(self, to: str, body: str, stanza_id: str) -> None:
        """Send a chat message."""
        from twisted.words.xish.domish import Element

        stanza = Element(("jabber:client", "message"))
        stanza["to"], stanza["id"], stanza["type"] = to, stanza_id, "chat"
        stanza.addElement("body", content=body)
        self._receipts.send(stanza)

    def receive(self, stanza: str) -> None:
        """Take a stanza."""
        self._stream.dataReceived(stanza.encode())


class Aioxmpp:
    """Stanzas read and written by aioxmpp, through filters as its stream has them."""

    def __init__(self) -> None:
        receipts = example("aioxmpp")
        import aioxmpp
        from aioxmpp.stream import AppFilter

        self.wire: list[str] = []
        self.results: list[ReceiptResult] = []
        self._aioxmpp: Any = aioxmpp
        example_ = receipts(self._write, jid.parse(ME), self.results.append, FRIENDS)
        self._incoming, self._outgoing = AppFilter(), AppFilter()
        self._incoming.register(example_.incoming)
        self._outgoing.register(example_.outgoing)

    def _write(self, stanza: object) -> None:
        written: bytes = self._aioxmpp.xml.serialize_single_xso(stanza)
        self.wire.append(str(written))

    def send(self, to: str, body: str, stanza_id: str) -> None:
        """Send a chat message."""
        chat = self._aioxmpp.MessageType.CHAT
        address = self._aioxmpp.JID.fromstr(to)
        stanza = self._aioxmpp.Message(type_=chat, to=address, id_=stanza_id)
        stanza.body[None] = body
        self._write(self._outgoing.filter(stanza))

    def receive(self, stanza: str) -> None:
        """Take a stanza."""
        octets = io.BytesIO(stanza.encode())
        read = self._aioxmpp.xml.read_single_xso(octets, self._aioxmpp.Message)
        assert self._incoming.filter(read) is read


class Nbxmpp:
    """Nodes of nbxmpp, carbons unwrapped as its dispatcher does it."""

    def __init__(self) -> None:
        receipts = example("nbxmpp")
        from nbxmpp.protocol import JID, Message

        self.wire: list[str] = []
        self.results: list[ReceiptResult] = []
        self._message: Any = Message
        self._own: Any = JID.from_string(ME)
        self._receipts = receipts(
            self._write, jid.parse(ME), self.results.append, FRIENDS
        )

    def _write(self, stanza: object) -> None:
        self.wire.append(str(stanza))

    def send(self, to: str, body: str, stanza_id: str) -> None:
        """Send a chat message."""
        stanza = self._message(to=to, body=body, typ="chat")
        stanza.setID(stanza_id)
        self._receipts.send(stanza)

    def receive(self, stanza: str) -> None:
        """Take a stanza."""
        from nbxmpp.modules.misc import InvalidFrom, unwrap_carbon
        from nbxmpp.structs import MessageProperties

        try:
            node, carbon = unwrap_carbon(self._message(node=stanza), self._own)
        except InvalidFrom:
            return
        properties = MessageProperties(own_jid=self._own, carbon=carbon)
        self._receipts.incoming(None, node, properties)


SIDES: Final[dict[str, Callable[[], Side]]] = {
    "aioxmpp": Aioxmpp,
    "nbxmpp": Nbxmpp,
    "twisted": Twisted,
}


@pytest.fixture(params=[it for it in SIDES if it in REQUIRED] or list(SIDES))
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    """Give one client of each stack, with an event loop for those that want one."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield SIDES[request.param]()
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def incoming(payload: str, from_: str = FRIEND, stanza_id: str = "in") -> str:
    """Return a message as a server hands it over."""
    start = f"<message xmlns='jabber:client' from='{from_}' to='{ME}' type='chat'"
    return f"{start} id='{stanza_id}'>{payload}</message>"


def read(stanza: str) -> xep0184.Message:
    """Read what a client wrote; some leave the namespace to their stream."""
    return xep0184.parse(stanza, namespaces=("jabber:client", ""))


ASKED: Final = "<body>ay me</body><request xmlns='urn:xmpp:receipts'/>"
RECEIVED: Final = "<received xmlns='urn:xmpp:receipts' id='out'/>"


def test_a_message_asks_and_its_receipt_counts_once(side: Side) -> None:
    """What goes out asks; the addressee's receipt is told from anybody else's."""
    side.send(FRIEND, "o speak again", "out")
    (written,) = map(read, side.wire)
    assert (written.to, written.id, written.request) == (FRIEND, "out", True)
    assert written.body == "o speak again"
    side.receive(incoming(RECEIVED, from_="tybalt@capulet.lit/x"))
    side.receive(incoming(RECEIVED))
    side.receive(incoming(RECEIVED))
    outcomes = [result.outcome.value for result in side.results]
    assert outcomes == ["wrong-sender", "delivered", "duplicate"]
    assert len(side.wire) == 1


def test_a_request_is_answered(side: Side) -> None:
    """The answer echoes the id, goes where the message came from, asks for nothing."""
    side.receive(incoming(ASKED))
    (ack,) = map(read, side.wire)
    assert (ack.to, ack.type, ack.request) == (FRIEND, "chat", False)
    assert ack.received == (xep0184.Received("in"),)
    assert ack.id not in {None, "", "in"}
    assert side.results == []


def test_a_repeated_message_is_answered_again(side: Side) -> None:
    """Its receipt may have been lost; only an answer ends the repetition."""
    side.receive(incoming(ASKED))
    side.receive(incoming(ASKED))
    acks = [read(stanza) for stanza in side.wire]
    assert [xep0184.acknowledged_ids(ack) for ack in acks] == [("in",)] * 2


@pytest.mark.parametrize(
    "stanza",
    [
        incoming(ASKED, from_="paris@verona.lit/x"),
        incoming("<body>ay me</body>"),
        incoming(ASKED).replace("'chat'", "'error'"),
        incoming(ASKED).replace("'chat'", "'groupchat'"),
        incoming(ASKED).replace(" id='in'", ""),
        incoming(ASKED + RECEIVED),
        *(
            incoming(
                "<received xmlns='urn:xmpp:carbons:2'>"
                f"<forwarded xmlns='urn:xmpp:forward:0'>{incoming(ASKED)}"
                "</forwarded></received>",
                from_=sender,
            )
            for sender in ("romeo@montague.lit", FRIEND)
        ),
    ],
    ids=["stranger", "plain", "error", "room", "no id", "ack", "carbon", "forged"],
)
def test_what_is_not_to_be_answered_is_not(side: Side, stanza: str) -> None:
    """A stranger learns nothing, an ack no ack, a copy is the other client's."""
    side.receive(stanza)
    assert side.wire == []


def test_an_id_that_waits_already_costs_no_message(side: Side) -> None:
    """A message that cannot be tracked goes out all the same."""
    side.send(FRIEND, "o speak again", "out")
    side.send(FRIEND, "o speak again", "out")
    assert [read(stanza).id for stanza in side.wire] == ["out", "out"]

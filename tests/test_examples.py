"""Each example in the stack it is for: octets in, octets out, no network.

The stream objects are those of the stack; what they write to their transport is what
is checked. A stack that is not installed is skipped, unless XEP0184_STACKS names it;
the sessions ``stacks`` and ``nbxmpp`` of nox do.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import runpy
import time
import warnings
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pytest

import xep0184
from xep0184 import Resend, disco, ns
from xep0184.receipts import (
    Bounced,
    Delivered,
    ReceiptsPolicy,
    UnconfirmedMessage,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from xep0184 import JID
    from xep0184.receipts import Action

EXAMPLES: Final = Path(__file__).parent.parent / "examples"
REQUIRED: Final = os.environ.get("XEP0184_STACKS", "").split()
ACCOUNT: Final = "romeo@montague.lit"
ME: Final = f"{ACCOUNT}/orchard"
FRIEND: Final = "juliet@capulet.lit/balcony"
STREAM: Final = (
    "<stream:stream xmlns='jabber:client' from='montague.lit' version='1.0' id='1'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)
SM: Final = "urn:xmpp:sm:3"
BOUND: Final = (
    "<iq xmlns='jabber:client' type='result' id='{}'>"
    "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{}</jid></bind></iq>"
)
POLICY: Final = ReceiptsPolicy(
    resend=Resend(delay=0.05, count=1), resend_bare=True, timeout=0.5
)


class Side:
    """One client: what it wrote, showed and was told, and what can happen to it.

    Attributes:
        host: What answers the questions of `xep0184.Receipts`.
        octets: What was written to the transport.
        shown: The messages that the application got, with what it was told of them.
        actions: What the application was told of its own messages.
        failing: Whether the application raises an error at each message.
        keeping: Whether the application processes a message only when the connection is
            lost, before the example knows of that.
        roster: The contacts; None until the roster is there.
        jid: What the server binds.
    """

    host: Any = None
    jid: str = ME
    octets: bytes = b""
    failing: bool = False
    keeping: bool = False
    roster: frozenset[str] | None = None

    def __init__(self) -> None:
        self.shown: list[tuple[str, bool]] = []
        self.actions: list[Action] = []
        self.kept: list[Callable[[], object]] = []
        self.start()

    def start(self) -> None:
        """Connect and bind a resource."""
        raise NotImplementedError

    def send(self, to: str, stanza_id: str, body: str = "o speak again") -> None:
        """Send a chat message as a user of the stack does."""
        raise NotImplementedError

    def join(self, occupant: str) -> None:
        """Send the presence that joins a room."""
        raise NotImplementedError

    def query_archive(self) -> None:
        """Send a query ``q`` with the id ``i`` to the user's own archive."""
        raise NotImplementedError

    def receive(self, stanza: str) -> None:
        """Let octets come from the server."""
        raise NotImplementedError

    def cut(self) -> None:
        """Let the connection be lost."""
        raise NotImplementedError

    def connect(self) -> None:
        """Let the client connect again."""
        raise NotImplementedError

    def close(self) -> None:
        """Let the client close its stream."""
        self.cut()

    def logged_in(self) -> None:
        """Forget what was written for the login."""
        messages = re.findall(rb"<message.*?</message>", self.octets)
        self.octets = b"".join(messages)

    def keep(self) -> None:
        """Let the application keep the messages that come."""
        self.keeping = True

    def lost(self, *_: object) -> None:
        """Process the messages that the application has kept."""
        while self.kept:
            with suppress(OSError, AttributeError):  # what the stacks raise
                self.kept.pop()()

    def suspend(self) -> None:
        """Let the connection be lost for a while."""
        self.cut()

    def resume(self) -> None:
        """Let the client resume its stream."""
        raise NotImplementedError

    def stop(self) -> None:
        """Let nothing behind."""

    def wait(self, seconds: float) -> None:
        """Let the event loop run."""
        raise NotImplementedError

    def roster_ready(self) -> None:
        """Tell the example that the roster is there."""
        raise NotImplementedError

    def authorized(self, contact: JID) -> bool | None:
        """Look into the roster."""
        return None if self.roster is None else str(contact.bare) in self.roster

    def show(self, body: str | None, *, repeated: bool) -> None:
        """Process a message as the application."""
        if self.failing:
            raise OSError
        if body is not None:
            self.shown.append((body, repeated))

    def know(self, *contacts: str) -> None:
        """Let the roster come."""
        self.roster = frozenset(contacts)
        self.roster_ready()

    def written(self) -> list[Any]:
        """Return the elements that were written, and forget them."""
        octets, self.octets = self.octets, b""
        root = b"<r xmlns='jabber:client'>%s</r>" % octets
        return [it for it in xep0184.xml.parse(root) if f"{{{SM}}}" not in it.tag]

    def messages(self) -> list[xep0184.Message]:
        """Return the messages that were written, and forget all that was written."""
        written = [it for it in self.written() if it.tag.endswith("}message")]
        return [xep0184.from_element(it) for it in written]

    def acked(self) -> list[str]:
        """Return the ids that were acknowledged, and forget what was written."""
        return [id_ for it in self.messages() for id_ in xep0184.acknowledged_ids(it)]

    def told(self, kind: type[Action]) -> list[Any]:
        """Return the actions of a kind."""
        return [it for it in self.actions if isinstance(it, kind)]


async def turns(seconds: float) -> None:
    """Let a loop run for some time, and for many turns even on a slow machine."""
    await asyncio.sleep(seconds + 0.002)
    for _ in range(50):
        await asyncio.sleep(0)


def roster_result(id_: str, contacts: Iterable[str] | None) -> str:
    """Return the answer to a query for the roster."""
    items = [f"<item jid='{it}' subscription='from'/>" for it in contacts or ()]
    return (
        f"<iq xmlns='jabber:client' type='result' id='{id_}'>"
        f"<query xmlns='jabber:iq:roster'>{''.join(items)}</query></iq>"
    )


@cache
def example(stack: str) -> dict[str, Any]:
    """Return the names of an example, once its stack can be imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own deprecations a stack may complain
        if stack in REQUIRED:
            importlib.import_module(stack)
        else:
            pytest.importorskip(stack, exc_type=ImportError)
        return runpy.run_path(str(EXAMPLES / f"{stack}_receipts.py"))


class Nbxmpp(Side):
    """A client of nbxmpp that logs in over a connection that only notes."""

    def start(self) -> None:
        """Log in."""
        receipts = example("nbxmpp")["Receipts"]
        from nbxmpp.addresses import ServerAddress
        from nbxmpp.client import Client
        from nbxmpp.connection import Connection
        from nbxmpp.const import ConnectionProtocol, ConnectionType
        from nbxmpp.structs import StanzaHandler

        side = self

        class Wire(Connection):  # type: ignore[misc]  # untyped
            def connect(self) -> None:
                self.notify("connected")

            def send(self, stanza: object, now: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
                side.octets += str(stanza).encode()

        class Wired(Client):  # type: ignore[misc]  # untyped
            def _get_connection(self, *arguments: object) -> Wire:
                side.wire = wire = Wire(*arguments)
                return wire

        self.wire: Any = None
        self.client: Any = Wired()
        self.client.set_username("romeo")
        self.client.set_domain("montague.lit")
        self.client.set_password("rose")
        self.client.subscribe("disconnected", self.lost)
        self.receipts = receipts(
            self.client, self.authorized, self.actions.append, POLICY
        )
        self.host = self.receipts
        self.client.register_handler(StanzaHandler("message", self._handle))
        self.client._current_address = ServerAddress(  # noqa: SLF001
            "montague.lit",
            None,
            "montague.lit:5222",
            None,
            ConnectionProtocol.TCP,
            ConnectionType.PLAIN,
            None,
        )
        self.client._connect_successful = True  # noqa: SLF001  # no address is looked up
        self.connect()

    def connect(self) -> None:
        """Go through the login; have the stream managed (XEP-0198)."""
        self._authenticate()
        if self.client.resumeable:
            self.receive(f"<failed xmlns='{SM}'/>")
        self.receive(BOUND.format("1", self.jid))
        self.receive(f"<enabled xmlns='{SM}' id='s' resume='true'/>")
        self.logged_in()

    def resume(self) -> None:
        """Go through the login; resume the stream."""
        self._authenticate()
        self.octets = b""
        self.receive(f"<resumed xmlns='{SM}' previd='s' h='1'/>")

    def _authenticate(self) -> None:
        self.client.connect()
        sasl, features = "urn:ietf:params:xml:ns:xmpp-sasl", "stream:features"
        mechanisms = f"<mechanisms xmlns='{sasl}'><mechanism>PLAIN</mechanism>"
        self.receive(f"{STREAM}<{features}>{mechanisms}</mechanisms></{features}>")
        self.receive(f"<success xmlns='{sasl}'/>")
        offers = f"<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='{SM}'/>"
        self.receive(f"{STREAM}<{features}>{offers}</{features}>")

    def _handle(self, _client: object, stanza: Any, properties: Any) -> None:  # noqa: ANN401
        if self.keeping:
            from nbxmpp.protocol import NodeProcessed

            self.kept.append(lambda: self.receipts.processed(properties.incoming))
            raise NodeProcessed
        self.show(stanza.getBody(), repeated=properties.incoming.repeated)

    def send(self, to: str, stanza_id: str, body: str = "o speak again") -> None:
        """Send a chat message."""
        from nbxmpp.protocol import Message

        stanza = Message(to=to, body=body, typ="chat")
        stanza.setID(stanza_id)
        self.client.send_stanza(stanza)

    def join(self, occupant: str) -> None:
        """Send the presence that joins a room."""
        from nbxmpp.protocol import Presence

        stanza = Presence(to=occupant)
        stanza.setTag("x", namespace="http://jabber.org/protocol/muc")
        self.client.send_stanza(stanza)

    def query_archive(self) -> None:
        """Send a query to the archive."""
        from nbxmpp.protocol import Iq

        stanza = Iq("set", attrs={"id": "i"})
        stanza.addChild("query", {"queryid": "q"}, namespace="urn:xmpp:mam:2")
        self.client.send_stanza(stanza)

    def receive(self, stanza: str) -> None:
        """Let octets come."""
        self.wire.notify("data-received", stanza)

    def cut(self) -> None:
        """Lose the connection."""
        self.wire.notify("disconnected")

    def wait(self, seconds: float) -> None:
        """Run the main loop of GLib."""
        from gi.repository import GLib

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            GLib.MainContext.default().iteration(False)  # noqa: FBT003
            time.sleep(0.001)

    def roster_ready(self) -> None:
        """Tell the example."""
        self.receipts.roster_ready()


class Aioxmpp(Side):
    """A client of aioxmpp whose stream has a transport that only notes."""

    def start(self) -> None:
        """Start the client; the login before the stream is left out."""
        receipts = example("aioxmpp")["Receipts"]
        import aioxmpp
        from aioxmpp import node

        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.client: Any = aioxmpp.Client(
            aioxmpp.JID.fromstr(ME), aioxmpp.make_security_layer("rose")
        )
        self.client.backoff_start = timedelta(seconds=0.01)
        self.receipts: Any = None
        self.stream: Any = None
        self._asked_roster = ""

        async def connect_xmlstream(*_: object, **__: object) -> tuple[Any, ...]:
            features = asyncio.get_running_loop().create_future()
            self.stream = aioxmpp.protocol.XMLStream(
                aioxmpp.JID.fromstr("montague.lit"), features
            )
            self.stream.connection_made(Transport(self._written))
            bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
            start = f"{STREAM}<stream:features>{bind}</stream:features>"
            self.stream.data_received(start.encode())
            return None, self.stream, await features

        node.connect_xmlstream = connect_xmlstream

        async def start() -> None:
            self.client.on_stream_destroyed.connect(self.lost)
            self.receipts = receipts(self.client, self.actions.append, POLICY)
            self.client.stream.on_message_received.connect(self._handle)
            self.client.start()

        self.loop.run_until_complete(start())
        self.wait(0.02)

    def _written(self, octets: bytes) -> None:
        """Answer what the client asks its server; note what it writes."""
        self.octets += octets
        whole = self.octets
        if b"urn:ietf:params:xml:ns:xmpp-bind" in whole and whole.endswith(b"</iq>"):
            (id_,) = re.findall(rb'<iq[^>]* id="([^"]*)"', whole)
            self.loop.call_soon(self.receive, BOUND.format(id_.decode(), self.jid))
        elif b"jabber:iq:roster" in whole and whole.endswith(b"</iq>"):
            (id_,) = re.findall(rb'<iq[^>]* id="([^"]*)"', whole)
            self._asked_roster = id_.decode()
        elif not whole.endswith(b'version="1.0">'):
            return
        self.octets = b""

    def connect(self) -> None:
        """Wait for the client to connect again."""
        if not self.client.running:
            self.loop.call_soon(self.client.start)
        self.wait(0.1)

    def close(self) -> None:
        """Stop the client."""
        self.client.stop()
        self.wait(0)
        self.receive("</stream:stream>")
        self.stream.connection_lost(None)
        self.wait(0)
        self.octets = b""

    def suspend(self) -> None:
        """Tell everybody that the stream is suspended."""
        self.loop.call_soon(self.client.on_stream_suspended, ConnectionResetError())
        self.wait(0)

    def resume(self) -> None:
        """Tell everybody that the stream is resumed."""
        self.loop.call_soon(self.client.on_stream_resumed)
        self.wait(0)

    def _handle(self, message: Any) -> None:  # noqa: ANN401
        if self.keeping:
            self.keeping = False
            self.kept.append(lambda: self._handle(message))
            return
        with suppress(OSError), self.receipts.processing(message) as incoming:
            body = message.body.any() if message.body else None
            self.show(body, repeated=incoming.repeated)

    def send(self, to: str, stanza_id: str, body: str = "o speak again") -> None:
        """Send a chat message."""
        import aioxmpp

        address = aioxmpp.JID.fromstr(to)
        stanza = aioxmpp.Message(
            type_=aioxmpp.MessageType.CHAT, to=address, id_=stanza_id
        )
        stanza.body[None] = body
        self.client.enqueue(stanza)
        self.wait(0)

    def join(self, occupant: str) -> None:
        """Send the presence that joins a room."""
        import aioxmpp
        from aioxmpp.muc.xso import GenericExt

        stanza = aioxmpp.Presence(to=aioxmpp.JID.fromstr(occupant))
        stanza.xep0045_muc = GenericExt()
        self.client.enqueue(stanza)
        self.wait(0)

    def query_archive(self) -> None:
        """Skip the test."""
        pytest.skip("aioxmpp reads no archives")

    def receive(self, stanza: str) -> None:
        """Let octets come."""
        self.stream.data_received(stanza.encode())
        self.wait(0)

    def cut(self) -> None:
        """Lose the connection; the client connects again by itself."""
        self.stream.connection_lost(ConnectionResetError())
        self.wait(0)

    def wait(self, seconds: float) -> None:
        """Run the loop, if it does not run."""
        if not self.loop.is_running():
            self.loop.run_until_complete(turns(seconds))

    def roster_ready(self) -> None:
        """Let the server answer the query for the roster."""
        self.receive(roster_result(self._asked_roster, self.roster))

    def stop(self) -> None:
        """Stop the client."""
        self.client.stop()
        self.wait(0.01)
        asyncio.set_event_loop(None)
        self.loop.close()


class Twisted(Side):
    """A stream manager of Twisted Words over a transport that is a string."""

    def start(self) -> None:
        """Log in."""
        receipts = example("twisted")["Receipts"]
        from twisted.internet.task import Clock
        from twisted.words.protocols.jabber import jid
        from twisted.words.protocols.jabber.client import XMPPClientFactory
        from twisted.words.protocols.jabber.xmlstream import StreamManager, XMPPHandler

        self.clock = Clock()
        self.transport: Any = None
        self.factory = XMPPClientFactory(jid.JID(ME), "rose")
        self.manager = StreamManager(self.factory)
        first = XMPPHandler()
        first.connectionLost = self.lost
        first.setHandlerParent(self.manager)
        self.receipts = receipts(
            ACCOUNT, self.authorized, self.actions.append, POLICY, clock=self.clock
        )
        self.receipts.setHandlerParent(self.manager)
        self.host = self.receipts
        self.connect()

    def connect(self) -> None:
        """Go through the login."""
        from twisted.internet.testing import StringTransport
        from twisted.words.protocols.jabber.xmlstream import TLSInitiatingInitializer

        self.stream = self.factory.buildProtocol(None)
        self.transport = StringTransport()
        self.stream.makeConnection(self.transport)
        for step in self.stream.initializers:
            if isinstance(step, TLSInitiatingInitializer):
                step.required = False
        self.stream.addObserver("/message", self._handle)
        sasl, features = "urn:ietf:params:xml:ns:xmpp-sasl", "stream:features"
        mechanisms = f"<mechanisms xmlns='{sasl}'><mechanism>PLAIN</mechanism>"
        self.receive(f"{STREAM}<{features}>{mechanisms}</mechanisms></{features}>")
        self.receive(f"<success xmlns='{sasl}'/>")
        bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
        self.receive(f"{STREAM}<{features}>{bind}</{features}>")
        (id_,) = re.findall(r"<iq[^>]* id='([^']*)'", self.transport.value().decode())
        self.transport.clear()
        self.receive(BOUND.format(id_, self.jid))

    def resume(self) -> None:
        """Skip the test."""
        pytest.skip("Twisted Words resumes no stream")

    def _handle(self, element: Any) -> None:  # noqa: ANN401
        if self.keeping:
            self.keeping = False
            self.kept.append(lambda: self._handle(element))
            return
        with suppress(OSError), self.receipts.processing(element) as incoming:
            body = None if element.body is None else str(element.body)
            self.show(body, repeated=incoming.repeated)

    def send(self, to: str, stanza_id: str, body: str = "o speak again") -> None:
        """Send a chat message."""
        from twisted.words.xish.domish import Element

        stanza = Element((None, "message"))
        stanza["to"], stanza["id"], stanza["type"] = to, stanza_id, "chat"
        stanza.addElement("body", content=body)
        self.manager.send(stanza)

    def join(self, occupant: str) -> None:
        """Send the presence that joins a room."""
        from twisted.words.xish.domish import Element

        stanza = Element((None, "presence"))
        stanza["to"] = occupant
        stanza.addElement(("http://jabber.org/protocol/muc", "x"))
        self.manager.send(stanza)

    def query_archive(self) -> None:
        """Send a query to the archive."""
        from twisted.words.protocols.jabber.xmlstream import IQ

        stanza = IQ(self.stream)
        stanza["id"] = "i"
        stanza.addElement(("urn:xmpp:mam:2", "query"))["queryid"] = "q"
        stanza.send()

    def receive(self, stanza: str) -> None:
        """Let octets come."""
        self.stream.dataReceived(stanza.encode())

    def cut(self) -> None:
        """Lose the connection."""
        from twisted.internet.error import ConnectionLost
        from twisted.python.failure import Failure

        self.stream.connectionLost(Failure(ConnectionLost()))

    def wait(self, seconds: float) -> None:
        """Advance the clock."""
        for _ in range(20):
            self.clock.advance(seconds / 20)

    def written(self) -> list[Any]:
        """Return the elements that were written, and forget them."""
        self.octets = self.transport.value()
        self.transport.clear()
        return super().written()

    def roster_ready(self) -> None:
        """Tell the example."""
        self.receipts.roster_ready()


class Slixmpp(Side):
    """A client of slixmpp over a transport that only notes."""

    config: ClassVar[dict[str, object]] = {"auto_request": True, "policy": POLICY}

    def start(self) -> None:
        """Log in."""
        plugin = example("slixmpp")["XEP_0184"]
        import slixmpp
        from slixmpp.plugins import register_plugin

        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        register_plugin(plugin)
        self.xmpp: Any = slixmpp.ClientXMPP(ME, "rose")
        self.xmpp.plugin["feature_mechanisms"].unencrypted_plain = True
        self.xmpp.register_plugin("xep_0184", self.config)
        self.host = self.xmpp.plugin["xep_0184"]
        self.xmpp.add_event_handler("message", self._handle)
        for name in ("delivered", "bounced", "unconfirmed"):
            self.xmpp.add_event_handler(f"receipt_{name}", self.actions.append)
        self.xmpp.add_event_handler("session_start", self._started)
        self.xmpp.add_event_handler("session_end", self.lost)
        self._tasks: list[Any] = [self.loop.create_task(self.xmpp.run_filters())]
        self.connect()

    def _started(self, _: object) -> None:
        self._tasks.append(self.xmpp.get_roster())

    def connect(self) -> None:
        """Go through the login."""
        self.octets = b""
        self.xmpp.init_parser()
        self.xmpp.connection_made(Transport(self._written))
        sasl, features = "urn:ietf:params:xml:ns:xmpp-sasl", "stream:features"
        mechanisms = f"<mechanisms xmlns='{sasl}'><mechanism>PLAIN</mechanism>"
        self.receive(f"{STREAM}<{features}>{mechanisms}</mechanisms></{features}>")
        self.receive(f"<success xmlns='{sasl}'/>")
        bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
        self.receive(f"{STREAM}<{features}>{bind}</{features}>")
        self.receive(BOUND.format(self._last_id(), self.jid))
        self._asked_roster = self._last_id()
        self.logged_in()

    def resume(self) -> None:
        """Tell the client that it has resumed its stream."""
        self.xmpp.init_parser()
        self.xmpp.connection_made(Transport(self._written))
        self.xmpp.data_received(STREAM)
        self.octets = b""
        self.xmpp.event("session_resumed", None)
        self.wait(0)

    def _written(self, octets: bytes) -> None:
        self.octets += octets

    def _last_id(self) -> str:
        *_, id_ = re.findall(rb'<iq[^>]* id="([^"]*)"', self.octets)
        return str(id_.decode())

    def keep(self) -> None:
        """Let the application answer, too."""
        self.host.auto_ack = False
        super().keep()

    def _handle(self, message: Any) -> None:  # noqa: ANN401
        if self.keeping:
            self.kept.append(lambda: self.host.ack(message))
            return
        self.show(message["body"] or None, repeated=False)

    def send(self, to: str, stanza_id: str, body: str = "o speak again") -> None:
        """Send a chat message."""
        stanza = self.xmpp.make_message(to, body, mtype="chat")
        stanza["id"] = stanza_id
        stanza.send()
        self.wait(0)

    def join(self, occupant: str) -> None:
        """Send the presence that joins a room."""
        from slixmpp.xmlstream import ET

        stanza = self.xmpp.make_presence(pto=occupant)
        stanza.append(ET.Element("{http://jabber.org/protocol/muc}x"))
        stanza.send()
        self.wait(0)

    def query_archive(self) -> None:
        """Send a query to the archive."""
        from slixmpp.xmlstream import ET

        stanza = self.xmpp.make_iq_set()
        stanza["id"] = "i"
        stanza.append(ET.Element("{urn:xmpp:mam:2}query", {"queryid": "q"}))
        self._tasks.append(stanza.send())
        self.wait(0)

    def receive(self, stanza: str) -> None:
        """Let octets come."""
        self.xmpp.data_received(stanza)
        self.wait(0)

    def cut(self) -> None:
        """Lose the connection."""
        self.xmpp.connection_lost(ConnectionResetError())
        self.wait(0)

    def wait(self, seconds: float) -> None:
        """Run the loop."""
        self.loop.run_until_complete(turns(seconds))

    def roster_ready(self) -> None:
        """Let the server answer the query for the roster."""
        self.receive(roster_result(self._asked_roster, self.roster))

    def stop(self) -> None:
        """Cancel what runs."""
        for task in self._tasks:
            task.cancel()
        self.wait(0)
        asyncio.set_event_loop(None)
        self.loop.close()


class Transport(asyncio.Transport):
    """A transport that hands on what is written."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        super().__init__()
        self._write = write

    def write(self, data: Any) -> None:  # noqa: ANN401
        """Hand octets on."""
        self._write(bytes(data))

    def close(self) -> None:
        """Do nothing."""

    abort = close

    def can_write_eof(self) -> bool:
        """Return that there is no end."""
        return False


SIDES: Final[dict[str, Callable[[], Side]]] = {
    "aioxmpp": Aioxmpp,
    "nbxmpp": Nbxmpp,
    "slixmpp": Slixmpp,
    "twisted": Twisted,
}


@pytest.fixture(params=[it for it in SIDES if it in REQUIRED] or list(SIDES))
def side(request: pytest.FixtureRequest) -> Iterator[Side]:
    """Give one client of each stack that knows its roster."""
    side = SIDES[request.param]()
    side.know("juliet@capulet.lit")
    yield side
    side.stop()


def incoming(payload: str, from_: str = FRIEND, stanza_id: str = "in") -> str:
    """Return a message as a server hands it over."""
    start = f"<message xmlns='jabber:client' from='{from_}' to='{ME}' type='chat'"
    return f"{start} id='{stanza_id}'>{payload}</message>"


ASKED: Final = "<body>ay me</body><request xmlns='urn:xmpp:receipts'/>"
RECEIVED: Final = "<received xmlns='urn:xmpp:receipts' id='out'/>"
ROOM: Final = "verona@chat.lit"


def wrapped(wrapper: str, payload: str, from_: str) -> str:
    """Return a message in a wrapper."""
    inner = f"<forwarded xmlns='urn:xmpp:forward:0'>{payload}</forwarded>"
    name = wrapper.split(maxsplit=1)[0]
    start = f"<message xmlns='jabber:client' from='{from_}' to='{ME}'>"
    return f"{start}<{wrapper}>{inner}</{name}></message>"


def test_a_request_is_answered_after_the_application(side: Side) -> None:
    """The answer echoes the id, goes where the message came from, asks for nothing."""
    side.receive(incoming(ASKED))
    (ack,) = side.messages()
    assert side.shown == [("ay me", False)]
    assert (ack.to, ack.type, ack.request) == (FRIEND, "chat", False)
    assert ack.received == (xep0184.Received("in"),)
    assert ack.id not in {None, "", "in"}


def test_what_the_application_could_not_process_is_not_answered(side: Side) -> None:
    """It comes again, as new, and is answered then."""
    side.failing = True
    side.receive(incoming(ASKED))
    assert side.acked() == []
    side.failing = False
    side.receive(incoming(ASKED))
    assert (side.acked(), side.shown) == (["in"], [("ay me", False)])


def test_a_repetition_is_answered_and_marked(side: Side) -> None:
    """Its receipt may have been lost; only an answer ends the repetition."""
    side.receive(incoming(ASKED))
    side.receive(incoming(ASKED))
    assert side.acked() == ["in", "in"]
    assert side.shown in ([("ay me", False), ("ay me", True)], [("ay me", False)])


def test_two_messages_may_differ_in_their_payload_only(side: Side) -> None:
    """As encrypted messages do, when a client counts its ids from 1 again."""
    for payload in ("a", "b"):
        encrypted = f"<encrypted xmlns='eu.siacs.conversations.axolotl'>{payload}"
        side.receive(incoming(f"{ASKED}{encrypted}</encrypted>"))
    assert side.shown == [("ay me", False)] * 2


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
            wrapped("received xmlns='urn:xmpp:carbons:2'", incoming(ASKED), sender)
            for sender in (ACCOUNT, FRIEND)
        ),
        incoming(
            f"<forwarded xmlns='urn:xmpp:forward:0'>{incoming(ASKED)}</forwarded>"
        ),
    ],
    ids=[
        "stranger",
        "plain",
        "error",
        "room",
        "no id",
        "ack",
        "carbon",
        "forged",
        "forward",
    ],
)
def test_what_is_not_to_be_answered_is_not(side: Side, stanza: str) -> None:
    """A stranger learns nothing, an ack no ack, a copy is the other client's."""
    side.receive(stanza)
    assert side.written() == []


def test_an_id_survives(side: Side) -> None:
    """XML turns a TAB, LF or CR that is written as it is into a blank."""
    side.receive(incoming(ASKED, stanza_id="a&#9;b&#10;c&#13;d"))
    assert side.acked() == ["a\tb\nc\rd"]


def test_the_id_of_an_own_message_survives(side: Side) -> None:
    """A receipt names the id that the contact reads, also of a repetition."""
    side.send("juliet@capulet.lit", "a\tb\nc\rd")
    side.wait(0.1)
    assert {message.id for message in side.messages()} == {"a\tb\nc\rd"}


def test_a_large_message_is_sent(side: Side) -> None:
    """It is too large to be read, so nobody is asked; it is not lost."""
    side.send(FRIEND, "out", "o" * 300_000)
    with pytest.raises(xep0184.XMLError, match="300"):
        side.written()


def test_what_cannot_be_written_again_ends_no_stream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Aioxmpp reads an empty element, and raises an error where it is written."""
    side = Aioxmpp()
    import aioxmpp

    side.know("juliet@capulet.lit")
    address = aioxmpp.ErrorCondition.GONE.xso_class.new_address.xq_descriptor
    monkeypatch.setattr(address, "default", address.NO_DEFAULT)
    gone = "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    bounce = incoming(f"<error type='cancel'>{gone}</error>")
    side.receive(bounce.replace("'chat'", "'error'"))
    side.receive(incoming(ASKED))
    assert side.acked() == ["in"]
    side.stop()


def test_what_is_no_stanza_is_not_changed() -> None:
    """Twisted passes the elements of the login, too."""
    side = Twisted()
    from twisted.words.xish.domish import Element

    side.transport.clear()
    side.stream.send(Element((SM, "r")))
    assert side.transport.value() == f"<r xmlns='{SM}'/>".encode()


@pytest.mark.parametrize("address", ["a\u0221@verona.lit/x", "a@\U0001f600.lit/x"])
def test_an_address_of_a_stranger_does_no_harm(side: Side, address: str) -> None:
    """Some stacks refuse characters that are younger than their tables."""
    side.receive(incoming(ASKED, from_=address, stanza_id="strange"))
    side.receive(incoming(ASKED))
    assert side.acked() == ["in"]


def test_an_answer_that_cannot_be_written_is_written_later(side: Side) -> None:
    """The application processes a message when the connection is lost already."""
    side.keep()
    side.receive(incoming(ASKED))
    assert side.acked() == []
    side.close()
    side.keeping = False
    side.connect()
    side.know("juliet@capulet.lit")
    assert side.acked() == ["in"]


def test_a_receipt_counts_once_and_from_whom_it_was_asked(side: Side) -> None:
    """Of many receipts the application learns what changes something."""
    side.send(FRIEND, "out")
    (written,) = side.messages()
    assert (written.to, written.id, written.request) == (FRIEND, "out", True)
    assert written.body == "o speak again"
    side.receive(incoming(RECEIVED, from_="tybalt@capulet.lit/x"))
    assert side.told(Delivered) == []
    side.receive(incoming(RECEIVED))
    side.receive(incoming(RECEIVED))
    (delivered,) = side.told(Delivered)
    assert (delivered.id, str(delivered.sender)) == ("out", FRIEND)
    assert side.messages() == []


def test_a_client_without_support_is_not_asked_again(side: Side) -> None:
    """Meanwhile it is queried, if it may know that the user is online."""
    side.send(FRIEND, "out")
    side.wait(0.01)
    message, query = side.written()
    assert message.find(ns.REQUEST_TAG) is not None
    assert [child.tag for child in query] == [ns.QUERY_TAG]
    side.receive(
        f"<iq xmlns='jabber:client' type='result' from='{FRIEND}' to='{ME}'"
        f" id='{query.get('id')}'><query xmlns='{ns.DISCO_INFO}'>"
        "<identity category='client' type='pc'/></query></iq>"
    )
    side.wait(0.01)
    side.send(FRIEND, "next")
    side.send("paris@verona.lit/x", "other")
    side.wait(0.01)
    assert [(it.id, it.request) for it in side.messages()] == [
        ("next", False),
        ("other", True),
    ]


def test_a_deadline_may_be_far_away(
    monkeypatch: pytest.MonkeyPatch, side: Side
) -> None:
    """Farther than the timers of a stack can reach."""
    far_away = property(lambda _: time.monotonic() + 1e10)
    monkeypatch.setattr(xep0184.Receipts, "next_deadline", far_away)
    side.receive(incoming(ASKED))
    assert side.acked() == ["in"]


@pytest.mark.parametrize("condition", ["gone", "redirect"])
def test_a_bounce_may_name_no_new_address(side: Side, condition: str) -> None:
    """The element may be empty (RFC 6120 §8.3.3.5); the stream goes on."""
    side.send(FRIEND, "out")
    error = f"<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    bounce = incoming(f"<error type='cancel'>{error}</error>", stanza_id="out")
    side.receive(bounce.replace("'chat'", "'error'"))
    (bounced,) = side.told(Bounced)
    assert bounced.condition == condition
    side.messages()
    side.receive(incoming(ASKED))
    assert side.acked() == ["in"]


def test_a_bounce_has_its_condition(side: Side) -> None:
    """The application learns why."""
    side.send(FRIEND, "out")
    error = (
        "<error type='cancel'><service-unavailable"
        " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    )
    side.receive(incoming(error, stanza_id="out").replace("'chat'", "'error'"))
    (bounced,) = side.told(Bounced)
    assert (bounced.id, bounced.condition) == ("out", "service-unavailable")


def test_a_message_is_sent_again_then_unconfirmed(side: Side) -> None:
    """By the timers of the stack; what is sent again is the message itself."""
    side.send("juliet@capulet.lit", "out")
    side.wait(0.2)
    first, again = side.messages()
    assert first == again
    assert first.request
    side.wait(0.5)
    (unconfirmed,) = side.told(UnconfirmedMessage)
    assert unconfirmed.id == "out"


def test_a_receipt_ends_the_timer(side: Side) -> None:
    """Nothing is sent again."""
    side.send("juliet@capulet.lit", "out")
    side.receive(incoming(RECEIVED))
    side.messages()
    side.wait(0.3)
    assert side.messages() == []
    assert side.told(UnconfirmedMessage) == []


def test_a_reconnect_with_a_late_roster(side: Side) -> None:
    """Nothing times out in between; what waited offline is answered in the end."""
    side.send("juliet@capulet.lit", "out")
    side.messages()
    side.cut()
    side.wait(0.6)
    assert (side.messages(), side.told(UnconfirmedMessage)) == ([], [])
    side.roster = None
    side.connect()
    side.messages()
    side.receive(incoming(ASKED, from_="nurse@capulet.lit/x"))
    side.receive(incoming(ASKED, from_="paris@verona.lit/x", stanza_id="other"))
    assert side.acked() == []
    side.know("juliet@capulet.lit", "nurse@capulet.lit")
    assert side.acked() == ["in"]
    side.receive(incoming(RECEIVED))
    assert [it.id for it in side.told(Delivered)] == ["out"]


def test_a_server_may_choose_the_account(side: Side) -> None:
    """As at each anonymous login."""
    side.jid = "x1@montague.lit/orchard"
    side.close()
    side.connect()
    side.know("juliet@capulet.lit")
    side.receive(incoming(ASKED).replace(ME, side.jid))
    assert side.acked() == ["in"]
    side.send("x1@montague.lit", "self")
    assert [message.request for message in side.messages()] == [False]


def test_a_resumed_stream_goes_on(side: Side) -> None:
    """What was due in between is sent then."""
    side.send("juliet@capulet.lit", "out")
    side.messages()
    side.suspend()
    side.wait(0.1)
    assert side.messages() == []
    side.resume()
    side.wait(0.05)
    assert {it.id for it in side.messages()} == {"out"}
    side.receive(incoming(ASKED))
    assert side.acked() == ["in"]


def test_the_feature_is_advertised(side: Side) -> None:
    """By disco#info, which is how others find out."""
    query = disco.query(ME, "d", from_=FRIEND).decode()
    side.receive(query)
    side.wait(0.01)
    (answer,) = side.written()
    info = disco.from_element(answer).info
    assert info is not None
    assert ns.RECEIPTS in info.features


@pytest.mark.parametrize("sends", [True, False])
def test_a_private_message_is_confirmed_by_its_occupant(
    side: Side, *, sends: bool
) -> None:
    """The room is known from the presence that joins it, or from its own presence."""
    if sends:
        side.join(f"{ROOM}/romeo")
    else:
        side.receive(
            f"<presence xmlns='jabber:client' from='{ROOM}/romeo' to='{ME}'>"
            "<x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/></x>"
            "</presence>"
        )
    side.send(f"{ROOM}/juliet", "out")
    side.receive(incoming(RECEIVED, from_=f"{ROOM}/tybalt"))
    assert side.told(Delivered) == []
    side.receive(incoming(RECEIVED, from_=f"{ROOM}/juliet"))
    (delivered,) = side.told(Delivered)
    assert str(delivered.sender) == f"{ROOM}/juliet"


def test_an_archive_that_was_asked_is_believed(side: Side) -> None:
    """Its messages are answered if they are new; those of other queries are not."""
    side.query_archive()
    side.written()
    side.host.first_sight = lambda _: True
    delay = "<delay xmlns='urn:xmpp:delay' stamp='2026-11-29T00:00:00Z'/>"
    result = "result xmlns='urn:xmpp:mam:2' queryid='q' id='1'"
    asked = incoming(ASKED, stanza_id="old")
    side.receive(wrapped(result.replace("'q'", "'x'"), delay + asked, ACCOUNT))
    assert side.acked() == []
    side.receive(wrapped(result, delay + asked, ACCOUNT))
    assert side.acked() == ["old"]


def test_a_deep_stanza_does_no_harm(side: Side) -> None:
    """What comes next is answered, whatever became of it."""
    deep = "<a xmlns='a'>" * 1_000 + "</a>" * 1_000
    side.receive(incoming(ASKED + deep, stanza_id="deep"))
    side.receive(incoming(ASKED))
    assert "in" in side.acked()

"""The plugin for slixmpp in slixmpp: real stanzas in, real stanzas out, no network."""

from __future__ import annotations

import asyncio
import importlib
import os
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import xep0184
from xep0184 import Resend
from xep0184.receipts import ReceiptsPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

if "slixmpp" in os.environ.get("XEP0184_STACKS", ""):
    importlib.import_module("slixmpp")
else:
    pytest.importorskip("slixmpp", exc_type=ImportError)

EXAMPLES: Final = Path(__file__).parent.parent / "examples"
ME: Final = "romeo@montague.lit/orchard"
FRIEND: Final = "juliet@capulet.lit/balcony"
STREAM: Final = (
    "<stream:stream xmlns='jabber:client'"
    " xmlns:stream='http://etherx.jabber.org/streams' version='1.0' id='1'>"
)
REQUEST: Final = "<body>ay me</body><request xmlns='urn:xmpp:receipts'/>"
RECEIVED: Final = "<received xmlns='urn:xmpp:receipts' id='out'/>"


class Client:
    """A client whose stream is fed with octets, with the plugin in it."""

    def __init__(self, **config: object) -> None:
        import slixmpp
        from slixmpp.plugins import register_plugin

        example = runpy.run_path(str(EXAMPLES / "slixmpp_receipts.py"))
        register_plugin(example["XEP_0184"])
        self.xmpp: Any = slixmpp.ClientXMPP(ME, "")
        self.xmpp.register_plugin("xep_0184", config)
        self.plugin: Any = self.xmpp.plugin["xep_0184"]
        self.wire: list[str] = []
        self.shown: list[str] = []
        self.events: list[tuple[str, object]] = []
        self.xmpp.send = self._write
        self.xmpp.add_event_handler("message", lambda it: self.shown.append(it["body"]))
        for name in ("delivered", "bounced", "unconfirmed", "received"):
            self.xmpp.add_event_handler(
                f"receipt_{name}", lambda it, name=name: self.events.append((name, it))
            )
        self.xmpp.client_roster[FRIEND]["from"] = True
        self.xmpp.init_parser()
        self.xmpp.data_received(STREAM)
        self.xmpp.event("session_bind", self.xmpp.boundjid)
        self.xmpp.event("roster_update", self.xmpp.make_iq_result())

    def _write(self, stanza: object) -> None:
        self.wire.append(str(stanza))

    def say(self, to: str = FRIEND, **attributes: str) -> None:
        """Send a chat message through the filters, as the stream does."""
        stanza = self.xmpp.make_message(to, "o speak again", mtype="chat")
        for name, value in attributes.items():
            stanza[name] = value
        self._write(self.plugin._outgoing(stanza))  # noqa: SLF001  # the stream's filter

    def receive(self, payload: str, from_: str = FRIEND, id_: str = "in") -> None:
        """Take a message."""
        self.xmpp.data_received(
            f"<message xmlns='jabber:client' from='{from_}' to='{ME}' type='chat'"
            f" id='{id_}'>{payload}</message>"
        )

    def acked(self) -> list[str]:
        """Return the ids that were acknowledged."""
        messages = [it for it in self.wire if it.startswith("<message")]
        read = [xep0184.parse(it, namespaces=xep0184.ns.CONTENT) for it in messages]
        return [id_ for it in read for id_ in xep0184.acknowledged_ids(it)]


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Give the event loop that slixmpp finds."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    asyncio.set_event_loop(None)
    loop.close()


@pytest.mark.usefixtures("loop")
def test_a_message_is_answered_when_it_was_shown() -> None:
    """Its repetition is answered again and not shown."""
    client = Client()
    client.receive(REQUEST)
    client.receive(REQUEST)
    assert client.shown == ["ay me"]
    assert client.acked() == ["in", "in"]


@pytest.mark.usefixtures("loop")
def test_an_application_may_take_its_time() -> None:
    """Nothing is confirmed before it says so."""
    client = Client(auto_ack=False)
    stanzas: list[Any] = []
    client.xmpp.add_event_handler("message", stanzas.append)
    client.receive(REQUEST)
    assert client.acked() == []
    client.plugin.ack(stanzas[0])
    assert client.acked() == ["in"]


@pytest.mark.usefixtures("loop")
def test_strangers_rooms_and_copies_get_no_answer() -> None:
    """The stanza reaches the application all the same."""
    client = Client()
    client.receive(REQUEST, from_="paris@verona.lit/x")
    client.receive("<body>no request</body>")
    assert (client.wire, len(client.shown)) == ([], 2)


@pytest.mark.usefixtures("loop")
def test_an_id_with_a_line_feed_survives() -> None:
    """Slixmpp itself would write a blank."""
    client = Client()
    client.receive(REQUEST, id_="a&#10;b")
    assert client.acked() == ["a\nb"]


@pytest.mark.usefixtures("loop")
def test_a_receipt_counts_once_and_from_whom_it_was_asked() -> None:
    """With the event of slixmpp's own plugin, which has the stanza."""
    client = Client()
    client.say(id="out")
    query, written = client.wire
    assert "http://jabber.org/protocol/disco#info" in query
    assert '<request xmlns="urn:xmpp:receipts"' in written
    client.receive(RECEIVED, from_="tybalt@capulet.lit/x")
    assert client.events == []
    client.receive(RECEIVED)
    client.receive(RECEIVED)
    assert [name for name, _ in client.events] == ["delivered", "received"]


def test_a_message_is_sent_again_whole(loop: asyncio.AbstractEventLoop) -> None:
    """By the timer, and only to a client that supports receipts."""
    policy = ReceiptsPolicy(resend=Resend(delay=0.01, count=1), timeout=0.05)
    client = Client(policy=policy)
    friend = xep0184.jid.parse(FRIEND)
    client.plugin.receipts.learned(friend, xep0184.Support.YES)
    client.say(id="out")
    loop.run_until_complete(asyncio.sleep(0.2))
    assert client.wire == [client.wire[0]] * 2
    assert [name for name, _ in client.events] == ["unconfirmed"]


@pytest.mark.usefixtures("loop")
def test_requests_can_be_left_to_the_application() -> None:
    """As slixmpp's own plugin does by default."""
    client = Client(auto_request=False)
    client.say(id="out")
    assert "request" not in client.wire[0]
    client.xmpp.plugin.disable("xep_0184")

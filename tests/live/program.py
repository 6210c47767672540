"""A bot of slixmpp with the example plugin in it: ``python program.py SETTINGS``.

Each line of the input is a command, and each line of the output an event, in JSON.
"""

from __future__ import annotations

import asyncio
import json
import runpy
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree.ElementTree import Element

import slixmpp
from slixmpp.exceptions import IqError
from slixmpp.plugins import BasePlugin, register_plugin
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from xep0184 import Resend, xml
from xep0184.receipts import (
    Bounced,
    Delivered,
    ReceiptsPolicy,
    ResendStanza,
    UnconfirmedMessage,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from slixmpp.xmlstream import StanzaBase

    from xep0184 import Envelope

_EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "slixmpp_receipts.py"
_HOST: Final = "127.0.0.1"
_KINDS: Final = {
    "{jabber:client}message": slixmpp.Message,
    "{jabber:client}presence": slixmpp.Presence,
    "{jabber:client}iq": slixmpp.Iq,
}
_SETTLED: Final = {
    Delivered: "delivered",
    Bounced: "bounced",
    UnconfirmedMessage: "unconfirmed",
}
_WRAPPERS: Final = ("{urn:xmpp:mam:2}result", "{urn:xmpp:carbons:2}received")
_INNER: Final = "*/{urn:xmpp:forward:0}forwarded/{jabber:client}message"


class Bot:
    """A client that shows messages: it reports them, and keeps them in a file."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.state = Path(settings["state"])
        self.is_processing = True
        self.waiting: dict[str, Any] = {}  # messages that are not processed yet
        self.xmpp: Any = slixmpp.ClientXMPP(settings["jid"], settings["password"])
        self.xmpp.enable_starttls = self.xmpp.enable_direct_tls = False
        self.xmpp.enable_plaintext = True
        self.xmpp.plugin["feature_mechanisms"].unencrypted_plain = True
        for name in settings["plugins"]:
            self.xmpp.register_plugin(name)
        self.is_ours = settings["receipts"] == "ours"
        self.plugin: Any = self.add_ours() if self.is_ours else self.add_slixmpps()
        self.xmpp.add_event_handler("message", self.show)
        # The event has no messages without a body of their own.
        for name in _WRAPPERS:
            wrapped = MatchXPath(f"{{jabber:client}}message/{name}")
            self.xmpp.register_handler(Callback(name, wrapped, self.show))
        self.xmpp.add_event_handler("session_start", self.started)
        self.xmpp.add_event_handler("session_resumed", self.resumed)
        self.xmpp.add_event_handler("disconnected", self.disconnected)
        self.xmpp.add_event_handler("receipt_resend", self.send_again)
        for name in _SETTLED.values():
            self.xmpp.add_event_handler(f"receipt_{name}", self.settled)

    def add_ours(self) -> BasePlugin:
        """Load the example; the answers are given by `process`."""
        register_plugin(runpy.run_path(str(_EXAMPLE))["XEP_0184"])
        policy = dict(self.settings["policy"])
        if "resend" in policy:
            policy["resend"] = Resend(**policy["resend"])
        config = {
            "auto_ack": False,
            "auto_request": True,
            "policy": ReceiptsPolicy(**policy),
        }
        self.xmpp.register_plugin("xep_0184", config)
        # After the filters of the plugin: what goes out is in the state before.
        for way in ("in", "out"):
            self.xmpp.add_filter(way, self.saved)
        plugin = self.xmpp.plugin["xep_0184"]
        plugin.first_sight = self.first_sight
        return plugin

    def add_slixmpps(self) -> BasePlugin:
        """Load the plugin of slixmpp, which answers by itself."""
        config = {"auto_ack": True, "auto_request": True}
        self.xmpp.register_plugin("xep_0184", config)
        self.xmpp.add_event_handler("receipt_received", self.confirmed)
        return self.xmpp.plugin["xep_0184"]

    async def run(self) -> None:
        """Connect, and carry out commands until there are no more."""
        self.restore()
        self.connect()
        async for line in _lines():
            command, *arguments = json.loads(line)
            await getattr(self, f"do_{command}")(*arguments)

    def connect(self) -> None:
        """Connect to the server."""
        self.xmpp.connect(_HOST, self.settings["port"])

    async def started(self, _: object) -> None:
        """Get the roster, and be available."""
        if self.settings["roster"]:
            await self.xmpp.get_roster()
        if "xep_0115" in self.xmpp.plugin:  # advertises nothing by itself
            await self.xmpp.plugin["xep_0115"].update_caps(broadcast=False)
        self.xmpp.send_presence()
        self.report("started", jid=str(self.xmpp.boundjid))

    def resumed(self, _: object) -> None:
        """Report that the stream goes on."""
        self.report("resumed")

    def disconnected(self, _: object) -> None:
        """Connect again."""
        self.report("disconnected")
        self.connect()

    def show(self, message: StanzaBase) -> None:
        """Show a message, and answer it, unless it is to wait."""
        content = _content(message.xml)
        if not content["body"] or message["type"] == "error":
            return
        if slixmpp.JID(content["from"]).bare == self.xmpp.boundjid.bare:
            return  # from the archive
        self.waiting[content["id"]] = message
        self.report("came", **content)
        if self.is_processing:
            self.process(content["id"])

    def process(self, id_: str) -> None:
        """Store a message, unless it is stored already, and then answer it."""
        message = self.waiting.pop(id_)
        content = _content(message.xml)
        if content not in self.shown():
            with (self.state / "shown").open("a") as file:
                file.write(json.dumps(content) + "\n")
            self.report("shown", **content)
        if self.is_ours:
            self.plugin.ack(message)
            self.save()
            self.xmpp.loop.call_soon(self.answered, id_)

    def answered(self, id_: str) -> None:
        """Save that the answer is written, so that it is not written again."""
        self.save()
        self.report("answered", id=id_)

    def shown(self) -> list[object]:
        """Return what was shown by this run and earlier ones."""
        with (self.state / "shown").open("a+") as file:
            file.seek(0)
            return [json.loads(line) for line in file]

    def first_sight(self, archived: Envelope) -> bool:
        """Return whether an archived message was not shown."""
        message = archived.message
        return (
            message is not None
            and {
                "from": message.from_,
                "id": message.id,
                "body": message.body,
            }
            not in self.shown()
        )

    async def do_hold(self) -> None:
        """Process no message until it is asked for."""
        self.is_processing = False

    async def do_process(self, id_: str) -> None:
        """Process a message that waits."""
        self.process(id_)

    async def do_send(self, text: str) -> None:
        """Send a stanza."""
        with (self.state / "sent").open("a") as file:
            file.write(json.dumps(text) + "\n")
        element = xml.parse(text)
        self.xmpp.send(_KINDS[element.tag](self.xmpp, element))

    async def do_raw(self, text: str) -> None:
        """Send octets as they are."""
        self.xmpp.send_raw(text)

    def send_again(self, action: ResendStanza) -> None:
        """Send a message again that was sent before a restart."""
        for line in (self.state / "sent").read_text().splitlines():
            element = xml.parse(json.loads(line))
            if (element.get("to"), element.get("id")) == (action.to, action.id):
                self.xmpp.send(slixmpp.Message(self.xmpp, element))

    async def do_ping(self, to: str, id_: str) -> None:
        """Wait for the answer to a ping."""
        ping = self.xmpp.make_iq_get(ito=to)
        ping["id"] = id_
        ping.append(Element("{urn:xmpp:ping}ping"))
        with suppress(IqError):  # the answer of an entity that knows no pings
            await ping.send()
        self.report("pong", id=id_)

    async def do_archive(self) -> None:
        """Read the whole archive by slixmpp's plugin."""
        results = self.xmpp.plugin["xep_0313"].iterate()
        ids = [_content(it.xml)["id"] async for it in results]
        self.report("archive", ids=ids)

    async def do_roster(self) -> None:
        """Get the roster."""
        await self.xmpp.get_roster()

    def settled(self, action: Delivered | Bounced | UnconfirmedMessage) -> None:
        """Report what became of a message."""
        sender = None if isinstance(action, UnconfirmedMessage) else str(action.sender)
        self.report(_SETTLED[type(action)], id=action.id, sender=sender)

    def confirmed(self, message: slixmpp.Message) -> None:
        """Report what the plugin of slixmpp reports."""
        self.report("delivered", id=message["receipt"], sender=str(message["from"]))

    def report(self, name: str, **facts: object) -> None:
        """Write an event."""
        sys.stdout.write(json.dumps({"event": name, **facts}) + "\n")
        sys.stdout.flush()

    def restore(self) -> None:
        """Continue with the state of an earlier run."""
        saved_file = self.state / "receipts"
        if self.is_ours and saved_file.exists():
            saved = json.loads(saved_file.read_text())
            self.plugin.receipts.restore(saved, self.xmpp.loop.time(), time.time())

    def saved(self, stanza: StanzaBase) -> StanzaBase:
        """Write the state before a stanza is sent, or after it was received."""
        self.save()
        return stanza

    def save(self) -> None:
        """Write the state; the file is whole at all times."""
        saved = self.plugin.receipts.snapshot(self.xmpp.loop.time(), time.time())
        new = self.state / "receipts.new"
        new.write_text(json.dumps(saved))
        new.replace(self.state / "receipts")


def _content(element: Element) -> dict[str, str]:
    """Return what is shown of a message, or of the one inside it."""
    found = element.find(_INNER)
    message = element if found is None else found
    return {
        "from": message.get("from", ""),
        "id": message.get("id", ""),
        "body": message.findtext("{jabber:client}body", ""),
    }


async def _lines() -> AsyncIterator[bytes]:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    async for line in reader:
        yield line


async def main() -> None:
    """Run the bot that the settings describe."""
    await Bot(json.loads(sys.argv[1])).run()


if __name__ == "__main__":
    asyncio.run(main())

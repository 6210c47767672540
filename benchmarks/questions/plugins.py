"""What does the plugin for slixmpp cost, next to slixmpp's own?

Asked where slixmpp can be imported: ``pip install slixmpp``, then
``python -m benchmarks --only Plugin``.
"""

from __future__ import annotations

import asyncio
import runpy
import time
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from benchmarks import work
from benchmarks.registry import OURS, Goal, Session, question
from benchmarks.timing import Contender
from xep0184.receipts import ReceiptsPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NONE: Final = "slixmpp without a plugin"
OWN: Final = "slixmpp's own plugin"
PLAIN: Final = Goal(of=OURS, by=OWN, at_most=1)
REQUEST: Final = replace(
    PLAIN,
    why="slixmpp's own answers everybody. The library reads the message, compares it"
    " with those that were processed, asks who may know that the user is online, and"
    " remembers it.",
)
RECEIPT: Final = replace(
    PLAIN,
    why="slixmpp's own raises an event for any receipt. The library finds the message"
    " that asked for it, checks who confirms it, and remembers it.",
)
STREAM: Final = (
    "<stream:stream xmlns='jabber:client' id='1' version='1.0'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)
POLICY: Final = ReceiptsPolicy(query=False, max_pending=1_000_000)


class Transport(asyncio.Transport):
    """A transport that counts what is written.

    Attributes:
        written: How often something was written.
    """

    written: int = 0

    def write(self, _: object) -> None:
        """Count."""
        self.written += 1


class Client:
    """A client of slixmpp over such a transport, with a contact in its roster."""

    def __init__(self, plugin: str) -> None:
        import slixmpp
        from slixmpp.plugins import register_plugin
        from slixmpp.plugins.xep_0184.receipt import XEP_0184

        if plugin == OURS:
            path = work.ROOT / "examples" / "slixmpp_receipts.py"
            register_plugin(runpy.run_path(str(path))["XEP_0184"])
        else:
            register_plugin(XEP_0184)
        self._ids = count()
        self._loop = asyncio.get_event_loop()
        self._xmpp: Any = slixmpp.ClientXMPP(work.RECIPIENT, "")
        if plugin != NONE:
            self._xmpp.register_plugin("xep_0184", {"policy": POLICY})
        self._xmpp.add_event_handler("message", self._shown)
        self._xmpp.add_event_handler("receipt_received", self._shown)
        self._xmpp.client_roster[work.SENDER.partition("/")[0]]["from"] = True
        self._transport = Transport()
        self._xmpp.init_parser()
        self._xmpp.connection_made(self._transport)
        self._xmpp.data_received(STREAM)
        self._xmpp.event("session_bind", self._xmpp.boundjid)
        self._xmpp.event("session_start")

    def _shown(self, stanza: Any) -> None:  # noqa: ANN401
        stanza["body"]

    def plain(self, times: int) -> float:
        """Receive messages that ask for nothing."""
        return self._timed(self._numbered(work.PLAIN, times), answers=0)

    def asked(self, times: int) -> float:
        """Receive messages that ask, until the answers are written."""
        stanzas = self._numbered(work.CONTENT, times)
        has_plugin = "xep_0184" in self._xmpp.plugin
        return self._timed(stanzas, answers=times if has_plugin else 0)

    def confirmed(self, times: int) -> float:
        """Receive receipts for messages that were sent before."""
        messages = [self._xmpp.make_message(work.SENDER, "x") for _ in range(times)]
        for message in messages:
            message["request_receipt"] = True
            message["id"] = str(next(self._ids))
            message.send()
        self._run(self._transport.written + times)
        ids = [message["id"].encode() for message in messages]
        ack = work.ACK.replace(work.RECIPIENT.encode(), b"*")
        ack = ack.replace(work.SENDER.encode(), work.RECIPIENT.encode())
        ack = ack.replace(b"*", work.SENDER.encode())
        acks = [ack.replace(work.CONTENT_ID.encode(), id_) for id_ in ids]
        return self._timed(acks, answers=0)

    def _numbered(self, stanza: bytes, times: int) -> list[bytes]:
        ids = [str(next(self._ids)).encode() for _ in range(times)]
        return [stanza.replace(work.CONTENT_ID.encode(), id_) for id_ in ids]

    def _timed(self, stanzas: list[bytes], *, answers: int) -> float:
        goal = self._transport.written + answers
        start = time.process_time()
        for stanza in stanzas:
            self._xmpp.data_received(stanza)
        self._run(goal)
        return time.process_time() - start

    def _run(self, goal: int) -> None:
        sending = self._loop.create_task(self._xmpp.run_filters())
        while self._transport.written < goal:
            self._turn()
        sending.cancel()
        self._turn()

    def _turn(self) -> None:
        self._loop.call_soon(self._loop.stop)
        self._loop.run_forever()


def _contenders(do: Callable[[Client, int], float]) -> Iterator[Contender]:
    asyncio.set_event_loop(asyncio.new_event_loop())
    for name in (NONE, OWN, OURS):
        yield Contender(name, partial(do, Client(name)))


def plain(_: Session) -> Iterator[Contender]:
    """How long to receive a message that asks for no receipt?"""
    return _contenders(Client.plain)


def asked(_: Session) -> Iterator[Contender]:
    """How long from a message that asks for a receipt to the answer?"""
    return _contenders(Client.asked)


def confirmed(_: Session) -> Iterator[Contender]:
    """How long to receive a receipt?"""
    return _contenders(Client.confirmed)


if find_spec("slixmpp") is not None:
    question("Plugin for slixmpp: a plain message", floor=NONE, goals=(PLAIN,))(plain)
    question("Plugin for slixmpp: a request", floor=NONE, goals=(REQUEST,))(asked)
    question("Plugin for slixmpp: a receipt", floor=NONE, goals=(RECEIPT,))(confirmed)

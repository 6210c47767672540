"""A proxy between one client and its server that records all octets."""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from xml.etree.ElementTree import tostring

from .processes import LOOPBACK
from .stream_reader import StreamReader
from .waiting import Record

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["CLIENT", "RECEIPTS", "Stanza", "Way", "Wire"]

Way: TypeAlias = Literal["sent", "received"]
"""What the client sent, or what it received."""

CLIENT: Final = "{jabber:client}"
RECEIPTS: Final = "{urn:xmpp:receipts}"
_FORWARDED: Final = "{urn:xmpp:forward:0}forwarded"
_PREFIX: Final = re.compile(r"(?<=[</ ])ns\d+:| xmlns:ns\d+=\"[^\"]*\"")


@dataclass(frozen=True)
class Stanza:
    """A child of a stream, as it was on the wire."""

    place: int
    time: float
    way: Way
    element: Element
    lost: bool = False

    @property
    def name(self) -> str:
        """The name without the namespace."""
        return self.element.tag.partition("}")[2]

    @property
    def id(self) -> str | None:
        """The attribute `id`."""
        return self.element.get("id")

    @property
    def to(self) -> str | None:
        """The attribute `to`."""
        return self.element.get("to")

    @property
    def from_(self) -> str | None:
        """The attribute `from`."""
        return self.element.get("from")

    @property
    def type(self) -> str | None:
        """The attribute `type`."""
        return self.element.get("type")

    @property
    def body(self) -> str | None:
        """The text of the message, not of one inside it."""
        return self.element.findtext(f"{CLIENT}body")

    @property
    def asks(self) -> bool:
        """Whether the message itself asks for a receipt."""
        return self.element.find(f"{RECEIPTS}request") is not None

    @property
    def confirms(self) -> str | None:
        """The id that the message itself confirms."""
        receipt = self.element.find(f"{RECEIPTS}received")
        return None if receipt is None else receipt.get("id", "")

    @property
    def child(self) -> str:
        """The tag of the first child."""
        return self.element[0].tag if len(self.element) else ""

    @property
    def inner(self) -> Stanza | None:
        """The message inside a carbon or an archive result."""
        found = self.element.find(f"./*/{_FORWARDED}/{CLIENT}message")
        return None if found is None else replace(self, element=found)

    @property
    def summary(self) -> str:
        """What a log shows of a message."""
        content = self.inner or self
        facts = {
            "LOST": self.lost,
            "archived": content is not self,
            f"id={content.id}": True,
            repr(content.body): content.body is not None,
            "request": content.asks,
            f"received {content.confirms}": content.confirms is not None,
        }
        return " ".join(text for text, is_so in facts.items() if is_so)

    def has(self, **facts: object) -> bool:
        """Check whether the attributes have these values."""
        return all(getattr(self, name) == value for name, value in facts.items())

    def __str__(self) -> str:
        text = _PREFIX.sub("", tostring(self.element, "unicode"))
        return f"{self.place:3} {'LOST ' * self.lost}{self.way} {text}"


class Wire:
    """Listens on `port`, connects to the server, and records both directions."""

    def __init__(self, server_port: int) -> None:
        self.octets: Record[tuple[int, Way, bytes]] = Record()
        self.stanzas: Record[Stanza] = Record()
        self._places = count()
        self._recording = threading.Lock()
        self._server_port = server_port
        self._sockets: list[socket.socket] = []
        self._muted: set[Way] = set()
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def sent(self, *, count: int = 1, **facts: object) -> Stanza:
        """Wait until the client has sent `count` stanzas with these facts."""
        return self._wait("sent", facts, count)

    def received(self, *, count: int = 1, **facts: object) -> Stanza:
        """Wait until the client has received `count` stanzas with these facts."""
        return self._wait("received", facts, count)

    def all(self, way: Way, **facts: object) -> list[Stanza]:
        """Return the stanzas so far with these facts."""
        return self.stanzas.matching(lambda it: it.has(way=way, **facts))

    def lose(self, *ways: Way) -> None:
        """Pass on nothing more in these directions; it is recorded all the same."""
        self._muted = set(ways)

    def cut(self) -> None:
        """End all connections. The client may connect again, with nothing lost."""
        self._muted = set()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """End all connections and accept no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _wait(self, way: Way, facts: dict[str, object], count: int) -> Stanza:
        what = f"{count} stanza(s) {way} with {facts}"
        return self.stanzas.wait(lambda it: it.has(way=way, **facts), what, count=count)

    def _listen(self) -> None:
        for number in count():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection((LOOPBACK, self._server_port))
            self._sockets += [client, server]
            self._pump(number, "sent", client, server)
            self._pump(number, "received", server, client)

    def _pump(
        self, number: int, way: Way, source: socket.socket, target: socket.socket
    ) -> None:
        def run() -> None:
            reader = StreamReader()
            with suppress(OSError):
                while data := source.recv(65536):
                    self._add(number, way, data, reader)
                    if way not in self._muted:
                        target.sendall(data)
            for each in (source, target):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            source.close()  # the other thread closes the other one

        threading.Thread(target=run, daemon=True).start()

    def _add(self, number: int, way: Way, data: bytes, reader: StreamReader) -> None:
        with self._recording:
            self.octets.append((number, way, data))
            for element in reader.read(data):
                lost = way in self._muted
                self.stanzas.append(
                    Stanza(next(self._places), time.monotonic(), way, element, lost)
                )

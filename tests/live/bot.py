"""The bot as a process: it is started, gets commands, reports events, is killed."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape

from .processes import end, start
from .servers import DOMAIN, PASSWORD
from .waiting import Record
from .wire import Wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .wire import Stanza

__all__ = ["Bot"]

_PROGRAM: Final = Path(__file__).parent / "program.py"
_LOGGED: Final = {"started", "killed", "shown", "delivered", "unconfirmed"}
_DEFAULTS: Final[dict[str, object]] = {
    "plugins": ["xep_0115"],  # of slixmpp, beside ours
    "receipts": "ours",  # whose plugin; or "slixmpp"
    "policy": {},  # of `Receipts`
    "roster": True,  # get the roster before being available
}


class Bot:
    """A client of slixmpp with our plugin, connected through a wire of its own."""

    def __init__(
        self,
        user: str,
        resource: str,
        server_port: int,
        place: Path,
        settings: Mapping[str, object],
    ) -> None:
        self.bare = f"{user}@{DOMAIN}"
        self.full = f"{self.bare}/{resource}"
        self.wire = Wire(server_port)
        self.events: Record[dict[str, Any]] = Record()
        self._ids = (f"{user}-{resource}-{number}" for number in itertools.count(1))
        self._place = place
        self._settings = {
            **_DEFAULTS,
            "jid": self.full,
            "password": PASSWORD,
            "port": self.wire.port,
            "state": str(place),
            **settings,
        }
        self._starts = 0

    def start(self) -> None:
        """Start the process; wait until it is available."""
        command = [sys.executable, str(_PROGRAM), json.dumps(self._settings)]
        with (self._place / "errors").open("ab") as errors:
            self._process = start(
                command,
                env={},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        self._starts += 1
        threading.Thread(target=self._read, args=[self._process], daemon=True).start()
        self.wait("started", count=self._starts)

    def kill(self) -> None:
        """End the process without a warning, as ``kill -9``."""
        self._note(event="killed")
        end(self._process, signal.SIGKILL)

    def end(self) -> None:
        """End the process and its connection."""
        if self._starts:
            end(self._process)
        self.wire.end()

    def tell(self, command: str, *arguments: str) -> None:
        """Give a command to the process."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([command, *arguments]).encode() + b"\n")
        self._process.stdin.flush()

    def send(self, stanza: str) -> None:
        """Send a stanza."""
        self.tell("send", stanza.replace(" ", " xmlns='jabber:client' ", 1))

    def say(self, to: str, text: str, *, type_: str = "chat", more: str = "") -> str:
        """Send a message, and return its id."""
        id_ = next(self._ids)
        body = f"<body>{escape(text)}</body>" if text else ""
        self.send(
            f"<message to='{to}' type='{type_}' id='{id_}'>{body}{more}</message>"
        )
        return id_

    def query(self, type_: str, to: str, payload: str) -> Stanza:
        """Send an iq, and return the result."""
        id_ = next(self._ids)
        self.send(f"<iq to='{to}' type='{type_}' id='{id_}'>{payload}</iq>")
        answer = self.wire.received(name="iq", id=id_)
        assert answer.type == "result", answer
        return answer

    def ping(self, to: str) -> None:
        """Wait until an entity has processed all that the bot sent it before."""
        id_ = next(self._ids)
        self.tell("ping", to, id_)
        self.wait("pong", id=id_)

    def settle(self) -> None:
        """Wait until the bot has answered all that it received before."""
        # It sends the second ping after the answers to what precedes the first pong.
        self.ping(DOMAIN)
        self.ping(DOMAIN)

    def wait(self, event: str, *, count: int = 1, **facts: object) -> dict[str, Any]:
        """Wait until the process has reported `count` such events."""
        expected = {"event": event, **facts}.items()
        return self.events.wait(
            lambda it: expected <= it.items(), f"{event} {facts}", count=count
        )

    def count(self, event: str, **facts: object) -> int:
        """Return how many such events the process has reported."""
        expected = {"event": event, **facts}.items()
        return len(self.events.matching(lambda it: expected <= it.items()))

    @property
    def shown(self) -> list[str]:
        """The bodies of the messages that were processed."""
        return [
            it["body"] for it in self.events.matching(lambda it: it["event"] == "shown")
        ]

    def log(self) -> str:
        """Return the messages and the events of the process, in order of time."""
        messages = self.wire.stanzas.matching(lambda it: it.name == "message")
        lines = [(it.time, f"{it.way:9}{it.summary}") for it in messages]
        for event in self.events.matching(lambda it: it["event"] in _LOGGED):
            facts = " ".join(str(event[it]) for it in ("id", "body") if it in event)
            lines.append((event["time"], f"{' ' * 9}[{event['event']} {facts}]"))
        return "\n".join(f"{time:9.3f} {line}" for time, line in sorted(lines))

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self._note(**json.loads(line))

    def _note(self, **event: object) -> None:
        self.events.append({"time": time.monotonic(), **event})

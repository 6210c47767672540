"""Profanity and mcabber in pseudo-terminals, where lines are typed."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import termios
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Final

from .processes import LOOPBACK, end, start
from .servers import DOMAIN, PASSWORD
from .waiting import Record
from .wire import Wire

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Mcabber", "Profanity", "Terminal"]

_SIZE: Final = struct.pack("HHHH", 40, 120, 0, 0)  # rows and columns

_PROFRC: Final = """
[connection]
receipts.request=true
receipts.send=true
carbons=true
autoping=0
[ui]
history=false
splash=false
[omemo]
policy=manual
"""
_ACCOUNTS: Final = """
[{user}@{domain}]
enabled=true
jid={user}@{domain}
resource={resource}
presence.last=online
presence.login=online
muc.nick={user}
server={host}
port={port}
password={password}
tls.policy=disable
"""
_MCABBERRC: Final = """
set jid = {user}@{domain}
set password = {password}
set server = {host}
set port = {port}
set resource = {resource}
set disable_random_resource = 1
set tls = 0
set nickname = {user}
set carbons = 1
set pinginterval = 0
set logging = 0
"""


class Terminal:
    """A client in a pseudo-terminal, connected through a wire of its own."""

    files: ClassVar[Mapping[str, str]]
    command: ClassVar[str]

    def __init__(self, user: str, server_port: int, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self.wire = Wire(server_port)
        self.bare = f"{user}@{DOMAIN}"
        self.full = f"{self.bare}/{self.command}"
        self.screen: Record[bytes] = Record()
        facts = {
            "user": user,
            "domain": DOMAIN,
            "resource": self.command,
            "host": LOOPBACK,
            "port": self.wire.port,
            "password": PASSWORD,
        }
        for name, text in self.files.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format_map(facts))
            path.chmod(0o600)

    def type(self, line: str) -> None:
        """Type a line and the return key."""
        os.write(self._keyboard, f"{line}\r".encode())

    def say(self, to: str, text: str) -> None:
        """Send a chat message."""
        raise NotImplementedError

    def end(self) -> None:
        """End the client and its connection."""
        if self._process is not None:
            end(self._process)
        self.wire.end()

    def start(self) -> None:
        """Start the client; wait until it is available."""
        self._keyboard, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, _SIZE)
        env = {
            "HOME": str(self._home),
            "XDG_CONFIG_HOME": str(self._home / "config"),
            "XDG_DATA_HOME": str(self._home / "data"),
            "TERM": "xterm",
            "LANG": "C.UTF-8",
        }
        self._process = start(
            self._arguments(), env=env, stdin=terminal, stdout=terminal
        )
        os.close(terminal)
        threading.Thread(target=self._read, daemon=True).start()
        self.wire.sent(name="presence", to=None)

    def _arguments(self) -> list[str]:
        return [self.command]

    def _read(self) -> None:
        with suppress(OSError):  # the client has ended
            while data := os.read(self._keyboard, 65536):
                self.screen.append(data)
        os.close(self._keyboard)


class Profanity(Terminal):
    """Profanity, which asks for a receipt in every chat message."""

    command = "profanity"
    files: ClassVar = {
        "config/profanity/profrc": _PROFRC,
        "data/profanity/accounts": _ACCOUNTS,
    }

    def say(self, to: str, text: str) -> None:
        """Send a chat message."""
        self.type(f"/msg {to} {text}")

    def _arguments(self) -> list[str]:
        return [self.command, "--account", self.bare]


class Mcabber(Terminal):
    """mcabber, which asks for receipts where it knows of the support."""

    command = "mcabber"
    files: ClassVar = {".mcabber/mcabberrc": _MCABBERRC}

    def say(self, to: str, text: str) -> None:
        """Send a chat message."""
        self.type(f"/say_to {to} {text}")

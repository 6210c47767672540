"""Accounts and clients of one test."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import count
from typing import TYPE_CHECKING, Final, Self

from .bot import Bot
from .servers import DOMAIN

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from .servers import Server
    from .terminals import Terminal

__all__ = ["Scenario"]

_NUMBERS: Final = count()


class Scenario:
    """Makes accounts that no other test has, and clients that end with the test."""

    def __init__(self, server: Server, place: Path) -> None:
        self.server = server
        self._place = place
        self._suffix = next(_NUMBERS)
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ends.close()

    def register(self, *names: str) -> None:
        """Add accounts."""
        for name in names:
            self.server.register(self._user(name))

    def befriend(self, *names: str) -> None:
        """Add accounts that see each other's presence."""
        self.register(*names)
        users = [self._user(name) for name in names]
        for place, user in enumerate(users):
            for contact in users[place + 1 :]:
                self.server.befriend(user, contact)

    def bot(self, name: str, resource: str = "desk", **settings: object) -> Bot:
        """Start a bot of an account."""
        place = self._folder(name, resource)
        bot = Bot(self._user(name), resource, self.server.port, place, settings)
        self._ends.callback(bot.end)
        bot.start()
        return bot

    def terminal(self, kind: type[Terminal], name: str) -> Terminal:
        """Start a client in a terminal."""
        home = self._folder(name, kind.command)
        terminal = kind(self._user(name), self.server.port, home)
        self._ends.callback(terminal.end)
        terminal.start()
        return terminal

    def bare(self, name: str) -> str:
        """Return the bare JID of an account."""
        return f"{self._user(name)}@{DOMAIN}"

    def _user(self, name: str) -> str:
        return f"{name}{self._suffix}"

    def _folder(self, name: str, resource: str) -> Path:
        folder = self._place / name / resource
        folder.mkdir(parents=True)
        return folder

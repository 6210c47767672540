"""The tutorial, taken from the page and carried out with a real Prosody."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from .processes import end, free_port, is_listening, start
from .waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parent.parent.parent
BLOCK: Final = re.compile(r"([^\n]+)\n\n```(\w+)\n(.*?)```", re.DOTALL)
NAMED: Final = re.compile(r" this as `([\w.]+)`")


class Tutorial:
    """A folder with the files of the page, and the commands of the page."""

    def __init__(self, place: Path) -> None:
        self.place, self.port = place, free_port()
        self.commands: list[str] = []
        self._lasting: list[subprocess.Popen[bytes]] = []
        page = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
        for before, language, text in BLOCK.findall(page):
            if named := NAMED.search(before):
                (place / named[1]).write_text(text.replace("5222", str(self.port)))
            else:
                assert language in {"sh", "console"}
                self.commands.append(text)
        example = ROOT / "examples" / "slixmpp_receipts.py"
        (place / example.name).write_bytes(example.read_bytes())

    def of(self, beginning: str) -> str:
        """Return the commands that begin with this; no two do."""
        (found,) = (it for it in self.commands if it.startswith(beginning))
        self.commands.remove(found)
        return self.here(found)

    def here(self, command: str) -> str:
        """Run what this interpreter's environment has, instead of the reader's."""
        return command.replace(".venv/bin/python", sys.executable).replace(
            ".venv/bin/xep0184", f"{sysconfig.get_path('scripts')}/xep0184"
        )

    def run(self, command: str) -> str:
        """Carry out commands that end, and return what they print."""
        run = subprocess.run(
            ["/usr/bin/env", "bash", "-euc", command],
            cwd=self.place,
            stdout=subprocess.PIPE,
            timeout=60,
            check=True,
        )
        return run.stdout.decode()

    def leave_running(self, command: str, output: str) -> None:
        """Carry out a command that does not end."""
        with (self.place / output).open("wb") as file:
            process = start(
                ["bash", "-euc", f"exec {command}"], env={}, stdout=file, cwd=self.place
            )
        self._lasting.append(process)

    def wait(self, output: str, text: str) -> None:
        """Wait until a lasting command has printed a text."""
        path = self.place / output
        wait_until(
            lambda: path.exists() and text in path.read_text(), f"{text} in {output}"
        )

    def end(self) -> None:
        """End the commands that do not end."""
        for process in self._lasting[::-1]:
            end(process)


@pytest.fixture
def tutorial(tmp_path: Path) -> Iterator[Tutorial]:
    """Give the tutorial, and end what it leaves running."""
    tutorial = Tutorial(tmp_path)
    try:
        yield tutorial
    finally:
        tutorial.end()


@pytest.mark.core
def test_the_tutorial_does_what_it_says(tutorial: Tutorial) -> None:
    """All commands in their order; only the port is another, and pip has run before."""
    tutorial.of("mkdir ../verona")
    tutorial.run(tutorial.of("mkdir -p data"))
    tutorial.leave_running(tutorial.of("prosody -F"), "server")
    wait_until(lambda: is_listening(tutorial.port), "Prosody")
    tutorial.leave_running(tutorial.of(".venv/bin/python bot.py juliet"), "juliet")
    tutorial.wait("juliet.log", "SEND: <presence")

    for text in [it for it in tutorial.commands if it.startswith("$ ")]:
        command, _, output = tutorial.of(text).removeprefix("$ ").partition("\n")
        assert tutorial.run(command) == output
    tutorial.wait("juliet", "romeo@localhost/bot says O, speak again\n")
    for check in ("check", "trace"):
        tutorial.run(tutorial.of(f".venv/bin/xep0184 {check}"))
    assert tutorial.commands == []

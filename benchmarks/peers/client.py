"""This side of the conversation with the peers: who is there, and their turns."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Final, Self

from benchmarks.timing import Contender
from benchmarks.work import FILES, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

HOME: Final = ROOT / ".peers"
"""Where `benchmarks.setup` puts them."""
HERE: Final = Path(__file__).parent


def _python(name: str, python: Path | str) -> list[str]:
    return [str(python), "-m", f"benchmarks.peers.{name}"]


def system_python() -> str:
    """Return the interpreter of the operating system, which Debian's nbxmpp needs."""
    return shutil.which("python3", path=os.defpath) or "python3"


def commands() -> Mapping[str, list[str]]:
    """Return the command that starts each peer."""
    node = shutil.which("node") or "node"
    return {
        "slixmpp": _python("slixmpp", HOME / "slixmpp" / "bin" / "python"),
        "aioxmpp": _python("aioxmpp", HOME / "aioxmpp" / "bin" / "python"),
        "nbxmpp": _python("nbxmpp", system_python()),
        "gloox": [str(HOME / "gloox")],
        "stanza": [node, str(HERE / "stanza.js")],
    }


@dataclass(slots=True)
class Peer:
    """A process that does the work when it is its turn."""

    name: str
    version: str
    works: frozenset[str]
    requests: IO[str]
    answers: IO[str]

    def ask(self, *fields: str) -> str:
        """Return the answer to one line."""
        print(*fields, sep="\t", file=self.requests, flush=True)
        answer = self.answers.readline()
        if not answer:
            message = f"{self.name} ended instead of answering {fields}"
            raise RuntimeError(message)
        return answer.rstrip("\n")

    def seconds(self, work: str, count: int) -> float:
        """Return how long it takes the peer to do some work so many times."""
        return float(self.ask("time", work, str(count)))


@dataclass(slots=True)
class Peers:
    """All peers that are installed; the others are `absent`."""

    present: list[Peer] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def started(cls) -> Self:
        """Start every peer that is installed."""
        peers = cls()
        directory = Path(peers._stack.enter_context(TemporaryDirectory()))
        for name, octets in FILES.items():
            (directory / f"{name}.xml").write_bytes(octets)
        for name, command in commands().items():
            peer = peers._start(name, [*command, str(directory)])
            if peer is None:
                peers.absent.append(name)
            else:
                peers.present.append(peer)
        return peers

    def _start(self, name: str, command: list[str]) -> Peer | None:
        modules = HOME / "stanza" / "node_modules"
        environment = {"NODE_PATH": str(modules), "PATH": os.environ.get("PATH", "")}
        try:
            process = subprocess.Popen(  # noqa: S603  # the commands above
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        except FileNotFoundError:
            return None
        self._stack.enter_context(process)
        requests, answers = process.stdin, process.stdout
        assert requests is not None  # noqa: S101  # for it is a pipe
        assert answers is not None  # noqa: S101
        title, *works = answers.readline().rstrip("\n").split("\t")
        if not title:
            return None
        return Peer(name, title, frozenset(works), requests, answers)

    def contenders(
        self, work: str, is_right: Callable[[str], object]
    ) -> Iterator[Contender]:
        """Yield every peer that can do some work, once it has done it right."""
        for peer in self.present:
            if work not in peer.works:
                continue
            answer = peer.ask("check", work)
            if not is_right(answer):
                message = f"{peer.name} does other work for {work!r}: {answer}"
                raise RuntimeError(message)
            yield Contender(peer.name, partial(peer.seconds, work))

    def close(self) -> None:
        """Let all of them end."""
        self._stack.close()

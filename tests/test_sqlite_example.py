"""The example with SQLite, killed at random: nothing is lost or answered early.

``XEP0184_KILLS=200`` makes it the long run: 1,000 accounts with 10,000 messages that
wait for receipts.
"""

from __future__ import annotations

import os
import random
import runpy
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import xep0184
from xep0184 import xml

if TYPE_CHECKING:
    from collections.abc import Iterable

EXAMPLE = Path(__file__).parent.parent / "examples" / "sqlite_receipts.py"
KILLS = int(os.environ.get("XEP0184_KILLS", "6"))
ACCOUNTS = 5 * KILLS
OUT, IN = 10 * ACCOUNTS, 4 * ACCOUNTS  # messages of the accounts, and to them
PEER = "juliet@capulet.lit"
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"


def account_of(number: int) -> str:
    """Return the account that a message belongs to."""
    return f"u{number % ACCOUNTS:04}@montague.lit"


def message_in(number: int) -> bytes:
    """Return a message to an account."""
    return (
        f"<message xmlns='jabber:client' from='{PEER}/balcony'"
        f" to='{account_of(number)}/x' id='in{number}'><body>in{number}</body>"
        f"{REQUEST}</message>"
    ).encode()


def message_out(number: int) -> bytes:
    """Return a line with a message for an account to send."""
    return (
        f"><message xmlns='jabber:client' to='{PEER}' from='{account_of(number)}/x'"
        f" id='out{number}' type='chat'><body>hi</body>{REQUEST}</message>"
    ).encode()


def receipt(number: int) -> bytes:
    """Return the receipt of the peer for a message of an account."""
    return (
        f"<message xmlns='jabber:client' from='{PEER}/balcony' id='r{number}'"
        f" to='{account_of(number)}/x'>"
        f"<received xmlns='urn:xmpp:receipts' id='out{number}'/></message>"
    ).encode()


class Process:
    """A running program that holds a range of accounts.

    Args:
        database: The file.
        first: The first account.
        last: The first one beyond.
    """

    def __init__(self, database: Path, first: str, last: str) -> None:
        self._program = subprocess.Popen(
            [sys.executable, str(EXAMPLE), str(database), first, last],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.lines: list[bytes] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._program.stdout is not None
        self.lines = self._program.stdout.read().splitlines(keepends=True)

    def write(self, lines: Iterable[bytes]) -> None:
        """Write all lines, which ends when the program is killed."""
        assert self._program.stdin is not None
        with suppress(BrokenPipeError), self._program.stdin as file:
            file.write(b"".join(line + b"\n" for line in lines))

    def end(self, *, kill: bool) -> bool:
        """Wait, or kill it; return whether it was killed before it had ended."""
        if kill:
            self._program.kill()
        status = self._program.wait(600)
        self._reader.join()
        assert self._program.stdout is not None
        self._program.stdout.close()
        assert status == 0 or (kill and status == -9)
        return status != 0


def ids(database: Path, query: str) -> Counter[str]:
    """Return the first column of a query."""
    connection = sqlite3.connect(database, timeout=60)
    try:
        return Counter(str(row[0]) for row in connection.execute(query))
    finally:
        connection.close()


class World:
    """What the peer and the tester know, and the database."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.draw = random.Random(184)
        self.answers: dict[str, set[bytes]] = {}
        self.requests: set[str] = set()
        self.kills = 0
        self.patience = 0.5  # seconds until the kill, at most; grows with the state

    def run(self, lines: list[tuple[str, bytes]], *, kill: bool) -> None:
        """Run two processes, each for a range of accounts; kill both at some point.

        Which accounts are whose is drawn anew each time.
        """
        bounds = ["", account_of(self.draw.randrange(ACCOUNTS)), "v"]
        ranges = list(pairwise(bounds))
        processes = [Process(self.database, *it) for it in ranges]
        writers = []
        for process, (first, last) in zip(processes, ranges, strict=True):
            own = [line for account, line in lines if first <= account < last]
            writers.append(threading.Thread(target=process.write, args=(own,)))
            writers[-1].start()
        if kill:
            time.sleep(self.draw.uniform(0.1, 1.0) * self.patience)
        killed = [process.end(kill=kill) for process in processes]
        self.kills += sum(killed)
        for writer in writers:
            writer.join()
        whole = [
            it for process in processes for it in process.lines if it[-1:] == b"\n"
        ]
        for line in whole:
            self._note(line)
        # A run is to end in the middle of its work.
        self.patience *= 0.8 if not any(killed) else 1.0 if whole else 1.25

    def _note(self, line: bytes) -> None:
        message = xep0184.parse(line)
        for id_ in xep0184.acknowledged_ids(message):
            self.answers.setdefault(id_, set()).add(line)
        if message.request:
            self.requests.add(str(message.id))

    def received(self) -> Counter[str]:
        """Return the ids of the messages that were stored, each as often as it was."""
        return ids(self.database, "SELECT id FROM received")

    def sent(self) -> Counter[str]:
        """Return the ids of the messages that were sent."""
        found = ids(self.database, "SELECT CAST(stanza AS TEXT) FROM sent")
        return Counter(str(xml.parse(stanza).get("id")) for stanza in found.elements())

    def left(self) -> list[tuple[str, bytes]]:
        """Return what is still to be fed, in any order."""
        sent, answers = self.sent(), self.answers
        lines = [
            (account_of(number), message_in(number))
            for number in range(IN)
            if f"in{number}" not in answers
        ]
        for number in range(OUT):
            if f"out{number}" not in sent:
                lines.append((account_of(number), message_out(number)))
            elif number % 10 == 0:
                lines.append((account_of(number), receipt(number)))
        self.draw.shuffle(lines)
        return lines


@pytest.mark.usefixtures("unmeasured")
def test_nothing_is_lost_and_nothing_answered_early(tmp_path: Path) -> None:
    """Two processes share the accounts, and are killed again and again."""
    world = World(tmp_path / "receipts.db")
    world.run([], kill=False)
    while world.kills < KILLS:
        world.run(world.left(), kill=True)
        assert set(world.answers) <= set(world.received())
        assert world.requests <= set(world.sent())
    world.run(world.left(), kill=False)
    assert world.received() == Counter(f"in{number}" for number in range(IN))
    assert world.sent() == Counter(f"out{number}" for number in range(OUT))
    assert set(world.answers) == set(world.received())
    assert world.requests == set(world.sent())
    states = "SELECT state FROM sent"
    # A tenth was confirmed before the end; the others still wait for their receipts.
    assert ids(world.database, states)["sent"] >= OUT - OUT // 10
    receipts = [(account_of(number), receipt(number)) for number in range(OUT)]
    world.run(receipts, kill=False)
    assert ids(world.database, states) == Counter(delivered=OUT)
    assert ids(world.database, "SELECT part FROM receipts").keys() == {
        "messages",
        "processed",
    }


def test_a_transaction_that_the_database_ends_itself_has_not_happened() -> None:
    """As when the disk is full: the message is neither stored nor answered."""
    namespace = runpy.run_path(str(EXAMPLE))
    written: list[bytes] = []
    accounts = namespace["Accounts"](":memory:", written.append)
    accounts._execute(  # noqa: SLF001
        "CREATE TRIGGER full BEFORE INSERT ON receipts WHEN NEW.part = 'processed'"
        " BEGIN SELECT RAISE(ROLLBACK, 'full'); END"
    )
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        accounts.hear(message_in(0))
    assert written == []
    accounts._execute("DROP TRIGGER full")  # noqa: SLF001
    accounts.hear(message_in(0))
    assert len(written) == 1
    stored = accounts._execute("SELECT id FROM received").fetchall()  # noqa: SLF001
    assert stored == [("in0",)]
    accounts.close()


def test_a_stored_message_is_sent_again_by_a_program_without_input(
    tmp_path: Path,
) -> None:
    """After a start, too: the deadlines of all accounts are known."""
    namespace = runpy.run_path(str(EXAMPLE))
    path = str(tmp_path / "receipts.db")
    before = namespace["Accounts"](path, lambda _: None)
    before.say(message_out(0)[1:])
    after = namespace["Accounts"](path, lambda _: None)
    assert after.next_deadline is None
    after.load("", "v")
    assert after.next_deadline == pytest.approx(before.next_deadline, abs=5.0)
    for accounts in (before, after):
        accounts.close()

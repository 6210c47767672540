"""The example with SQLite, killed at random: nothing is lost or answered early."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import xep0184

EXAMPLE = Path(__file__).parent.parent / "examples" / "sqlite_receipts.py"
ME = "romeo@montague.lit/orchard"
MESSAGES = 300
KILLS = 20


def stanza(number: int) -> bytes:
    """Return a message that asks for a receipt."""
    return (
        "<message xmlns='jabber:client' from='juliet@capulet.lit/balcony'"
        f" to='{ME}' id='m{number}'><body>{number}</body>"
        "<request xmlns='urn:xmpp:receipts'/></message>\n"
    ).encode()


def run(database: Path, numbers: list[int], seconds: float | None) -> set[str]:
    """Feed the program; kill it after some seconds; return the ids it answered."""
    program = subprocess.Popen(
        [sys.executable, str(EXAMPLE), str(database), ME],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    killer = threading.Timer(seconds or 60.0, program.kill)
    killer.start()
    try:
        program.stdin.write(b"".join(map(stanza, numbers)))
        program.stdin.close()
    except BrokenPipeError:
        pass  # it was killed
    with program.stdout as output:
        lines = output.read().splitlines(keepends=True)
    killer.cancel()
    program.wait()
    # A line without its end was cut off by the kill.
    acks = [xep0184.parse(line) for line in lines if line.endswith(b"\n")]
    return {id_ for ack in acks for id_ in xep0184.acknowledged_ids(ack)}


def stored(database: Path) -> list[str]:
    """Return the ids of the stored messages."""
    if not database.exists():
        return []
    connection = sqlite3.connect(database)
    try:
        return [row[0] for row in connection.execute("SELECT id FROM messages")]
    except sqlite3.OperationalError:  # it was killed before it made the tables
        return []
    finally:
        connection.close()


def test_nothing_is_lost_and_nothing_answered_early(tmp_path: Path) -> None:
    """The sender repeats what is not answered; the program is killed 20 times."""
    database = tmp_path / "messages.db"
    draw = random.Random(184)
    begin = time.monotonic()
    run(database, [], None)
    start = time.monotonic() - begin  # how long the program takes to start
    answered: set[str] = set()
    for _ in range(KILLS):
        left = [n for n in range(MESSAGES) if f"m{n}" not in answered]
        answered |= run(database, left, start * draw.uniform(0.5, 1.6))
        assert answered <= set(stored(database))
    answered |= run(database, list(range(MESSAGES)), None)
    assert answered == {f"m{number}" for number in range(MESSAGES)}
    assert sorted(stored(database)) == sorted(answered)

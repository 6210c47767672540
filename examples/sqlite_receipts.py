"""Receipts that survive ``kill -9``: messages and state in one transaction of SQLite.

The order is what matters: take the stanza, store the message and the state, commit, and
only then send. A program that is killed in between sends the answer when it starts
again; it may send it twice, but never before the message is stored.

As a program it reads one stanza a line and writes one a line:

    python sqlite_receipts.py messages.db romeo@montague.lit/orchard < in > out
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from typing import TYPE_CHECKING

from xep0184 import Receipts, jid
from xep0184.receipts import Delivered, Send

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184 import JID, Envelope

TABLES = """
CREATE TABLE IF NOT EXISTS state (account TEXT PRIMARY KEY, snapshot TEXT);
CREATE TABLE IF NOT EXISTS messages (sender TEXT, id TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS delivered (id TEXT PRIMARY KEY);
"""


class Account:
    """An account whose messages and receipts are in a database.

    Args:
        path: The file of the database.
        address: The full JID of the account.
        send: Sends octets.
    """

    def __init__(
        self, path: str, address: JID, send: Callable[[bytes], object]
    ) -> None:
        self._send = send
        self._name = str(address.bare)
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(TABLES)
        self.receipts = Receipts(self, address)
        row = self._database.execute(
            "SELECT snapshot FROM state WHERE account = ?", (self._name,)
        ).fetchone()
        if row is not None:
            saved = json.loads(row[0])
            self.receipts.restore(saved, time.monotonic(), time.time())
            self._carry_out()

    def hear(self, octets: bytes) -> None:
        """Take a stanza: store what is new, then answer."""
        self._database.execute("BEGIN IMMEDIATE")
        with self.receipts.incoming(octets, time.monotonic()) as incoming:
            message = incoming.message
            if message is not None and message.has_content and not incoming.repeated:
                row = (message.from_, message.id, message.body)
                self._database.execute("INSERT INTO messages VALUES (?, ?, ?)", row)
        self._save()
        self._database.execute("COMMIT")
        self._carry_out()

    def enabled(self, contact: JID) -> bool:  # noqa: ARG002  # this program always answers
        """Return that the user wants receipts sent."""
        return True

    def authorized(self, contact: JID) -> bool:  # noqa: ARG002  # it has no roster
        """Return that everybody may see the presence of this account."""
        return True

    def may_query(self, contact: JID) -> bool:  # noqa: ARG002
        """Return that nobody is asked."""
        return False

    def first_sight(self, archived: Envelope) -> bool:  # noqa: ARG002
        """Return that no archive is read."""
        return False

    def _save(self) -> None:
        saved = json.dumps(self.receipts.snapshot(time.monotonic(), time.time()))
        row = (self._name, saved)
        self._database.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", row)

    def _carry_out(self) -> None:
        for action in self.receipts.actions():
            if isinstance(action, Send):
                self._send(action.octets)
            elif isinstance(action, Delivered):
                row = (action.id,)
                self._database.execute(
                    "INSERT OR IGNORE INTO delivered VALUES (?)", row
                )


def main() -> None:
    """Read and write one stanza a line."""
    path, address = sys.argv[1:]

    def send(octets: bytes) -> None:
        sys.stdout.buffer.write(octets + b"\n")
        sys.stdout.buffer.flush()

    account = Account(path, jid.parse(address), send)
    for line in sys.stdin.buffer:
        account.hear(line.strip())


if __name__ == "__main__":
    main()

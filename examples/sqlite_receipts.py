"""Receipts that survive ``kill -9``: messages and the journal in one transaction.

The order is what matters: take the stanza; store the message and what has changed of
the receipts; commit; carry out the actions; report each as done. A program that is
killed in between goes on where it stopped: an answer may go twice, octet for octet, but
never before its message is stored, and each message is stored once.

Each account belongs to one process at a time. It moves to another process when the
first has stopped using it: its state is in the database.

As a program it holds the accounts whose addresses are from FIRST up to, but not
including, LAST. It reads one stanza a line and writes one a line; a line that starts
with ``>`` is a message to send:

    python sqlite_receipts.py receipts.db FIRST LAST < in > out
"""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import contextmanager, suppress
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING

from xep0184 import JID, Receipts, RemoteError, Resend, jid, xml
from xep0184.receipts import (
    Bounced,
    Delivered,
    Host,
    ReceiptsPolicy,
    ResendStanza,
    Schedule,
    Send,
    UnconfirmedMessage,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from xep0184.receipts import Action

TABLES = """
CREATE TABLE IF NOT EXISTS receipts (
    account TEXT, part TEXT, key TEXT, row TEXT, PRIMARY KEY (account, part, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS received (account TEXT, sender TEXT, id TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS sent (
    number INTEGER PRIMARY KEY, account TEXT, stanza BLOB, state TEXT
);
"""
ACCOUNTS = "SELECT DISTINCT account FROM receipts WHERE account >= ? AND account < ?"
UNSENT = """
SELECT number FROM sent WHERE state = 'new' AND account >= ? AND account < ?
"""
POLICY = ReceiptsPolicy(
    resend=Resend(delay=30, count=10, max_delay=300), resend_bare=True, timeout=3600
)
STATES = {Delivered: "delivered", Bounced: "bounced", UnconfirmedMessage: "unconfirmed"}


class Accounts(Host):
    """The accounts of one process, whose state is in a database.

    Args:
        path: The file of the database.
        send: Sends octets.
    """

    def __init__(self, path: str, send: Callable[[bytes], object]) -> None:
        self._send = send
        self._receipts: dict[JID, Receipts] = {}
        self._schedule: Schedule[JID] = Schedule()
        self._database = sqlite3.connect(path, isolation_level=None, timeout=60.0)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.executescript(TABLES)

    @property
    def next_deadline(self) -> float | None:
        """When `wake` is to be called."""
        return self._schedule.next_deadline

    def load(self, first: str, last: str) -> None:
        """Load the accounts in a range, and go on where they stopped."""
        for (account,) in self._execute(ACCOUNTS, first, last).fetchall():
            self._carry_out(jid.parse(account))
        for (number,) in self._execute(UNSENT, first, last).fetchall():
            self._write(number)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def hear(self, octets: bytes) -> None:
        """Take a stanza that came: store its message if it is new, then answer."""
        element = xml.parse(octets)
        account = jid.parse(element.get("to", "")).bare
        with (
            self._transaction(account) as receipts,
            receipts.incoming(element, time.monotonic()) as incoming,
        ):
            message = incoming.message
            if message and message.has_content and not incoming.repeated:
                row = (str(account), message.from_, message.id, message.body)
                self._execute("INSERT INTO received VALUES (?, ?, ?, ?)", *row)
        self._carry_out(account)

    def say(self, octets: bytes) -> None:
        """Send a message; store it first, so that it can be sent again."""
        element = xml.parse(octets)
        account = jid.parse(element.get("from", "")).bare
        with self._transaction(account) as receipts:
            row = (str(account), "new")
            cursor = self._execute("INSERT INTO sent VALUES (NULL, ?, NULL, ?)", *row)
            number = cursor.lastrowid
            sent = receipts.outgoing(element, time.monotonic(), token=number)
            stanza = xml.to_octets(sent.stanza)
            self._execute("UPDATE sent SET stanza = ? WHERE number = ?", stanza, number)
        self._write(number)
        self._carry_out(account)

    def wake(self) -> None:
        """Process the deadlines that have come."""
        for account in self._schedule.take(time.monotonic()):
            with self._transaction(account) as receipts:
                receipts.handle_timer(time.monotonic())
            self._carry_out(account)

    def enabled(self, contact: JID) -> bool:  # noqa: ARG002  # these always answer
        """Return that the users want receipts sent."""
        return True

    def authorized(self, contact: JID) -> bool:  # noqa: ARG002  # there is no roster
        """Return that everybody may see the presence of these accounts."""
        return True

    def may_query(self, contact: JID) -> bool:  # noqa: ARG002
        """Return that nobody is asked."""
        return False

    def _of(self, account: JID) -> Receipts:
        """Return the receipts of an account; load them when it is first used."""
        if account not in self._receipts:
            # These are always connected: a full JID says so.
            full = JID(account.local, account.domain, "here")
            receipts = Receipts(self, full, POLICY, journal=True)
            rows = self._execute(
                "SELECT part, row FROM receipts WHERE account = ?", str(account)
            )
            receipts.replay(rows, time.monotonic(), time.time())
            self._receipts[account] = receipts
            self._schedule.set(account, receipts.next_deadline)
        return self._receipts[account]

    @contextmanager
    def _transaction(self, account: JID) -> Generator[Receipts, None, None]:
        """Commit what the block does together with the changes of the receipts."""
        receipts = self._of(account)
        self._execute("BEGIN IMMEDIATE")
        try:
            yield receipts
            for part, key, row in receipts.changes(time.monotonic(), time.time()):
                place = (str(account), part, key)
                if row is None:
                    self._execute(
                        "DELETE FROM receipts"
                        " WHERE account = ? AND part = ? AND key = ?",
                        *place,
                    )
                else:
                    self._execute(
                        "INSERT OR REPLACE INTO receipts VALUES (?, ?, ?, ?)",
                        *place,
                        row,
                    )
            self._execute("COMMIT")
        except BaseException:
            # What was not committed has not happened: the rows are read again.
            del self._receipts[account]
            self._schedule.set(account, time.monotonic() + 1.0)
            if self._database.in_transaction:  # SQLite may have rolled back itself
                self._execute("ROLLBACK")
            raise
        self._schedule.set(account, receipts.next_deadline)

    def _carry_out(self, account: JID) -> None:
        actions = list(self._of(account).actions())
        for action in actions:
            if isinstance(action, Send):
                self._send(action.octets)
            elif isinstance(action, ResendStanza):
                self._write(action.token)
        if actions:
            self._report(account, actions)

    def _write(self, number: object) -> None:
        """Send a stored message; one that is new is not sent again at the start."""
        query = "SELECT stanza FROM sent WHERE number = ?"
        self._send(self._execute(query, number).fetchone()[0])
        update = "UPDATE sent SET state = 'sent' WHERE number = ? AND state = 'new'"
        self._execute(update, number)

    def _report(self, account: JID, actions: list[Action]) -> None:
        with self._transaction(account) as receipts:
            for action in actions:
                if isinstance(action, Delivered | Bounced | UnconfirmedMessage):
                    update = "UPDATE sent SET state = ? WHERE number = ?"
                    self._execute(update, STATES[type(action)], action.token)
                receipts.done(action)

    def _execute(self, command: str, *values: object) -> sqlite3.Cursor:
        return self._database.execute(command, values)


def main() -> None:
    """Read and write one stanza a line."""
    path, first, last = sys.argv[1:]

    def send(octets: bytes) -> None:
        sys.stdout.buffer.write(octets + b"\n")
        sys.stdout.buffer.flush()

    accounts = Accounts(path, send)
    accounts.load(first, last)
    lines: Queue[bytes] = Queue(maxsize=1_000)
    Thread(target=read_into, args=(lines,), daemon=True).start()
    while True:
        deadline = accounts.next_deadline
        wait = None if deadline is None else max(0.0, deadline - time.monotonic())
        with suppress(Empty):
            line = lines.get(timeout=wait)
            if not line:
                break
            take(line.strip(), accounts)
        accounts.wake()
    accounts.close()


def read_into(lines: Queue[bytes]) -> None:
    """Read the input; its end is an empty line."""
    for line in sys.stdin.buffer:
        lines.put(line)
    lines.put(b"")


def take(line: bytes, accounts: Accounts) -> None:
    """Process one line; what is no stanza of XMPP is reported and left out."""
    try:
        if line.startswith(b">"):
            accounts.say(line[1:])
        else:
            accounts.hear(line)
    except RemoteError as error:
        sys.stderr.write(f"{error}\n")


if __name__ == "__main__":
    main()

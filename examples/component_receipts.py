"""Receipts for a gateway: a component of slixmpp that answers for its users.

    gateway = Gateway(component, "gateway.db", deliver, authorized, report)
    component.connect()

``deliver(number, local, sender, body)`` hands a message to the far side. When that has
delivered it, hours later or after a restart, call ``gateway.delivered(number)``: then
the sender gets the receipt; or ``gateway.failed(number)``. Messages to XMPP are sent as
usual; ``report(local, action)`` gets what became of them. ``authorized(local, sender)``
looks up whether a contact may see the presence of a local user.

Whatever changes is committed before anything is sent. After a restart, what still waits
is handed over again. A copy of a message that waits is not handed over: the sender gets
one receipt, for the last copy.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from slixmpp.stanza import Message
from slixmpp.stanza.rootstanza import RootStanza

import xep0184
from xep0184 import Receipts, caps, disco, jid, ns, xml
from xep0184.receipts import Host, ReceiptsPolicy, ResendStanza, Schedule, Send

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from slixmpp import ComponentXMPP

    from xep0184 import JID
    from xep0184.receipts import Action, IncomingStanza

_TABLES = """
CREATE TABLE IF NOT EXISTS receipts (
    local TEXT, part TEXT, key TEXT, row TEXT, PRIMARY KEY (local, part, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting (
    number INTEGER PRIMARY KEY, local TEXT, sender TEXT, body TEXT, key TEXT,
    fingerprint TEXT, UNIQUE (local, fingerprint)
);
"""
_MOST = 1_000  # objects in memory
_INFO = disco.Info(identities=(disco.Identity(category="client", type="bot"),))
_CAPS = caps.OwnCaps(_INFO, node="https://gateway.example", sends_receipts=True)


class LocalUser(Host):
    """A user of the far side: the facts that `Receipts` asks for."""

    def __init__(self, local: str, authorized: Callable[[str, JID], bool]) -> None:
        self._local, self._authorized = local, authorized

    def enabled(self, contact: JID) -> bool:  # noqa: ARG002  # override it for a setting
        """Return whether the user wants receipts to be sent to a contact."""
        return True

    def authorized(self, contact: JID) -> bool:
        """Return whether a contact may see the user's presence."""
        return self._authorized(self._local, contact)


class Gateway:
    """The receipts of all users of the far side.

    Args:
        component: A component that is not connected yet.
        path: The file of the database.
        deliver: Hands a message to the far side.
        authorized: Returns whether a contact may see a local user's presence.
        report: Is called with what became of a message to XMPP.
        policy: What the users want.
    """

    def __init__(
        self,
        component: ComponentXMPP,
        path: str,
        deliver: Callable[[int, str, str, str], object],
        authorized: Callable[[str, JID], bool],
        report: Callable[[str, Action], object],
        policy: ReceiptsPolicy = ReceiptsPolicy(),  # noqa: B008  # a frozen value
    ) -> None:
        self._component, self._policy, self._report = component, policy, report
        self._deliver, self._authorized = deliver, authorized
        self._receipts: dict[str, Receipts] = {}
        self._schedule: Schedule[str] = Schedule()
        self._timer: Any = None
        self._is_connected = False
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(_TABLES)
        self._execute = self._database.execute
        component.add_filter("in", self._hear)
        component.add_filter("out", self._say)
        component.add_filter("out_sce", _written)
        component.add_event_handler("session_start", self._started)
        component.add_event_handler("session_start", self._hand_over, disposable=True)
        component.add_event_handler("disconnected", self._disconnected)

    def delivered(self, number: int) -> None:
        """Report that the far side has delivered a message: now it is answered."""
        select = "SELECT local, key FROM waiting WHERE number = ?"
        for local, key in self._execute(select, (number,)).fetchall():
            with self._transaction(local) as receipts:
                self.failed(number)  # it waits no longer
                receipts.processed(key, time.monotonic())

    def failed(self, number: int) -> None:
        """Report that the far side cannot deliver a message: a repetition is new."""
        self._execute("DELETE FROM waiting WHERE number = ?", (number,))

    def _started(self, _: object) -> None:
        self._is_connected = True
        rows = self._execute("SELECT DISTINCT local FROM receipts").fetchall()
        for local in {*self._receipts, *(local for (local,) in rows)}:
            with self._transaction(local) as receipts:
                receipts.bound(jid.parse(local), time.monotonic())

    def _hand_over(self, _: object) -> None:
        """Deliver what waits since before the restart."""
        select = "SELECT number, local, sender, body FROM waiting"
        for row in self._execute(select).fetchall():
            self._component.loop.call_soon(self._deliver, *row)

    def _disconnected(self, _: object) -> None:
        self._is_connected = False
        for receipts in self._receipts.values():
            receipts.disconnected(time.monotonic())

    def _hear(self, stanza: Any) -> Any:  # noqa: ANN401
        local, waiting = _local_user(stanza.xml.get("to")), None
        if not isinstance(stanza, RootStanza) or local is None:
            return stanza  # it is for the component itself
        query = disco.query_of(stanza.xml, namespaces=ns.CONTENT)
        if query is not None:
            reply = _CAPS.reply(query, from_=query.to, namespace=ns.COMPONENT)
            self._component.send_raw(reply or b"")
            return None
        with self._transaction(local) as receipts:
            incoming = receipts.incoming(stanza.xml, time.monotonic())
            if isinstance(stanza, Message) and not incoming.repeated:
                waiting = self._store(local, stanza, incoming)
        if waiting is not None:
            self._component.loop.call_soon(self._deliver, *waiting)
        return stanza

    def _store(self, local: str, stanza: Message, incoming: IncomingStanza) -> Any:  # noqa: ANN401
        """Store a message; return what to deliver, or None if it waits already."""
        known = incoming.key, local, incoming.fingerprint
        update = "UPDATE waiting SET key = ? WHERE (local, fingerprint) = (?, ?)"
        is_copy = self._execute(update, known).rowcount > 0
        if is_copy or stanza["type"] == "error" or not stanza["body"]:
            return None
        from_ = jid.parse_or_none(stanza.xml.get("from"))  # slixmpp refuses some
        sender, body = "" if from_ is None else str(from_.bare), stanza["body"]
        insert = "INSERT INTO waiting (key, local, fingerprint, sender, body)"
        cursor = self._execute(
            f"{insert} VALUES (?, ?, ?, ?, ?)", (*known, sender, body)
        )
        return cursor.lastrowid, local, sender, body

    def _say(self, stanza: Any) -> Any:  # noqa: ANN401
        local = _local_user(stanza.xml.get("from"))
        if isinstance(stanza, RootStanza) and local is not None:
            stanza["id"] = stanza["id"] or xep0184.fresh_id()
            repeats = self._policy.resend is not None
            token = xml.to_octets(stanza.xml).decode() if repeats else None
            with self._transaction(local) as receipts:
                receipts.outgoing(stanza.xml, time.monotonic(), token=token)
        return stanza

    def _wake(self) -> None:
        for local in self._schedule.take(time.monotonic()):
            with self._transaction(local) as receipts:
                receipts.handle_timer(time.monotonic())
        self._set_timer()  # for a timer that came too early

    def _carry_out(self, local: str) -> None:
        for action in self._of(local).actions():
            if isinstance(action, Send):
                self._component.send_raw(action.octets)
            elif isinstance(action, ResendStanza):
                element = xml.parse(str(action.token))
                xep0184.add_request(element)
                self._component.send_raw(xml.to_octets(element))
            else:
                self._report(local, action)
            with self._transaction(local) as receipts:
                receipts.done(action)

    def _of(self, local: str) -> Receipts:
        """Return the receipts of a local user; load them when they are first used."""
        if local not in self._receipts:
            user, now = LocalUser(local, self._authorized), time.monotonic()
            receipts = Receipts(
                user,
                jid.parse(local),
                self._policy,
                namespace=ns.COMPONENT,
                journal=True,
            )
            select = "SELECT part, row FROM receipts WHERE local = ?"
            receipts.replay(self._execute(select, (local,)), now, time.time())
            if not self._is_connected:
                receipts.disconnected(now)
            self._receipts[local] = receipts
            if len(self._receipts) > _MOST:  # anybody can write to any address
                del self._receipts[next(iter(self._receipts))]
        # The least recent comes first. What must not be lost of the others is in the
        # database; what presences told of them is forgotten.
        self._receipts[local] = self._receipts.pop(local)
        return self._receipts[local]

    @contextmanager
    def _transaction(self, local: str) -> Generator[Receipts, None, None]:
        """Commit what the block does together with the changes of the receipts.

        The actions are carried out after that. If there is no connection, an error is
        raised then, and the action is carried out when there is one again.
        """
        try:
            receipts = self._of(local)
            self._execute("BEGIN IMMEDIATE")
            yield receipts
            for part, key, row in receipts.changes(time.monotonic(), time.time()):
                place = local, part, key
                delete = "DELETE FROM receipts WHERE (local, part, key) = (?, ?, ?)"
                self._execute(delete, place)
                if row is not None:
                    insert = "INSERT INTO receipts VALUES (?, ?, ?, ?)"
                    self._execute(insert, (*place, row))
            self._execute("COMMIT")
        except BaseException:
            # What was not committed has not happened: the rows are read again.
            self._receipts.pop(local, None)
            if self._database.in_transaction:  # SQLite may have rolled back itself
                self._execute("ROLLBACK")
            self._schedule.set(local, time.monotonic() + 1.0)
            self._set_timer()
            raise
        self._schedule.set(local, receipts.next_deadline)
        self._component.loop.call_soon(self._carry_out, local)
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        deadline = self._schedule.next_deadline
        if deadline is not None:
            wait = deadline - time.monotonic()
            self._timer = self._component.loop.call_later(wait, self._wake)


def _written(stanza: Any) -> Any:  # noqa: ANN401
    # Slixmpp would write TAB, LF and CR in an id so that they become blanks.
    if isinstance(stanza, Message) and not stanza.xml.get("id", "").isprintable():
        return xml.to_octets(stanza.xml)
    return stanza


def _local_user(address: str | None) -> str | None:
    """Return the bare JID of a local user; None for the component itself."""
    parsed = jid.parse_or_none(address)
    return None if parsed is None or parsed.local is None else str(parsed.bare)

"""Receipts for a gateway: a component of slixmpp that answers for its users.

    gateway = Gateway(component, "gateway.db", deliver, authorized, report)
    component.connect()

``deliver(number, local, sender, body)`` hands a message to the far side. When that has
delivered it, hours later or after a restart, call ``gateway.delivered(number)``: then
the sender gets the receipt; or ``gateway.failed(number)``. Messages to XMPP are sent as
usual; ``report(local, action)`` gets what became of them. ``authorized(local, sender)``
looks up whether a contact may see the presence of a local user.

Whatever changes is committed before anything is sent. After a restart, what still waits
is handed over again. The far side gets the body only, so a message that asks for a
receipt is a repetition if one with the same sender, id and body waits.
"""

from __future__ import annotations

import json
import sqlite3
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from slixmpp.stanza import Message
from slixmpp.stanza.rootstanza import RootStanza

import xep0184
from xep0184 import caps, disco, jid, ns, xml
from xep0184.receipts import ReceiptsPolicy, ResendStanza, Send

if TYPE_CHECKING:
    from collections.abc import Callable

    from slixmpp import ComponentXMPP

    from xep0184 import JID, Envelope
    from xep0184.receipts import Action

_TABLES = """
CREATE TABLE IF NOT EXISTS state (local TEXT PRIMARY KEY, snapshot TEXT);
CREATE TABLE IF NOT EXISTS waiting (number INTEGER PRIMARY KEY, local TEXT, sender TEXT,
    id TEXT, body TEXT, key TEXT);
"""
_NEW = "INSERT INTO waiting (key, local, sender, id, body) VALUES (?, ?, ?, ?, ?)"
_REPEATED = """
UPDATE waiting SET key = ? WHERE (local, sender, id, body) = (?, ?, ?, ?)
    AND key IS NOT NULL
"""
_INFO = disco.Info(identities=(disco.Identity(category="client", type="bot"),))
_CAPS = caps.OwnCaps(_INFO, node="https://gateway.example", sends_receipts=True)


class LocalUser:
    """A user of the far side: an `xep0184.Receipts`, and the facts that it asks for."""

    def __init__(
        self, address: str, authorized: Callable[[JID], bool], policy: ReceiptsPolicy
    ) -> None:
        self.address, self.authorized = jid.parse(address), authorized
        self.timer: Any = None
        self.receipts = xep0184.Receipts(
            self, self.address, policy, namespace=ns.COMPONENT
        )

    def enabled(self, contact: JID) -> bool:  # noqa: ARG002  # override it for a setting
        """Return whether the user wants receipts to be sent to a contact."""
        return True

    def may_query(self, contact: JID) -> bool:
        """Return whether a contact may know that the user is online."""
        return self.authorized(contact)

    def first_sight(self, archived: Envelope) -> bool:  # noqa: ARG002
        """Return that no archived message is new: no archive is read."""
        return False


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
        self._users: dict[str, LocalUser] = {}
        self._is_connected = False
        database = sqlite3.connect(path)
        self._database, self._execute = database, database.execute
        self._database.executescript(_TABLES)
        for local, saved in self._execute("SELECT * FROM state").fetchall():
            receipts = self._user(local).receipts
            receipts.restore(json.loads(saved), time.monotonic(), time.time())
        component.add_filter("in", self._received)
        component.add_filter("out", self._sending)
        component.add_event_handler("session_start", self._started)
        component.add_event_handler("disconnected", self._disconnected)

    def delivered(self, number: int) -> None:
        """Report that the far side has delivered a message: now it is answered."""
        delete = "DELETE FROM waiting WHERE number = ? RETURNING local, key"
        for local, key in self._execute(delete, (number,)).fetchall():
            self._tell(local, self._user(local).receipts.processed, key)

    def failed(self, number: int) -> None:
        """Report that the far side cannot deliver a message: a repetition is new."""
        self._execute("DELETE FROM waiting WHERE number = ?", (number,))
        self._database.commit()

    def _user(self, local: str) -> LocalUser:
        if local not in self._users:
            authorized = partial(self._authorized, local)
            self._users[local] = user = LocalUser(local, authorized, self._policy)
            if not self._is_connected:
                user.receipts.disconnected(time.monotonic())
        return self._users[local]

    def _started(self, _: object) -> None:
        self._is_connected = True
        for local, user in self._users.items():
            self._tell(local, user.receipts.bound, user.address)
        waiting = "SELECT number, local, sender, body FROM waiting"
        for row in self._execute(waiting).fetchall():
            self._deliver(*row)

    def _disconnected(self, _: object) -> None:
        self._is_connected = False
        for local, user in self._users.items():
            self._tell(local, user.receipts.disconnected)

    def _received(self, stanza: Any) -> Any:  # noqa: ANN401
        if not (isinstance(stanza, RootStanza) and stanza["to"].user):
            return stanza  # it is for the component itself
        local = str(stanza["to"].bare)
        query = disco.query_of(stanza.xml, namespaces=ns.CONTENT)
        if query is not None:
            reply = _CAPS.reply(query, from_=query.to, namespace=ns.COMPONENT)
            self._component.send("" if reply is None else reply.decode())
            return None
        incoming = self._user(local).receipts.incoming(stanza.xml, time.monotonic())
        number = None if incoming.repeated else self._store(local, stanza, incoming.key)
        self._commit(local)
        if number is not None:
            self._deliver(number, local, str(stanza["from"].bare), stanza["body"])
        return stanza

    def _store(self, local: str, stanza: Any, key: str | None) -> int | None:  # noqa: ANN401
        """Store a message; return its number, or None if it waits already."""
        if not isinstance(stanza, Message) or stanza["type"] == "error":
            return None
        message = local, str(stanza["from"].bare), stanza["id"], stanza["body"]
        if key is not None and self._execute(_REPEATED, (key, *message)).rowcount:
            return None
        return self._execute(_NEW, (key, *message)).lastrowid if message[3] else None

    def _sending(self, stanza: Any) -> Any:  # noqa: ANN401
        if isinstance(stanza, RootStanza) and stanza["from"].user:
            local = str(stanza["from"].bare)
            stanza["id"] = stanza["id"] or xep0184.fresh_id()
            token = str(stanza) if self._policy.resend is not None else None
            receipts = self._user(local).receipts
            receipts.outgoing(stanza.xml, time.monotonic(), token=token)
            self._commit(local)
        return stanza

    def _tell(self, local: str, report: Callable[..., None], *facts: object) -> None:
        report(*facts, time.monotonic())
        self._commit(local)

    def _commit(self, local: str) -> None:
        self._save(local)
        user, receipts = self._users[local], self._users[local].receipts
        for action in receipts.actions():
            if isinstance(action, Send):
                self._component.send(action.octets.decode())
            elif isinstance(action, ResendStanza):
                element = xml.parse(str(action.token))
                xep0184.add_request(element)
                again = Message(self._component, element)
                self._component.send(again, use_filters=False)
            else:
                self._report(local, action)
            self._save(local)  # it is done
        if user.timer is not None:
            user.timer.cancel()
        deadline, user.timer = receipts.next_deadline, None
        if deadline is not None:
            wait, step = deadline - time.monotonic(), receipts.handle_timer
            loop = self._component.loop
            user.timer = loop.call_later(max(0.0, wait), self._tell, local, step)

    def _save(self, local: str) -> None:
        receipts = self._users[local].receipts
        row = local, json.dumps(receipts.snapshot(time.monotonic(), time.time()))
        self._execute("INSERT OR REPLACE INTO state VALUES (?, ?)", row)
        self._database.commit()

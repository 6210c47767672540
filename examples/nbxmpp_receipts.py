"""Receipts for nbxmpp, the library of Gajim.

    receipts = Receipts(client, authorized, report)  # before client.connect()

``authorized(contact)`` looks into the application's roster: True, False, or None until
it is there; then call ``receipts.roster_ready()``. ``report`` gets the actions of
xep0184: `Delivered`, `Bounced`, `UnconfirmedMessage` and the others.

A handler finds the incoming stanza in ``properties.incoming``, with ``repeated`` if it
was processed before. A message is answered after the last handler. A handler that needs
more time raises ``NodeProcessed`` and calls ``receipts.processed(properties.incoming)``
later.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from gi.repository import GLib
from nbxmpp.const import NOT_ALLOWED_XML_CHARS
from nbxmpp.namespaces import Namespace
from nbxmpp.protocol import Message, NodeProcessed, Protocol
from nbxmpp.structs import StanzaHandler

import xep0184
from xep0184 import caps, disco, jid, ns, receipts

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from xep0184 import JID
    from xep0184.receipts import Action, IncomingStanza

# nbxmpp writes these as they are, and a reader finds blanks in their place.
NOT_ALLOWED_XML_CHARS.update({"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})

_LONGEST = 86_400.0  # seconds; GLib takes no more than 49 days
_CLIENT = disco.Info(identities=(disco.Identity(category="client", type="pc"),))


class Receipts(receipts.Host):
    """The receipts of a client.

    Args:
        client: A `nbxmpp.client.Client` that is not connected yet.
        authorized: Returns whether a contact may see the user's presence.
        report: Is called with each action that is not carried out here.
        policy: What the user wants.
        kept: The messages that may have to be sent again; a persistent mapping keeps
            them over a restart.
        info: What the client says of itself, if no other handler answers disco#info.
    """

    def __init__(
        self,
        client: Any,  # noqa: ANN401  # nbxmpp has no types
        authorized: Callable[[JID], bool | None],
        report: Callable[[Action], object],
        policy: receipts.ReceiptsPolicy = receipts.ReceiptsPolicy(),  # noqa: B008
        kept: MutableMapping[Any, str] | None = None,
        info: disco.Info = _CLIENT,
    ) -> None:
        self._authorized, self._report, self._timer = authorized, report, 0
        self._policy = policy
        account = jid.parse(f"{client.username}@{client.domain}")
        self.receipts = xep0184.Receipts(self, account, policy)
        self.caps = caps.OwnCaps(info, node="https://gajim.org", sends_receipts=True)
        self._kept = {} if kept is None else kept
        self._send, client.send_stanza = client.send_stanza, self._say
        client.subscribe("stanza-received", self._hear)
        client.subscribe("connected", self._bound)
        client.subscribe("resume-successful", self._resumed)
        client.subscribe("disconnected", self._disconnected)
        client.register_handler(StanzaHandler("message", self._first, priority=0))
        client.register_handler(StanzaHandler("message", self._last, priority=1000))
        queries = StanzaHandler(
            "iq", self._info, "get", Namespace.DISCO_INFO, priority=85
        )
        client.register_handler(queries)

    def processed(self, incoming: IncomingStanza) -> None:
        """Report that a message was processed: now it is answered."""
        self._tell(self.receipts.processed, incoming.key)

    def roster_ready(self) -> None:
        """Report that ``authorized`` knows the roster."""
        self._tell(self.receipts.roster_ready)

    def enabled(self, contact: JID) -> bool:  # noqa: ARG002  # override it for a setting
        """Return whether the user wants receipts to be sent to a contact."""
        return True

    def authorized(self, contact: JID) -> bool | None:
        """Return whether a contact may see the user's presence."""
        return self._authorized(contact)

    def _bound(self, client: Any, _signal: str) -> None:  # noqa: ANN401
        account = jid.parse(str(client.get_bound_jid()))
        if account.is_of(self.receipts.account):
            self._tell(self.receipts.bound, account)
        else:  # the server has chosen another one, as at an anonymous login
            self.receipts = xep0184.Receipts(self, account, self._policy)

    def _resumed(self, *_: object) -> None:
        self._tell(self.receipts.resumed)

    def _disconnected(self, *_: object) -> None:
        self._tell(self.receipts.disconnected)

    def _hear(self, _client: object, _signal: str, node: object) -> None:
        # The handlers get carbons and archive results unwrapped; here they are whole.
        try:
            text = str(node)
        except RecursionError:  # nbxmpp follows any depth; it is no message to answer
            text = ""
        self._incoming = self.receipts.incoming(text, time.monotonic())
        self._carry_out()

    def _first(self, _client: object, _stanza: object, properties: Any) -> None:  # noqa: ANN401
        properties.incoming = self._incoming

    def _last(self, _client: object, _stanza: object, properties: Any) -> None:  # noqa: ANN401
        self.processed(properties.incoming)

    def _say(self, stanza: Any, *arguments: Any, **named: Any) -> str:  # noqa: ANN401
        """Send a stanza; this replaces ``send_stanza`` of the client."""
        stanza.setID(stanza.getID() or xep0184.fresh_id())
        token = f"{stanza.getTo()} {stanza.getID()}"
        try:
            sent = self.receipts.outgoing(str(stanza), time.monotonic(), token=token)
        except xep0184.XMLError:  # it is too large to be read
            return str(self._send(stanza, *arguments, **named))
        for request in stanza.getTags("request", namespace=ns.RECEIPTS):
            stanza.delChild(request)
        if sent.asks:
            stanza.setTag("request", namespace=ns.RECEIPTS)
            self._kept[token] = str(stanza)
        id_: str = self._send(stanza, *arguments, **named)
        self._carry_out()
        return id_

    def _info(self, _client: object, iq: object, _properties: object) -> None:
        query = disco.query_of(str(iq))
        reply = None if query is None else self.caps.reply(query)
        if reply is not None:
            self._send(Protocol(node=reply.decode()))
            raise NodeProcessed

    def _tell(self, report: Callable[..., None], *facts: object) -> None:
        report(*facts, time.monotonic())
        self._carry_out()

    def _carry_out(self) -> None:
        for action in self.receipts.actions():
            match action:
                case receipts.Send():
                    self._send(Protocol(node=action.octets.decode()))
                case receipts.ResendStanza(token=token) if token in self._kept:
                    self._send(Message(node=self._kept[token]))
                case _:  # its message, if it is about one, is not sent again
                    self._kept.pop(getattr(action, "token", None), None)
                    self._report(action)
        if self._timer:
            GLib.source_remove(self._timer)
        deadline, self._timer = self.receipts.next_deadline, 0
        if deadline is not None:
            wait = min(max(0.0, deadline - time.monotonic()), _LONGEST)
            step = self.receipts.handle_timer  # a timer that is early sets the next
            self._timer = GLib.timeout_add(int(wait * 1000) + 1, self._tell, step)

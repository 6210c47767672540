"""A plugin of slixmpp under the name of its own ``xep_0184``, with its events and API.

    from slixmpp.plugins import register_plugin
    register_plugin(XEP_0184)
    client.register_plugin("xep_0184", {"auto_request": True})

A message is answered when the handlers of ``message`` have run and none has raised. An
application that needs longer, or has coroutines as handlers, sets ``auto_ack`` to False
and calls ``ack(msg)`` when it is done. What comes again is answered and not shown. The
event ``receipt_received`` has the ack message; ``receipt_delivered``, ``_bounced``,
``_unconfirmed`` and ``_repeated`` have the action of xep0184. For a component, see
component_receipts.py.
"""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from slixmpp.plugins import BasePlugin
from slixmpp.plugins.xep_0184 import Received, Request, stanza
from slixmpp.stanza import Iq, Message
from slixmpp.xmlstream import register_stanza_plugin

from xep0184 import Receipts, jid, ns, receipts, xml
from xep0184.receipts import Host

if TYPE_CHECKING:
    from collections.abc import Callable

    from slixmpp.xmlstream import StanzaBase

    from xep0184 import JID

_EVENTS: Final = {
    receipts.Delivered: "receipt_delivered",
    receipts.Bounced: "receipt_bounced",
    receipts.UnconfirmedMessage: "receipt_unconfirmed",
    receipts.Repeated: "receipt_repeated",
    receipts.ResendStanza: "receipt_resend",  # after a restart
}


class XEP_0184(BasePlugin, Host):  # type: ignore[misc]  # noqa: N801  # as slixmpp names them
    """XEP-0184: Message Delivery Receipts."""

    name = "xep_0184"
    description = "XEP-0184: Message Delivery Receipts"
    dependencies: ClassVar = {"xep_0030"}
    stanza = stanza
    default_config: ClassVar = {
        "auto_ack": True,
        "auto_request": False,
        "policy": receipts.ReceiptsPolicy(),
    }

    def plugin_init(self) -> None:
        """Take part in everything that comes and goes."""
        for payload in (Request, Received):
            register_stanza_plugin(Message, payload)
        is_bound = self.xmpp.session_bind_event.is_set()
        account = self.xmpp.boundjid.full if is_bound else self.xmpp.boundjid.bare
        self.receipts = Receipts(self, jid.parse(account), self.policy)
        self._kept: dict[Any, Message] = {}  # what may have to be sent again
        self._has_roster = False
        self._timer: Any = None
        self._filters = {"in": self._hear, "out": self._say, "out_sce": self._write}
        self._events = {
            "session_bind": self._bound,
            "roster_update": self._roster_ready,
            "session_resumed": lambda _: self._tell(self.receipts.resumed),
            "disconnected": lambda _: self._tell(self.receipts.disconnected),
        }
        for way, step in self._filters.items():
            self.xmpp.add_filter(way, step)
        for event, step in self._events.items():
            self.xmpp.add_event_handler(event, step)

    def plugin_end(self) -> None:
        """Undo `plugin_init`."""
        self.xmpp.plugin["xep_0030"].del_feature(feature=ns.RECEIPTS)
        for way, step in self._filters.items():
            self.xmpp.del_filter(way, step)
        for event, step in self._events.items():
            self.xmpp.del_event_handler(event, step)
        if self._timer is not None:
            self._timer.cancel()

    def session_bind(self, _: object) -> None:
        """Advertise what is answered."""
        self.xmpp.plugin["xep_0030"].add_feature(ns.RECEIPTS)

    def ack(self, msg: Message) -> None:
        """Report a message as processed.

        It is answered in the next step of the loop: a snapshot may be saved before.
        """
        incoming = getattr(msg, "incoming", None)
        if incoming is not None:
            with incoming:
                pass
            msg.incoming = None
            self.xmpp.loop.call_soon(self._carry_out)

    def enabled(self, contact: JID) -> bool:  # noqa: ARG002  # override it for a setting
        """Return whether the user wants receipts to be sent to a contact."""
        return True

    def authorized(self, contact: JID) -> bool | None:
        """Return whether a contact may see the user's presence."""
        roster, bare = self.xmpp.client_roster, str(contact.bare)
        if roster.has_jid(bare) and roster[bare]["from"]:  # without adding strangers
            return True
        return False if self._has_roster else None

    def _bound(self, account: object) -> None:
        self._has_roster = False
        # Behind the filter that counts stanzas: what is hidden was received, too.
        self.xmpp.del_filter("in", self._hear)
        self.xmpp.add_filter("in", self._hear)
        address = jid.parse(str(account))
        if address.is_of(self.receipts.account):
            self._tell(self.receipts.bound, address)
        else:  # the server has chosen another one, as at an anonymous login
            self.receipts = Receipts(self, address, self.policy)

    def _roster_ready(self, _: object) -> None:
        self._has_roster = True
        self._tell(self.receipts.roster_ready)

    def _hear(self, stanza: StanzaBase) -> StanzaBase | None:
        incoming = self.receipts.incoming(stanza.xml, self.xmpp.loop.time())
        self._carry_out(stanza)
        if incoming.repeated or stanza.name != "message":
            self._set_timer()  # a new message sets no deadline
        if incoming.repeated and stanza.xml.find(ns.REQUEST_TAG) is not None:
            return None  # in an archive result it stays where it was asked for
        if incoming.asks:
            stanza.incoming = incoming
            stanza.exception = partial(self._failed, stanza, stanza.exception)
            if self.auto_ack:  # when the handlers have run
                self.xmpp.loop.call_soon(self.ack, stanza)
        return stanza

    def _failed(
        self, msg: Message, handle: Callable[[Exception], None], error: Exception
    ) -> None:
        msg.incoming = None
        handle(error)

    def _say(self, stanza: StanzaBase) -> StanzaBase:
        element, is_message = stanza.xml, isinstance(stanza, Message)
        asks = self.auto_request or element.find(ns.REQUEST_TAG) is not None
        if hasattr(stanza, "octets") or (is_message and not asks):
            return stanza
        if is_message and not element.get("id"):
            stanza["id"] = self.xmpp.new_id()
        token = f"{element.get('to')} {element.get('id')}"
        sent = self.receipts.outgoing(element, self.xmpp.loop.time(), token=token)
        if sent.asks and self.policy.resend is not None:
            self._kept[token] = copy(stanza)
        self.xmpp.loop.call_soon(self._carry_out)  # when the stanza is written
        return stanza

    def _write(self, stanza: StanzaBase) -> StanzaBase | bytes:
        # Slixmpp would write TAB, LF and CR in an id so that they become blanks.
        if isinstance(stanza, Message) and not stanza.xml.get("id", "").isprintable():
            return xml.to_octets(stanza.xml)
        return getattr(stanza, "octets", stanza)

    def _wake(self) -> None:
        self._timer = None
        self._tell(self.receipts.handle_timer)

    def _tell(self, report: Callable[..., None], *facts: object) -> None:
        report(*facts, self.xmpp.loop.time())
        self._carry_out()

    def _carry_out(self, received: StanzaBase | None = None) -> None:
        for action in self.receipts.actions():
            match action:
                case receipts.Send():
                    self._send(action.octets)
                case receipts.ResendStanza(token=token) if token in self._kept:
                    self.xmpp.send(copy(self._kept[token]))
                case _ if type(action) in _EVENTS:
                    self._kept.pop(getattr(action, "token", None), None)
                    self.xmpp.event(_EVENTS[type(action)], action)
                    if isinstance(action, receipts.Delivered) and received is not None:
                        self.xmpp.event("receipt_received", received)
        if received is None:
            self._set_timer()

    def _set_timer(self) -> None:
        # A timer that comes too early does no harm: it sets the next.
        deadline = self.receipts.next_deadline
        if deadline is None or (self._timer and self._timer.when() <= deadline):
            return
        if self._timer:
            self._timer.cancel()
        self._timer = self.xmpp.loop.call_at(deadline, self._wake)

    def _send(self, octets: bytes) -> None:
        if "xep_0198" not in self.xmpp.plugin:
            self.xmpp.send_raw(octets)  # raises an error if there is no connection
            return
        element = xml.parse(octets)  # an object, so that it counts as a stanza
        stanza = (Iq if element.tag.endswith("}iq") else Message)(self.xmpp, element)
        stanza.octets = octets
        self.xmpp.send(stanza)

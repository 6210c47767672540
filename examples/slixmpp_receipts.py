"""A plugin of slixmpp under the name of its own ``xep_0184``, with the same events.

    from slixmpp.plugins import register_plugin
    register_plugin(XEP_0184)
    client.register_plugin("xep_0184")

A message is answered when the handlers of ``message`` have run. An application that
needs longer sets ``auto_ack`` to False and calls ``ack(msg)`` when it is done. What
comes again is answered and not shown. The event ``receipt_received`` has the ack
message; ``receipt_delivered``, ``receipt_bounced`` and ``receipt_unconfirmed`` have the
action of xep0184. So has ``receipt_resend``, which asks for a message that was sent
before `plugin.receipts` was restored: send it again, with its id. Slixmpp writes TAB,
LF and CR in an attribute as they are, so answers to such ids are sent as octets.
"""

from __future__ import annotations

import re
import time
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar, Final
from weakref import WeakKeyDictionary

from slixmpp.plugins import BasePlugin
from slixmpp.plugins.xep_0184 import Received, Request, stanza
from slixmpp.stanza import Iq, Message
from slixmpp.xmlstream import register_stanza_plugin
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from xep0184 import Receipts, jid, ns, xml
from xep0184.envelope import EnvelopeKind
from xep0184.receipts import (
    Bounced,
    Delivered,
    ReceiptsPolicy,
    ResendStanza,
    Send,
    UnconfirmedMessage,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from slixmpp.xmlstream import StanzaBase

    from xep0184 import JID, Envelope

_EVENTS: Final = {
    Delivered: "receipt_delivered",
    Bounced: "receipt_bounced",
    UnconfirmedMessage: "receipt_unconfirmed",
}
_RAW: Final = re.compile(rb"&#(?:9|10|13|x9|xA|xD);")


class XEP_0184(BasePlugin):  # type: ignore[misc]  # noqa: N801  # as slixmpp names its plugins
    """XEP-0184: Message Delivery Receipts."""

    name = "xep_0184"
    description = "XEP-0184: Message Delivery Receipts"
    dependencies: ClassVar = {"xep_0030"}
    stanza = stanza
    default_config: ClassVar = {
        "auto_ack": True,
        "auto_request": True,
        "policy": ReceiptsPolicy(),
    }

    def plugin_init(self) -> None:
        """Take part in everything that comes and goes."""
        for payload in (Request, Received):
            register_stanza_plugin(Message, payload)
        self.receipts = Receipts(self, jid.parse(str(self.xmpp.boundjid)), self.policy)
        self._keys: WeakKeyDictionary[Any, str | None] = WeakKeyDictionary()
        self._kept: dict[str, Message] = {}  # what may be sent again, by id
        self._timer: Any = None
        self.xmpp.add_filter("in", self._incoming)
        self.xmpp.add_filter("out", self._outgoing)
        every = MatchXPath(f"{{{ns.CLIENT}}}message")
        self.xmpp.register_handler(Callback("Message Receipts", every, self._handled))
        for event, step in self._steps().items():
            self.xmpp.add_event_handler(event, step)

    def plugin_end(self) -> None:
        """Undo `plugin_init`."""
        self.xmpp.plugin["xep_0030"].del_feature(feature=ns.RECEIPTS)
        self.xmpp.del_filter("in", self._incoming)
        self.xmpp.del_filter("out", self._outgoing)
        self.xmpp.remove_handler("Message Receipts")

    def session_bind(self, _: object) -> None:
        """Advertise what is answered."""
        self.xmpp.plugin["xep_0030"].add_feature(ns.RECEIPTS)

    def ack(self, msg: Message) -> None:
        """Report a message as processed; it is answered where that is allowed."""
        self.receipts.processed(self._keys.pop(msg.xml, None), time.monotonic())
        self._carry_out()

    def enabled(self, contact: JID) -> bool:  # noqa: ARG002  # slixmpp has no such setting
        """Receipts are sent while this plugin is loaded."""
        return True

    def authorized(self, contact: JID) -> bool | None:
        """Who may see the user's presence is in the roster, once it is there."""
        if not self._has_roster:  # slixmpp adds who sends a presence before it comes
            return None
        roster, bare = self.xmpp.client_roster, str(contact.bare)
        # Looking a stranger up would add them.
        return roster.has_jid(bare) and bool(roster[bare]["from"])

    def may_query(self, contact: JID) -> bool:
        """A query tells that the user is online."""
        return self.authorized(contact) is True

    def first_sight(self, archived: Envelope) -> bool:  # noqa: ARG002
        """Slixmpp keeps no messages, so it cannot know."""
        return False

    _has_roster = False

    def _steps(self) -> dict[str, Callable[[object], None]]:
        receipts, now = self.receipts, time.monotonic

        def bound(_: object) -> None:
            receipts.bound(jid.parse(str(self.xmpp.boundjid)), now())

        def roster_ready(_: object) -> None:
            self._has_roster = True
            receipts.roster_ready(now())
            self._carry_out()

        def resumed(_: object) -> None:
            receipts.resumed(now())
            self._carry_out()

        return {
            "session_bind": bound,
            "roster_update": roster_ready,
            "session_resumed": resumed,
            "disconnected": lambda _: receipts.disconnected(now()),
        }

    def _incoming(self, stanza: StanzaBase) -> StanzaBase | None:
        incoming = self.receipts.incoming(stanza.xml, time.monotonic())
        self._keys[stanza.xml] = incoming.key
        self._carry_out(stanza)
        envelope = incoming.envelope if incoming.repeated else None
        if envelope is None or envelope.kind is EnvelopeKind.ARCHIVED:
            return stanza  # a query of the archive gets all its results
        return None

    def _handled(self, msg: Message) -> None:
        if self.auto_ack:
            self.ack(msg)

    def _outgoing(self, stanza: StanzaBase) -> StanzaBase:
        is_message = isinstance(stanza, Message)
        if is_message and not self.auto_request:
            return stanza
        if is_message and not stanza["id"]:
            stanza["id"] = self.xmpp.new_id()
        token = f"{stanza['to']} {stanza['id']}"
        sent = self.receipts.outgoing(stanza.xml, time.monotonic(), token=token)
        if sent.id is not None and self.policy.resend is not None:
            self._kept[token] = copy(stanza)
        self._carry_out()
        return stanza

    def _carry_out(self, received: StanzaBase | None = None) -> None:
        for action in self.receipts.actions():
            if isinstance(action, Send):
                self._send(action.octets)
            elif isinstance(action, ResendStanza):
                self._send_again(action)
            elif isinstance(action, Delivered | Bounced | UnconfirmedMessage):
                self._kept.pop(str(action.token), None)
                self.xmpp.event(_EVENTS[type(action)], action)
                if isinstance(action, Delivered) and received is not None:
                    self.xmpp.event("receipt_received", received)
        self._set_timer()

    def _send_again(self, action: ResendStanza) -> None:
        kept = self._kept.get(str(action.token))
        if kept is None:  # sent before a restart: the application has it
            self.xmpp.event("receipt_resend", action)
        else:
            self.xmpp.send(copy(kept))

    def _send(self, octets: bytes) -> None:
        if _RAW.search(octets):
            self.xmpp.send(octets.decode())
            return
        element = xml.parse(octets)
        kind = Iq if element.tag.endswith("iq") else Message
        self.xmpp.send(kind(self.xmpp, element))

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        deadline = self.receipts.next_deadline
        if deadline is not None:
            wait = max(0.0, deadline - time.monotonic())
            self._timer = self.xmpp.loop.call_later(wait, self._fire)

    def _fire(self) -> None:
        self.receipts.handle_timer(time.monotonic())
        self._carry_out()

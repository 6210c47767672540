"""Receipts for slixmpp: ask, answer and track, instead of its own xep_0184 plugin.

slixmpp hands out elements of the standard library as ``stanza.xml``; xep0184 reads
them as they are and puts its own into them. Archives are left out: pass the
queries that are open to `unwrap`, and ``first_sight`` to `Situation`.

    receipts = Receipts(client, jid.parse("romeo@montague.lit/orchard"), print)
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from slixmpp.stanza import Message
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

import xep0184
from xep0184 import jid, ns

if TYPE_CHECKING:
    from collections.abc import Callable

    from slixmpp import ClientXMPP
    from slixmpp.xmlstream import StanzaBase

    from xep0184.tracker import ReceiptResult


class Receipts:
    """What a client asks, answers and gets to know.

    Args:
        client: The client, before it connects.
        account: Its address, full where it is known.
        report: Is told what each receipt means, and each bounce.
        send: Where receipts go; to the client unless told otherwise.
    """

    def __init__(
        self,
        client: ClientXMPP,
        account: xep0184.JID,
        report: Callable[[ReceiptResult], object],
        send: Callable[[Message], object] | None = None,
    ) -> None:
        self._client = client
        self._account = account
        self._report = report
        self._send = send or client.send
        self._tracker = xep0184.Tracker(account)
        self._seen = xep0184.SeenIds()
        matcher = MatchXPath(f"{{{ns.CLIENT}}}message")
        client.register_handler(Callback("xep0184", matcher, self.incoming))
        client.add_filter("out", self.outgoing)
        if "xep_0030" in client.plugin:
            client.plugin["xep_0030"].add_feature(ns.RECEIPTS)

    def outgoing(self, stanza: StanzaBase) -> StanzaBase:
        """Ask for a receipt where that may be done."""
        if not isinstance(stanza, Message):
            return stanza
        with suppress(xep0184.Xep0184Error):  # no receipt is worth a message
            message = xep0184.from_element(stanza.xml)
            if xep0184.may_request(message, account=self._account):
                xep0184.add_request(stanza.xml, new_id=xep0184.fresh_id)
                message = xep0184.from_element(stanza.xml)
                self._tracker.sent(message, time.monotonic())
        return stanza

    def incoming(self, stanza: StanzaBase) -> None:
        """Note what a message proves, and answer it where that may be done."""
        now = time.monotonic()
        try:
            envelope = xep0184.unwrap(stanza.xml, account=self._account)
        except xep0184.RemoteError:
            return
        for result in self._tracker.received(envelope, now):
            if result.reason is None:
                self._report(result)
        message = envelope.message
        if message is None or not (message.id and message.request):
            return
        sender = jid.parse_or_none(message.from_)
        if sender is None:
            return
        situation = xep0184.Situation(
            account=self._account,
            authorized=self._may_see_presence(str(sender.bare)),
            enabled=True,
            repeat=self._seen.check(sender, message.id, now=now),
        )
        ack = xep0184.acknowledge(envelope, situation=situation).ack
        if ack is not None:
            element = xep0184.to_element(ack)
            self._send(self._client.Message(xml=element))

    def _may_see_presence(self, contact: str) -> bool:
        roster = self._client.client_roster  # looking a stranger up would add them
        return bool(roster.has_jid(contact) and roster[contact]["from"])

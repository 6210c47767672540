"""Receipts for nbxmpp, the library of Gajim: ask, answer and track.

A ``Node`` is read as the text it writes, and made of such text. nbxmpp has opened
carbons before a handler sees them, if they are of the own account; the properties
it hands over say so, and an `Envelope` says it to xep0184. It has opened results of
an archive, too, but not checked whose; so they are left out here.

    receipts = Receipts(client.send_stanza, jid.parse("romeo@montague.lit/x"), print)
    client.register_handler(StanzaHandler("message", receipts.incoming, priority=60))
    receipts.send(message)  # instead of client.send_stanza(message)
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from nbxmpp.protocol import Message

import xep0184
from xep0184 import EnvelopeKind, jid, ns

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from nbxmpp.structs import MessageProperties

    from xep0184.tracker import ReceiptResult


class Receipts:
    """What a client asks, answers and gets to know.

    Args:
        send: `nbxmpp.client.Client.send_stanza`.
        account: The account's own address, full where it is known.
        report: Is told what each receipt means, and each bounce.
        subscribers: The bare JIDs that may see one's presence, from the roster.
    """

    def __init__(
        self,
        send: Callable[[Message], object],
        account: xep0184.JID,
        report: Callable[[ReceiptResult], object],
        subscribers: Container[xep0184.JID] = (),
    ) -> None:
        self._send = send
        self._account = account
        self._report = report
        self._subscribers = subscribers
        self._tracker = xep0184.Tracker(account)
        self._seen = xep0184.SeenIds()

    def send(self, stanza: Message) -> None:
        """Send a message, and ask for a receipt where that may be done."""
        stanza.setID(stanza.getID() or xep0184.fresh_id())
        with suppress(xep0184.Xep0184Error):  # no receipt is worth a message
            if xep0184.may_request(_read(stanza), account=self._account):
                stanza.setTag("request", namespace=ns.RECEIPTS)
                self._tracker.sent(_read(stanza), time.monotonic())
        self._send(stanza)

    def incoming(
        self, _: object, stanza: Message, properties: MessageProperties
    ) -> None:
        """Note what a message proves, and answer it where that may be done."""
        if properties.is_mam_message:
            return
        now = time.monotonic()
        try:
            message = _read(stanza)
        except xep0184.RemoteError:
            return
        envelope = xep0184.Envelope(kind=_kind(properties), message=message)
        for result in self._tracker.received(envelope, now):
            if result.reason is None:
                self._report(result)
        sender = jid.parse_or_none(message.from_)
        if sender is None or not (message.id and message.request):
            return
        situation = xep0184.Situation(
            account=self._account,
            authorized=sender.bare in self._subscribers,
            enabled=True,
            repeat=self._seen.check(sender, message.id, now=now),
        )
        ack = xep0184.acknowledge(envelope, situation=situation).ack
        if ack is not None:
            self._send(Message(node=xep0184.serialize(ack).decode()))


def _kind(properties: MessageProperties) -> EnvelopeKind:
    if properties.is_sent_carbon:
        return EnvelopeKind.CARBON_SENT
    if properties.is_received_carbon:
        return EnvelopeKind.CARBON_RECEIVED
    return EnvelopeKind.DIRECT


def _read(stanza: Message) -> xep0184.Message:
    return xep0184.parse(str(stanza))

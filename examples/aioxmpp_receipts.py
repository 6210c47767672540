"""Receipts for aioxmpp: ask, answer and track, instead of its own mdr service.

aioxmpp drops every element that it does not know before anybody sees it; what is
left are attributes. So a message is made of plain values and written back as such.
A carbon asks for nothing itself, and what is in it is not looked at.

    receipts = Receipts(client.enqueue, jid.parse("romeo@montague.lit/orchard"), print)
    client.stream.app_inbound_message_filter.register(receipts.incoming)
    client.stream.app_outbound_message_filter.register(receipts.outgoing)
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import aioxmpp
from aioxmpp.mdr.xso import Received

import xep0184
from xep0184 import jid

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from xep0184.tracker import ReceiptResult


class Receipts:
    """What a client asks, answers and gets to know.

    Args:
        send: `aioxmpp.Client.enqueue`.
        account: The account's own address, full where it is known.
        report: Is told what each receipt means, and each bounce.
        subscribers: The bare JIDs that may see one's presence, from the roster.
    """

    def __init__(
        self,
        send: Callable[[aioxmpp.Message], object],
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

    def outgoing(self, stanza: aioxmpp.Message) -> aioxmpp.Message:
        """Ask for a receipt where that may be done."""
        stanza.autoset_id()
        with suppress(xep0184.Xep0184Error):  # no receipt is worth a message
            if xep0184.may_request(_read(stanza), account=self._account):
                stanza.xep0184_request_receipt = True
                self._tracker.sent(_read(stanza), time.monotonic())
        return stanza

    def incoming(self, stanza: aioxmpp.Message) -> aioxmpp.Message:
        """Note what a message proves, and answer it where that may be done."""
        now = time.monotonic()
        message = _read(stanza)
        for result in self._tracker.received(message, now):
            if result.reason is None:
                self._report(result)
        sender = jid.parse_or_none(message.from_)
        if sender is None or not (message.id and message.request):
            return stanza
        situation = xep0184.Situation(
            account=self._account,
            authorized=sender.bare in self._subscribers,
            enabled=True,
            repeat=self._seen.check(sender, message.id, now=now),
        )
        ack = xep0184.acknowledge(message, situation=situation).ack
        if ack is not None:
            self._send(_written(ack))
        return stanza


def _read(stanza: aioxmpp.Message) -> xep0184.Message:
    received = stanza.xep0184_received
    return xep0184.Message(
        to=None if stanza.to is None else str(stanza.to),
        from_=None if stanza.from_ is None else str(stanza.from_),
        id=stanza.id_,
        type=xep0184.MessageType(stanza.type_.value),
        body=stanza.body.any() if stanza.body else None,
        request=bool(stanza.xep0184_request_receipt),
        received=() if received is None else (xep0184.Received(received.message_id),),
    )


def _written(ack: xep0184.Message) -> aioxmpp.Message:
    stanza = aioxmpp.Message(
        type_=aioxmpp.MessageType(ack.type.value),
        to=aioxmpp.JID.fromstr(ack.to),
        id_=ack.id,
    )
    stanza.xep0184_received = Received(ack.received[0].id)
    return stanza

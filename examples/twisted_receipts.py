"""Receipts for Twisted Words: ask, answer and track over an ``XmlStream``.

domish has elements of its own, so they are read as the text they write; a carbon
or an archived message is not opened, so it is neither believed nor answered.

    receipts = Receipts(xmlstream.send, jid.parse("romeo@montague.lit/orchard"), print)
    xmlstream.addObserver("/message", receipts.incoming)
    receipts.send(message)  # instead of xmlstream.send(message)
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import xep0184
from xep0184 import jid, ns

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from twisted.words.xish.domish import Element

    from xep0184.tracker import ReceiptResult

# Elements that the application builds often have no namespace: the stream declares it.
_NAMESPACES = (ns.CLIENT, ns.FRAGMENT)


class Receipts:
    """What a client asks, answers and gets to know.

    Args:
        send: Writes an element or text to the stream.
        account: The account's own address, full where it is known.
        report: Is told what each receipt means, and each bounce.
        subscribers: The bare JIDs that may see one's presence, from the roster.
    """

    def __init__(
        self,
        send: Callable[[Element | str], object],
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

    def send(self, element: Element) -> None:
        """Send a message, and ask for a receipt where that may be done."""
        with suppress(xep0184.Xep0184Error):  # no receipt is worth a message
            message = _read(element)
            if message.id and xep0184.may_request(message, account=self._account):
                if not message.request:
                    element.addElement((ns.RECEIPTS, "request"))
                self._tracker.sent(_read(element), time.monotonic())
        self._send(element)

    def incoming(self, element: Element) -> None:
        """Note what a message proves, and answer it where that may be done."""
        now = time.monotonic()
        try:
            message = _read(element)
        except xep0184.RemoteError:
            return
        for result in self._tracker.received(message, now):
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
        ack = xep0184.acknowledge(message, situation=situation).ack
        if ack is not None:
            self._send(xep0184.serialize(ack).decode())


def _read(element: Element) -> xep0184.Message:
    return xep0184.parse(element.toXml(), namespaces=_NAMESPACES)

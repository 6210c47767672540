"""Receipts for aioxmpp, in place of its `DeliveryReceiptsService`.

    receipts = Receipts(client, report)  # before the client is started

    def message_received(message):
        with receipts.processing(message) as incoming:
            if not incoming.repeated:
                show(message)

A message is answered when the block ends, and counts as new again if the block raises.
``report`` gets the actions of xep0184: `Delivered`, `Bounced`, `UnconfirmedMessage` and
the others. aioxmpp drops elements that it does not know; here they are collected, since
two messages may differ in nothing else.
"""

from __future__ import annotations

import asyncio
import io
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import aioxmpp
from lxml import etree

import xep0184
from xep0184 import Support, jid, ns, receipts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from xep0184 import JID
    from xep0184.receipts import Action, IncomingStanza

aioxmpp.Message.xep0184_others = aioxmpp.xso.Collector()
# These are read without an address (RFC 6120 §8.3.3.5), and could not be written.
for _condition in (aioxmpp.ErrorCondition.GONE, aioxmpp.ErrorCondition.REDIRECT):
    _condition.xso_class.new_address.xq_descriptor.default = None


class Receipts(receipts.Host):
    """The receipts of a client.

    Args:
        client: An `aioxmpp.Client` that is not started yet.
        report: Is called with each action that is not carried out here.
        policy: What the user wants.
    """

    def __init__(
        self,
        client: aioxmpp.Client,
        report: Callable[[Action], object],
        policy: receipts.ReceiptsPolicy = receipts.ReceiptsPolicy(),  # noqa: B008
    ) -> None:
        self._policy = replace(policy, query=False)  # `DiscoClient` has a cache
        account = _jid(client.local_jid.bare())
        self.receipts = xep0184.Receipts(self, account, self._policy)
        self._client, self._report = client, report
        self._disco = client.summon(aioxmpp.DiscoClient)
        self._roster = client.summon(aioxmpp.RosterClient)
        client.summon(aioxmpp.DiscoServer).register_feature(ns.RECEIPTS)
        self._incoming: WeakKeyDictionary[Any, IncomingStanza] = WeakKeyDictionary()
        self._kept: dict[Any, Any] = {}  # what may have to be sent again
        self._has_roster = False
        self._timer: Any = None
        stream = client.stream
        stream.app_inbound_message_filter.register(self._hear)
        stream.app_inbound_presence_filter.register(self._hear)
        stream.app_outbound_message_filter.register(self._say)
        stream.app_outbound_presence_filter.register(self._say)
        client.on_stream_established.connect(self._bound)
        client.on_stream_suspended.connect(self._suspended)
        client.on_stream_resumed.connect(lambda: self._tell(self.receipts.resumed))
        client.on_stream_destroyed.connect(self._destroyed)
        self._roster.on_initial_roster_received.connect(self._roster_ready)

    @contextmanager
    def processing(self, message: aioxmpp.Message) -> Iterator[IncomingStanza]:
        """Process a message: it is answered if the block does not raise."""
        with self._incoming.pop(message) as incoming:
            yield incoming
        self._carry_out()

    def enabled(self, contact: JID) -> bool:  # noqa: ARG002  # override it for a setting
        """Return whether the user wants receipts to be sent to a contact."""
        return True

    def authorized(self, contact: JID) -> bool | None:
        """Return whether a contact may see the user's presence."""
        address = aioxmpp.JID.fromstr(str(contact.bare), strict=False)
        item = self._roster.items.get(address)
        if item is None:
            return False if self._has_roster else None
        return item.subscription in {"from", "both"}

    def _bound(self) -> None:
        account = _jid(self._client.local_jid)
        if account.is_of(self.receipts.account):
            self._tell(self.receipts.bound, account)
        else:  # the server has chosen another one, as at an anonymous login
            self.receipts = xep0184.Receipts(self, account, self._policy)

    def _suspended(self, _: object) -> None:
        self._tell(self.receipts.disconnected)

    def _destroyed(self) -> None:
        self._has_roster = False
        self._tell(self.receipts.disconnected)

    def _roster_ready(self) -> None:
        self._has_roster = True
        self._tell(self.receipts.roster_ready)

    def _hear(self, stanza: Any) -> Any:  # noqa: ANN401
        try:
            element = _element(stanza)
        except Exception:  # noqa: BLE001  # aioxmpp could read it, and cannot write it
            element = b""
        self._incoming[stanza] = self.receipts.incoming(element, _now())
        self._carry_out()
        return stanza

    def _say(self, stanza: Any) -> Any:  # noqa: ANN401
        token = f"{stanza.to} {stanza.id_}"
        sent = self.receipts.outgoing(_element(stanza), _now(), token=token)
        if sent.ruling is not None:  # it is a message
            stanza.xep0184_request_receipt = sent.asks
            if sent.asks:
                self._kept[token] = stanza
            if sent.ruling.reason == "query-first" and self.may_query(_jid(stanza.to)):
                self._query = asyncio.ensure_future(self._find_out(stanza.to))
        self._carry_out()
        return stanza

    async def _find_out(self, contact: aioxmpp.JID) -> None:
        with suppress(aioxmpp.errors.XMPPError, ConnectionError):
            info = await self._disco.query_info(contact)
            supports = ns.RECEIPTS in info.features
            support = Support.YES if supports else Support.NO
            self.receipts.learned(_jid(contact), support)

    def _tell(self, report: Callable[..., None], *facts: object) -> None:
        report(*facts, _now())
        self._carry_out()

    def _carry_out(self) -> None:
        for action in self.receipts.actions():
            match action:
                case receipts.Send():
                    octets = io.BytesIO(action.octets)
                    stanza = aioxmpp.xml.read_single_xso(octets, aioxmpp.Message)
                    self._client.enqueue(stanza)
                case receipts.ResendStanza(token=token) if token in self._kept:
                    self._client.enqueue(self._kept[token])
                case _:  # its message, if it is about one, is not sent again
                    self._kept.pop(getattr(action, "token", None), None)
                    self._report(action)
        if self._timer is not None:
            self._timer.cancel()
        deadline, step = self.receipts.next_deadline, self.receipts.handle_timer
        if deadline is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(deadline, self._tell, step)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _jid(address: aioxmpp.JID) -> JID:
    return jid.parse(str(address))


def _element(stanza: Any) -> Any:  # noqa: ANN401
    parent = etree.Element("parent")
    stanza.unparse_to_node(parent)
    return parent[0]

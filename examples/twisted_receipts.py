"""Receipts for Twisted Words: a handler for a `StreamManager`, or one of wokkel.

    receipts = Receipts(account, authorized, report)
    receipts.setHandlerParent(manager)

    def message_received(element):
        with receipts.processing(element) as incoming:
            if not incoming.repeated:
                show(element)

A message is answered when the block ends, and counts as new again if the block raises.
``authorized(contact)`` looks into the application's roster: True, False, or None until
it is there; then call ``receipts.roster_ready()``. ``report`` gets the actions of
xep0184: `Delivered`, `Bounced`, `UnconfirmedMessage` and the others.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement

from twisted.internet import reactor
from twisted.words.protocols.jabber.xmlstream import XMPPHandler
from twisted.words.xish import domish

import xep0184
from xep0184 import caps, disco, jid, ns
from xep0184.receipts import Host, ReceiptsPolicy, ResendStanza, Send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping

    from xep0184 import JID
    from xep0184.receipts import Action, IncomingStanza

_CLIENT = disco.Info(identities=(disco.Identity(category="client", type="pc"),))
# Twisted writes these as they are, and a reader finds blanks in their place.
_ESCAPES = str.maketrans({"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})
_STANZAS = ("message", "presence", "iq")
_QUERIES = f"/iq[@type='get']/query[@xmlns='{ns.DISCO_INFO}']"


class Receipts(XMPPHandler, Host):  # type: ignore[misc]
    """The receipts of a client.

    Args:
        account: The JID of the account.
        authorized: Returns whether a contact may see the user's presence.
        report: Is called with each action that is not carried out here.
        policy: What the user wants.
        kept: The messages that may have to be sent again; a persistent mapping keeps
            them over a restart.
        info: What the client says of itself, if nothing else answers disco#info.
        clock: An ``IReactorTime``.
    """

    def __init__(
        self,
        account: str,
        authorized: Callable[[JID], bool | None],
        report: Callable[[Action], object],
        policy: ReceiptsPolicy = ReceiptsPolicy(),  # noqa: B008  # a frozen value
        kept: MutableMapping[Any, str] | None = None,
        info: disco.Info = _CLIENT,
        clock: Any = reactor,  # noqa: ANN401
    ) -> None:
        super().__init__()
        self._authorized, self._report, self._clock = authorized, report, clock
        self.receipts = xep0184.Receipts(self, jid.parse(account), policy)
        self.caps = caps.OwnCaps(info, node="https://twisted.org", sends_receipts=True)
        self._kept, self._policy = {} if kept is None else kept, policy
        self._timer: Any = None

    def connectionMade(self) -> None:  # noqa: N802
        """Take part in everything that comes and goes."""
        self._send, self.xmlstream.send = self.xmlstream.send, self._say
        for stanza in _STANZAS:
            self.xmlstream.addObserver(f"/{stanza}", self._hear, 1)
        self.xmlstream.addObserver(_QUERIES, self._queried, -1)

    def connectionInitialized(self) -> None:  # noqa: N802
        """Go on with the resource that the server has bound."""
        account = jid.parse(self.xmlstream.authenticator.jid.full())
        if account.is_of(self.receipts.account):
            self._tell(self.receipts.bound, account)
        else:  # the server has chosen another one, as at an anonymous login
            self.receipts = xep0184.Receipts(self, account, self._policy)

    def connectionLost(self, reason: object) -> None:  # noqa: N802
        """Wait for the next connection."""
        super().connectionLost(reason)
        self._tell(self.receipts.disconnected)

    @contextmanager
    def processing(self, element: domish.Element) -> Iterator[IncomingStanza]:
        """Process a message: it is answered if the block does not raise."""
        with element.incoming as incoming:
            yield incoming
        self._carry_out()

    def roster_ready(self) -> None:
        """Report that ``authorized`` knows the roster."""
        self._tell(self.receipts.roster_ready)

    def enabled(self, contact: JID) -> bool:  # noqa: ARG002  # override it for a setting
        """Return whether the user wants receipts to be sent to a contact."""
        return True

    def authorized(self, contact: JID) -> bool | None:
        """Return whether a contact may see the user's presence."""
        return self._authorized(contact)

    def _hear(self, stanza: domish.Element) -> None:
        now = self._clock.seconds()
        stanza.incoming = self.receipts.incoming(_element(stanza), now)
        self._carry_out()

    def _queried(self, iq: domish.Element) -> None:
        query = disco.query_of(_element(iq))
        reply = None if query is None or iq.handled else self.caps.reply(query)
        if reply is not None:
            self._send(reply)
            iq.handled = True

    def _say(self, stanza: Any) -> None:  # noqa: ANN401
        is_stanza = isinstance(stanza, domish.Element) and stanza.name in _STANZAS
        self._send(self._asking(stanza) if is_stanza else stanza)
        self._carry_out()

    def _asking(self, stanza: domish.Element) -> domish.Element | str:
        """Ask for a receipt where that is allowed; return what is to be written."""
        stanza["id"] = stanza.getAttribute("id") or xep0184.fresh_id()
        token = f"{stanza.getAttribute('to')} {stanza['id']}"
        element = _element(stanza)
        sent = self.receipts.outgoing(element, self._clock.seconds(), token=token)
        requests = list(stanza.elements(ns.RECEIPTS, "request"))
        stanza.children = [child for child in stanza.children if child not in requests]
        if not sent.asks:
            return stanza
        stanza.addElement((ns.RECEIPTS, "request"))
        start, end, rest = stanza.toXml().partition(">")
        self._kept[token] = start.translate(_ESCAPES) + end + rest
        return self._kept[token]

    def _tell(self, report: Callable[..., None], *facts: object) -> None:
        report(*facts, self._clock.seconds())
        self._carry_out()

    def _carry_out(self) -> None:
        for action in self.receipts.actions():
            match action:
                case Send():  # the octets themselves: Twisted would harm some ids
                    self.send(action.octets)
                case ResendStanza(token=token) if token in self._kept:
                    self.send(self._kept[token])
                case _:  # its message, if it is about one, is not sent again
                    self._kept.pop(getattr(action, "token", None), None)
                    self._report(action)
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        deadline = self.receipts.next_deadline
        if deadline is not None:
            wait, step = deadline - self._clock.seconds(), self.receipts.handle_timer
            self._timer = self._clock.callLater(max(0.0, wait), self._tell, step)


def _element(stanza: domish.Element) -> Element:
    """Return a copy; as text, `toXml` would write TAB, LF and CR in ids as blanks."""
    root = Element(_name((stanza.uri, stanza.name)), _attributes(stanza))
    pairs = [(stanza, root)]
    for source, element in pairs:
        for child in source.children:
            if not isinstance(child, str):
                name = _name((child.uri, child.name))
                pairs.append((child, SubElement(element, name, _attributes(child))))
            elif len(element):
                element[-1].tail = (element[-1].tail or "") + child
            else:
                element.text = (element.text or "") + child
    return root


def _attributes(source: domish.Element) -> dict[str, str]:
    return {_name(key): value for key, value in source.attributes.items()}


def _name(name: str | tuple[str | None, str]) -> str:
    uri, local = (None, name) if isinstance(name, str) else name
    return f"{{{uri}}}{local}" if uri else str(local)

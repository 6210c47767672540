"""A small codec for XEP-0184 on ElementTree, as a project of its own might write it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

RECEIPTS = "{urn:xmpp:receipts}"
MESSAGES = ("{jabber:client}message", "{jabber:server}message")
CARBONS = "{urn:xmpp:carbons:2}"
MAM = "{urn:xmpp:mam:2}"
FORWARDED = "{urn:xmpp:forward:0}forwarded"

OPTIONS = {
    "authorized": True,
    "invisible": False,
    "enabled": True,
    "enabled_for_contact": None,
    "processed": True,
}


def bare(address: str | None) -> str:
    """Return a bare JID in the form in which addresses are compared."""
    return (address or "").partition("/")[0].rstrip(".").lower()


class Codec:
    """What one account reads, answers and learns.

    Args:
        account: Its full JID.
    """

    unanswered = frozenset({"error", "groupchat"})

    def __init__(self, account: str) -> None:
        self.account = account
        self.options: Mapping[str, bool | None] = OPTIONS
        self.queries: set[tuple[str, str | None]] = set()
        self.confirmed: set[tuple[str, str]] = set()
        self._sent: set[tuple[str, str]] = set()

    def parse(self, source: str | bytes) -> Element:
        """Return the element of a message; ValueError if it is none."""
        element = ET.fromstring(source)  # noqa: S314  # as most projects do
        if element.tag not in MESSAGES:
            raise ValueError(element.tag)
        return element

    def named(self, message: Element, name: str) -> list[Element]:
        """Return the elements of XEP-0184 of one name."""
        return [it for it in message if it.tag == RECEIPTS + name]

    def id(self, message: Element) -> str | None:
        """Return the id of a message."""
        return message.get("id")

    def asks(self, message: Element) -> bool:
        """Return whether a message asks for a receipt."""
        return bool(self.named(message, "request"))

    def receipts(self, message: Element) -> list[str | None]:
        """Return the ids that a message acknowledges."""
        ids = [it.get("id") for it in self.named(message, "received")]
        return [*dict.fromkeys(ids)]

    def is_own(self, wrapper: Element) -> bool:
        """Return whether a wrapper comes from the account's own server."""
        return wrapper.get("from", bare(self.account)).lower() == bare(self.account)

    def is_wrapper(self, message: Element) -> bool:
        """Return whether a message is a carbon or an archive result."""
        tags = {CARBONS + "received", CARBONS + "sent", MAM + "result"}
        return not tags.isdisjoint(it.tag for it in message)

    def facts(self, message: Element) -> dict[str, object]:
        """Return what a message says."""
        received = self.receipts(message)
        asks = self.asks(message)
        return {"id": message.get("id"), "request": asks, "received": received}

    def is_ack(self, message: Element) -> bool:
        """Return whether a message is an ack message."""
        return bool(self.receipts(message))

    def unwrap(self, message: Element) -> Element | None:
        """Return the message in a wrapper, or the message itself; None if forged."""
        if message.get("type") == "error" or not self.is_wrapper(message):
            return message
        if not self.is_own(message):
            return None
        result = message.find(MAM + "result")
        archive = bare(message.get("from", self.account))
        if result is not None and (archive, result.get("queryid")) not in self.queries:
            return None
        inner = message.find(f"*/{FORWARDED}/{MESSAGES[0]}")
        return None if inner is None or self.is_wrapper(inner) else inner

    def is_answered(self, message: Element) -> bool:
        """Return whether to acknowledge a message."""
        is_from_other = bare(message.get("from")) not in {"", bare(self.account)}
        is_answered = message.get("type") not in self.unanswered
        is_wanted = is_from_other and is_answered and not self.is_ack(message)
        return is_wanted and self.is_on()

    def acknowledge(self, message: Element) -> dict[str, str] | None:
        """Return the facts of the ack message; None if there is to be none."""
        asks = self.asks(message) and not self.is_wrapper(message)
        id_ = self.id(message)
        return {"id": id_} if id_ and asks and self.is_answered(message) else None

    def is_on(self) -> bool:
        """Return whether receipts are switched on and the sender may see presence."""
        it = self.options
        contact = it["enabled_for_contact"]
        is_enabled = it["enabled"] if contact is None else contact
        is_seen = it["authorized"] and not it["invisible"]
        return bool(is_enabled and is_seen and it["processed"])

    def sent(self, message: Element) -> None:
        """Take a message that this client sends."""
        self._sent.add((bare(message.get("to")), message.get("id", "")))

    def counts(self, message: Element) -> bool:
        """Return whether a receipt in a message is to be believed."""
        return message.get("type") != "error"

    def confirmations(self, message: Element) -> set[tuple[str, str]]:
        """Return the messages that a message confirms."""
        named = {(bare(message.get("from")), it or "") for it in self.receipts(message)}
        return named & self._sent

    def received(self, message: Element) -> None:
        """Take a message that comes in."""
        is_sent_elsewhere = message.find(CARBONS + "sent") is not None
        inner = None if is_sent_elsewhere else self.unwrap(message)
        if inner is not None and self.counts(inner):
            self.confirmed |= self.confirmations(inner)

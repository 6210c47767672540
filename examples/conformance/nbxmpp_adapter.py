"""nbxmpp, put to the vectors: what its module for XEP-0184 reads and answers.

Run as ``xep0184 conformance --command "python nbxmpp_adapter.py"``, where ``python``
has nbxmpp and xep0184.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError

from nbxmpp.modules.misc import unwrap_carbon
from nbxmpp.modules.receipts import Receipts, build_receipt
from nbxmpp.protocol import JID, InvalidFrom, InvalidJid, Message, NodeProcessed
from nbxmpp.simplexml import NodeBuilder

from xep0184.conformance.serving import serve

if TYPE_CHECKING:
    from collections.abc import Mapping

RECEIPTS = Receipts(SimpleNamespace(log_context="adapter"))


def stanza(given: Mapping[str, Any]) -> Message | None:
    """Return the message in the input; None if it is none."""
    node = NodeBuilder(given["xml"]).getDom()
    is_message = node.getName() == "message" and node.getNamespace() == "jabber:client"
    return Message(node=node) if is_message else None


def facts(message: Message) -> dict[str, Any]:
    """Return what the module for XEP-0184 reads."""
    properties = SimpleNamespace(receipt=None)
    (handler,) = RECEIPTS.handlers
    handler.callback(None, message, properties)
    found = properties.receipt
    return {
        "id": message.getID(),
        "request": found is not None and found.type == "request",
        "received": [found.id]
        if found is not None and found.type == "received"
        else [],
    }


def read(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the facts of a stanza."""
    if "base64" in given:
        return None
    try:
        message = stanza(given)
    except ExpatError:
        return {"error": "not-well-formed"}
    return {"error": "not-a-message"} if message is None else facts(message)


def unwrap(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the facts of the message in a carbon; None for archives."""
    message = stanza(given)
    if given["open_queries"] or message is None or "urn:xmpp:mam" in given["xml"]:
        return None
    account = JID.from_string(given["account"])
    if message.getFrom() is None:
        message.setFrom(account.bare)  # as its dispatcher does
    try:
        inner, _ = unwrap_carbon(message, account)
    except (InvalidFrom, NodeProcessed):
        return {"message": None}
    return {"message": facts(inner)}


def acknowledge(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the receipt that nbxmpp writes where an application asks for it.

    The application asks if there is a request, receipts are switched on, and the
    message is not from a room.
    """
    on = {"enabled": True, "enabled_for_contact": None, "processed": True}
    message = stanza(given) if "xml" in given else None
    if message is None or any(given["situation"][it] != on[it] for it in on):
        return None
    if message.getType() == "groupchat":
        return None
    if not facts(message)["request"]:
        return {"ack": None}
    try:
        ack = build_receipt(message)
    except ValueError:
        return {"ack": None}
    return {"ack": {"id": ack.getTag("received").getAttr("id")}}


def jid(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a JID."""
    try:
        parsed = JID.from_string(given["jid"])
    except (InvalidJid, ValueError):
        return {"error": "bad-jid"}
    return {
        "local": parsed.localpart,
        "domain": parsed.domain,
        "resource": parsed.resource,
    }


ANSWERS = {"read": read, "unwrap": unwrap, "acknowledge": acknowledge, "jid": jid}


def adapter(ask: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Answer what nbxmpp has an answer to."""
    return ANSWERS[ask](given) if ask in ANSWERS else None


if __name__ == "__main__":
    serve(adapter)

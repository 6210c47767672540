"""aioxmpp, put to the vectors: what its module for XEP-0184 reads and answers.

Run as ``xep0184 conformance --command "python aioxmpp_adapter.py"``, where ``python``
has aioxmpp and xep0184.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.sax import SAXParseException

from aioxmpp import JID, Message, MessageType
from aioxmpp.mdr import compose_receipt
from aioxmpp.stanza import StanzaError
from aioxmpp.xml import read_single_xso

from xep0184.conformance.loading import octets_of
from xep0184.conformance.serving import serve

if TYPE_CHECKING:
    from collections.abc import Mapping


def facts(message: Message) -> dict[str, Any]:
    """Return what the module for XEP-0184 reads."""
    received = message.xep0184_received
    return {
        "id": message.id_,
        "request": message.xep0184_request_receipt,
        "received": [] if received is None else [received.message_id],
    }


def read(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a stanza."""
    try:
        message = read_single_xso(BytesIO(octets_of(given)), Message)
    except (SAXParseException, StanzaError, ValueError) as error:
        return {"error": str(error)}
    return {"error": "not-a-message"} if message is None else facts(message)


def acknowledge(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the receipt that aioxmpp writes where an application asks for it.

    The application asks if there is a request, receipts are switched on, and the
    message is not from a room.
    """
    on = {"enabled": True, "enabled_for_contact": None, "processed": True}
    if "xml" not in given or any(given["situation"][it] != on[it] for it in on):
        return None
    try:
        message = read_single_xso(BytesIO(given["xml"].encode()), Message)
        if message.type_ is MessageType.GROUPCHAT:
            return None
        if not message.xep0184_request_receipt:
            return {"ack": None}
        ack = compose_receipt(message)
    except (StanzaError, ValueError):  # it refuses the stanza, or writes no receipt
        return {"ack": None}
    return {"ack": {"id": ack.xep0184_received.message_id}}


def jid(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a JID."""
    try:
        parsed = JID.fromstr(given["jid"])
    except ValueError as error:
        return {"error": str(error)}
    return {
        "local": parsed.localpart,
        "domain": parsed.domain,
        "resource": parsed.resource,
    }


def same_jid(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether two texts are one address."""
    first, second = map(JID.fromstr, given["pair"])
    return {"equal": first == second}


ANSWERS = {
    "read": read,
    "acknowledge": acknowledge,
    "jid": jid,
    "same-jid": same_jid,
}


def adapter(ask: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Answer what aioxmpp has an answer to."""
    return ANSWERS[ask](given) if ask in ANSWERS else None


if __name__ == "__main__":
    serve(adapter)

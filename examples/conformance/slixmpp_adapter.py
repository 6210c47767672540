"""slixmpp, put to the vectors: what its plugin for XEP-0184 reads and answers.

Run as ``xep0184 conformance --command "python slixmpp_adapter.py"``.
"""

from __future__ import annotations

import json
import sys
from typing import Any
from xml.etree import ElementTree as ET

from slixmpp import JID, ClientXMPP, InvalidJID, Message


def client(account: str = "a@b") -> tuple[ClientXMPP, list[Message]]:
    """Return a client without a connection, and the list of what it sends."""
    sent: list[Message] = []
    xmpp = ClientXMPP(account, "")
    xmpp.register_plugin("xep_0184")
    xmpp.send = sent.append
    return xmpp, sent


def stanza(xmpp: ClientXMPP, given: dict[str, Any]) -> Message | None:
    """Return the message in the input; None if it is none."""
    element = ET.fromstring(given["xml"])  # noqa: S314  # expat, as in slixmpp
    is_message = element.tag == "{jabber:client}message"
    return Message(stream=xmpp, xml=element) if is_message else None


def receipts(message: Message) -> list[str | None]:
    """Return the id of the receipt that slixmpp finds."""
    has_receipt = message.get_plugin("receipt", check=True) is not None
    return [message["receipt"] or None] if has_receipt else []


def read(given: dict[str, Any]) -> dict[str, Any] | None:
    """Return the facts of a stanza."""
    if "base64" in given:
        return None
    try:
        message = stanza(client()[0], given)
    except ET.ParseError:
        return {"error": "not-well-formed"}
    if message is None:
        return {"error": "not-a-message"}
    asks = message.get_plugin("request_receipt", check=True) is not None
    id_ = ET.fromstring(given["xml"]).get("id")  # noqa: S314  # slixmpp adds one
    return {"id": id_, "request": asks, "received": receipts(message)}


def acknowledge(given: dict[str, Any]) -> dict[str, Any] | None:
    """Return the ack message for a message; None where slixmpp has no such option."""
    facts = given["situation"]
    if facts["enabled_for_contact"] is not None or not facts["processed"]:
        return None
    xmpp, sent = client(given["account"])
    message = stanza(xmpp, given) if "xml" in given else None
    if message is None:
        return None
    plugin = xmpp.plugin["xep_0184"]
    plugin.auto_ack = facts["enabled"]
    if message.get_plugin("request_receipt", check=True) is not None:
        plugin._handle_receipt_request(message)  # noqa: SLF001  # as its handler does
    return {"ack": {"id": receipts(sent[0])[0]} if sent else None}


def jid(given: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a JID."""
    try:
        parsed = JID(given["jid"])
    except InvalidJID:
        return {"error": "bad-jid"}
    resource = parsed.resource or None
    return {
        "local": parsed.local or None,
        "domain": parsed.domain,
        "resource": resource,
    }


ANSWERS = {"read": read, "acknowledge": acknowledge, "jid": jid}

for line in sys.stdin:
    question = json.loads(line)
    answer = None
    if question["ask"] in ANSWERS:
        try:
            answer = ANSWERS[question["ask"]](question["given"])
        except Exception as error:  # noqa: BLE001  # it costs this vector alone
            answer = {"crash": repr(error)}
    print(json.dumps(answer), flush=True)  # noqa: T201  # the protocol

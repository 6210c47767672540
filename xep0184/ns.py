"""Every namespace and every expanded name the library knows, written once.

Expanded names are in Clark notation, ``{namespace}local``. They are compared
whole and by code points; no module of this library looks at a prefix
(XEP-0184 §7, Namespaces in XML §6).
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "CAPS",
    "CAPS2",
    "CARBONS",
    "CHAT_MARKERS",
    "CLIENT",
    "COMPONENT",
    "DATA_FORMS",
    "DELAY",
    "DISCO_INFO",
    "ENCRYPTED",
    "FORWARD",
    "FRAGMENT",
    "HASHES",
    "HINTS",
    "LANG",
    "MAM",
    "MESSAGE_EVENTS",
    "MUC_USER",
    "RECEIPTS",
    "RECEIVED_TAG",
    "REQUEST_TAG",
    "SERVER",
    "STANZAS",
    "STANZA_ERRORS",
    "STANZA_IDS",
    "STREAM",
    "XML",
    "XSI",
]

RECEIPTS: Final = "urn:xmpp:receipts"
"""Message Delivery Receipts, and the feature that announces them (XEP-0184 §6)."""

CLIENT: Final = "jabber:client"
SERVER: Final = "jabber:server"
COMPONENT: Final = "jabber:component:accept"
"""The content namespace of an external component (XEP-0114 §3); opt-in."""
FRAGMENT: Final = ""
"""No namespace at all, as XEP-0184 prints its examples; opt-in."""
STANZAS: Final = (CLIENT, SERVER)
"""The content namespaces read unless a caller says otherwise (RFC 6120 §4.8.3)."""

STREAM: Final = "http://etherx.jabber.org/streams"
STANZA_ERRORS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"
XML: Final = "http://www.w3.org/XML/1998/namespace"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

CARBONS: Final = "urn:xmpp:carbons:2"
FORWARD: Final = "urn:xmpp:forward:0"
MAM: Final = "urn:xmpp:mam:2"
DELAY: Final = "urn:xmpp:delay"
HINTS: Final = "urn:xmpp:hints"
STANZA_IDS: Final = "urn:xmpp:sid:0"
CHAT_MARKERS: Final = "urn:xmpp:chat-markers:0"
MUC_USER: Final = "http://jabber.org/protocol/muc#user"
MESSAGE_EVENTS: Final = "jabber:x:event"

DISCO_INFO: Final = "http://jabber.org/protocol/disco#info"
CAPS: Final = "http://jabber.org/protocol/caps"
CAPS2: Final = "urn:xmpp:caps"
HASHES: Final = "urn:xmpp:hashes:2"
DATA_FORMS: Final = "jabber:x:data"

REQUEST_TAG: Final = f"{{{RECEIPTS}}}request"
RECEIVED_TAG: Final = f"{{{RECEIPTS}}}received"

LANG: Final = f"{{{XML}}}lang"

ENCRYPTED: Final = frozenset(
    {
        "{eu.siacs.conversations.axolotl}encrypted",  # XEP-0384 before 0.4
        "{urn:xmpp:omemo:1}encrypted",  # XEP-0384 0.4 to 0.7
        "{urn:xmpp:omemo:2}encrypted",  # XEP-0384 since 0.8
        "{urn:xmpp:openpgp:0}openpgp",  # XEP-0373
        "{jabber:x:encrypted}x",  # XEP-0027
    }
)
"""Payloads that carry content a body-less message may consist of."""

"""All namespaces and expanded names that the library knows, each written once.

Expanded names are in Clark notation, ``{namespace}local``. They are compared
whole and by code points; no module of this library looks at a prefix
(XEP-0184 §7, Namespaces in XML §6).
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ADDED_BY_SERVERS",
    "CAPS",
    "CAPS2",
    "CAPS2_TAG",
    "CAPS_TAG",
    "CARBONS",
    "CARBON_RECEIVED_TAG",
    "CARBON_SENT_TAG",
    "CHAT_MARKERS",
    "CHAT_STATE_TAGS",
    "CLIENT",
    "COMPONENT",
    "CONTENT",
    "DATA_FORMS",
    "DELAY",
    "DELAYS",
    "DELAY_TAG",
    "DISCO_INFO",
    "ENCRYPTED",
    "FEATURE_TAG",
    "FIELD_TAG",
    "FORM_TAG",
    "FORWARD",
    "FORWARDED_TAG",
    "FRAGMENT",
    "HARMLESS_IN_ACK",
    "HASHES",
    "HASH_TAG",
    "HINTS",
    "IDENTITY_TAG",
    "ITEM_TAG",
    "LANG",
    "MAM",
    "MAM_QUERY_TAGS",
    "MUC_USER",
    "QUERY_TAG",
    "RECEIPTS",
    "RECEIVED_TAG",
    "REPORTED_TAG",
    "REQUEST_TAG",
    "RESULT_TAGS",
    "SERVER",
    "STANZAS",
    "STANZA_ERRORS",
    "STANZA_IDS",
    "STREAM",
    "VALUE_TAG",
    "XML",
    "XSI",
    "is_stanza",
    "split",
]

RECEIPTS: Final = "urn:xmpp:receipts"
"""Message Delivery Receipts, and the feature that announces them (XEP-0184 §6)."""

CLIENT: Final = "jabber:client"
SERVER: Final = "jabber:server"
COMPONENT: Final = "jabber:component:accept"
"""The content namespace of an external component (XEP-0114 §3); opt-in."""
FRAGMENT: Final = ""
"""No namespace, as in the examples of XEP-0184; opt-in."""
STANZAS: Final = (CLIENT, SERVER)
"""The content namespaces that are accepted by default (RFC 6120 §4.8.3)."""
CONTENT: Final = frozenset({CLIENT, SERVER, COMPONENT, FRAGMENT})
"""All content namespaces."""

STREAM: Final = "http://etherx.jabber.org/streams"
STANZA_ERRORS: Final = "urn:ietf:params:xml:ns:xmpp-stanzas"
XML: Final = "http://www.w3.org/XML/1998/namespace"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"

CARBONS: Final = "urn:xmpp:carbons:2"
FORWARD: Final = "urn:xmpp:forward:0"
MAM: Final = "urn:xmpp:mam:2"
_MAM_VERSIONS: Final = (MAM, "urn:xmpp:mam:1", "urn:xmpp:mam:0", "urn:xmpp:mam:tmp")
"""The namespaces that XEP-0313 has had, the newest first."""
DELAY: Final = "urn:xmpp:delay"
HINTS: Final = "urn:xmpp:hints"
STANZA_IDS: Final = "urn:xmpp:sid:0"
CHAT_MARKERS: Final = "urn:xmpp:chat-markers:0"
MUC_USER: Final = "http://jabber.org/protocol/muc#user"

DISCO_INFO: Final = "http://jabber.org/protocol/disco#info"
CAPS: Final = "http://jabber.org/protocol/caps"
CAPS2: Final = "urn:xmpp:caps"
HASHES: Final = "urn:xmpp:hashes:2"
DATA_FORMS: Final = "jabber:x:data"

REQUEST_TAG: Final = f"{{{RECEIPTS}}}request"
RECEIVED_TAG: Final = f"{{{RECEIPTS}}}received"

QUERY_TAG: Final = f"{{{DISCO_INFO}}}query"
IDENTITY_TAG: Final = f"{{{DISCO_INFO}}}identity"
FEATURE_TAG: Final = f"{{{DISCO_INFO}}}feature"

FORM_TAG: Final = f"{{{DATA_FORMS}}}x"
FIELD_TAG: Final = f"{{{DATA_FORMS}}}field"
VALUE_TAG: Final = f"{{{DATA_FORMS}}}value"
REPORTED_TAG: Final = f"{{{DATA_FORMS}}}reported"
ITEM_TAG: Final = f"{{{DATA_FORMS}}}item"

CAPS_TAG: Final = f"{{{CAPS}}}c"
CAPS2_TAG: Final = f"{{{CAPS2}}}c"
HASH_TAG: Final = f"{{{HASHES}}}hash"

CARBON_SENT_TAG: Final = f"{{{CARBONS}}}sent"
CARBON_RECEIVED_TAG: Final = f"{{{CARBONS}}}received"
RESULT_TAGS: Final = frozenset(f"{{{version}}}result" for version in _MAM_VERSIONS)
"""Results from an archive, in every version of XEP-0313."""
MAM_QUERY_TAGS: Final = frozenset(f"{{{version}}}query" for version in _MAM_VERSIONS)
"""Queries to an archive, in every version."""
FORWARDED_TAG: Final = f"{{{FORWARD}}}forwarded"
DELAY_TAG: Final = f"{{{DELAY}}}delay"
DELAYS: Final = frozenset({DELAY_TAG, "{jabber:x:delay}x"})
"""Elements of a message that was delayed (XEP-0203, XEP-0091)."""

ADDED_BY_SERVERS: Final = frozenset(
    {
        *DELAYS,
        f"{{{STANZA_IDS}}}stanza-id",  # XEP-0359, added by an archive
        "{urn:xmpp:mam:tmp}archived",  # its predecessor in XEP-0313 0.2
        "{urn:xmpp:occupant-id:0}occupant-id",  # XEP-0421, added by a room
        f"{{{MUC_USER}}}x",  # XEP-0045 §7.5, added by clients and rooms
        "{http://jabber.org/protocol/address}addresses",  # XEP-0045 §7.2.13, XEP-0033
        "{http://jabber.org/protocol/offline}offline",  # XEP-0013 §2.4
    }
)
"""Children that servers and rooms add to a message on the way."""

CHAT_STATE_TAGS: Final = frozenset(
    f"{{http://jabber.org/protocol/chatstates}}{state}"
    for state in ("active", "composing", "gone", "inactive", "paused")
)
"""What a user is doing (XEP-0085 §4); some archives leave it out."""

HARMLESS_IN_ACK: Final = ADDED_BY_SERVERS | frozenset(
    {
        # For servers, of no meaning to the addressee:
        f"{{{STANZA_IDS}}}origin-id",  # XEP-0359
        f"{{{CARBONS}}}private",  # XEP-0280 §9
        f"{{{HINTS}}}store",  # XEP-0334 §4
        f"{{{HINTS}}}no-store",
        f"{{{HINTS}}}no-permanent-store",
        f"{{{HINTS}}}no-copy",
    }
)
"""Children that an ack message may have beside its receipt.

Servers add some of them on the way; the others have no meaning for the addressee.
"""

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
"""Encrypted payloads: content of a message without a body."""


def is_stanza(name: str, kind: str, /) -> bool:
    """Check whether an expanded name is that of a stanza in any content namespace.

    Args:
        name: A name in Clark notation.
        kind: The local name, as "message".

    >>> is_stanza("{jabber:server}iq", "iq"), is_stanza("{jabber:client}iq", "message")
    (True, False)
    """
    namespace, local = split(name)
    return local == kind and namespace in CONTENT


def split(name: str, /) -> tuple[str, str]:
    """Return the namespace of an expanded name and its local part.

    Args:
        name: A name in Clark notation; one without braces has no namespace.

    >>> split(REQUEST_TAG)
    ('urn:xmpp:receipts', 'request')
    >>> split("message")
    ('', 'message')
    """
    namespace, _, local = name.rpartition("}")
    return namespace[1:], local

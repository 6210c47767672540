"""Reads and writes messages and receipts: octets, elements and payloads.

Reading is lenient: a receipt is recognised by its expanded name among the direct
children of a message and by nothing else; a fault elsewhere in the stanza does not
prevent it from being read (XEP-0184 §7). Writing is strict: it refuses what a peer
could not read, and what this library never writes, although XEP-0184 forbids only some
of it: REQUEST_IN_ACK, MULTIPLE_RECEIVED, ERROR_TYPE, ECHOED_ID.

Whether to request or send a receipt is decided in `xep0184.deciding`; faults of a
stanza are listed by `xep0184.findings`.
"""

from __future__ import annotations

from xep0184.codec.decoding import acknowledged_ids, from_element, parse, payload_of
from xep0184.codec.encoding import serialize, to_element
from xep0184.codec.payloads import add_received, add_request
from xep0184.codec.refusals import ensure_writable

__all__ = [
    "acknowledged_ids",
    "add_received",
    "add_request",
    "ensure_writable",
    "from_element",
    "parse",
    "payload_of",
    "serialize",
    "to_element",
]

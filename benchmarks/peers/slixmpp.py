"""What slixmpp does: stanzas over elements of the standard library.

A message is read by `ElementTree.fromstring`, which is quicker than the pull
parser slixmpp feeds from its socket, and wrapped as the stream would wrap it.
"""

from __future__ import annotations

import hashlib
from functools import partial
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import slixmpp
from slixmpp.plugins.xep_0004 import stanza as forms
from slixmpp.plugins.xep_0030.stanza import DiscoInfo
from slixmpp.plugins.xep_0115.caps import XEP_0115
from slixmpp.plugins.xep_0184.stanza import Received, Request
from slixmpp.stanza import Message
from slixmpp.xmlstream import register_stanza_plugin

from benchmarks import work
from benchmarks.peers import _worker

register_stanza_plugin(Message, Request)
register_stanza_plugin(Message, Received)


def received(octets: bytes) -> str:
    """Parse a message and return the id its receipt names."""
    return str(Message(xml=ET.fromstring(octets))["receipt"])  # noqa: S314


def requested(octets: bytes) -> str:
    """Parse a message and return whether it asks for a receipt."""
    return str(Message(xml=ET.fromstring(octets))["request_receipt"])  # noqa: S314


def of_element(element: ET.Element) -> str:
    """Return the id that the receipt in a parsed message names."""
    return str(Message(xml=element)["receipt"])


def built() -> Message:
    """Build an ack message from plain values."""
    ack = Message()
    ack["to"] = work.SENDER
    ack["from"] = work.RECIPIENT
    ack["id"] = work.ACK_ID
    ack["receipt"] = work.CONTENT_ID
    return ack


def serialized(message: Message) -> bytes:
    """Write a message as octets."""
    return str(message).encode()


def ver() -> str:
    """Return the XEP-0115 hash of a disco#info answer that is parsed already."""
    return str(CAPS.generate_verstring(INFO, "sha-1"))


INFO = DiscoInfo(xml=ET.fromstring(_worker.work("disco"))[0])  # noqa: S314
# The method needs the plugin's table of hashes and the class of a form, no stream.
CAPS = XEP_0115.__new__(XEP_0115)
CAPS.hashes = {"sha-1": hashlib.sha1}
CAPS.xmpp = SimpleNamespace(plugin={"xep_0004": SimpleNamespace(stanza=forms)})

_worker.serve(
    f"slixmpp {slixmpp.__version__}",
    {
        "read ack": partial(received, _worker.work("ack")),
        "read recorded": partial(received, _worker.work("recorded")),
        "read crowded": partial(received, _worker.work("crowded")),
        "read plain": partial(received, _worker.work("plain")),
        "read content": partial(requested, _worker.work("content")),
        "read direct": _worker.count_acks(received),
        "element": partial(of_element, ET.fromstring(_worker.work("ack"))),  # noqa: S314
        "serialize": partial(serialized, built()),
        "build": lambda: serialized(built()),
        "ver": ver,
    },
)

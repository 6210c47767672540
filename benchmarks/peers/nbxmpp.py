"""What nbxmpp does: nodes built from expat's events.

Octets are fed into one open stream, the way its dispatcher does it; a parser made
anew for each message takes longer.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import nbxmpp
from nbxmpp.modules.discovery import parse_disco_info
from nbxmpp.namespaces import Namespace
from nbxmpp.protocol import Iq, Message
from nbxmpp.simplexml import NodeBuilder
from nbxmpp.structs import ReceiptData
from nbxmpp.util import compute_caps_hash

from benchmarks import work
from benchmarks.peers import _worker


class Reader:
    """One open stream; keeps the last node that came in."""

    def __init__(self) -> None:
        self._builder = NodeBuilder(dispatch_depth=2, finished=False)
        self._builder.dispatch = self._take
        self._builder.Parse(_worker.work("stream-start"))
        self._last: Any = None

    def _take(self, node: Any) -> None:  # noqa: ANN401
        self._last = node

    def read(self, octets: bytes) -> Any:  # noqa: ANN401
        """Return the node that the octets are."""
        self._builder.Parse(octets)
        return self._last


def receipt_of(node: Any) -> ReceiptData | None:  # noqa: ANN401
    """Return the receipt in a message, as its module for receipts finds it."""
    message = Message(node=node)
    request = message.getTag("request", namespace=Namespace.RECEIPTS)
    if request is not None:
        return ReceiptData(request.getName())
    received = message.getTag("received", namespace=Namespace.RECEIPTS)
    if received is not None:
        return ReceiptData(received.getName(), received.getAttr("id"))
    return None


def read(octets: bytes) -> str | None:
    """Parse a message and return the id its receipt names."""
    receipt = receipt_of(READER.read(octets))
    return None if receipt is None else str(receipt.id)


def requested(octets: bytes) -> str:
    """Parse a message and return whether it asks for a receipt."""
    receipt = receipt_of(READER.read(octets))
    return str(receipt is not None and receipt.type == "request")


def of_element(node: Any) -> str | None:  # noqa: ANN401
    """Return the id that the receipt in a parsed message names."""
    receipt = receipt_of(node)
    return None if receipt is None else str(receipt.id)


def built() -> Message:
    """Build an ack message from plain values."""
    ack = Message(to=work.SENDER, frm=work.RECIPIENT)
    ack.setID(work.ACK_ID)
    ack.setReceiptReceived(work.CONTENT_ID)
    return ack


def serialized(message: Message) -> bytes:
    """Write a message as octets."""
    return str(message).encode()


READER = Reader()
INFO = parse_disco_info(Iq(node=READER.read(_worker.work("disco"))))
ELEMENT = Reader().read(_worker.work("ack"))

_worker.serve(
    f"nbxmpp {nbxmpp.__version__}",
    {
        "read ack": partial(read, _worker.work("ack")),
        "read recorded": partial(read, _worker.work("recorded")),
        "read crowded": partial(read, _worker.work("crowded")),
        "read plain": partial(read, _worker.work("plain")),
        "read content": partial(requested, _worker.work("content")),
        "read direct": _worker.count_acks(read),
        "element": partial(of_element, ELEMENT),
        "serialize": partial(serialized, built()),
        "build": lambda: serialized(built()),
        "ver": partial(compute_caps_hash, INFO, compare=False),
    },
)

"""What aioxmpp does: objects driven by SAX events.

Octets are fed into one open stream, the way its own connection does it: a parser
made anew for each message, as `read_single_xso` makes one, takes longer. Writing
goes through the stream writer, as `serialize_single_xso` is documented as slow.
"""

from __future__ import annotations

import io
import warnings
from functools import partial
from typing import Any

warnings.simplefilter("ignore")  # of its age it complains on import, to stderr

import aioxmpp  # noqa: E402
from aioxmpp import xml, xso  # noqa: E402
from aioxmpp.entitycaps.caps115 import hash_query  # noqa: E402
from aioxmpp.mdr.xso import Received  # noqa: E402

from benchmarks import work  # noqa: E402
from benchmarks.peers import _worker  # noqa: E402


class Reader:
    """One open stream; keeps the last stanza that came in."""

    def __init__(self) -> None:
        stanzas = xso.XSOParser()
        stanzas.add_class(aioxmpp.Message, self._take)
        stanzas.add_class(aioxmpp.IQ, self._take)
        processor = xml.XMPPXMLProcessor()
        processor.stanza_parser = stanzas
        self._parser = xml.make_parser()
        self._parser.setContentHandler(processor)
        self._parser.feed(_worker.work("stream-start"))
        self._last: Any = None

    def _take(self, stanza: Any) -> None:  # noqa: ANN401
        self._last = stanza

    def read(self, octets: bytes) -> Any:  # noqa: ANN401
        """Return the stanza that the octets are."""
        self._parser.feed(octets)
        return self._last


def received(octets: bytes) -> str | None:
    """Parse a message and return the id its receipt names."""
    receipt = READER.read(octets).xep0184_received
    return None if receipt is None else str(receipt.message_id)


def requested(octets: bytes) -> str:
    """Parse a message and return whether it asks for a receipt."""
    return str(READER.read(octets).xep0184_request_receipt)


def built() -> aioxmpp.Message:
    """Build an ack message from plain values."""
    ack = aioxmpp.Message(
        type_=aioxmpp.MessageType.NORMAL,
        to=aioxmpp.JID.fromstr(work.SENDER),
        from_=aioxmpp.JID.fromstr(work.RECIPIENT),
        id_=work.ACK_ID,
    )
    ack.xep0184_received = Received(work.CONTENT_ID)
    return ack


def serialized(message: aioxmpp.Message) -> bytes:
    """Write a message as octets into the open stream."""
    SINK.seek(0)
    SINK.truncate()
    WRITER.send(message)
    return SINK.getvalue()


READER = Reader()
INFO = READER.read(_worker.work("disco")).payload
SINK = io.BytesIO()
WRITER = xml.XMLStreamWriter(
    SINK, to=aioxmpp.JID.fromstr("shakespeare.lit"), nsmap={None: "jabber:client"}
)
WRITER.start()

_worker.serve(
    f"aioxmpp {aioxmpp.__version__}",
    {
        "read ack": partial(received, _worker.work("ack")),
        "read recorded": partial(received, _worker.work("recorded")),
        "read crowded": partial(received, _worker.work("crowded")),
        "read plain": partial(received, _worker.work("plain")),
        "read content": partial(requested, _worker.work("content")),
        "read direct": _worker.count_acks(received),
        "serialize": partial(serialized, built()),
        "build": lambda: serialized(built()),
        "ver": partial(hash_query, INFO, "sha1"),
    },
)

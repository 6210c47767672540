"""The work, the same octets for all.

Read by peers under other interpreters too, so it needs the standard library only.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parent.parent

CONTENT_ID: Final = "richard2-4.1.247"
ACK_ID: Final = "bi29sg183b4v"
SENDER: Final = "northumberland@shakespeare.lit/westminster"
RECIPIENT: Final = "kingrichard@royalty.england.lit/throne"

CONTENT: Final = (
    f"<message xmlns='jabber:client' from='{SENDER}' id='{CONTENT_ID}'"
    f" to='{RECIPIENT}'><body>My lord, dispatch; read o'er these articles.</body>"
    "<request xmlns='urn:xmpp:receipts'/></message>"
).encode()
"""The content message of XEP-0184 §7."""

ACK: Final = (
    f"<message xmlns='jabber:client' from='{RECIPIENT}' id='{ACK_ID}' to='{SENDER}'>"
    f"<received xmlns='urn:xmpp:receipts' id='{CONTENT_ID}'/></message>"
).encode()
"""The ack message of XEP-0184 §7."""

PLAIN: Final = CONTENT.replace(b"<request xmlns='urn:xmpp:receipts'/>", b"")
"""The content message without a receipt in it."""

RECORDED_ID: Final = "pros-bare-1"


def _recorded() -> bytes:
    """Return a receipt as Profanity sent it and a server passed it on."""
    recording = (ROOT / "examples" / "desk-received.xml").read_bytes()
    pattern = rb"<message [^>]*/profanity[^>]*><received id='%b'.*?</message>"
    found = re.search(pattern % RECORDED_ID.encode(), recording)
    if found is None:
        message = f"no receipt for {RECORDED_ID} from Profanity in the recording"
        raise LookupError(message)
    return found[0].replace(b"<message ", b"<message xmlns='jabber:client' ", 1)


RECORDED: Final = _recorded()


BODIES: Final = (
    "My lord, dispatch; read o&apos;er these articles.",
    "请阅读这些文件。",
    "Прочтите эти статьи, милорд.",
    "اقرأ هذه المقالات يا سيدي",
    "これらの記事をお読みください。",
    "친애하는 왕이시여, 읽어 주십시오",
    "Διάβασε αυτά τα άρθρα",
    "ये लेख पढ़ें, स्वामी",
    "Lies diese Artikel &amp; antworte, größter König",
    "ok \U0001f44d if a &lt; b",
)
"""What people write, in ten languages, with emoji and markup characters."""


def _messages() -> Iterator[bytes]:
    """Yield the recorded messages, those with a body in each language."""
    pattern = (
        rb"<message\b(?:(?!</?message\b).)*?"
        rb"(?:<message\b(?:(?!</?message\b).)*?</message>(?:(?!</?message\b).)*?)?"
        rb"</message>"
    )
    for path in sorted((ROOT / "examples").glob("*-*.xml")):
        for message in re.findall(pattern, path.read_bytes(), re.DOTALL):
            if b"<received xmlns='urn:xmpp:receipts'/>" in message:
                continue  # without an id, which not every peer reads
            head = message.partition(b">")[0]
            if b"xmlns='jabber:client'" not in head:
                message = message.replace(  # noqa: PLW2901
                    b"<message", b"<message xmlns='jabber:client'", 1
                )
            for body in BODIES:
                written = b"<body>%b</body>" % body.encode()
                yield re.sub(rb"<body>.*?</body>", lambda _: written, message)  # noqa: B023  # used at once


ACCOUNT: Final = "alice@localhost/desk"
"""Whose messages these are."""
MIX: Final = tuple(_messages())
"""Real traffic: what two clients sent and received, by the shares recorded there."""
DIRECT: Final = tuple(it for it in MIX if b"<forwarded" not in it)
WRAPPED: Final = tuple(it for it in MIX if b"<forwarded" in it)


def crowded(children: int) -> bytes:
    """Return an ack message with so many children, the receipt the last of them."""
    others = b"".join(
        b"<x xmlns='urn:example:%d' id='%d'>text</x>" % (number, number)
        for number in range(children - 1)
    )
    return ACK.replace(b"<received", others + b"<received")


CROWDED: Final = crowded(20)

IDENTITY: Final = ("client", "pc", "", "Exodus 0.9.1")


_USUAL: Final = (
    "urn:xmpp:receipts",
    "http://jabber.org/protocol/disco#items",
    "http://jabber.org/protocol/disco#info",
)


def features(count: int) -> list[str]:
    """Return features in an order that sorting has to change."""
    others = range(count - len(_USUAL))
    names = (f"urn:example:feature:{number * 7919 % count}" for number in others)
    return [*_USUAL, *names]


def disco_answer(count: int) -> bytes:
    """Return a disco#info answer with one identity and so many features."""
    category, kind, _, name = IDENTITY
    listed = "".join(f"<feature var='{feature}'/>" for feature in features(count))
    return (
        f"<iq xmlns='jabber:client' type='result' id='disco1' from='{SENDER}'"
        f" to='{RECIPIENT}'><query xmlns='http://jabber.org/protocol/disco#info'>"
        f"<identity category='{category}' type='{kind}' name='{name}'/>"
        f"{listed}</query></iq>"
    ).encode()


DISCO: Final = disco_answer(60)

STREAM_START: Final = (
    b"<stream:stream xmlns='jabber:client' version='1.0' id='s' from='shakespeare.lit'"
    b" xmlns:stream='http://etherx.jabber.org/streams'>"
)


def stream(stanzas: int) -> Iterator[bytes]:
    """Yield a stream document of so many stanzas, piece by piece."""
    yield STREAM_START
    pieces = (CONTENT, ACK, RECORDED, PLAIN)
    for number in range(stanzas):
        yield pieces[number % len(pieces)]
        yield b"\n"
    yield b"</stream:stream>"


FILES: Final = {
    "content": CONTENT,
    "ack": ACK,
    "direct": b"\n".join(DIRECT),
    "plain": PLAIN,
    "recorded": RECORDED,
    "crowded": CROWDED,
    "disco": DISCO,
    "stream-start": STREAM_START,
}
"""What a peer finds in the directory it is given, as `NAME.xml`.

"direct" holds one message a line.
"""

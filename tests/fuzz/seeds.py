"""The octets to begin with: all vectors, recordings and logs of this checkout.

Nothing is copied into the repository; the folders are filled when fuzzing begins.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from xep0184 import conformance, ns

from .targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
STANZA: Final = frozenset({"xml", "message", "envelope", "disco", "schema"})

# A conversation of `Discovery` and of `Receipts`, whose ids are counted from 1: an
# answer, a receipt, a carbon and a result, each as the one that is waited for.
ALICE: Final = "from='juliet@capulet.lit/balcony'"
OWN: Final = "from='romeo@montague.lit'"
R: Final = ns.RECEIPTS
ASKED: Final = f"id='a1' type='chat'><body>hi</body><request xmlns='{R}'/></message>"
FORWARDED: Final = f"""<forwarded xmlns='{ns.FORWARD}'>
<delay xmlns='{ns.DELAY}' stamp='2026-01-01'/>
<message xmlns='jabber:client' {ALICE} to='romeo@montague.lit' {ASKED}</forwarded>"""
CONVERSATION: Final = f"""
<presence {ALICE}>\
<c xmlns='{ns.CAPS}' hash='sha-1' node='n' ver='4dEbfnwbFywRnYhM2Bffp+wwDOE='/>\
</presence>
<iq {ALICE} type='result' id='1'>\
<query xmlns='{ns.DISCO_INFO}' node='n#4dEbfnwbFywRnYhM2Bffp+wwDOE='>\
<identity category='client' type='pc'/><feature var='{ns.CAPS}'/>\
<feature var='{R}'/><feature var='{ns.DISCO_INFO}'/></query></iq>
<message {ALICE} id='r1'><received xmlns='{R}' id='m1'/></message>
<message {ALICE} type='error' id='m1'>\
<error type='cancel'><gone xmlns='{ns.STANZA_ERRORS}'/></error></message>
<message {ALICE} {ASKED}
<message {OWN}><received xmlns='{ns.CARBONS}'>{FORWARDED}</received></message>
<message {OWN}><sent xmlns='{ns.CARBONS}'>{FORWARDED}</sent></message>
<message {OWN}><result xmlns='{ns.MAM}' queryid='q1'>{FORWARDED}</result></message>
<message {ALICE} id='f1'>{FORWARDED}</message>
<presence {ALICE} type='unavailable'/>
<presence from='room@muc.capulet.lit/romeo'>\
<x xmlns='{ns.MUC_USER}'><item/><status code='110'/></x></presence>
""".replace(">\n<delay", "><delay").replace("/>\n<message xmlns", "/><message xmlns")
JIDS: Final = (
    *("a@b", "A@B.c/D", "\u00df@ss.lit/\u017f", "\u03a3\u03c2@\u03c3.lit", "a@[::1]/x"),
    *("a@[fe80::1%25e]", "\ufb01@xn--fiqs8s", "\u0131@\u0130.lit", "a@b\u3002c"),
    *("\u0130@i\u0307.lit", "a@\uff41.lit", "\U0001f600@b/\u00a0", "a@xn--bcere"),
)


def seeds(target: str) -> Iterator[bytes]:
    """Yield the octets that fuzzing of a target begins with.

    Args:
        target: Its name in `TARGETS`.
    """
    longest = TARGETS[target].length
    if target == "jid":
        found = [it.encode("utf-8", "replace") for it in (*JIDS, *addresses())]
    elif target in STANZA:
        found = [*stanzas(), *map(declared, CONVERSATION.split("\n")[1:-1])]
    else:
        found = [*recorded(), *stanzas(), CONVERSATION.encode()]
        found.append(
            b"<stream:stream xmlns='jabber:client' xmlns:stream='%b'>%b"
            % (
                ns.STREAM.encode(),
                found[-1],
            )
        )
    if target == "recordings":
        found += [gzip.compress(it, mtime=0) for it in found[:9]]
    yield from (it[:longest] for it in found)


def declared(stanza: str) -> bytes:
    """Return a stanza with its content namespace."""
    name, rest = stanza.split(" ", 1)
    return f"{name} xmlns='jabber:client' {rest}".encode()


def stanzas() -> Iterator[bytes]:
    """Yield every element of the vectors, of any suite."""
    for suite in conformance.SUITES:
        for vector in conformance.vectors(suite):
            if vector.given.keys() & {"base64", "parts"}:
                yield vector.octets
            found = (it for it in texts(vector.given) if it.startswith("<"))
            yield from (it.encode("utf-8", "replace") for it in found)


def addresses() -> Iterator[str]:
    """Yield every text of the vectors of JIDs."""
    for vector in conformance.vectors("jids"):
        yield from texts(vector.given)


def texts(given: object) -> Iterator[str]:
    """Yield every text of a value of JSON."""
    if isinstance(given, str):
        yield given
    elif isinstance(given, Mapping | Sequence):
        for it in given.values() if isinstance(given, Mapping) else given:
            yield from texts(it)


def recorded() -> Iterator[bytes]:
    """Yield the beginnings of all recordings and logs."""
    for path in (*ROOT.glob("examples/*.xml"), *ROOT.glob("tests/logs/*")):
        yield path.read_bytes()

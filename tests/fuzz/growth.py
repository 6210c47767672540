"""How work, memory and time grow with the input, for every function of `targets`.

``python -m tests.fuzz.growth`` prints the exponents of counted calls, of the peak of
memory and of time: 1.0 is linear, 2.0 quadratic. The test asserts the first two, which
are the same in every run.
"""

from __future__ import annotations

import cProfile
import gc
import math
import time
import tracemalloc
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from xep0184 import (
    Host,
    Limits,
    Receipts,
    caps,
    codec,
    disco,
    findings,
    jid,
    ns,
    recordings,
    rules,
    schema,
    stream,
    unwrap,
    xml,
)
from xep0184.discovery import Discovery
from xep0184.errors import BuildError, RemoteError
from xep0184.stream import Stanza

from .targets import ME, Everybody

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZES: Final = (10_000, 100_000, 1_000_000)
MOST: Final = 1.15
"""The largest exponent that is allowed."""

LARGE: Final = Limits(
    octets=10_000_000,
    elements=10_000_000,
    attributes=10_000_000,
    receipts=10_000_000,
    depth=255,
)
R: Final = ns.RECEIPTS
MESSAGE: Final = (
    "<message xmlns='jabber:client' from='juliet@capulet.lit/balcony' id='m1'>{}"
    "</message>"
)
ANSWER: Final = (
    "<iq xmlns='jabber:client' type='result' id='1' from='juliet@capulet.lit/balcony'>"
    f"<query xmlns='{ns.DISCO_INFO}'>{{}}</query></iq>"
)
FORM: Final = (
    f"<x xmlns='{ns.DATA_FORMS}' type='result'><field var='FORM_TYPE' type='hidden'>"
    "<value>t{0}</value></field><field var='a'><value>v</value></field></x>"
)
PRESENCE: Final = (
    "<presence from='a{0}@b.lit/c'><c xmlns='http://jabber.org/protocol/caps'"
    " hash='sha-1' node='n' ver='4dEbfnwbFywRnYhM2Bffp+wwDO{0}='/></presence>"
)
CHAT: Final = (
    "<message from='a{0}@b.lit/c' id='{0}' type='chat'><body>hi</body>"
    f"<request xmlns='{R}'/></message>"
)
ACK: Final = (
    f"<message from='a{{0}}@b.lit/c' id='r{{0}}'><received xmlns='{R}' id='{{0}}'/>"
    "</message>"
)

# What a part is repeated in, and the part, with a number in it.
STANZAS: Final = {
    "text": (MESSAGE, "a long text &amp; {0} "),
    "children": (MESSAGE, "<x{0}/>"),
    "namespaces": (MESSAGE, "<x xmlns='urn:{0}'/>"),
    "receipts": (MESSAGE, f"<received xmlns='{R}' id='{{0}}'/>"),
    "requests": (MESSAGE, f"<request xmlns='{R}'/>"),
    "attributes": ("<message xmlns='jabber:client'{}/>", " a{0}='b'"),
    "levels": (MESSAGE, "<a>" * 60 + "{0}" + "</a>" * 60),
    "forwards": (MESSAGE, f"<forwarded xmlns='{ns.FORWARD}'><a{{0}}/></forwarded>"),
    "comments": (MESSAGE, "<!--{0}-->"),
    "tags that do not close": (MESSAGE, "<a{0}>"),
}
WRAPPED: Final = {name: STANZAS[name] for name in ("text", "receipts", "forwards")}
ANSWERS: Final = {
    "features": (ANSWER, "<feature var='urn:{0}'/>"),
    "equal features": (ANSWER, "<feature var='urn:a'/>"),
    "identities": (ANSWER, "<identity category='c{0}' type='t' name='n'/>"),
    "forms": (ANSWER, FORM),
    "other children": (ANSWER, "<x{0}/>"),
}
SESSIONS: Final = {
    "messages": ("{}", CHAT),
    "receipts": ("{}", ACK),
    "presences": ("{}", PRESENCE),
    "one stanza": ("<message>{}</message>", "<x{0}/>"),
}
STREAMS: Final = SESSIONS | {
    "broken stanzas": ("{}", "<message id='{0}'><body>"),
    "names": ("{}", "<message {0} <iq\n"),
    "quotes": ("{}", "<message a='{0}>"),
    "sections": ("{}", "<iq><![CDATA[{0}\n"),
}
JIDS: Final = {
    "letters": ("a@{}", "a{0}."),
    "marks": ("a@b/{}", "a\u0301\u0323{0}"),
    "sigmas": ("{}@b", "\u03a3{0}"),
    "brackets": ("a@[{}]", ":{0}"),
}


class Door(NamedTuple):
    """A function and what it is given; `prepare` is not measured."""

    call: Callable[[Any], object]
    inputs: dict[str, tuple[str, str]]
    prepare: Callable[[bytes], Any] = bytes


def made(frame: str, part: str, size: int) -> bytes:
    """Return octets of about this size."""
    number = size // max(len(part.format(12345).encode()), 1)
    return frame.format("".join(part.format(it) for it in range(number))).encode()


def elements(octets: bytes) -> list[Any]:
    """Return the elements of a recording."""
    return [it.element for it in stream.read(BytesIO(octets)) if isinstance(it, Stanza)]


def tree(octets: bytes) -> Any:
    """Return the element, or an empty one for what is refused."""
    try:
        return xml.parse(octets, limits=LARGE)
    except RemoteError:
        return xml.parse(b"<a/>")


def answer(octets: bytes) -> disco.Info:
    """Return an answer as a value."""
    return disco.parse(octets, limits=LARGE).info or disco.Info()


def hash_answer(info: disco.Info) -> None:
    """Make and verify both hashes."""
    advertised = (
        caps.Caps(node="n", ver="v", hash="sha-1"),
        caps.HashSet((caps.Hash("sha-256", "A" * 43 + "="),)),
    )
    for it in advertised:
        caps.verify(it, info)
    caps.conceals(info)
    disco.serialize(info)


def judge(octets: bytes) -> None:
    """Read a message and judge it by all rules."""
    list(rules.violations(codec.parse(octets, limits=LARGE)))


def discover(stanzas: list[Any]) -> None:
    """Give stanzas to a `Discovery`."""
    found = Discovery(ME, may_query=lambda _: True)
    for it in stanzas:
        found.presence(it)
        found.answer(it)


def receive(stanzas: list[Any]) -> None:
    """Give stanzas to a `Receipts`, and carry out its actions."""
    host: Host = Everybody()
    receipts = Receipts(host, ME)
    for number, it in enumerate(stanzas):
        with receipts.incoming(it, number / 100):
            pass
        receipts.handle_timer(number / 100)
        for action in receipts.actions():
            receipts.done(action)


def read_recording(octets: bytes) -> None:
    """Read a file as `check` does."""
    source = recordings.Source(BytesIO(octets))
    for _ in recordings.read(source, recordings.recognise(source.head)):
        pass


def drain(pieces: Iterator[object]) -> None:
    """Read to the end, and keep nothing."""
    for _ in pieces:
        pass


DOORS: Final[dict[str, Door]] = {
    "xml.parse": Door(lambda it: xml.parse(it, limits=LARGE), STANZAS),
    "xml.check": Door(lambda it: xml.check(it, limits=LARGE), STANZAS, tree),
    "xml.to_octets": Door(xml.to_octets, STANZAS, tree),
    "message": Door(judge, STANZAS),
    "unwrap": Door(lambda it: unwrap(it, account=ME, limits=LARGE), WRAPPED),
    "disco": Door(lambda it: disco.parse(it, limits=LARGE), ANSWERS),
    "caps": Door(hash_answer, ANSWERS, answer),
    # Without many attributes: to explain them takes time with the square of their
    # number, for elements of up to 8192 octets.
    "findings": Door(
        lambda it: findings.examine(it, limits=LARGE),
        {name: it for name, it in STANZAS.items() if name != "attributes"},
    ),
    "schema": Door(lambda it: list(schema.problems(it)), WRAPPED | ANSWERS),
    "discovery": Door(discover, SESSIONS, elements),
    "receipts": Door(receive, SESSIONS, elements),
    "stream": Door(lambda it: drain(stream.read(BytesIO(it))), STREAMS),
    "text": Door(lambda it: drain(stream.TextReader(BytesIO(it)).pieces()), STREAMS),
    "recordings": Door(read_recording, SESSIONS),
    "jid": Door(jid.parse, JIDS, bytes.decode),
}


def call(door: Door, given: Any) -> None:
    """Call a function; a documented error is an answer, too."""
    with suppress(BuildError, RemoteError):
        door.call(given)


def calls_of(door: Door, octets: bytes) -> int:
    """Count the calls of functions, of Python and of C."""
    given = door.prepare(octets)
    profile = cProfile.Profile()
    gc.disable()
    try:
        profile.runcall(call, door, given)
    finally:
        gc.enable()
    return sum(it.callcount for it in profile.getstats())


def memory_of(door: Door, octets: bytes) -> int:
    """Return the peak of the memory that a call takes, in octets."""
    given = door.prepare(octets)
    tracemalloc.start()
    call(door, given)
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return memory


def time_of(door: Door, octets: bytes) -> float:
    """Return the time of the processor that a call takes, in seconds."""
    given = door.prepare(octets)
    begin = time.process_time()
    call(door, given)
    return time.process_time() - begin


def exponent(small: float, large: float, ratio: float) -> float:
    """Return the power of the size with which something grows."""
    return math.log(max(large, 1e-9) / max(small, 1e-9), ratio)


def main() -> None:
    """Print the exponents from 100 KB to 1 MB, and what a megabyte takes."""
    print("| function | input | calls | memory | time | MB | s |")
    print("|---|---|---|---|---|---|---|")
    for name, door in DOORS.items():
        for shape, (frame, part) in door.inputs.items():
            small, large = (made(frame, part, size) for size in SIZES[1:])
            call(door, door.prepare(small))  # imports, and compiles schemas
            ratio = len(large) / len(small)
            costs = [(it(door, small), it(door, large)) for it in MEASURES]
            cells = [f"{exponent(*it, ratio):.2f}" for it in costs]
            cells += [f"{costs[1][1] / 1e6:.1f}", f"{costs[2][1]:.3f}"]
            print(f"| {name} | {shape} | {' | '.join(cells)} |", flush=True)


MEASURES: Final = (calls_of, memory_of, time_of)

if __name__ == "__main__":
    main()

"""Changes to octets that know elements, attributes, namespaces and ids.

They need no parser, so that they also work on what is broken.
"""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184 import ns

from .seeds import CONVERSATION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Span: TypeAlias = tuple[int, int]

TAG: Final = re.compile(rb"<(/?)([^\s<>/!?]{1,60})[^<>]*?(/?)>")
ATTRIBUTE: Final = re.compile(rb"""\s([^\s<>=/"']{1,40})\s*=\s*("[^"<]*"|'[^'<]*')""")
TEXT: Final = re.compile(rb">([^<>]+)<")
MOST: Final = 200  # tags that are looked at

NAMESPACES: Final = tuple(
    it.encode()
    for name, it in vars(ns).items()
    if isinstance(it, str) and name.isupper() and "{" not in it
)
TAGS: Final = (
    *(ns.REQUEST_TAG, ns.RECEIVED_TAG, ns.FORWARDED_TAG, ns.CARBON_SENT_TAG),
    *(ns.CARBON_RECEIVED_TAG, ns.QUERY_TAG, ns.FORM_TAG, ns.CAPS_TAG, ns.CAPS2_TAG),
    ns.DELAY_TAG,
)
PAYLOADS: Final = (
    *(b"<%b xmlns='%b' id='m1'/>" % (it[1].encode(), it[0].encode())
      for it in map(ns.split, TAGS)),
    b"<result xmlns='urn:xmpp:mam:2' queryid='q1'/>",
    b"<error type='cancel'/>",
    b"<x xmlns='http://jabber.org/protocol/muc#user'/>",
    *CONVERSATION.encode().split(b"\n")[1:-1],
)  # fmt: skip
VALUES: Final = (
    b"", b" ", b"m1", b"q1", b"1", b"2", b"error", b"normal", b"groupchat", b"result",
    b"romeo@montague.lit", b"romeo@montague.lit/orchard", b"juliet@capulet.lit/balcony",
    b"room@muc.capulet.lit/n", b"&#10;", b"&amp;lt;", b"&#xD800;", b"\xef\xbf\xbe",
    b"urn:xmpp:receipts", b"sha-1", b"a" * 300, "ß\u0130Σς\u0345".encode(),
)  # fmt: skip
MARKS: Final = (
    b"<!--x-->", b"<?x?>", b"<!DOCTYPE a>", b"<![CDATA[<a>]]>", b"<?xml?>",
    b"&lt;", b"&x;", b"\0", b"\xff", b"]]>", b"\n", b"RECV: ", b"\\u003c", b'\\"', b"<",
)  # fmt: skip


def mutate(octets: bytes, most: int, seed: int) -> bytes:
    """Return octets with one to four changes.

    Args:
        octets: What to change.
        most: The most octets of the result.
        seed: The same seed makes the same changes.
    """
    random = Random(seed)
    for _ in range(random.choice((1, 1, 2, 4))):
        octets = random.choice(CHANGES)(octets, random)
    return octets[:most]


def elements(octets: bytes) -> list[Span]:
    """Return where elements begin and end, as far as their tags match."""
    found: list[Span] = []
    opened: list[tuple[bytes, int]] = []
    for tag, _ in zip(TAG.finditer(octets), range(MOST), strict=False):
        if tag[3]:
            found.append(tag.span())
        elif not tag[1]:
            opened.append((tag[2], tag.start()))
        elif opened and opened[-1][0] == tag[2]:
            found.append((opened.pop()[1], tag.end()))
    return found


def two(spans: Sequence[Span], random: Random) -> tuple[Span, Span]:
    """Return two spans in the order of their beginnings; they may be the same."""
    pair = random.choice(spans), random.choice(spans)
    return min(pair), max(pair)


def copied(octets: bytes, random: Random) -> bytes:
    """Copy an element to the place before or inside another one."""
    if not (spans := elements(octets)):
        return octets + random.choice(PAYLOADS)
    start, end = random.choice(spans)
    at = random.choice([*(it[0] for it in spans), octets.rfind(b"</"), len(octets)])
    return octets[:at] + octets[start:end] + octets[at:]


def removed(octets: bytes, random: Random) -> bytes:
    """Remove an element."""
    if not (spans := elements(octets)):
        return octets
    start, end = random.choice(spans)
    return octets[:start] + octets[end:]


def swapped(octets: bytes, random: Random) -> bytes:
    """Exchange two elements, or put one into the place of the other around it."""
    if not (spans := elements(octets)):
        return octets
    one, other = two(spans, random)
    if one[1] > other[0]:
        return octets[: one[0]] + octets[slice(*other)] + octets[one[1] :]
    parts = (slice(*other), slice(one[1], other[0]), slice(*one))
    middle = b"".join(octets[part] for part in parts)
    return octets[: one[0]] + middle + octets[other[1] :]


def nested(octets: bytes, random: Random) -> bytes:
    """Put an element into a wrapper, or into one more of its own kind."""
    if not (spans := elements(octets)):
        return octets
    start, end = random.choice(spans)
    outer = random.choice([*PAYLOADS, octets[start:end]])
    tag = TAG.search(outer)
    if tag is None:
        return octets
    opening = outer[: tag.end()].removesuffix(b"/>").removesuffix(b">") + b">"
    closing = b"</%b>" % tag[2]
    return octets[:start] + opening + octets[start:end] + closing + octets[end:]


def inserted(octets: bytes, random: Random) -> bytes:
    """Insert a payload at the edge of a tag."""
    edges = [it.end() for it, _ in zip(TAG.finditer(octets), range(MOST), strict=False)]
    at = random.choice(edges or [0])
    return octets[:at] + random.choice(PAYLOADS) + octets[at:]


def other_value(octets: bytes, random: Random) -> bytes:
    """Give an attribute another value: a known one, or that of another attribute."""
    if not (found := list(ATTRIBUTE.finditer(octets))):
        return octets
    attribute = random.choice(found)
    values = [random.choice(VALUES), random.choice(found)[2][1:-1]]
    if attribute[1].startswith(b"xmlns"):
        values.append(random.choice(NAMESPACES))
    return replaced(
        octets, (attribute.start(2) + 1, attribute.end(2) - 1), values, random
    )


def other_name(octets: bytes, random: Random) -> bytes:
    """Rename, repeat, move or remove an attribute."""
    if not (found := list(ATTRIBUTE.finditer(octets))):
        return octets
    attribute, target = random.choice(found), random.choice(found)
    new = (
        b"",
        attribute[0],
        b" xmlns:p='urn:xmpp:receipts'",
        b" xml:lang='en'",
        b" id='m1'",
    )
    span = target.span() if random.random() < 0.5 else (target.end(), target.end())
    return replaced(octets, span, new, random)


def prefixed(octets: bytes, random: Random) -> bytes:
    """Give an element a prefix that is declared on it."""
    empty = [it for it in TAG.finditer(octets) if it[3] and b":" not in it[2]]
    if not empty:
        return octets
    tag = random.choice(empty)
    new = tag[0].replace(b"<", b"<p:", 1).replace(b"xmlns=", b"xmlns:p=")
    return octets[: tag.start()] + new + octets[tag.end() :]


def other_text(octets: bytes, random: Random) -> bytes:
    """Change a text between tags."""
    if not (found := list(TEXT.finditer(octets))):
        return marked(octets, random)
    span = random.choice(found).span(1)
    return replaced(octets, span, (*VALUES, *MARKS), random)


def marked(octets: bytes, random: Random) -> bytes:
    """Insert something that XMPP forbids, or that a log has, anywhere."""
    at = random.randint(0, len(octets))
    return octets[:at] + random.choice(MARKS) + octets[at:]


def cut(octets: bytes, random: Random) -> bytes:
    """Remove a few octets, or everything from some place on."""
    at = random.randint(0, len(octets))
    end = random.choice((at + 1, at + 4, len(octets)))
    return octets[:at] + octets[end:]


def replaced(
    octets: bytes, span: Span, values: Sequence[bytes], random: Random
) -> bytes:
    """Return octets with one of the values in a place."""
    return octets[: span[0]] + random.choice(values) + octets[span[1] :]


CHANGES: Final[tuple[Callable[[bytes, Random], bytes], ...]] = (
    copied, removed, swapped, nested, inserted, other_value, other_value, other_name,
    prefixed, other_text, marked, cut,
)  # fmt: skip

"""Recognises containers, and determines what their children inherit.

A container is a stream, or an element of a log or an archive export that holds
stanzas. Its children are pieces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.etree.ElementTree import XMLPullParser

from xep0184 import ns, xml
from xep0184.errors import XMLCode, XMLError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CONTAINERS", "PIECES", "ROOT", "STANZAS", "Scope", "inherit"]

STANZAS: Final = frozenset({"message", "presence", "iq", "result", "forwarded"})
"""Elements that are pieces everywhere, also inside of a broken piece."""
PIECES: Final = STANZAS | {"request", "received", "query", "c"}
"""Elements that are pieces if no container is open."""
CONTAINERS: Final = frozenset(
    ["stream", "server-data", "host", "user", "archive", "body"]
)
"""Containers that may be in a container (RFC 6120 §4, XEP-0227 §3, XEP-0124 §6)."""
_LONGEST_START_TAG: Final = 1_024  # octets; each piece is parsed within this start tag


class Scope(NamedTuple):
    """An open container.

    Attributes:
        name: Its name with the prefix.
        within: The start tag of a parent to parse a child within.
        language: The ``xml:lang`` of a child, or None.
    """

    name: bytes
    within: bytes
    language: str | None


ROOT: Final = Scope(b"", xml.wrapper({}, None), None)
"""The scope of a piece that is in no container."""


def inherit(
    scopes: Sequence[Scope], name: bytes, tag: bytes, limits: xml.Limits
) -> Scope:
    """Return the scope of a container inside others.

    Raises:
        XMLError: As `xml.parse` for its start tag; LIMIT if there are too many
            containers or if they declare too much.
    """
    empty, form, outer = tag[:-1] + b"/>", xml.SourceForm.STANZA, scopes[-1]
    element = xml.parse(empty, limits=limits, form=form, within=outer.within)
    language = element.get(ns.LANG, outer.language)
    parser: XMLPullParser[Any] = XMLPullParser(["start-ns"])
    parser.feed(outer.within + empty)
    events: Any = parser.read_events()  # (event, (prefix, namespace name))
    declared: dict[str, str] = dict(namespace for _, namespace in events)
    within = xml.wrapper({key or None: declared[key] for key in declared}, language)
    if len(scopes) > limits.depth or len(within) > _LONGEST_START_TAG:
        raise XMLError(XMLCode.LIMIT, None, "more containers than allowed")
    return Scope(name, within, language)

"""Recognises how stanzas stand in a file, by looking at its beginning."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184.stream.unescaping import (
    COLOURS,
    DOUBLED_APOSTROPHES,
    DOUBLED_QUOTES,
    MARKUP,
    STRINGS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.stream.unescaping import Escapes

__all__ = ["DESCRIPTIONS", "ESCAPES", "Framing", "is_nested", "is_terms", "recognise"]


class Framing(StrEnum):
    """How stanzas stand in a file."""

    STREAM = "stream"
    """A stream, or an archive export: nothing but XML."""
    TEXT = "text"
    """Stanzas alone, or in any text: logs, XML consoles, BOSH, WebSocket, wrappers."""
    JSON = "json"
    """Stanzas in strings with the escapes of JSON: HTTP archives, lines, arrays."""
    ERLANG = "erlang"
    """Stanzas in binaries of Erlang."""
    MARKUP = "markup"
    """Stanzas whose markup is escaped: XML and HTML with ``&lt;message``."""
    CSV = "csv"
    """Stanzas in fields of CSV, with doubled quotes."""
    SQL = "sql"
    """Stanzas in literals of SQL, with doubled apostrophes."""
    COLOURS = "colours"
    """Text with the colours of a terminal in it."""


DESCRIPTIONS: Final[Mapping[Framing, str]] = {
    Framing.STREAM: "a stream or an archive export",
    Framing.TEXT: "text with stanzas in it",
    Framing.JSON: "strings of JSON with stanzas in them",
    Framing.ERLANG: "binaries of Erlang with stanzas in them",
    Framing.MARKUP: "escaped markup (&lt;message) with stanzas in it",
    Framing.CSV: "fields of CSV with stanzas in them",
    Framing.SQL: "literals of SQL with stanzas in them",
    Framing.COLOURS: "text with colours of a terminal and stanzas in it",
}
ESCAPES: Final[Mapping[Framing, Escapes]] = {
    Framing.JSON: STRINGS,
    Framing.ERLANG: STRINGS,
    Framing.MARKUP: MARKUP,
    Framing.CSV: DOUBLED_QUOTES,
    Framing.SQL: DOUBLED_APOSTROPHES,
    Framing.COLOURS: COLOURS,
}
"""What is removed before the text is read."""

_STREAM: Final = re.compile(
    rb"\A\s*+(?:<\?xml\s[^<>]*\?>\s*+)?"
    rb"<(?:[^\s<>/:]{1,99}:)?(?:stream|server-data|host|user|archive)[\s>]"
)
_STANZA: Final = rb"(?:[^\s<>/:&\\]*+:)?(?:message|presence|iq)"
_FIRST: Final = re.compile(
    rb"""(?:<%b(?:\s++[^\s<>"'=\\&]++\s*+=\s*+((?:""|'')[^\s>/]|\\*+["'])|>[^<]*+<\w)"""
    rb"""|(&lt;)%b[\s&]|(?<!\\)(\\++u003[Cc])%b[\s\\])""" % (_STANZA, _STANZA, _STANZA)
)
"""The first stanza: how its first attribute is quoted, or how its ``<`` is written.

What comes after it may be the text of a peer, which may hold any sign but ``<``.
"""
_PLAIN: Final = re.compile(rb"""<%b\s++[^\s<>=]++\s*+=\s*+["'][^"'\\]""" % _STANZA)
"""A stanza without escapes, where text of a peer that has some decides nothing."""
_SLASH: Final = re.compile(rb"<\\/%b>" % _STANZA)
_END: Final = re.compile(rb"</%b>" % _STANZA)
_STRING: Final = rb'"(?:[^"\\\n]|\\.)*+'
_IN_JSON: Final = re.compile(
    rb'\s*+[{\[](?:[\s{}\[\]:,]|%b"|-?[0-9][0-9.eE+-]*+|true|false|null)*+%b'
    % (_STRING, _STRING),
    re.DOTALL,
)
"""JSON up to a character in a string."""


def recognise(head: bytes, /) -> Framing:
    r"""Return the framing of a file.

    Args:
        head: The first octets of the file.

    >>> recognise(b"10:00 SENT: <message/>").value
    'text'
    >>> recognise(rb'["<iq id=\"a\"/>"]').value
    'json'
    """
    if _STREAM.match(head):
        return Framing.STREAM
    plain = COLOURS.pattern.sub(b"", head)
    text = Framing.TEXT if len(plain) == len(head) else Framing.COLOURS
    return _escaped(plain) or text


def _escaped(plain: bytes) -> Framing | None:
    """Return how the stanzas are escaped; None if they stand as they are."""
    if _SLASH.search(plain) and not _END.search(plain):
        return Framing.JSON
    as_it_is = _PLAIN.search(plain)
    if as_it_is is not None and not _is_in_json(plain, as_it_is.start()):
        return None
    first = _FIRST.search(plain)
    if first is None:
        return Framing.JSON if _is_in_json(plain, plain.find(b"<")) else None
    quote, markup, unicode = first.groups()
    if markup:
        return Framing.MARKUP
    if unicode or _is_in_json(plain, first.start()):
        return Framing.JSON
    return _quoted(quote or b"", plain[: first.start()])


def _quoted(quote: bytes, before: bytes) -> Framing | None:
    """Return the framing that escapes quotes in this way."""
    if quote.startswith(b"\\"):
        return Framing.ERLANG if before.rstrip().endswith(b'<<"') else Framing.JSON
    return {b'""': Framing.CSV, b"''": Framing.SQL}.get(quote[:2])


def _is_in_json(head: bytes, at: int) -> bool:
    """Check whether an octet is in a string of JSON, from the beginning or its line."""
    line = head.rfind(b"\n", 0, at) + 1
    return any(_IN_JSON.fullmatch(head, begin, at) for begin in {0, line} if at > 0)


def is_nested(head: bytes, /) -> bool:
    """Check whether the strings of a file are in strings again, with their escapes."""
    first = _FIRST.search(head)
    return first is not None and (first[1] or b"").startswith(b"\\\\\\")


def is_terms(head: bytes, /) -> bool:
    """Check whether a file holds stanzas as terms of Erlang."""
    return b"{xmlel," in head

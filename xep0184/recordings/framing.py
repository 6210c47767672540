"""Recognises how stanzas stand in a file, by looking at its beginning."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184.stream.unescaping import COLOURS, DOUBLED_QUOTES, MARKUP, STRINGS

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
    COLOURS = "colours"
    """Text with the colours of a terminal in it."""


DESCRIPTIONS: Final[Mapping[Framing, str]] = {
    Framing.STREAM: "a stream or an archive export",
    Framing.TEXT: "text with stanzas in it",
    Framing.JSON: "strings of JSON with stanzas in them",
    Framing.ERLANG: "binaries of Erlang with stanzas in them",
    Framing.MARKUP: "escaped markup (&lt;message) with stanzas in it",
    Framing.CSV: "fields of CSV with stanzas in them",
    Framing.COLOURS: "text with colours of a terminal and stanzas in it",
}
ESCAPES: Final[Mapping[Framing, Escapes]] = {
    Framing.JSON: STRINGS,
    Framing.ERLANG: STRINGS,
    Framing.MARKUP: MARKUP,
    Framing.CSV: DOUBLED_QUOTES,
    Framing.COLOURS: COLOURS,
}
"""What is removed before the text is read."""

_STANZA: Final = rb"(?:[\w.-]{1,99}:)?(?:message|presence|iq)"
_PATTERNS: Final[Mapping[Framing, re.Pattern[bytes]]] = {
    Framing.STREAM: re.compile(
        rb"\A\s*+(?:<\?xml\s[^<>]*\?>\s*+)?"
        rb"<(?:[^\s<>/:]{1,99}:)?(?:stream|server-data|host|user|archive)[\s>]"
    ),
    Framing.ERLANG: re.compile(rb"""<<"\s*<[^<>"]{1,99}=\s*\\+["']"""),
    Framing.JSON: re.compile(
        rb"""<[\w:-]{1,99}\s[^<>"]{0,99}=\s*\\+["']|\\u003[Cc][\w:-]{1,99}"""
        rb"""|\A\s*+(?:\{\s*"|\[\s*["{\[])|<\\/%b>""" % _STANZA
    ),
    # No stanza that is not escaped may be in it.
    Framing.MARKUP: re.compile(
        rb"\A(?!.*<%b\s[^<>]*=).*&lt;%b\s[^<>&]*=" % (_STANZA, _STANZA), re.DOTALL
    ),
    Framing.CSV: re.compile(rb"""<%b\s[^<>"]{0,99}=""[^"<>\s/]""" % _STANZA),
    Framing.COLOURS: re.compile(rb"\x1b\["),
}
"""What is in their beginnings, in the order in which they are tried."""
_NESTED: Final = re.compile(rb"""<[\w:-]{1,99}\s[^<>"]{0,99}=\s*\\{3}["']""")


def recognise(head: bytes, /) -> Framing:
    r"""Return the framing of a file.

    Args:
        head: The first octets of the file.

    >>> recognise(b"10:00 SENT: <message/>").value
    'text'
    >>> recognise(rb'["<iq id=\"a\"/>"]').value
    'json'
    """
    for framing, pattern in _PATTERNS.items():
        if pattern.search(head):
            return framing
    return Framing.TEXT


def is_nested(head: bytes, /) -> bool:
    """Check whether the strings of a file are in strings again, with their escapes."""
    return _NESTED.search(head) is not None


def is_terms(head: bytes, /) -> bool:
    """Check whether a file holds stanzas as terms of Erlang."""
    return b"{xmlel," in head

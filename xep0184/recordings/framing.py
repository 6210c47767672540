"""Recognises how stanzas stand in a file, by looking at its beginning."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DESCRIPTIONS", "Framing", "is_terms", "recognise"]


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


DESCRIPTIONS: Final[Mapping[Framing, str]] = {
    Framing.STREAM: "a stream or an archive export",
    Framing.TEXT: "text with stanzas in it",
    Framing.JSON: "strings of JSON with stanzas in them",
    Framing.ERLANG: "binaries of Erlang with stanzas in them",
}

_PATTERNS: Final[Mapping[Framing, re.Pattern[bytes]]] = {
    Framing.STREAM: re.compile(
        rb"\A\s*+(?:<\?xml\s[^<>]*\?>\s*+)?"
        rb"<(?:[^\s<>/:]{1,99}:)?(?:stream|server-data|host|user|archive)[\s>]"
    ),
    Framing.ERLANG: re.compile(rb"""<<"\s*<[^<>"]{1,99}=\s*\\+["']"""),
    Framing.JSON: re.compile(
        rb"""<[\w:-]{1,99}\s[^<>"]{0,99}=\s*\\+["']|\\u003[Cc][\w:-]{1,99}"""
        rb"""|\A\s*+(?:\{\s*"|\[\s*["{\[])"""
    ),
}
"""What is in their beginnings, in the order in which they are tried."""


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


def is_terms(head: bytes, /) -> bool:
    """Check whether a file holds stanzas as terms of Erlang."""
    return b"{xmlel," in head

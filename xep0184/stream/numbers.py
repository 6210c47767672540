"""Turns octets that a tool wrote as numbers into strings.

`journalctl -o json` writes what has colours as ``[27, 91, …]``, and Erlang what it
cannot print as ``<<60,109,…>>``. They become strings with the escapes of JSON, so that
they are read as their neighbours are. Each line keeps its number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from xep0184.stream.piece import Readable

__all__ = ["WithoutNumbers"]

_BLOCK: Final = 65_536  # octets
_LONGEST: Final = 182  # octets of what is kept; a longer number is no octet
_DIGITS: Final = b"0123456789"
_LIST: Final = rb"(?:\s{0,20}[0-9]{1,3}\s?,){7}"
_PART: Final = rb"[0-9,\s]{0,180}\Z"  # of what is before the eighth octet
_IN_STRING: Final = rb'(?:[^"\\\n]++|\\.)*+'
_OUTSIDE: Final = {
    b"[": re.compile(
        rb'(?:[^"\[]++|"%b["\n]|\[(?!%b|%b))*+' % (_IN_STRING, _LIST, _PART), re.DOTALL
    ),
    b"<<": re.compile(
        rb'(?:[^"<]++|"%b["\n]|<(?!\Z|<%b|<%b))*+' % (_IN_STRING, _LIST, _PART),
        re.DOTALL,
    ),
}
"""What is no list. A line break ends a string, too: text may have a single quote.

What ends as the beginning of a list does is left for the next octets.
"""
_BEGIN: Final = re.compile(rb"(?:\[|<<)(?=%b)" % _LIST)
_STRING: Final = re.compile(_IN_STRING, re.DOTALL)
_NUMBERS: Final = re.compile(rb"[0-9,\s]*+")
_ESCAPES: Final = {ord('"'): rb"\"", ord("\\"): rb"\\", ord("\n"): rb"\n"}
_OCTETS: Final = {
    b"%d" % it: _ESCAPES.get(it, bytes([it]) if it >= ord(" ") else rb"\u%04x" % it)
    for it in range(256)
}


class WithoutNumbers:
    r"""A source in which lists of at least eight octets are strings.

    What stands in a string is text, perhaps of a peer, and stays as it is.

    Args:
        source: A file opened in binary mode.
        begin: How a list begins: ``[`` or ``<<``.

    >>> from io import BytesIO
    >>> recording = BytesIO(b'{"a": [60, 105, 113, 47, 62, 32, 34, 10]}')
    >>> source = WithoutNumbers(recording, b"[")
    >>> b"".join(iter(lambda: source.read(9), b""))
    b'{"a": "<iq/> \\"\\n"}'
    """

    def __init__(self, source: Readable, begin: bytes, /) -> None:
        self._source = source
        self._outside = _OUTSIDE[begin]
        self._rest = b""  # which may be the beginning of something
        self._octets = b""
        self._within = self._outside
        self._breaks = 0  # lines of the list

    def read(self, size: int, /) -> bytes:
        """Return at most this many octets; none at the end."""
        while not self._octets:
            block = self._source.read(_BLOCK)
            self._octets = self._converted(self._rest + block)
            if not block:
                self._octets += self._rest
                self._rest = b""
                break
        octets, self._octets = self._octets[:size], self._octets[size:]
        return octets

    def _converted(self, octets: bytes) -> bytes:
        """Return octets without numbers; keep those that the next ones may change."""
        parts: list[bytes] = []
        at, end = -1, 0
        while at < end:
            at = end
            found = self._within.match(octets, at)
            end = at if found is None else found.end()
            if self._within is self._outside:
                end = self._begin(octets, at, end, parts)
            elif self._within is _STRING:
                end = self._end_string(octets, at, end, parts)
            else:
                end = self._end_list(octets, at, end, parts)
        self._rest = octets[end:][:_LONGEST]
        return b"".join(parts)

    def _begin(self, octets: bytes, at: int, end: int, parts: list[bytes]) -> int:
        """Begin a string or a list, if there is one."""
        parts.append(octets[at:end])
        if octets.startswith(b'"', end):
            self._within = _STRING
        elif begin := _BEGIN.match(octets, end):
            self._within = _NUMBERS
            parts.append(begin[0].removeprefix(b"["))
            end = begin.end() - 1
        else:
            return end
        parts.append(b'"')
        return end + 1

    def _end_string(self, octets: bytes, at: int, end: int, parts: list[bytes]) -> int:
        if octets.startswith((b'"', b"\n"), end):
            self._within = self._outside
            end += 1
        parts.append(octets[at:end])
        return end

    def _end_list(self, octets: bytes, at: int, end: int, parts: list[bytes]) -> int:
        """Convert numbers; the line breaks of the list follow the string."""
        text = octets[at:end]
        if is_open := end == len(octets):
            text = text.rstrip(_DIGITS)  # the last number may go on
        self._breaks += text.count(b"\n")
        parts += (_OCTETS.get(it, b"?") for it in text.replace(b",", b" ").split())
        if is_open:
            return at + len(text)
        parts.append(b'"' + b"\n" * self._breaks)
        self._within, self._breaks = self._outside, 0
        return end + octets.startswith(b"]", end)

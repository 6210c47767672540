r"""Removes the escapes and colours that tools write into stanzas.

Line breaks that are written as ``\n`` become blanks, so that each line keeps its
number, but lines that a mail has split become one; a column is counted in the text
without escapes.
"""

from __future__ import annotations

import html
import re
import sys
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xep0184.stream.piece import Readable

__all__ = [
    "COLOURS",
    "DOUBLED_APOSTROPHES",
    "DOUBLED_QUOTES",
    "ESCAPED_BREAKS",
    "MARKUP",
    "PERCENT",
    "QUOTED_PRINTABLE",
    "STRINGS",
    "TYPOGRAPHIC_QUOTES",
    "Escapes",
    "Unescaped",
    "whole_lines",
]

_BLOCK: Final = 65_536  # octets
_LONGEST: Final = 56  # octets of an escape
_HIGH: Final = re.compile(rb"\\u[Dd][89ABab][0-9A-Fa-f]{2}")
_LINE_OF_CONTAINER: Final = re.compile(
    rb"\n[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(?:Z|[+-][0-9]{2}:[0-9]{2})"
    rb" (stdout|stderr) ([FP]) "
)
"""The beginning of a line as container runtimes of Kubernetes (CRI) write it."""
_BLANKS: Final[Mapping[bytes, bytes]] = dict.fromkeys(
    (b"n", b"r", b"t", b"b", b"f", b"s", b"v"), b" "
)


class Escapes(NamedTuple):
    """How characters are escaped.

    Attributes:
        pattern: Matches an escape.
        plain: Returns what it stands for.
        begin: The octets that they begin with, one each.
    """

    pattern: re.Pattern[bytes]
    plain: Callable[[re.Match[bytes]], bytes]
    begin: bytes


class Unescaped:
    r"""A source without escapes.

    >>> from io import BytesIO
    >>> source = Unescaped(BytesIO(rb'"<iq id=\"\u00e4\"/>\n"'), STRINGS)
    >>> b"".join(iter(lambda: source.read(9), b"")).decode()
    '"<iq id="ä"/> "'
    """

    def __init__(self, source: Readable, escapes: Escapes, /) -> None:
        self._source = source
        self._escapes = escapes
        self._rest = b""  # which may be the beginning of an escape
        self._octets = b""

    def read(self, size: int, /) -> bytes:
        """Return at most this many octets; none at the end."""
        pattern, plain, begin = self._escapes
        while not self._octets:
            block = self._source.read(_BLOCK)
            octets = self._rest + block
            self._rest = _unfinished(octets, begin) if block else b""
            self._octets = pattern.sub(plain, octets.removesuffix(self._rest))
            if not block:
                break
        octets, self._octets = self._octets[:size], self._octets[size:]
        return octets


def _unfinished(octets: bytes, begin: bytes) -> bytes:
    """Return the end of octets that may be the beginning of an escape.

    Of several backslashes or quotes each pair is an escape of its own.
    """
    found = [octets.find(it, max(len(octets) - _LONGEST, 0)) for it in begin]
    at = min((it for it in found if it >= 0), default=None)
    if at is None:
        return b""
    end = len(octets) - len(octets[at:].lstrip(begin))
    start = end - 2 + _run(octets[:end], begin) % 2
    high = start - 6  # of two surrogates, the first half may stand there
    if high >= 0 and _HIGH.match(octets, high) and _run(octets[: high + 1], begin) % 2:
        start = high
    return octets[start:]


def _run(octets: bytes, begin: bytes) -> int:
    """Return how many of them stand at the end."""
    return len(octets) - len(octets.rstrip(begin))


def _of_string(escape: re.Match[bytes]) -> bytes:
    code, low, braces, long, octet, octal, sign = escape.groups()
    if sign:
        return _BLANKS.get(sign, sign)
    if octet or octal:
        return _unbroken(bytes([int(octet, 16) if octet else int(octal, 8)]))
    if digits := braces or long:
        text = chr(min(int(digits, 16), sys.maxunicode))
    else:
        text = chr(int(code, 16)) + (chr(int(low, 16)) if low else "")
    # Two surrogates become one character.
    return _unbroken(
        text.encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le", "replace")
        .encode()
    )


def _unbroken(text: bytes) -> bytes:
    """Return a blank for what breaks lines."""
    return b" " if text in {b"\r", b"\n"} else text


def _half(escape: re.Match[bytes]) -> bytes:
    return escape[0][:1]


def _octet(escape: re.Match[bytes]) -> bytes:
    """Return an octet; a blank for a plus and for what breaks lines."""
    if escape[1] is None:
        return b" " if escape[0] == b"+" else b""
    return _unbroken(bytes.fromhex(escape[1].decode()))


def _quote(escape: re.Match[bytes]) -> bytes:
    return b"'" if escape[0] < b"\xe2\x80\x9c" else b'"'


def _nothing(_: re.Match[bytes]) -> bytes:
    return b""


def _of_markup(escape: re.Match[bytes]) -> bytes:
    """Return a character; the tool's own markup becomes text, but for its blanks."""
    if escape[0].startswith((b"<", b">")):
        return b" "
    text = html.unescape(escape[0].decode())
    return b" " if text == "\u00a0" else text.encode("utf-8", "replace")


def _blanks(escape: re.Match[bytes]) -> bytes:
    return escape[0][:1] + b" " * (len(escape[0]) - 1)


def whole_lines(head: bytes, /) -> Escapes:
    """Return the escapes of one log of a container, which has partial lines.

    The parts are marked with P, and the last one with F. They become one line; empty
    lines follow it, so that the next one keeps its number.

    Args:
        head: The beginning of the log.
    """
    partial, breaks = b"", 0

    def joined(line: re.Match[bytes]) -> bytes:
        nonlocal partial, breaks
        is_rest = line[1] == partial
        partial = line[1] if line[2] == b"P" else b""
        breaks, before = (breaks + 1, 0) if is_rest else (0, breaks)
        return b"" if is_rest else b"\n" * before + line[0]

    for line in _LINE_OF_CONTAINER.finditer(b"\n" + head[:_LONGEST]):
        joined(line)
    return Escapes(_LINE_OF_CONTAINER, joined, b"\n")


STRINGS: Final = Escapes(
    re.compile(
        rb"\\(?:u([0-9A-Fa-f]{4})(?:\\u([Dd][C-Fc-f][0-9A-Fa-f]{2}))?"
        rb"|[ux]\{([0-9A-Fa-f]{1,6})\}|U([0-9A-Fa-f]{8})"
        rb"|x([0-9A-Fa-f]{2})|([0-3][0-7]{2})|([^\r\n]))"
    ),
    _of_string,
    b"\\",
)
"""The escapes of strings in JSON, Erlang, C and Python."""
MARKUP: Final = Escapes(
    re.compile(
        rb"&(?:[a-z]{2,4}|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});|<(?:(?i:br) ?/?>)?|>"
    ),
    _of_markup,
    b"&<",
)
"""Markup as text of XML or HTML."""
DOUBLED_QUOTES: Final = Escapes(re.compile(rb'""'), _half, b'"')
"""Quotes in fields of CSV (RFC 4180 §2)."""
DOUBLED_APOSTROPHES: Final = Escapes(re.compile(rb"''"), _half, b"'")
"""Apostrophes in literals of SQL (ISO/IEC 9075-2 §5.3)."""
COLOURS: Final = Escapes(
    re.compile(rb"\x1b(?:\[[0-9;:?]{0,32}[A-Za-z]|\([A-Z0-9])"), _nothing, b"\x1b"
)
"""The sequences by which terminals change colours, modes and sets of characters."""
QUOTED_PRINTABLE: Final = Escapes(
    re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]{0,9}\r?\n)"), _octet, b"="
)
"""Octets in mail (RFC 2045 §6.7); where it has split a line, that is joined."""
PERCENT: Final = Escapes(re.compile(rb"%([0-9A-Fa-f]{2})|\+"), _octet, b"%")
"""Octets in the parameters of a URL (RFC 3986 §2.1), with a plus for a blank."""
TYPOGRAPHIC_QUOTES: Final = Escapes(
    re.compile(rb"\xe2\x80[\x98-\x9f]"), _quote, b"\xe2"
)
"""Single and double quotes that were made typographic (Unicode 2018 to 201F)."""
ESCAPED_BREAKS: Final = Escapes(
    re.compile(
        rb">(?:[ \t]{0,4}(?:[#\\]01[125]|\\[nrt])){1,4}[ \t]{0,12}(?=<(?!/body))"
    ),
    _blanks,
    b">",
)
r"""Line breaks between tags, as octal numbers of syslog or ``\n``; a body is text."""

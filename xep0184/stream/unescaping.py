r"""Removes the escapes of strings in JSON and Erlang, so that their text can be read.

Line breaks that are written as ``\n`` become blanks, so that each line keeps its
number; a column is counted in the text without escapes.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.stream.piece import Readable

__all__ = ["Unescaped"]

_BLOCK: Final = 65_536  # octets
_ESCAPE: Final = re.compile(
    rb"\\(?:u([0-9A-Fa-f]{4})(?:\\u([Dd][C-Fc-f][0-9A-Fa-f]{2}))?"
    rb"|x\{([0-9A-Fa-f]{1,6})\}|([^\r\n]))"
)
_LONGEST: Final = 12  # octets of an escape
_BLANKS: Final[Mapping[bytes, bytes]] = dict.fromkeys(
    (b"n", b"r", b"t", b"b", b"f", b"s", b"v"), b" "
)


class Unescaped:
    r"""A source without the escapes of strings.

    >>> from io import BytesIO
    >>> source = Unescaped(BytesIO(rb'"<iq id=\"\u00e4\"/>\n"'))
    >>> b"".join(iter(lambda: source.read(9), b"")).decode()
    '"<iq id="ä"/> "'
    """

    def __init__(self, source: Readable, /) -> None:
        self._source = source
        self._rest = b""  # which may be the beginning of an escape
        self._octets = b""

    def read(self, size: int, /) -> bytes:
        """Return at most this many octets; none at the end."""
        while not self._octets:
            block = self._source.read(_BLOCK)
            octets = self._rest + block
            self._rest = _unfinished(octets) if block else b""
            self._octets = _ESCAPE.sub(_plain, octets.removesuffix(self._rest))
            if not block:
                break
        octets, self._octets = self._octets[:size], self._octets[size:]
        return octets


def _unfinished(octets: bytes) -> bytes:
    r"""Return the end of octets that may be the beginning of an escape.

    Of several backslashes each pair is an escape of its own.
    """
    at = octets.find(b"\\", max(len(octets) - _LONGEST, 0))
    if at < 0:
        return b""
    end = len(octets) - len(octets[at:].lstrip(b"\\"))
    length = end - len(octets[:end].rstrip(b"\\"))
    return octets[end - 2 + length % 2 :]


def _plain(escape: re.Match[bytes]) -> bytes:
    code, low, braces, sign = escape.groups()
    if sign:
        return _BLANKS.get(sign, sign)
    if braces:
        text = chr(min(int(braces, 16), sys.maxunicode))
    else:
        text = chr(int(code, 16)) + (chr(int(low, 16)) if low else "")
    # Two surrogates become one character.
    return (
        text.encode("utf-16-le", "surrogatepass")
        .decode("utf-16-le", "replace")
        .encode()
    )

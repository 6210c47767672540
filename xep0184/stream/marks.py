"""Patterns of what begins and ends in any text: stanzas, payloads and streams."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Final

__all__ = ["CUT_OFF", "EDGE", "MARK", "is_of_tool", "shape", "without_prefixes"]

_NAME: Final = rb"(?:[^\s<>/:]{1,4096}:)?"
MARK: Final = re.compile(
    rb"<%b(?:(message|presence|iq)[\s/>]|"
    rb"(?:(result|forwarded)|request|received|query|c|features|stream)\s[^<>]{0,300}?"
    rb"(?:urn:xmpp:(?:mam|forward|receipts|caps)|"
    rb"jabber\.org/protocol/(?:disco#info|caps)|etherx\.jabber\.org))"
    rb"|<stream:features>|(<[^\s<>/:!?]{4097})" % _NAME
)
"""Matches where an element begins that is read; two groups are those with stanzas.

The third group has a name that is too long to tell what it is.
"""
EDGE: Final = re.compile(
    rb"</%b(?:message|presence|iq|result|forwarded)\s{0,9}>"
    rb"|(<)%b(?:message|presence|iq|result|forwarded)[\s/>]" % (_NAME, _NAME)
)
"""Matches the end tag of a stanza, or where one begins: group 1."""
CUT_OFF: Final = re.compile(rb"<[^\s<>]{1,200}\s+[^\s<>=]{1,99}=[\"']")
"""Matches a start tag that has an attribute."""
_TOKEN: Final = re.compile(rb"\d+|[^\W\d]+|\W")
_MARKUP: Final = re.compile(rb"<[\w/:!?]|[\"']")
_PREFIX: Final = 1_024  # octets; those of a line may be fewer
_SHAPE: Final = 6  # octets at the beginning of a line


def is_of_tool(mark: re.Match[bytes], within: bytes, /) -> bool:
    """Check whether a start tag has a prefix that nothing declares, and nothing else.

    Args:
        mark: A match of `MARK`.
        within: The start tag of its parent.

    >>> mark = MARK.search(b"<log4j:message>")
    >>> mark is not None and is_of_tool(mark, b"<_>")
    True
    """
    prefix, colon, rest = mark[0][1:].partition(b":")
    is_bare = bool(colon) and mark[1] is not None and rest == mark[1] + b">"
    return is_bare and b"xmlns:%b=" % prefix not in within


def shape(line: bytes, /) -> bytes:
    """Return how a line begins, as if all letters and digits were one.

    >>> shape(b"10:00:01 SENT") == shape(b"23:59:59 RECV")
    True
    """
    return re.sub(rb"\w", b"0", line[:_SHAPE])


def without_prefixes(before: bytes, piece: bytes, /) -> bytes:
    r"""Return lines with blanks for what a tool wrote at the beginning of each.

    Args:
        before: The beginning of the line in which they begin.
        piece: The rest of this line, and more lines.

    >>> without_prefixes(b"10:01 app: SENT ", b"<iq\n10:02 app: id='1'\n10:02 app: />")
    b"<iq\n           id='1'\n           />"
    """
    second = piece.find(b"\n") + 1
    line = piece[second : second + _PREFIX]
    pairs = zip(_TOKEN.findall(before), _TOKEN.findall(line), strict=False)
    common = [it for it, other in takewhile(lambda pair: _is_alike(*pair), pairs)]
    prefix = b"".join(rb"\d+" if it.isdigit() else re.escape(it) for it in common)
    is_markup = _MARKUP.search(b"".join(common))
    if not common or is_markup or re.search(rb"\n(?!%b|\s|\Z)" % prefix, piece):
        return piece
    return re.sub(rb"(?<=\n)" + prefix, lambda it: b" " * len(it[0]), piece)


def _is_alike(token: bytes, other: bytes) -> bool:
    return token == other or (token.isdigit() and other.isdigit())

"""Patterns of what begins and ends in any text: stanzas, payloads and streams."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile
from typing import Final, NamedTuple

__all__ = ["CUT_OFF", "EDGE", "MARK", "is_of_tool", "prefix_of", "shape"]

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


class Prefix(NamedTuple):
    """What a tool wrote at the beginning of lines.

    Attributes:
        own: Matches it at the beginning of a line.
        other_line: Matches where a line begins with something else than it or a blank.
    """

    own: re.Pattern[bytes]
    other_line: re.Pattern[bytes]


@lru_cache(maxsize=1_024)  # prefixes often differ only in their digits
def prefix_of(before: bytes, after: bytes, /) -> Prefix | None:
    r"""Return what the lines of a stanza begin with; None for nothing.

    Args:
        before: The text before the stanza, in its line.
        after: The beginning of the next line, as long as that.

    >>> prefix = prefix_of(b"10:01 app: SENT ", b"10:02 app:   <bo")
    >>> prefix and prefix.own.sub(b"", b"\n1:2 app: x")
    b'\nx'
    """
    pairs = zip(_TOKEN.findall(before), _TOKEN.findall(after), strict=False)
    common = [it for it, _ in takewhile(lambda pair: _is_alike(*pair), pairs)]
    text = b"".join(common)
    if not text or text.endswith(b">") or _MARKUP.search(text):
        return None  # a sign alone may be the end of a tag
    prefix = b"".join(rb"\d+" if it.isdigit() else re.escape(it) for it in common)
    other_line = rb"\n(?!%b|\s|\Z)" % prefix
    return Prefix(re.compile(rb"(?<=\n)" + prefix), re.compile(other_line))


def _is_alike(token: bytes, other: bytes) -> bool:
    return token == other or (token.isdigit() and other.isdigit())

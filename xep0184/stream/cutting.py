"""Where a piece of a recording ends.

Only tags of the piece's own name are matched; what stands between them is for
the parser. So one look at most octets is enough.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from xep0184.errors import XMLError
from xep0184.stream.patterns import DECLARATION, SKIPPED

if TYPE_CHECKING:
    from xep0184.stream.context import Context
    from xep0184.stream.window import Window

__all__ = ["end_of_piece"]


def end_of_piece(window: Window, context: Context) -> int:
    """Return the offset behind the next piece."""
    if not window.starts(b"<"):
        return window.text()
    if window.starts(b"</"):
        return window.after(b">")
    for start, end in SKIPPED.items():
        if window.starts(start):
            return window.after(end, len(start))
    if window.starts(b"<!"):
        return len(window.look(DECLARATION.match)[0][0])
    tag = window.start_tag()
    if tag[0].endswith(b"/>") or context.opens(tag):
        return len(tag[0])
    window.ensure_hope()
    return _end_of_element(window, tag)


def _end_of_element(window: Window, tag: re.Match[bytes]) -> int:
    """Return the offset behind the end tag that belongs to a start tag.

    Most elements hold no other of their own name: the next end tag is theirs.
    """
    length, name = len(tag[0]), tag[1]
    with suppress(XMLError):
        behind = window.after(b"</%b" % name, length)
        marks = (b"<%b" % name, b"<!", b"<?")
        if not any(window.holds(mark, length, behind) for mark in marks):
            return window.after(b">", behind)
    opened = [0]
    try:
        return _balance(window, name, length, opened)
    except XMLError as error:
        window.give_up(opened, error)
        raise


def _balance(window: Window, name: bytes, offset: int, opened: list[int]) -> int:
    """Match start and end tags of one name, skipping what only looks like them."""
    marks = re.compile(rb"<!\[CDATA\[|<!--|<\?|</?%b(?=[\s/>])" % re.escape(name))
    while opened:
        found, begin = window.look(marks.search, offset)
        if found[0] in SKIPPED:
            offset = window.after(SKIPPED[found[0]], begin + len(found[0]))
        elif found[0].startswith(b"</"):
            opened.pop()
            offset = window.after(b">", begin)
        else:
            nested = window.start_tag(begin)[0]
            opened.extend(() if nested.endswith(b"/>") else (begin,))
            offset = begin + len(nested)
    return offset

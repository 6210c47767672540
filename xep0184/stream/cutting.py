"""Where a piece of a recording ends.

Only tags of the piece's own name are matched; what stands between them is for
the parser. So one look at most octets is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184.errors import XMLError
from xep0184.stream.learned import Leaps
from xep0184.stream.patterns import SKIPPED
from xep0184.stream.walking import Walk

if TYPE_CHECKING:
    from xep0184.stream.context import Context
    from xep0184.stream.window import Window

__all__ = ["Cutter"]


class Cutter:
    """Says of each piece where it ends."""

    def __init__(self, window: Window, context: Context) -> None:
        self._window = window
        self._context = context
        self._leaps = Leaps()

    def end_of_piece(self) -> int:
        """Return the offset behind the next piece."""
        window = self._window
        if not window.starts(b"<"):
            return window.text()
        if window.starts(b"</"):
            return window.after(b">")
        for start, end in SKIPPED.items():
            if window.starts(start):
                return window.after(end, len(start))
        return window.declaration() if window.starts(b"<!") else self._end_of_tagged()

    def _end_of_tagged(self) -> int:
        tag = self._window.start_tag()
        if tag[0].endswith(b"/>") or self._context.opens(tag):
            return len(tag[0])
        return self._end_of_element(tag[1], len(tag[0]))

    def _end_of_element(self, name: bytes, length: int) -> int:
        """Return the offset behind the end tag that belongs to a start tag.

        Most elements hold no other of their own name: the next end tag is theirs.
        """
        window = self._window
        try:
            behind = window.after(b"</%b" % name, length)
            marks = (b"<%b" % name, b"<!", b"<?")
            if not any(window.holds(mark, length, behind) for mark in marks):
                return window.after(b">", behind)
        except XMLError:
            if not window.is_patient:
                raise
        return Walk(name, length, window, self._leaps).end()

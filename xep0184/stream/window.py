"""The octets at hand: where to look in them, and how far.

One window of the recording is held, whatever the recording's length. This
module knows no container and no stanza.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184.errors import XMLCode, XMLError, shown
from xep0184.stream.patterns import (
    BLANK,
    LIKELY_ENDS,
    OVERLAP,
    RESUMPTION,
    START_TAG_OR_NONE,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from xep0184.stream.model import Source

__all__ = ["Window"]

_CHUNK: Final = 65_536  # octets to read at least
_CEILING: Final = 10_000_000  # octets held while looking for an end

_Find: TypeAlias = "Callable[[bytes, int, int], re.Match[bytes] | None]"


class Window:
    """The octets at hand. Offsets count from where the next piece begins."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._octets = b""
        self._at = 0
        self._hopeless: dict[int, XMLError] = {}
        self.position: int = 0
        self.line: int = 1

    @property
    def _at_hand(self) -> int:
        return len(self._octets) - self._at

    @property
    def _end(self) -> int:
        """How far to look; the same however the source cuts what it hands out."""
        return min(len(self._octets), self._at + _CEILING)

    def likely_pieces(self, size: int) -> bytes:
        """Return octets up to the last place that looks like an end, if any does."""
        if self._at_hand < size:
            self._refill()
        for pattern in LIKELY_ENDS:
            if found := pattern.match(self._octets, self._at, self._at + size):
                return found[0]
        return b""

    def cut(self, length: int) -> bytes:
        """Take octets off the front."""
        octets = self._octets[self._at : self._at + length]
        self._at += len(octets)
        self.position += len(octets)
        self.line += octets.count(b"\n")
        return octets

    def skip_blank(self) -> bool:
        """Go to the next octet that is no white space; False at the end."""
        while True:
            blank = BLANK.match(self._octets, self._at)
            self.cut(0 if blank is None else len(blank[0]))
            if self._at_hand:
                return True
            if not self._refill():
                return False

    def starts(self, *prefixes: bytes) -> bool:
        """Whether the window begins with one of these."""
        while self._at_hand < max(map(len, prefixes)):
            if not self._refill():
                break
        return self._octets.startswith(prefixes, self._at)

    def text(self) -> int:
        """Return the offset of the next tag, or of the end."""
        try:
            return self.after(b"<") - 1
        except XMLError:
            return self._end - self._at

    def after(self, needle: bytes, offset: int = 0) -> int:
        """Return the offset behind the next occurrence."""
        while (found := self._octets.find(needle, self._at + offset, self._end)) < 0:
            self._demand(f"no {shown(needle.decode(errors='replace'))} up to the end")
        return found - self._at + len(needle)

    def holds(self, needle: bytes, start: int, end: int) -> bool:
        """Whether something stands between two offsets."""
        return self._octets.find(needle, self._at + start, self._at + end) >= 0

    def start_tag(self, offset: int = 0) -> re.Match[bytes]:
        """Return the start tag that begins at an offset, as one match."""
        tag, _ = self.look(START_TAG_OR_NONE.match, offset)
        if tag[1] is None:
            raise XMLError(XMLCode.NOT_WELL_FORMED, None, "no end of this start tag")
        return tag

    def look(self, find: _Find, offset: int = 0) -> tuple[re.Match[bytes], int]:
        """Return what a pattern finds, and the offset where it begins."""
        while not (found := find(self._octets, self._at + offset, self._end)):
            self._demand("the recording ends inside this")
        return found, found.start() - self._at

    def give_up(self, offsets: list[int], error: XMLError) -> None:
        """Remember start tags that have no end, lest each be followed to the end.

        4,000 lines of a message in an unclosed one took 31 s without, and four times
        that for twice as many. Another start tag has another limit in octets.
        """
        if error.code is not XMLCode.LIMIT:
            self._hopeless = {self.position + offset: error for offset in offsets}

    def ensure_hope(self) -> None:
        """Raise again what a start tag was given up for."""
        if error := self._hopeless.get(self.position):
            raise XMLError(*error.args)

    def resume(self) -> None:
        """Go to the next line that begins a stanza, or to the end."""
        while (found := RESUMPTION.search(self._octets, self._at)) is None:
            self.cut(max(0, self._at_hand - OVERLAP))
            if not self._refill():
                self.cut(self._at_hand)
                return
        self.cut(found.start() + 1 - self._at)

    def _demand(self, detail: str) -> None:
        if self._at_hand >= _CEILING:
            raise XMLError(XMLCode.LIMIT, None, f"no end within {_CEILING} octets")
        if not self._refill():
            raise XMLError(XMLCode.NOT_WELL_FORMED, None, detail)

    def _refill(self) -> bool:
        """Read as much again as there is, so that looking again stays linear."""
        rest = self._octets[self._at :]
        more = self._source.read(max(_CHUNK, len(rest)))
        self._octets, self._at = rest + more, 0
        return bool(more)

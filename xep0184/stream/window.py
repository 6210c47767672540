"""The octets at hand: where to look in them, and how far.

One window of the recording is held, whatever the recording's length. This
module knows no container and no stanza.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184.errors import XMLCode, XMLError, shown
from xep0184.stream.learned import Gaps
from xep0184.stream.patterns import (
    BLANK,
    DECLARATION_OR_NONE,
    LIKELY_ENDS,
    OVERLAP,
    RESUMPTION,
    START_TAG_OR_NONE,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from xep0184.stream.piece import Source

__all__ = ["Window"]

_CHUNK: Final = 65_536  # octets to read at least
_CEILING: Final = 10_000_000  # octets held while looking for an end
_LEAST_REACH: Final = 16_384  # octets; more than all but a few stanzas have
_PATIENCE: Final = 128  # octets to look at in vain for each that is read,
_ALLOWANCE: Final = 200_000_000  # and before that
_CALL: Final = 64  # octets that are looked at in the time that a look takes anyway

_Find: TypeAlias = "Callable[[bytes, int, int], re.Match[bytes] | None]"


class Window:
    """The octets at hand. Offsets count from where the next piece begins."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._octets = b""
        self._at = 0
        self._is_at_end = False
        self._gaps = Gaps()
        self._looked = 0  # at how many octets since the last piece
        self._vain = 0  # and before, for pieces that had no end
        self._reach = _CEILING
        self.is_patient: bool = True
        self.position: int = 0
        self.line: int = 1

    @property
    def _at_hand(self) -> int:
        return len(self._octets) - self._at

    @property
    def _end(self) -> int:
        """How far to look; the same however the source cuts what it hands out."""
        return min(len(self._octets), self._at + self._reach)

    def likely_pieces(self, size: int) -> bytes:
        """Return octets up to the last place that looks like an end, if any does."""
        if not self.is_patient:
            return b""
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
        self._start_over()
        return octets

    def _start_over(self) -> None:
        """Look far ahead, unless much more was looked at in vain than was read.

        A pledge: whatever a recording is made of, the time it takes grows with its
        length. What is learned on the way keeps all but the strangest within it.
        """
        self._looked = 0
        self.is_patient = self._vain <= _PATIENCE * self.position + _ALLOWANCE
        self._reach = _CEILING if self.is_patient else min(_LEAST_REACH, _CEILING)

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
        since = self.position + offset
        place = self._gaps.behind(needle, since)
        self._looked += _CALL - place
        try:
            while (found := self._find(needle, place)) < 0:
                place = max(place, self.reached - len(needle) + 1)
                self._demand(
                    f"no {shown(needle.decode(errors='replace'))} up to the end"
                )
            place = found
        finally:
            self._looked += place
            self._gaps.learn(needle, since, place, self.position)
        return place - self.position + len(needle)

    def _find(self, needle: bytes, place: int) -> int:
        origin = self.position - self._at
        found = self._octets.find(needle, place - origin, self._end)
        return found if found < 0 else found + origin

    def holds(self, needle: bytes, start: int, end: int) -> bool:
        """Whether something stands between two offsets."""
        return self._octets.find(needle, self._at + start, self._at + end) >= 0

    @property
    def reached(self) -> int:
        """The place up to which can be looked at present."""
        return self._end - self._at + self.position

    def declaration(self) -> int:
        """Return the offset behind the declaration that the window begins with."""
        found, _ = self.look(DECLARATION_OR_NONE.match)
        while not found[0].endswith(b">"):
            self._demand("the recording ends inside this")
        return len(found[0])

    def start_tag(self, offset: int = 0) -> re.Match[bytes]:
        """Return the start tag that begins at an offset, as one match."""
        tag, _ = self.look(START_TAG_OR_NONE.match, offset)
        if tag[1] is None:
            raise XMLError(XMLCode.NOT_WELL_FORMED, None, "no end of this start tag")
        return tag

    def look(self, find: _Find, offset: int = 0) -> tuple[re.Match[bytes], int]:
        """Return what a pattern finds, and the offset where it begins."""
        self._looked += _CALL
        while not (found := find(self._octets, self._at + offset, self._end)):
            try:
                self._demand("the recording ends inside this")
            except XMLError:
                self._looked += self.reached - self.position - offset
                raise
        self._looked += found.end() - self._at - offset
        return found, found.start() - self._at

    def resume(self) -> None:
        """Go to the next line that begins a stanza, or to the end."""
        self._vain += self._looked if self.is_patient else 0
        while (found := RESUMPTION.search(self._octets, self._at)) is None:
            self.cut(max(0, self._at_hand - OVERLAP))
            if not self._refill():
                self.cut(self._at_hand)
                return
        self.cut(found.start() + 1 - self._at)

    def _demand(self, detail: str) -> None:
        if self._at_hand >= self._reach:
            raise XMLError(XMLCode.LIMIT, None, f"no end within {self._reach} octets")
        if not self._refill():
            raise XMLError(XMLCode.NOT_WELL_FORMED, None, detail)

    def _refill(self) -> bool:
        """Read as much again as there is, so that looking again stays linear."""
        if self._is_at_end:
            return False
        rest = self._octets[self._at :]
        more = self._source.read(max(_CHUNK, len(rest)))
        self._is_at_end = not more
        self._octets, self._at = rest + more, 0
        return bool(more)

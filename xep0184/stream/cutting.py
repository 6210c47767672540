"""Finds where pieces begin and end, in passes of expat.

Expat reads the outline of a recording, without namespaces. A pass ends at a tag of a
container, or where the elements are not nested correctly. Whether a piece is
well-formed is decided later, by the parser that reads it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.parsers import expat
from xml.parsers.expat import errors

from xep0184.stream.scopes import STANZAS

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.stream.recording import Recording
    from xep0184.xml import Limits

__all__ = [
    "CONTAINER",
    "DECLARATION",
    "END",
    "LARGE",
    "LONGEST_PASS",
    "MISMATCH",
    "TAG",
    "Cutter",
]

CONTAINER: Final = -1
"""The reason of a pass that ends where a container begins; all others are error codes
of expat."""
END: Final = errors.codes[errors.XML_ERROR_NO_ELEMENTS]
MISMATCH: Final = errors.codes[errors.XML_ERROR_TAG_MISMATCH]
DECLARATION: Final = errors.codes[errors.XML_ERROR_MISPLACED_XML_PI]
TAG: Final = re.compile(
    rb"""<\?xml\s[^<>]*\?>|"""
    rb"""</?((?:[^\s<>/:"'=]*+:)*+([^\s<>/:"'=]*+))(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>"""
)
"""An XML declaration, or a tag; its groups are the name with and without the prefix."""
LARGE: Final = 1_000_000
"""Octets of a piece that fit into memory in any case."""
LONGEST_PASS: Final = 262_144
"""Octets of a pass, unless a piece is longer; expat keeps each name as long as that."""
_MOST_OPEN: Final = 100_000  # elements inside each other, or attributes of one
_ROOT: Final = b"<_>"
_LEAST: Final = 16  # octets that a pass begins with; then twice as many each time
_MOST_CUTS: Final = 10_000  # complete stanzas inside the open piece that are kept
_MOST: Final = 65_536  # octets that are given at once, unless a token is longer


class _StopError(Exception):
    """Raised by a handler to end a pass."""

    def __init__(self, reason: int, token: int) -> None:
        super().__init__(reason, token)
        self.reason = reason
        self.token = token


class Cutter:
    """Cuts the octets in memory into pieces. All places are indices.

    Args:
        recording: The recording in memory.
        is_container: Whether an element outside all pieces is a container, by the
            index of its start tag and its local name; None if there are none.

    Attributes:
        cuts: Where complete pieces begin and end; those after the first of `starts`
            are inside the open piece.
        surplus: Where the first piece begins that is complete, but not in `cuts`,
            because there are too many; None if there is none.
        starts: Where the open piece and the open stanzas inside it begin.
        depth: The number of open elements.
        given: The number of octets that expat was given, in all passes.
        fed: The index after the last octet that expat was given in this pass.
        hidden: The index of an unfinished tag, comment or CDATA section.
        token: The index of the tag, or unfinished construct, where the pass ended.
    """

    def __init__(
        self,
        recording: Recording,
        is_container: Callable[[int, str], bool] | None = None,
    ) -> None:
        self._recording, self._is_container = recording, is_container
        self.given: int = 0
        self.begin()

    def begin(self, at: int = 0) -> None:
        """Begin a pass at an index, outside all pieces."""
        self._parser = parser = expat.ParserCreate("utf-8", None, None)
        parser.ordered_attributes = True
        parser.Parse(_ROOT)
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.StartCdataSectionHandler = self._start_cdata
        parser.EndCdataSectionHandler = self._end_cdata
        self._cdata: int | None = None
        self._depths, self._size = [0], _LEAST
        self._is_childless = self._is_stopped = False
        self.given += len(_ROOT)
        self._passed = 0  # octets that were given in this pass
        self._move(at)
        self.depth: int = 0
        self.starts: list[int] = []
        self.cuts: list[tuple[int, int]] = []
        self.surplus: int | None = None

    def _move(self, to: int) -> None:
        self._shift = to - len(_ROOT) - self._passed
        self.fed: int = to
        self.hidden: int = to
        self.token: int = to

    def skip(self, to: int) -> None:
        """Leave out the octets up to an index; begin a pass if this one is not idle."""
        is_idle = not (self.depth or self.hidden != self.fed or self._is_stopped)
        if is_idle and self._passed < LONGEST_PASS:
            self.cuts.clear()
            self._move(to)
        else:
            self.begin(to)

    def advance(self) -> int:
        """Give expat the next octets; return why the pass ended, or 0."""
        outline = self._recording.outline
        # Expat reads an incomplete token again from its beginning, so double the size.
        size = max(self._size, self.fed - self.hidden)
        while len(outline) < self.fed + size and self._recording.read():
            pass
        self._size = min(2 * self._size, _MOST)
        return self.feed(self.fed + size)

    def feed(self, until: int) -> int:
        """Give expat the octets in memory up to an index; none are the end."""
        octets = bytes(self._recording.outline[self.fed : until])
        self.given += len(octets)
        self._passed += len(octets)
        self.fed += len(octets)
        self._is_stopped = True
        try:
            self._parser.Parse(octets, not octets)
        except _StopError as stop:
            self.token = stop.token
            return stop.reason
        except expat.ExpatError as error:
            self.token = self._token(error.code)
            return error.code
        self._is_stopped = False
        self.hidden = self._index() if self._cdata is None else self._cdata
        return 0

    def _token(self, code: int) -> int:
        outline, index = self._recording.outline, self._index()
        if code == END:
            return self.fed
        if self._cdata is not None:
            return self._cdata
        is_text = outline.endswith(b"]]>", 0, index + 1)
        return index if is_text else outline.rfind(b"<", 0, index + 1)

    def end_piece(self, tag: re.Match[bytes]) -> bool:
        """End the open piece at an end tag of its name, if there is nothing inside."""
        begin = TAG.match(self._recording.outline, self.starts[0])
        is_end = begin is not None and begin[1] == tag[1]
        if not is_end or self.starts[1:] or self.cuts:
            return False
        self.cuts.append((self.starts.pop(), tag.end()))
        return True

    def is_too_large(self, start: int, limits: Limits) -> bool:
        """Check whether the piece that begins at an index must be given up."""
        attributes = self._recording.outline.count(b"=", self.hidden, self.fed)
        most = max(LARGE, 2 * limits.octets)
        return max(self.depth, attributes) > _MOST_OPEN or self.fed - start > most

    def _index(self) -> int:
        return self._parser.CurrentByteIndex + self._shift

    def _start(self, name: str, _: list[str]) -> None:
        local = name.rpartition(":")[2] if ":" in name else name
        if self.depth and local not in STANZAS:
            self.depth += 1
            self._is_childless = False
            return
        start = self._index()
        is_container = None if local in STANZAS else self._is_container
        if is_container is not None and is_container(start, local):
            raise _StopError(CONTAINER, start)
        self.depth += 1
        self.starts.append(start)
        self._depths.append(self.depth)
        self._is_childless = True

    def _end(self, _: str) -> None:
        if self.depth != self._depths[-1]:
            self.depth -= 1
            return
        index, outline = self._index(), self._recording.outline
        if not self.depth:  # of the root
            raise _StopError(MISMATCH, index)
        self.depth = self._depths.pop() - 1
        start = self.starts.pop()
        while self.cuts and self.cuts[-1][0] > start:
            self.cuts.pop()
        if self.surplus is not None and self.surplus > start:
            self.surplus = None
        # Expat gives the index after an empty-element tag, but before an end tag.
        is_empty = self._is_childless and outline.endswith(b"/>", start, index)
        is_empty = is_empty and TAG.fullmatch(outline, start, index) is not None
        end = index if is_empty else outline.index(b">", index) + 1
        if not self.starts or len(self.cuts) < _MOST_CUTS:
            self.cuts.append((start, end))
        elif self.surplus is None:
            self.surplus = start

    def _start_cdata(self) -> None:
        self._cdata = self._index()

    def _end_cdata(self) -> None:
        self._cdata = None

"""From octets to stanzas, and past what is broken.

Only the broken piece is lost. Where its end is not certain, what follows is read, but
marked as recovered until nothing of the piece can be open any more.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from xep0184 import xml
from xep0184.errors import XMLCode, XMLError
from xep0184.stream.cutting import CONTAINER, DECLARATION, END, MISMATCH, TAG, Cutter
from xep0184.stream.piece import Broken, Stanza
from xep0184.stream.recording import Recording
from xep0184.stream.scopes import CONTAINERS, ROOT, inherit
from xep0184.xml.many import parse_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from xep0184.stream.piece import Source
    from xep0184.stream.scopes import Scope

__all__ = ["read"]

_BLANK: Final = b" \t\r\n"
_LONGEST: Final = 10_000_000  # octets of a stanza; the maximum of Limits.octets
_LONGEST_PASS: Final = 262_144  # octets; expat keeps each name as long as a pass lasts
_LARGE: Final = 1_000_000  # octets of a piece that fit into memory in any case
_MANY: Final = 100_000  # elements inside each other, or attributes of one
_OVERLAP: Final = 512  # octets; what `_MARK` matches is shorter
_MARK: Final = re.compile(
    rb"<(?:[^\s<>/:]{1,99}:)?(?:message|presence|iq|result|forwarded|stream)[\s/>]"
    rb"|<(?:open|body)\s[^<>]{0,300}?(?:xmpp-framing|httpbind)"
)
"""What may be the beginning of a stanza or a stream."""


def read(
    source: Source, /, *, limits: xml.Limits = xml.DEFAULT_LIMITS
) -> Iterator[Stanza | Broken]:
    r"""Iterate over the stanzas of a recording.

    Time is linear in its length, and memory is a few times `Limits.octets`, whatever
    the octets are: expat is given at most three times as many, and the rest is skipped.

    Args:
        source: A file opened in binary mode.
        limits: The limits for each stanza.

    Yields:
        Every child of a stream, every stanza outside a stream, and every place that
        could not be read, in the order of their offsets. Nothing is raised but what
        `source.read` raises.

    >>> from io import BytesIO
    >>> [stanza.line for stanza in read(BytesIO(b"<iq/>\n<message/>"))]
    [1, 2]
    """
    return _Reading(source, limits).pieces()


class _Reading:
    """Reads the pieces that the cutter finds, and decides where it goes on."""

    def __init__(self, source: Source, limits: xml.Limits) -> None:
        self._limits = limits
        self._recording = Recording(source)
        self._scopes = [ROOT]
        self._cutter = Cutter(self._recording, self._scopes)
        self._passed = 0  # the index up to which everything was looked at
        self._untold: Broken | None = None  # told when its length is known
        self._doubtful = 0  # the offset up to which what is read is recovered
        self._certain: list[Scope] | None = None  # the scopes before that

    def pieces(self) -> Iterator[Stanza | Broken]:
        """Iterate over everything there is to tell."""
        cutter = self._cutter
        reason = 0
        while reason != END or cutter.starts:
            reason = cutter.advance()
            yield from self._tell(min([*cutter.starts, cutter.fed]))
            if not reason:
                yield from self._limit()
            elif reason != END or cutter.starts:
                yield from self._go_on(reason)
        yield from self._reach(cutter.fed)

    def _go_on(self, reason: int) -> Iterator[Stanza | Broken]:
        """Go on behind the tag at which a pass ended."""
        cutter = self._cutter
        tag = TAG.match(self._recording.outline, cutter.token)
        if tag is None or reason not in {CONTAINER, MISMATCH, DECLARATION}:
            yield from self._give_up(XMLCode.NOT_WELL_FORMED, cutter.token)
        elif not cutter.starts:
            self._pass(tag.start())
            if reason == CONTAINER:
                self._open(tag)
            elif reason == MISMATCH:
                self._close(tag)
            self._begin(tag.end())
        elif reason == MISMATCH and cutter.end_piece(tag):
            self._doubt()
            yield from self._tell(tag.end())
            self._begin(tag.end())
        else:
            yield from self._give_up(XMLCode.NOT_WELL_FORMED, cutter.token)

    def _tell(
        self, until: int, code: XMLCode = XMLCode.LIMIT, opened: Sequence[int] = ()
    ) -> Iterator[Stanza | Broken]:
        """Yield the pieces that begin before an index, and why others never end."""
        cutter, octets = self._cutter, self._recording.octets
        found = [cut for cut in cutter.cuts if cut[0] < until]
        del cutter.cuts[: len(found)]
        if opened:
            found = sorted([*found, *((start, start) for start in opened)])
        pieces = [bytes(octets[start:end]) for start, end in found]
        elements = self._parse_all(pieces)
        for (start, end), piece, element in zip(found, pieces, elements, strict=True):
            if self._untold or octets[self._passed : start].strip(_BLANK):
                yield from self._reach(start)
            self._passed = end
            if element is not None:
                yield self._stanza(start, piece, element)
            elif piece:
                yield self._parse(start, piece)
            else:
                self._untold = self._broken(start, XMLError(code, None, "no end of it"))

    def _parse_all(self, pieces: list[bytes]) -> Sequence[Element | None]:
        """Return the elements of pieces; None for all if each is to be parsed alone."""
        within = self._scopes[-1].within
        found: Sequence[Element | None] = ()
        if len(pieces) > 1:
            found = parse_all(pieces, limits=self._limits, within=within)
        return found or [None] * len(pieces)

    def _parse(self, start: int, octets: bytes) -> Stanza | Broken:
        limits, form, within = self._limits, xml.SourceForm.STANZA, self._scopes[-1][1]
        try:
            element = xml.parse(octets, limits=limits, form=form, within=within)
        except XMLError as error:
            return replace(self._broken(start, error), length=len(octets), whole=True)
        return self._stanza(start, octets, element)

    def _stanza(self, start: int, octets: bytes, element: Element) -> Stanza:
        _, within, language = self._scopes[-1]
        line, column, offset = self._recording.place(start)
        element.tail = None
        return Stanza(
            line=line,
            column=column,
            offset=offset,
            element=element,
            octets=octets,
            within=within,
            language=language,
            recovered=self._certain is not None,
        )

    def _broken(self, start: int, error: XMLError) -> Broken:
        """Return a broken place; the lines of its error are counted from there."""
        line, column, offset = self._recording.place(start)
        behind = (error.line or 1) - 1
        at = error.column and error.column + (0 if behind else column - 1)
        return Broken(
            line=line,
            column=column,
            offset=offset,
            length=0,
            error=XMLError(error.code, line + behind, error.detail, at),
            whole=False,
        )

    def _reach(self, until: int) -> Iterator[Broken]:
        """Tell what is broken up to an index, if anything is."""
        self._pass(until)
        if self._untold:
            length = self._recording.offset + until - self._untold.offset
            yield replace(self._untold, length=length)
            self._untold = None

    def _pass(self, until: int) -> None:
        """Look at what is outside all pieces; only white space may be there."""
        text = self._recording.octets[self._passed : until].lstrip(_BLANK)
        self._passed = until
        if text and not self._untold:
            try:
                xml.parse(bytes(text) + b"<_/>", limits=self._limits)
            except XMLError as error:
                self._untold = self._broken(until - len(text), error)

    def _limit(self) -> Iterator[Stanza | Broken]:
        """Give up what is too large, and end a pass that is long."""
        cutter, hidden = self._cutter, self._cutter.hidden
        start = min([*cutter.starts, hidden])
        length = cutter.fed - start
        attributes = self._recording.outline.count(b"=", hidden, cutter.fed)
        is_crowded = max(cutter.depth, attributes) > _MANY
        if is_crowded or length > max(_LARGE, 2 * self._limits.octets):
            at = max(cutter.starts[1:], default=hidden)
            yield from self._give_up(XMLCode.LIMIT, at)
        elif cutter.fed > max(_LONGEST_PASS, 2 * length) and self._least() <= start:
            self._begin(start)

    def _open(self, tag: re.Match[bytes]) -> None:
        """Open a container; if it is refused, its children belong to the outer one."""
        if tag[2] == b"stream":  # closes all others (RFC 6120 §4.3.3)
            del self._scopes[1:]
        octets = bytes(self._recording.octets[tag.start() : tag.end()])
        try:
            scope = inherit(self._scopes, tag[1], octets, self._limits)
            self._scopes.append(scope)
        except XMLError as error:
            self._untold = self._untold or self._broken(tag.start(), error)
            self._doubt()
        self._passed = tag.end()

    def _close(self, tag: re.Match[bytes]) -> None:
        """Close a container and all inside it."""
        if tag[1] in [scope.name for scope in self._scopes]:
            self._passed = tag.end()
            while self._scopes.pop().name != tag[1]:
                pass
        elif tag[2].decode() not in CONTAINERS:
            self._doubt()

    def _give_up(self, code: XMLCode, at: int) -> Iterator[Stanza | Broken]:
        """Tell what is open as broken, and search for the next stanza."""
        at = max(at, 1)
        opened = [start for start in self._cutter.starts if start < at]
        self._doubt()
        yield from self._tell(at, code, opened)
        self._begin(at, search=True)

    def _doubt(self) -> None:
        """Mark what follows as recovered while something broken may still be open."""
        if self._certain is None:
            self._certain = self._scopes[:]
        self._doubtful = self._recording.offset + self._cutter.fed + _LONGEST

    def _least(self) -> int:
        """Return the first index where a pass may start within the octets allowed."""
        recording = self._recording
        read = recording.offset + len(recording.octets)
        return self._cutter.given + 4 - 2 * read - recording.offset

    def _begin(self, at: int, *, search: bool = False) -> None:
        """Begin a pass at an index, or at the next stanza behind it."""
        recording = self._recording
        if self._least() > at:
            self._doubt()
            at, search = self._least(), True
        is_search = search
        while search:
            mark = _MARK.search(recording.outline, at)
            length = len(recording.outline)
            if mark or not recording.read():
                at, search = mark.start() if mark else length, False
            else:
                kept = min(max(at, length - _OVERLAP), length)
                self._pass(kept)
                recording.drop(kept)
                self._passed, at = 0, max(at - kept, 0)
        self._pass(at)
        if is_search:
            self._doubtful = recording.offset + at + _LONGEST
        recording.drop(at)
        self._passed = 0
        if self._certain is not None and recording.offset >= self._doubtful:
            # Containers that opened or closed inside something broken are forgotten.
            self._scopes[:], self._certain = self._certain, None
        self._cutter.begin()

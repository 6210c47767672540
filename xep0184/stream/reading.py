"""Reads the stanzas of a recording, and continues after what is broken.

Only the broken piece is lost. Where its end is not certain, what follows is read, but
marked as recovered until nothing of the piece can be open any more.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from xep0184 import xml
from xep0184.errors import XMLCode, XMLError
from xep0184.stream.cutting import (
    CONTAINER,
    DECLARATION,
    END,
    LONGEST_PASS,
    MISMATCH,
    TAG,
    Cutter,
)
from xep0184.stream.parsing import PieceParser
from xep0184.stream.recording import Recording
from xep0184.stream.scopes import CONTAINERS, PIECES, ROOT, inherit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xep0184.stream.piece import Broken, Readable, Stanza
    from xep0184.stream.scopes import Scope

__all__ = ["read"]

_BLANK: Final = b" \t\r\n"
_LONGEST_STANZA: Final = 10_000_000  # octets of a stanza; the maximum of Limits.octets
_OVERLAP: Final = 512  # octets; what `_MARK` matches is shorter
_MARK: Final = re.compile(
    rb"<(?:[^\s<>/:]{1,99}:)?(?:message|presence|iq|result|forwarded|stream)[\s/>]"
    rb"|<(?:open|body)\s[^<>]{0,300}?(?:xmpp-framing|httpbind)"
)
"""Matches where a stanza or a stream may begin."""


def read(
    source: Readable, /, *, limits: xml.Limits = xml.DEFAULT_LIMITS
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
    """Reads the pieces that the cutter finds; decides where the next pass begins."""

    def __init__(self, source: Readable, limits: xml.Limits) -> None:
        self._limits = limits
        self._recording = Recording(source)
        self._scopes = [ROOT]
        self._parser = PieceParser(self._recording, limits)
        self._cutter = Cutter(self._recording, self._is_container)
        self._checked_until = 0  # the index up to which all octets were examined
        self._unreported: Broken | None = None  # until its length is known
        # The offset up to which stanzas are marked as recovered, and the containers
        # that were open before the broken piece; None if nothing is broken.
        self._recovered_until = 0
        self._trusted_scopes: list[Scope] | None = None

    def pieces(self) -> Iterator[Stanza | Broken]:
        """Iterate over all stanzas and all broken places."""
        cutter = self._cutter
        reason = 0
        while reason != END or cutter.starts:
            reason = cutter.advance()
            yield from self._pieces_before(min([*cutter.starts, cutter.fed]))
            if not reason:
                yield from self._enforce_limits()
            elif reason != END or cutter.starts:
                yield from self._continue_after(reason)
        yield from self._report_broken(cutter.fed)

    def _continue_after(self, reason: int) -> Iterator[Stanza | Broken]:
        """Handle the tag at which a pass ended, and begin a pass after it."""
        cutter = self._cutter
        tag = TAG.match(self._recording.outline, cutter.token)
        if tag is None or reason not in {CONTAINER, MISMATCH, DECLARATION}:
            yield from self._give_up(XMLCode.NOT_WELL_FORMED, cutter.token)
        elif not cutter.starts:
            self._check_text(tag.start())
            if reason == CONTAINER:
                self._open_container(tag)
            elif reason == MISMATCH:
                self._close_container(tag)
            self._begin_pass(tag.end())
        elif reason == MISMATCH and cutter.end_piece(tag):
            self._mark_recovered()
            yield from self._pieces_before(tag.end())
            self._begin_pass(tag.end())
        else:
            yield from self._give_up(XMLCode.NOT_WELL_FORMED, cutter.token)

    def _pieces_before(
        self, until: int, code: XMLCode = XMLCode.LIMIT, opened: Sequence[int] = ()
    ) -> Iterator[Stanza | Broken]:
        """Yield the pieces that begin before an index.

        Args:
            until: The index.
            code: Why the pieces in `opened` cannot be read.
            opened: Where pieces begin that are given up without an end.
        """
        cutter, octets = self._cutter, self._recording.octets
        found = [cut for cut in cutter.cuts if cut[0] < until]
        del cutter.cuts[: len(found)]
        if opened:
            found = sorted([*found, *((start, start) for start in opened)])
        parser, scope = self._parser, self._scopes[-1]
        recovered = self._trusted_scopes is not None
        pieces = [bytes(octets[start:end]) for start, end in found]
        elements = parser.parse_all(pieces, scope)
        for (start, end), piece, element in zip(found, pieces, elements, strict=True):
            if self._unreported or octets[self._checked_until : start].strip(_BLANK):
                yield from self._report_broken(start)
            self._checked_until = end
            if piece:
                yield parser.parse(start, piece, element, scope, recovered=recovered)
            else:
                error = XMLError(code, None, "the element is not closed")
                self._unreported = self._broken(start, error)

    def _broken(self, start: int, error: XMLError) -> Broken:
        return self._parser.broken(start, error, start)

    def _report_broken(self, until: int) -> Iterator[Broken]:
        """Yield the broken place that ends at an index, if there is one."""
        self._check_text(until)
        if self._unreported:
            broken, self._unreported = self._unreported, None
            length = self._recording.offset + until - broken.offset
            last_line = max(broken.last_line, self._recording.line_before(until))
            yield replace(broken, length=length, last_line=last_line)

    def _check_text(self, until: int) -> None:
        """Check that only white space is outside of pieces, up to an index."""
        text = self._recording.octets[self._checked_until : until].lstrip(_BLANK)
        self._checked_until = until
        if text and not self._unreported:
            try:
                xml.parse(bytes(text) + b"<_/>", limits=self._limits)
            except XMLError as error:
                self._unreported = self._broken(until - len(text), error)

    def _enforce_limits(self) -> Iterator[Stanza | Broken]:
        """Give up a piece that is too large; begin a new pass if this one is long."""
        cutter, hidden = self._cutter, self._cutter.hidden
        start = min([*cutter.starts, hidden])
        length = cutter.fed - start
        if cutter.is_too_large(start, self._limits):
            at = max(cutter.starts[1:], default=hidden)
            yield from self._give_up(XMLCode.LIMIT, at)
        elif (
            cutter.fed > max(LONGEST_PASS, 2 * length)
            and self._earliest_start() <= start
        ):
            self._begin_pass(start)

    def _is_container(self, start: int, local: str) -> bool:
        is_inside = len(self._scopes) > 1
        if local not in CONTAINERS and (is_inside or local in PIECES):
            return False
        tag = TAG.match(self._recording.outline, start)
        return tag is not None and not tag[0].endswith(b"/>")

    def _open_container(self, tag: re.Match[bytes]) -> None:
        """Open a container; if it is refused, its children go to the outer one."""
        if tag[2] == b"stream":  # closes all others (RFC 6120 §4.3.3)
            del self._scopes[1:]
        octets = bytes(self._recording.octets[tag.start() : tag.end()])
        try:
            scope = inherit(self._scopes, tag[1], octets, self._limits)
            self._scopes.append(scope)
        except XMLError as error:
            self._unreported = self._unreported or self._broken(tag.start(), error)
            self._mark_recovered()
        self._checked_until = tag.end()

    def _close_container(self, tag: re.Match[bytes]) -> None:
        """Close a container and all containers inside it."""
        if tag[1] in [scope.name for scope in self._scopes]:
            self._checked_until = tag.end()
            while self._scopes.pop().name != tag[1]:
                pass
        elif tag[2].decode() not in CONTAINERS:
            self._mark_recovered()

    def _give_up(self, code: XMLCode, at: int) -> Iterator[Stanza | Broken]:
        """Report the open pieces as broken, and search for the next stanza."""
        at = max(at, 1)
        opened = [start for start in self._cutter.starts if start < at]
        self._mark_recovered()
        yield from self._pieces_before(at, code, opened)
        self._begin_pass(at, search=True)

    def _mark_recovered(self) -> None:
        """Mark all that follows as recovered, as far as the broken piece may reach."""
        if self._trusted_scopes is None:
            self._trusted_scopes = self._scopes[:]
        fed = self._recording.offset + self._cutter.fed
        self._recovered_until = fed + _LONGEST_STANZA

    def _earliest_start(self) -> int:
        """Return the first index where a pass may begin.

        A pass that began earlier would give expat more than three times the octets
        of the recording.
        """
        recording = self._recording
        read = recording.offset + len(recording.octets)
        # Expat has had `given` octets and gets `read - start` more, which must stay
        # within 3 x `read`; 4 covers the root tag.
        return self._cutter.given + 4 - 2 * read - recording.offset

    def _begin_pass(self, at: int, *, search: bool = False) -> None:
        """Begin a pass at an index or, with `search`, at the next stanza after it."""
        recording = self._recording
        if self._earliest_start() > at:
            self._mark_recovered()
            at, search = self._earliest_start(), True
        is_search = search
        while search:
            mark = _MARK.search(recording.outline, at)
            length = len(recording.outline)
            if mark or not recording.read():
                at, search = mark.start() if mark else length, False
            else:
                kept = min(max(at, length - _OVERLAP), length)
                self._check_text(kept)
                recording.drop(kept)
                self._checked_until = at = 0
        self._check_text(at)
        if is_search:
            self._recovered_until = recording.offset + at + _LONGEST_STANZA
        recording.drop(at)
        self._checked_until = 0
        if (
            self._trusted_scopes is not None
            and recording.offset >= self._recovered_until
        ):
            # The broken piece may have opened or closed containers; undo that.
            self._scopes[:], self._trusted_scopes = self._trusted_scopes, None
        self._cutter.begin()

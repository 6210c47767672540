"""Reads the stanzas in any text, such as the log of a client.

The text is searched for start tags of stanzas, of payloads of their own and of streams.
From there expat is given the octets up to the end of the element. The rest is text of
the tool that wrote it. It is never parsed, so it cannot damage a stanza.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from xep0184 import ns, xml
from xep0184.errors import XMLCode, XMLError
from xep0184.stream.cutting import LARGE, MISMATCH, TAG, Cutter
from xep0184.stream.marks import CUT_OFF, EDGE, MARK, is_of_tool, shape
from xep0184.stream.parsing import PieceParser
from xep0184.stream.recording import Recording
from xep0184.stream.scopes import Scope, inherit

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from xep0184.stream.piece import Broken, Readable, Stanza

__all__ = ["TextReader"]

_BLOCK: Final = 65_536  # octets that are given to expat or kept in memory at once
_OVERLAP: Final = 5_120  # octets; what `MARK` matches is shorter
_MANY: Final = 64  # pieces that are parsed together
_ROOT: Final = Scope(b"", xml.wrapper({"stream": ns.STREAM}, None), None)


class _Found(NamedTuple):
    """A piece, or with an error a place that cannot be read."""

    start: int
    end: int
    scope: Scope
    recovered: bool
    text: bytes
    after: bytes
    error: XMLError | None


class TextReader:
    r"""Reads any text, in linear time and constant memory as `stream.read` does.

    Of a stanza without an end only the stanza itself is lost. What follows it is read,
    but marked as recovered as far as the broken one may reach: the first piece, and all
    that begin within a million octets.

    Args:
        source: A file opened in binary mode.
        limits: The limits for each stanza.
        after: How many octets after each piece are looked at.

    Attributes:
        opening_tags: The number of start tags that a log shows alone, at the end of a
            line. They are not stanzas, and what follows is not inside them.

    >>> from io import BytesIO
    >>> reader = TextReader(BytesIO(b"1 < 2\nSEND: <iq id='a'/> or <iq>"))
    >>> [(text, piece.line, piece.column) for piece, text, _ in reader.pieces()]
    [(b'1 < 2\nSEND: ', 2, 7)]
    >>> reader.opening_tags
    1
    """

    def __init__(
        self,
        source: Readable,
        /,
        *,
        limits: xml.Limits = xml.DEFAULT_LIMITS,
        after: int = 0,
    ) -> None:
        self.opening_tags: int = 0
        self._limits = limits
        self._after = after
        self._recording = Recording(source)
        self._cutter = Cutter(self._recording)
        self._parser = PieceParser(self._recording, limits)
        self._scope = _ROOT
        self._found: list[_Found] = []
        self._read_until = 0  # the index after the last piece that was found
        self._given_until = 0  # the offset after the last octet that expat was given
        self._is_unclosed = False  # whether the next piece may be inside a broken one
        self._doubtful_until = 0  # the offset up to which pieces are recovered

    def pieces(self) -> Iterator[tuple[Stanza | Broken, bytes, bytes]]:
        """Iterate over the pieces, each with the end of the text before it.

        The third part is what follows it, up to the next tag.
        """
        recording, at, more = self._recording, 0, True
        while more:
            mark = MARK.search(recording.outline, at)
            if mark is None:
                at = max(at, len(recording.outline) - _OVERLAP)
            elif mark[3] or is_of_tool(mark, self._scope.within):
                at = mark.end()
                if mark[3]:
                    self._doubt(at)
            else:
                at = self._cut(mark)
            if mark is None or at > _BLOCK or len(self._found) >= _MANY:
                yield from self._parsed()
                dropped = max(min(at, self._read_until), at - _OVERLAP)
                recording.drop(dropped)
                at -= dropped
                self._read_until = max(self._read_until - dropped, 0)
            more = mark is not None or recording.read()

    def _parsed(self) -> Iterator[tuple[Stanza | Broken, bytes, bytes]]:
        parser, octets = self._parser, self._recording.octets
        for scope, group in groupby(self._found, attrgetter("scope")):
            found = list(group)
            pieces = [bytes(octets[it.start : it.end]) for it in found if not it.error]
            parsed = zip(pieces, parser.parse_all(pieces, scope), strict=True)
            for it in found:
                if it.error is None:
                    piece = parser.parse(
                        it.start, *next(parsed), scope, recovered=it.recovered
                    )
                else:
                    piece = parser.broken(it.start, it.error, it.end)
                yield piece, it.text, it.after
        self._found.clear()

    def _cut(self, mark: re.Match[bytes]) -> int:
        """Find the end of the piece at a mark; return where to search for the next."""
        cutter, recording, start = self._cutter, self._recording, mark.start()
        offset = recording.offset + start
        if self._is_unclosed:
            self._is_unclosed = False
            self._doubtful_until = max(self._doubtful_until, offset + LARGE)
        if mark.lastindex is None:
            return self._cut_payload(start) or mark.end()
        again = self._given_until - offset
        if again > 0 and cutter.given + again > 3 * self._given_until:
            return self._skip(start, start + again)
        cutter.skip(start)
        while True:
            reason = cutter.feed(self._next_edge(start))
            self._given_until = max(self._given_until, recording.offset + cutter.fed)
            if cutter.cuts and cutter.cuts[0][0] == start:
                return self._add(*cutter.cuts[0])
            if reason:
                return self._stop(reason, start)
            if self._is_cut_off():
                return self._give_up(XMLCode.NOT_WELL_FORMED, start, cutter.fed)
            if cutter.is_too_large(start, self._limits):
                at = max(cutter.starts[1:], default=cutter.hidden)
                return self._give_up(XMLCode.LIMIT, start, at)

    def _cut_payload(self, start: int) -> int:
        """Find the end of a payload, which holds no stanza; 0 if it has none."""
        recording, outline = self._recording, self._recording.outline
        while len(outline) < start + _BLOCK and recording.read():
            pass
        if (tag := TAG.match(outline, start)) is None:
            return 0
        if tag[2] == b"stream":
            return self._begin_stream(tag)
        if tag[0].endswith(b"/>"):
            return self._add(start, tag.end())
        end_tag = b"</%b>" % tag[1]
        end = outline.find(end_tag, tag.end(), start + _BLOCK)
        if end < 0 or EDGE.search(outline, tag.end(), end):
            return 0
        return self._add(start, end + len(end_tag))

    def _next_edge(self, start: int) -> int:
        """Return up to where expat is given octets: where a stanza begins or ends."""
        cutter, recording = self._cutter, self._recording
        # Expat reads an incomplete token again from its beginning, so double the size.
        least = 2 * cutter.fed - cutter.hidden + 1
        most = cutter.fed + max(_BLOCK, least - cutter.fed)
        while not (edge := EDGE.search(recording.outline, least, most)):
            if len(recording.outline) >= most or not recording.read():
                return min(most, len(recording.outline))
        if edge[1] is None:
            recording.blank_prefixes(start, cutter.fed, edge.end())
        return edge.start() if edge[1] else edge.end()

    def _is_cut_off(self) -> bool:
        """Check whether a tag is open where another one begins."""
        cutter, outline = self._cutter, self._recording.outline
        is_tag = not outline.startswith((b"<!", b"<?"), cutter.hidden)
        is_next = outline.startswith(b"<", cutter.fed)
        return cutter.hidden < cutter.fed and is_tag and is_next

    def _add(self, start: int, end: int, error: XMLError | None = None) -> int:
        """Add a piece, or what cannot be read, and return its end."""
        begin, doubtful = max(self._read_until, start - _OVERLAP), self._doubtful_until
        recording = self._recording
        while len(recording.octets) < end + self._after and recording.read():
            pass
        if error is None:
            recording.blank_prefixes(start, start, end)
        found = _Found(
            start=start,
            end=end,
            scope=self._scope,
            recovered=recording.offset + start < doubtful,
            text=bytes(recording.octets[begin:start]),
            after=bytes(recording.octets[end : end + self._after].partition(b"<")[0]),
            error=error,
        )
        self._found.append(found)
        self._read_until = start if error else end
        return end

    def _stop(self, reason: int, start: int) -> int:
        """Handle the tag at which a pass ended."""
        cutter = self._cutter
        tag = TAG.match(self._recording.outline, cutter.token)
        if tag and reason == MISMATCH and cutter.end_piece(tag):
            self._add(start, tag.end())
            self._doubt(tag.end())
            return tag.end()
        return self._give_up(XMLCode.NOT_WELL_FORMED, start, cutter.token)

    def _begin_stream(self, tag: re.Match[bytes]) -> int:
        offset = self._recording.offset + tag.start()
        # In doubt it may be the text of a message.
        if offset >= self._doubtful_until and not tag[0].endswith(b"/>"):
            octets = bytes(self._recording.octets[tag.start() : tag.end()])
            with suppress(XMLError):
                self._scope = inherit([_ROOT], tag[1], octets, self._limits)
        return tag.end()

    def _give_up(self, code: XMLCode, start: int, at: int) -> int:
        """Add what is complete inside the open stanzas, which cannot be read."""
        cutter = self._cutter
        at = cutter.surplus or max(at, start + 1)  # the surplus is searched again
        opened = [index for index in cutter.starts or [start] if index < at]
        broken = [index for index in opened if not self._is_alone(index)]
        self.opening_tags += len(opened) - len(broken)
        if broken:
            self._doubt(at)
        inside = [cut for cut in cutter.cuts if cut[0] < at]
        places = sorted([*inside, *((index, index) for index in broken)])
        begins = [*(begin for begin, _ in places), at]
        error = XMLError(code, None, "the element is not closed")
        for (begin, end), following in zip(places, begins[1:], strict=True):
            if end == begin:
                self._add(begin, self._end_of_line(begin, following), error)
            else:
                self._add(begin, end)
        return at

    def _end_of_line(self, start: int, until: int) -> int:
        """Return where the line before an index ends, if it is not that of a start."""
        outline = self._recording.outline
        line = outline.rfind(b"\n", start, until) + 1
        return line if line and until < len(outline) else until

    def _is_alone(self, start: int) -> bool:
        """Check whether a start tag is the last one in a line that a tool wrote.

        It must end in this line, and the next line must begin as this one does.
        """
        outline = self._recording.outline
        before = outline[max(start - _OVERLAP, 0) : start].rpartition(b"\n")[2]
        if (tag := TAG.match(outline, start)) is None or b"\n" in tag[0]:
            return CUT_OFF.match(outline, start) is None
        rest = outline[tag.end() : tag.end() + _OVERLAP]
        line, _, following = rest.partition(b"\n")
        if b"<" in line or not before.strip():
            return False
        return b"<" not in following or shape(bytes(following)) == shape(bytes(before))

    def _doubt(self, at: int) -> None:
        """Mark what begins before an index as recovered, and the piece after it."""
        self._is_unclosed = True
        offset = self._recording.offset + at
        self._doubtful_until = max(self._doubtful_until, offset)

    def _skip(self, start: int, until: int) -> int:
        """Leave out what expat would be given too often."""
        self._doubt(until)
        detail = "skipped, because too much before it has no end"
        return self._add(start, until, XMLError(XMLCode.LIMIT, None, detail))

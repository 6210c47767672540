r"""Stanzas out of a recording, however large, in constant memory.

A recording is a stream document, one that just ends (a log), stanzas one after
another, or an archive export (XEP-0313 results, in XEP-0227 or any other root).
The octets are cut where a child of the stream ends, and each piece goes through
the one parser of `xep0184._xml` within the namespaces of its stream. So a
broken stanza costs itself and nothing else, and every line number is exact.
Where nothing is unusual, many pieces are parsed in one go, to the same result.

This module knows where a stanza begins and ends, not what it means.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from xep0184 import _xml, ns
from xep0184.errors import XMLCode, XMLError, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Broken", "Source", "Stanza", "read"]


class Source(Protocol):
    """A binary file, or anything else that hands out octets."""

    def read(self, size: int, /) -> bytes:
        """Return at most this many octets; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Stanza:
    """A child of the stream that could be read.

    Attributes:
        line: Where it begins, counted from 1.
        element: The element, to be changed at will; nothing stands behind it. Its
            parent carries what it inherits and is not to be changed: other
            stanzas may be children of it, and all of them, some 64 KiB, stay in
            memory as long as one is held.
        lines_above: What to add to the ``sourceline`` of an element in it to get
            a line of the recording.
    """

    line: int
    element: _xml.LxmlElement
    lines_above: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A place that could not be read.

    Attributes:
        line: Where it begins, counted from 1.
        error: Why; its line is one of the recording.
        whole: Whether it begins with a start tag and its end was found. If not,
            reading went on behind it, where that could be told, or at the next
            line that begins a stanza, or nowhere.
    """

    line: int
    error: XMLError
    whole: bool


_LEAST: Final = 1_024  # octets to parse at once after something unusual
_CHUNK: Final = 65_536  # and at most: libxml2 counts no more lines
_CEILING: Final = 10_000_000  # octets held while looking for an end
_PIECES: Final = frozenset(
    b"message presence iq result forwarded request received query c".split()
)
"""What is a piece, not a container, even where it is the root."""
_PIECE_TAGS: Final = tuple(f"{{*}}{name.decode()}" for name in _PIECES)
_CONTAINERS: Final = frozenset(b"stream server-data host user archive".split())
"""What is a container even inside another (RFC 6120 §4, XEP-0227 §3)."""
_CONTAINER_TAGS: Final = tuple(f"{{*}}{name.decode()}" for name in _CONTAINERS)

_START_TAG: Final = re.compile(
    rb"""<((?:[^\s<>/"'=!?:\0]+:)?([^\s<>/"'=!?:\0]+))(?:[^<>"']++|"[^"<]*"|'[^'<]*')*+>"""
)
_START_TAG_OR_NONE: Final = re.compile(rb"%b|<[^<]*(?=<)" % _START_TAG.pattern)
_DECLARATION: Final = re.compile(
    rb"""<!(?:[^<>"'\[]++|"[^"]*"|'[^']*'|\[(?:[^]"']++|"[^"]*"|'[^']*')*+\])*+>"""
)
_BLANK: Final = re.compile(rb"[ \t\r\n]+")
_STANZA: Final = rb"(?:[^\s<>/:]{1,99}:)?(?:message|presence|iq|result|forwarded)"
_RESUMPTION: Final = re.compile(rb"\n<%b[\s/>]" % _STANZA)


def read(
    source: Source, /, *, limits: _xml.Limits = _xml.DEFAULT_LIMITS
) -> Iterator[Stanza | Broken]:
    r"""Iterate over the stanzas of a recording.

    Args:
        source: A file opened in binary mode.
        limits: What is refused as too large, of each stanza.

    Yields:
        Every child of a stream, or every stanza where there is no stream, and
        every place that could not be read, in document order. Nothing is raised
        but what `source` raises.

    >>> from io import BytesIO
    >>> [stanza.line for stanza in read(BytesIO(b"<iq/>\n<message/>"))]
    [1, 2]
    """
    window = _Window(source)
    context = _Context(limits)
    size = _LEAST
    while window.skip_blank():
        octets = window.likely_pieces(size)
        stanzas = _at_once(octets, window, context)
        yield from stanzas or _one_by_one(len(octets) or size, window, context)
        is_unusual = octets and not stanzas
        size = _LEAST if is_unusual else min(2 * size, _CHUNK, limits.octets)


def _at_once(octets: bytes, window: _Window, context: _Context) -> list[Stanza]:
    """Take many pieces in one parse; none if there may be anything to it.

    A parse of its own costs a stanza of 150 octets 13 us, its share in one of
    64 KiB 2 us.
    """
    if _TAG_OF_LINES.search(octets):
        return []
    elements = context.take_all(octets)
    above = window.line - 1
    window.cut(len(octets) if elements else 0)
    return [
        Stanza(above + (element.sourceline or 1), element, above)
        for element in elements
    ]


_TAG_OF_LINES: Final = re.compile(rb"\n[^<>]*>")
"""A line break in a tag, or one in text before a ``>``; libxml2 tells the line where
a start tag ends."""


def _one_by_one(
    size: int, window: _Window, context: _Context
) -> Iterator[Stanza | Broken]:
    """Take each of the pieces that begin in so many octets for itself."""
    end = window.position + size
    while window.position < end and window.skip_blank():
        piece = _next(window, context)
        if piece is not None:
            yield piece


def _next(window: _Window, context: _Context) -> Stanza | Broken | None:
    line = window.line
    try:
        end = _end_of_piece(window, context)
    except XMLError as error:
        window.resume()
        return Broken(line, _placed(error, line), whole=False)
    octets = window.cut(end)
    try:
        element = context.take(octets)
    except XMLError as error:
        return Broken(line, _placed(error, line), whole=_has_start_tag(octets))
    return None if element is None else Stanza(line, element, line - 1)


def _placed(error: XMLError, line: int) -> XMLError:
    return XMLError(error.code, line + (error.line or 1) - 1, error.detail)


def _has_start_tag(octets: bytes) -> bool:
    return _START_TAG.match(octets) is not None


class _Context:
    """The containers that are open, and what a piece inherits from them."""

    def __init__(self, limits: _xml.Limits) -> None:
        self._limits = limits
        self._open = [(b"", _xml.wrapper({}, None))]

    def opens(self, tag: re.Match[bytes]) -> bool:
        """Whether this start tag opens a container rather than a piece."""
        if tag[0].endswith(b"/>"):
            return False
        return tag[2] in _CONTAINERS or (self._at_root and tag[2] not in _PIECES)

    def take_all(self, octets: bytes) -> list[_xml.LxmlElement]:
        """Return the pieces if they are nothing else, and all in order."""
        within = self._open[-1][1]
        elements = _xml.parse_all(octets, limits=self._limits, within=within)
        is_whole = bool(elements) and self._only_pieces(elements)
        return elements if is_whole else []

    def take(self, octets: bytes) -> _xml.LxmlElement | None:
        """Return the piece; None if it is no piece but opens or closes one."""
        if octets.startswith(b"</"):
            self._close(octets[2:-1].rstrip())
            return None
        if octets.startswith((b"<?", b"<!")):
            # A declaration passes, whatever else stands there is refused.
            _xml.parse(octets + b"<_/>", limits=self._limits)
            return None
        tag = _START_TAG.match(octets)
        if tag and self.opens(tag) and tag.end() == len(octets):
            self._begin(tag)
            return None
        return self._parse(octets)

    @property
    def _at_root(self) -> bool:
        return len(self._open) == 1

    def _only_pieces(self, elements: list[_xml.LxmlElement]) -> bool:
        parent = next(elements[0].iterancestors())
        if self._at_root:
            return sum(1 for _ in parent.iterchildren(*_PIECE_TAGS)) == len(elements)
        return next(parent.iterchildren(*_CONTAINER_TAGS), None) is None

    def _parse(self, octets: bytes) -> _xml.LxmlElement:
        return _xml.parse(
            octets,
            limits=self._limits,
            form=_xml.Form.STANZA,
            within=self._open[-1][1],
        )

    def _begin(self, tag: re.Match[bytes]) -> None:
        if tag[2] == b"stream":  # may begin anew inside another (RFC 6120 §4.3.3)
            del self._open[1:]
        element = self._parse(tag[0][:-1] + b"/>")
        lineage = (element, *element.iterancestors())
        languages = (ancestor.get(ns.LANG) for ancestor in lineage)
        language = next((found for found in languages if found is not None), None)
        self._open.append((tag[1], _xml.wrapper(element.nsmap, language)))

    def _close(self, name: bytes) -> None:
        names = [opened for opened, _ in self._open]
        if name not in names[1:]:
            raise XMLError(XMLCode.NOT_WELL_FORMED, None, "end tag without a start")
        while self._open.pop()[0] != name:
            pass


_Find: TypeAlias = "Callable[[bytes, int, int], re.Match[bytes] | None]"


class _Window:
    """The octets at hand. Offsets count from where the next piece begins."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._octets = b""
        self._at = 0
        self._hopeless: dict[int, XMLError] = {}
        self.position = 0
        self.line = 1

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
        for pattern in _LIKELY_ENDS:
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
            blank = _BLANK.match(self._octets, self._at)
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
        tag, _ = self.look(_START_TAG_OR_NONE.match, offset)
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
        while (found := _RESUMPTION.search(self._octets, self._at)) is None:
            self.cut(max(0, self._at_hand - _OVERLAP))
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


_OVERLAP: Final = 200  # octets; what `_RESUMPTION` finds is shorter
_LIKELY_ENDS: Final = tuple(
    re.compile(rb"(?s:.*)%b(?=\s*<%b[\s/>])" % (end, _STANZA))
    for end in (rb"</%b\s*>" % _STANZA, rb"/>")
)
"""Greedy, so the last; ``<delay/><message>`` is one in a forwarded message, too."""


def _end_of_piece(window: _Window, context: _Context) -> int:
    """Return the offset behind the next piece."""
    if not window.starts(b"<"):
        return window.text()
    if window.starts(b"</"):
        return window.after(b">")
    for start, end in _SKIPPED.items():
        if window.starts(start):
            return window.after(end, len(start))
    if window.starts(b"<!"):
        return len(window.look(_DECLARATION.match)[0][0])
    tag = window.start_tag()
    if tag[0].endswith(b"/>") or context.opens(tag):
        return len(tag[0])
    window.ensure_hope()
    return _end_of_element(window, tag)


def _end_of_element(window: _Window, tag: re.Match[bytes]) -> int:
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


def _balance(window: _Window, name: bytes, offset: int, opened: list[int]) -> int:
    """Match start and end tags of one name, skipping what only looks like them."""
    marks = re.compile(rb"<!\[CDATA\[|<!--|<\?|</?%b(?=[\s/>])" % re.escape(name))
    while opened:
        found, begin = window.look(marks.search, offset)
        if found[0] in _SKIPPED:
            offset = window.after(_SKIPPED[found[0]], begin + len(found[0]))
        elif found[0].startswith(b"</"):
            opened.pop()
            offset = window.after(b">", begin)
        else:
            nested = window.start_tag(begin)[0]
            opened.extend(() if nested.endswith(b"/>") else (begin,))
            offset = begin + len(nested)
    return offset


_SKIPPED: Final = {b"<![CDATA[": b"]]>", b"<!--": b"-->", b"<?": b"?>"}

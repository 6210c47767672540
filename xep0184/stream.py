"""Stanzas out of a recording, however large, in constant memory.

A recording is a stream document, one that just ends (a log), stanzas one after
another, or an archive export (XEP-0313 results, in XEP-0227 or any other root).
The octets are cut where a child of the stream ends, and each piece goes through
the one parser of `xep0184._xml` within the namespaces of its stream. So a
broken stanza costs itself and nothing else, and every line number is exact.

This module knows where a stanza begins and ends, not what it means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from xep0184 import _xml, ns
from xep0184.errors import XMLCode, XMLError

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        element: The element; its parent carries what it inherits.
    """

    line: int
    element: _xml.LxmlElement


@dataclass(frozen=True, slots=True)
class Broken:
    """A place that could not be read.

    Attributes:
        line: Where it begins, counted from 1.
        error: Why; its line is one of the recording.
        whole: Whether its end was found. If not, reading went on at the next
            line that begins a stanza, or nowhere.
    """

    line: int
    error: XMLError
    whole: bool


_CHUNK: Final = 65_536
_CEILING: Final = 10_000_000  # octets held while looking for an end
_ROOT_PIECES: Final = frozenset(
    b"message presence iq result forwarded request received query c".split()
)
"""What is a piece, not a container, even where it is the root."""
_CONTAINERS: Final = frozenset(b"stream server-data host user archive".split())
"""What is a container even inside another (RFC 6120 §4, XEP-0227 §3)."""

_START_TAG: Final = re.compile(
    rb"""<((?:[^\s<>/"'=!?:]+:)?([^\s<>/"'=!?:]+))(?:[^<>"']++|"[^"<]*"|'[^'<]*')*+>"""
)
_BLANK: Final = re.compile(rb"[ \t\r\n]+")
_RESUMPTION: Final = re.compile(rb"\n<(?:[^\s<>/:]+:)?(?:message|presence|iq)[\s/>]")


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
    while window.skip_blank():
        line = window.line
        try:
            end = _end_of_piece(window, context)
        except XMLError as error:
            window.resume()
            yield Broken(line, _placed(error, line), whole=False)
            continue
        try:
            element = context.take(window.cut(end))
        except XMLError as error:
            yield Broken(line, _placed(error, line), whole=True)
        else:
            if element is not None:
                yield Stanza(line, element)


def _placed(error: XMLError, line: int) -> XMLError:
    return XMLError(error.code, line + (error.line or 1) - 1, error.detail)


class _Context:
    """The containers that are open, and what a piece inherits from them."""

    def __init__(self, limits: _xml.Limits) -> None:
        self._limits = limits
        self._wrappers = [b""]

    def opens(self, tag: re.Match[bytes]) -> bool:
        """Whether this start tag opens a container rather than a piece."""
        if tag[0].endswith(b"/>"):
            return False
        is_root = len(self._wrappers) == 1
        return tag[2] in _CONTAINERS or (is_root and tag[2] not in _ROOT_PIECES)

    def take(self, octets: bytes) -> _xml.LxmlElement | None:
        """Return the piece; None if it is no piece but opens or closes one."""
        if octets.startswith(b"</"):
            self._close()
            return None
        if octets.startswith((b"<?", b"<!")):
            # A declaration passes, whatever else stands there is refused.
            _xml.parse(octets + b"<_/>", limits=self._limits)
            return None
        tag = _START_TAG.match(octets)
        if tag and self.opens(tag) and tag.end() == len(octets):
            self._open(octets, tag[2])
            return None
        return self._parse(octets)

    def _parse(self, octets: bytes) -> _xml.LxmlElement:
        form = _xml.Form.STANZA
        return _xml.parse(
            octets, limits=self._limits, form=form, within=self._wrappers[-1]
        )

    def _open(self, tag: bytes, name: bytes) -> None:
        if name == b"stream":  # one may begin anew inside another (RFC 6120 §4.3.3)
            del self._wrappers[1:]
        element = self._parse(tag[:-1] + b"/>")
        parent = element.getparent()
        inherited = None if parent is None else parent.get(ns.LANG)
        language = element.get(ns.LANG, inherited)
        self._wrappers.append(_xml.wrapper(element.nsmap, language))

    def _close(self) -> None:
        if len(self._wrappers) == 1:
            raise XMLError(XMLCode.NOT_WELL_FORMED, None, "end tag without a start")
        self._wrappers.pop()


class _Window:
    """The octets at hand. Offsets count from where the next piece begins."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._octets = b""
        self._at = 0
        self.line = 1

    def cut(self, length: int) -> bytes:
        """Take octets off the front."""
        octets = self._octets[self._at : self._at + length]
        self._at += length
        self.line += octets.count(b"\n")
        return octets

    def skip_blank(self) -> bool:
        """Go to the next octet that is no white space; False at the end."""
        while True:
            blank = _BLANK.match(self._octets, self._at)
            self.cut(0 if blank is None else len(blank[0]))
            if self._at < len(self._octets):
                return True
            if not self._refill():
                return False

    def starts(self, *prefixes: bytes) -> bool:
        """Whether the window begins with one of these."""
        while len(self._octets) - self._at < max(map(len, prefixes)):
            if not self._refill():
                break
        return self._octets.startswith(prefixes, self._at)

    def after(self, needle: bytes, offset: int = 0) -> int:
        """Return the offset behind the next occurrence."""
        while (found := self._octets.find(needle, self._at + offset)) < 0:
            self._demand(f"no {needle.decode()} up to the end")
        return found - self._at + len(needle)

    def holds(self, needle: bytes, start: int, end: int) -> bool:
        """Whether something stands between two offsets."""
        return self._octets.find(needle, self._at + start, self._at + end) >= 0

    def start_tag(self, offset: int = 0) -> re.Match[bytes]:
        """Return the start tag that begins at an offset, as one match."""
        while (tag := _START_TAG.match(self._octets, self._at + offset)) is None:
            self._demand("no end of this start tag")
        return tag

    def search(self, pattern: re.Pattern[bytes], offset: int) -> tuple[bytes, int]:
        """Return the next match and the offset where it begins."""
        while (found := pattern.search(self._octets, self._at + offset)) is None:
            self._demand("the recording ends inside this stanza")
        return found[0], found.start() - self._at

    def resume(self) -> None:
        """Go to the next line that begins a stanza, or to the end."""
        offset = 0
        while (found := _RESUMPTION.search(self._octets, self._at + offset)) is None:
            self.cut(max(0, len(self._octets) - self._at - _CHUNK // 2))
            if not self._refill():
                self.cut(len(self._octets) - self._at)
                return
        self.cut(found.start() + 1 - self._at)

    def peek(self) -> bytes:
        """Return the front, enough of it to say what is wrong there."""
        return self._octets[self._at : self._at + 1_000]

    def _demand(self, detail: str) -> None:
        if len(self._octets) - self._at > _CEILING:
            raise XMLError(XMLCode.LIMIT, None, f"no end within {_CEILING} octets")
        if not self._refill():
            raise XMLError(XMLCode.NOT_WELL_FORMED, None, detail)

    def _refill(self) -> bool:
        """Read as much again as there is, so that looking again stays linear."""
        rest = self._octets[self._at :]
        more = self._source.read(max(_CHUNK, len(rest)))
        self._octets, self._at = rest + more, 0
        return bool(more)


def _end_of_piece(window: _Window, context: _Context) -> int:
    """Return the offset behind the next piece."""
    if window.starts(b"</"):
        return window.after(b">")
    if window.starts(b"<?"):
        return window.after(b"?>")
    if window.starts(b"<!--"):
        return window.after(b"-->")
    if not window.starts(b"<") or window.starts(b"<!"):
        _xml.parse(window.peek())  # always refused: no element begins so
    tag = window.start_tag()
    if tag[0].endswith(b"/>") or context.opens(tag):
        return len(tag[0])
    return _end_of_element(window, tag)


def _end_of_element(window: _Window, tag: re.Match[bytes]) -> int:
    """Return the offset behind the end tag that belongs to a start tag.

    Most elements hold no other of their own name: the next end tag is theirs.
    """
    length, name = len(tag[0]), tag[1]
    behind = window.after(b"</%b" % name, length)
    marks = (b"<%b" % name, b"<!", b"<?")
    if any(window.holds(mark, length, behind) for mark in marks):
        return _balance(window, name, length)
    return window.after(b">", behind)


def _balance(window: _Window, name: bytes, offset: int) -> int:
    """Count start and end tags of one name, skipping what only looks like them."""
    marks = re.compile(rb"<!\[CDATA\[|<!--|<\?|</?%b(?=[\s/>])" % re.escape(name))
    depth = 1
    while depth:
        mark, begin = window.search(marks, offset)
        if mark in _SKIPPED:
            offset = window.after(_SKIPPED[mark], begin + len(mark))
        elif mark.startswith(b"</"):
            depth -= 1
            offset = window.after(b">", begin)
        else:
            nested = window.start_tag(begin)[0]
            depth += not nested.endswith(b"/>")
            offset = begin + len(nested)
    return offset


_SKIPPED: Final = {b"<![CDATA[": b"]]>", b"<!--": b"-->", b"<?": b"?>"}

"""Holds a part of a recording in memory, with line, column and offset."""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Final

from xep0184.stream.marks import prefix_of

if TYPE_CHECKING:
    from xep0184.stream.piece import Readable

__all__ = ["Recording"]

_BLOCK: Final = 65_536  # octets
_LONGEST_PREFIX: Final = 512  # octets
_ZEROS: Final = bytes.maketrans(b"123456789", b"0" * 9)
_NEAR: Final = 256  # octets of white space at the end of a text
_STOPS_EXPAT: Final = b"&" + bytes({*range(0x20)} - {*b"\t\n\r"})
_TO_PLUS: Final = bytes.maketrans(_STOPS_EXPAT, b"+" * len(_STOPS_EXPAT))
_NO_UTF8: Final = re.compile("[\udc80-\udcff]")  # as `surrogateescape` decodes it
_NO_TAG: Final = re.compile(rb"<(?=[^A-Za-z_:/!?\x80-\xff])")
_CONTINUING: Final = bytes(range(0x80, 0xC0))  # octets that begin no character


class Recording:
    """Reads a source in blocks of one size, even if it returns fewer octets at once.

    Attributes:
        offset: The number of octets before those in memory.
        octets: The octets in memory.
        outline: The same octets for expat, with the same length. Everything in text
            that would stop expat is replaced: references, forbidden octets and
            characters, and ``<`` that begins no tag. The last octets of a block may
            be missing until the next block shows what they are.
    """

    def __init__(self, source: Readable) -> None:
        self._source: Readable | None = source
        self._decode = getincrementaldecoder("utf-8")("surrogateescape").decode
        self._rest = ""  # decoded text that is not in the outline yet
        self._known = (0, 1, 1)  # an index, its line and its column
        self.offset: int = 0
        self.octets: bytearray = bytearray()
        self.outline: bytearray = bytearray()

    def read(self) -> bool:
        """Read a block; return False if there is nothing more to read."""
        block = bytearray()
        while self._source and len(block) < _BLOCK:
            octets = self._source.read(_BLOCK - len(block))
            self._source = self._source if octets else None
            block += octets
        self.octets += block
        text = self._rest + self._decode(block, not block)
        self._rest = "<" if block and text.endswith("<") else ""
        outline = _outline(text.removesuffix(self._rest))
        self.outline += outline
        return bool(block or outline)

    def drop(self, length: int) -> None:
        """Remove the first octets from memory."""
        self._known = (0, *self.place(length)[:2])
        self.offset += length
        del self.octets[:length], self.outline[:length]

    def blank_prefixes(self, stanza: int, start: int, end: int) -> None:
        """Blank what a tool wrote at the beginning of lines, if all of them begin so.

        Args:
            stanza: Where the stanza begins; what is before it in its line is a prefix.
            start: From where on lines of the stanza are looked at.
            end: Up to where.
        """
        octets = self.octets
        following = octets.find(b"\n", start, end) + 1
        begin = octets.rfind(b"\n", max(stanza - _LONGEST_PREFIX, 0), stanza) + 1
        length = stanza - begin
        if not following or length not in range(1, _LONGEST_PREFIX):
            return
        lines = (octets[begin:stanza], octets[following : following + length])
        prefix = prefix_of(*(bytes(it.translate(_ZEROS)) for it in lines))
        if prefix is None or prefix.other_line.search(octets, start, end):
            return
        for found in prefix.own.finditer(octets, start, end):
            at, until = found.span()
            self.octets[at:until] = self.outline[at:until] = b" " * (until - at)

    def place(self, index: int) -> tuple[int, int, int]:
        """Return the line, column and offset of an octet.

        An index must not be smaller than that of the call before.
        """
        known, line, column = self._known
        if begin := self.octets.rfind(b"\n", known, index) + 1:
            line, column = line + self.octets.count(b"\n", known, index), 1
        passed = self.octets[begin or known : index]
        if not passed.isascii():
            passed = passed.translate(None, _CONTINUING)
        column += len(passed)
        self._known = (index, line, column)
        return line, column, self.offset + index

    def line_before(self, index: int) -> int:
        """Return the line where the text before an index ends; as for `place`."""
        line = self.place(index)[0]
        near = self.octets[max(index - _NEAR, 0) : index]
        return line - near.count(b"\n", len(near.rstrip()))


def _outline(text: str) -> bytes:
    if not text.isascii():
        text = text.replace("\ufffe", "xxx").replace("\uffff", "xxx")
        text = _NO_UTF8.sub("x", text)
    return _NO_TAG.sub(b"x", text.encode().translate(_TO_PLUS))

"""Reads a recording: its stanzas and what cannot be read, with place and direction."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeAlias

from xep0184 import stream, xml
from xep0184._value import value
from xep0184.recordings.directions import NEAR, Direction, DirectionFinder
from xep0184.recordings.faults import RecordingCode, RecordingError
from xep0184.recordings.framing import Framing, is_terms
from xep0184.stream import Broken, Stanza, TextReader
from xep0184.stream.unescaping import Unescaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xep0184.errors import XMLError
    from xep0184.recordings.input_files import Source

__all__ = ["Entry", "Place", "Unreadable", "read"]

_Piece: TypeAlias = "tuple[bytes, Stanza | Broken]"


@value(kw_only=True)
class Unreadable:
    """A stretch of a recording that cannot be read.

    Attributes:
        last_line: The line where it ends.
        places: How many stanzas in it cannot be read, one after another.
        error: The first reason; line and column are those of the recording.
        whole: Whether it is one element whose end was found.

    >>> from xep0184.errors import XMLCode, XMLError
    >>> error = XMLError(XMLCode.LIMIT)
    >>> Unreadable(last_line=2, places=1, error=error, whole=True).places
    1
    """

    last_line: int
    places: int
    error: XMLError
    whole: bool


@value(kw_only=True)
class Place:
    """Where an entry begins.

    Attributes:
        file: The name of the file.
        line: The line, counted from 1.
        column: The column in characters, counted from 1.
        number: Which entry of the file it is, counted from 1.

    >>> Place(file="a.log", line=3, column=1, number=2).line
    3
    """

    file: str
    line: int
    column: int
    number: int


@value(kw_only=True)
class Entry:
    """One stanza of a recording, or a stretch that cannot be read.

    Attributes:
        place: Where it begins.
        direction: Whether it was sent or received.
        content: The stanza, or why there is none.
        before: The end of the text between it and the stanza before.

    >>> from io import BytesIO
    >>> from xep0184.recordings import Source
    >>> (entry,) = read(Source(BytesIO(b"SENT: <iq/>")), Framing.TEXT, file="a.log")
    >>> entry.place.line, entry.place.column, entry.direction.value
    (1, 7, 'sent')
    """

    place: Place
    direction: Direction
    content: Stanza | Unreadable
    before: bytes = b""

    @property
    def evidence(self) -> Stanza | None:
        """The stanza, unless it may be part of something that cannot be read."""
        stanza = self.content if isinstance(self.content, Stanza) else None
        return None if stanza is None or stanza.recovered else stanza


def read(
    source: Source,
    framing: Framing,
    /,
    *,
    file: str = "",
    limits: xml.Limits = xml.DEFAULT_LIMITS,
) -> Iterator[Entry]:
    """Iterate over the entries of a recording, in linear time and constant memory.

    Args:
        source: The recording.
        framing: How the stanzas stand in it, as `recognise` says.
        file: The name of the file.
        limits: The limits for each stanza.

    Raises:
        RecordingError: Nothing in it can be read, so it is no recording.

    >>> from io import BytesIO
    >>> from xep0184.recordings import Source
    >>> source = Source(BytesIO(b"1 < 2, but <iq/> is one"))
    >>> [entry.content.octets for entry in read(source, Framing.TEXT)]
    [b'<iq/>']
    """
    reader: TextReader | None = None
    if framing is Framing.STREAM:
        pieces: Iterator[_Piece] = (
            (b"", it) for it in stream.read(source, limits=limits)
        )
    else:
        octets = source if framing is Framing.TEXT else Unescaped(source)
        reader = TextReader(octets, limits=limits)
        pieces = reader.pieces()
    entries = _entries(pieces, file, 5 if framing is Framing.JSON else 1)
    first = list(islice(entries, 1))
    if not first or not _is_readable(first[0]):
        first += islice(entries, 1)
        if len(first) < 2:  # noqa: PLR2004  # two stretches cannot be neighbours
            raise _no_recording(source, reader, first)
    yield from chain(first, entries)


def _is_readable(entry: Entry) -> bool:
    return isinstance(entry.content, Stanza) or entry.content.whole


def _no_recording(
    source: Source, reader: TextReader | None, first: list[Entry]
) -> RecordingError:
    if is_terms(source.head):
        return RecordingError(RecordingCode.TERMS)
    if reader is not None and reader.opening_tags:
        return RecordingError(RecordingCode.OPENING_TAGS)
    errors = [it.content.error for it in first if isinstance(it.content, Unreadable)]
    return RecordingError(RecordingCode.NO_STANZA, "".join(map(str, errors)))


def _entries(pieces: Iterable[_Piece], file: str, lines: int) -> Iterator[Entry]:
    finder = DirectionFinder(lines=lines)
    for number, (text, piece, places) in enumerate(_stretches(pieces), 1):
        element = piece.element if isinstance(piece, Stanza) else None
        yield Entry(
            place=Place(file=file, line=piece.line, column=piece.column, number=number),
            direction=finder.find(text, element),
            content=_content(piece, places),
            before=text[-NEAR:],
        )


def _content(piece: Stanza | Broken, places: int) -> Stanza | Unreadable:
    if isinstance(piece, Stanza):
        return piece
    return Unreadable(
        last_line=piece.last_line, places=places, error=piece.error, whole=piece.whole
    )


def _stretches(
    pieces: Iterable[_Piece],
) -> Iterator[tuple[bytes, Stanza | Broken, int]]:
    """Join neighbours whose ends were not found, so that each stretch is told once."""
    open_: tuple[bytes, Broken, int] | None = None
    for text, piece in pieces:
        if isinstance(piece, Broken) and not piece.whole:
            before, first, places = open_ or (text, piece, 0)
            open_ = before, replace(first, last_line=piece.last_line), places + 1
            continue
        if open_ is not None:
            yield open_
            open_ = None
        yield text, piece, 1
    if open_ is not None:
        yield open_

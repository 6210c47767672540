"""Reads a recording: its stanzas and what cannot be read, with place and direction."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from itertools import accumulate, chain, groupby, islice
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from xep0184 import stream, xml
from xep0184._value import value
from xep0184.recordings.directions import NEAR, Direction, DirectionFinder
from xep0184.recordings.faults import RecordingCode, RecordingError
from xep0184.recordings.framing import (
    ESCAPES,
    Framing,
    is_encoded,
    is_terms,
    recognise,
)
from xep0184.stream import Broken, Stanza, TextReader
from xep0184.stream.unescaping import Unescaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from xep0184.recordings.input_files import Source
    from xep0184.stream import Readable

__all__ = ["Entry", "Place", "read"]

_Piece: TypeAlias = "tuple[bytes, Stanza | Broken]"

_STEPS: Final[Mapping[int, int]] = {ord("{"): 1, ord("}"): -1}
_MOST_NESTED: Final = 3  # as colours in strings of Erlang in those of JSON
_AFTER: Final = NEAR  # octets after a stanza that may belong to its record


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
        before: The end of the text between it and the stanza before. In JSON it is
            the text of its record: first what follows the stanza, then what is before
            it.

    >>> from io import BytesIO
    >>> from xep0184.recordings import Source
    >>> (entry,) = read(Source(BytesIO(b"SENT: <iq/>")), Framing.TEXT, file="a.log")
    >>> entry.place.line, entry.place.column, entry.direction.value
    (1, 7, 'sent')
    """

    place: Place
    direction: Direction
    content: Stanza | Broken
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
        pieces = ((b"", it) for it in stream.read(source, limits=limits))
    else:
        after = _AFTER if framing is Framing.JSON else 0
        reader = TextReader(_plain(source, framing), limits=limits, after=after)
        pieces = (
            (_of_record(before, behind) if after else before, it)
            for it, before, behind in reader.pieces()
        )
    entries = _entries(pieces, file, 8 if framing is Framing.JSON else 1)
    first = list(islice(entries, 1))
    if not first or _is_cut_off(first[0].content):
        first += islice(entries, 1)
        if len(first) < 2:  # noqa: PLR2004  # two stretches cannot be neighbours
            raise _no_recording(source, reader, first)
    yield from chain(first, entries)


def _plain(source: Source, framing: Framing) -> Readable:
    """Return a source without its escapes; what is in them may be escaped again."""
    plain: Readable = source
    head, inner = source.head, framing
    for _ in range(_MOST_NESTED):
        if (escapes := ESCAPES.get(inner)) is None:
            break
        plain = Unescaped(plain, escapes)
        head = escapes.pattern.sub(escapes.plain, head)
        inner = recognise(head, within=inner)
    return plain


def _of_record(before: bytes, behind: bytes) -> bytes:
    """Return the text of a record: what follows its stanza, then what is before it."""
    if not before:  # of the same string as the stanza before
        return b""
    rest = behind[: _end_of_record(behind)][: NEAR // 2].replace(b"\n", b" ") + b"\n"
    return rest + before[_end_of_record(before) :][len(rest) - NEAR :]


def _end_of_record(text: bytes) -> int:
    """Return where most objects are closed: between two records."""
    depths = accumulate(_STEPS.get(it, 0) for it in text)
    lowest, end = min(((it, at) for at, it in enumerate(depths, 1)), default=(0, 0))
    return end if lowest < 0 else 0


def _no_recording(
    source: Source, reader: TextReader | None, first: list[Entry]
) -> RecordingError:
    if is_terms(source.head):
        return RecordingError(RecordingCode.TERMS)
    if is_encoded(source.head):
        return RecordingError(RecordingCode.ENCODED)
    if reader is not None and reader.opening_tags:
        return RecordingError(RecordingCode.OPENING_TAGS)
    errors = [it.content.error for it in first if isinstance(it.content, Broken)]
    return RecordingError(RecordingCode.NO_STANZA, "".join(map(str, errors)))


def _entries(pieces: Iterable[_Piece], file: str, lines: int) -> Iterator[Entry]:
    finder = DirectionFinder(lines=lines)
    for number, (text, piece) in enumerate(_stretches(pieces), 1):
        element = piece.element if isinstance(piece, Stanza) else None
        yield Entry(
            place=Place(file=file, line=piece.line, column=piece.column, number=number),
            direction=finder.find(text, element),
            content=piece,
            before=text[-NEAR:],
        )


def _stretches(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """Join neighbours whose ends were not found, so that each stretch is told once."""
    for is_cut_off, neighbours in groupby(pieces, lambda it: _is_cut_off(it[1])):
        if is_cut_off:
            yield reduce(_joined, cast("Iterator[tuple[bytes, Broken]]", neighbours))
        else:
            yield from neighbours


def _is_cut_off(piece: Stanza | Broken) -> bool:
    return isinstance(piece, Broken) and not piece.whole


def _joined(
    begun: tuple[bytes, Broken], added: tuple[bytes, Broken]
) -> tuple[bytes, Broken]:
    (text, first), (_, last) = begun, added
    length = last.offset + last.length - first.offset
    places = first.places + last.places
    joined = replace(first, last_line=last.last_line, length=length, places=places)
    return text, joined

"""Opens recordings: compressed ones as they are, and the files of a folder."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import os
import re
import zlib
from typing import TYPE_CHECKING, Any, Final

from xep0184.recordings.faults import RecordingCode, RecordingError
from xep0184.recordings.framing import begin_of_numbers
from xep0184.stream.numbers import WithoutNumbers
from xep0184.stream.unescaping import Unescaped, whole_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from xep0184.stream import Readable

__all__ = ["Source", "files_in"]

_HEAD: Final = 524_288  # octets: as many as two of the largest stanzas have
_BLOCK: Final = 65_536


def _from(encoding: str) -> Callable[[Any], Readable]:
    return lambda file: codecs.EncodedFile(file, "utf-8", encoding, "replace")


_OPENERS: Final[Mapping[bytes, Callable[[Any], Readable]]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"\xff\xfe|\xfe\xff": _from("utf-16"),
    rb"(?:[\t-~]\x00){4}": _from("utf-16-le"),
    rb"(?:\x00[\t-~]){4}": _from("utf-16-be"),
    codecs.BOM_UTF8: lambda file: _after(len(codecs.BOM_UTF8), file),
    rb"[-:.+0-9TZ]{20,35} std(?:out|err) [FP] ": lambda file: Unescaped(
        file, whole_lines(file.head)
    ),
}
"""How other files are read, by patterns of what these begin with."""


class _Looked:
    """A source whose first octets can be looked at; `read` returns them as well."""

    def __init__(self, source: Readable, /) -> None:
        self._source = source
        self.head: bytes = b""
        self._damage: RecordingError | None = None  # behind the head
        try:
            self._look()
        except RecordingError as damage:
            if not self.head:
                raise
            self._damage = damage
        self._left = self.head

    def _look(self) -> None:
        # In blocks, because a damaged one is lost.
        while len(self.head) < _HEAD and (octets := self._more(_BLOCK)):
            self.head += octets

    def read(self, size: int, /) -> bytes:
        """Return at most this many octets; none at the end."""
        octets, self._left = self._left[:size], self._left[size:]
        if not octets and self._damage is not None:
            raise self._damage
        return octets or self._more(size)

    def _more(self, size: int) -> bytes:
        try:
            return self._source.read(size)
        except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the file cannot be read at all
            raise RecordingError(RecordingCode.DAMAGED, str(error)) from None


class Source(_Looked):
    """A recording whose beginning can be looked at.

    Args:
        source: A file opened in binary mode; it may be compressed (.gz, .bz2, .xz).

    Attributes:
        head: The first 524,288 octets or some more, uncompressed. `read` returns them
            as well. Octets that were written as numbers are strings.

    Raises:
        RecordingError: DAMAGED, if it cannot be uncompressed; so does `read`.

    >>> from io import BytesIO
    >>> source = Source(BytesIO(gzip.compress(b"<iq/>")))
    >>> source.head, source.read(3), source.read(3), source.read(3)
    (b'<iq/>', b'<iq', b'/>', b'')
    """

    def __init__(self, source: Readable, /) -> None:
        looked: Any = _Looked(source)
        for magic, opener in _OPENERS.items():
            if re.match(magic, looked.head):
                looked = _Looked(opener(looked))
        begin = begin_of_numbers(looked.head)
        super().__init__(WithoutNumbers(looked, begin) if begin else looked)


def _after(octets: int, file: Readable) -> Readable:
    file.read(octets)
    return file


def files_in(path: str, /) -> Iterator[str]:
    """Yield the files of a folder and its folders, in order; or the file itself.

    Args:
        path: The name of a file or a folder. Of a folder, hidden files are left out,
            and pipes, sockets and devices, which may have no end.
    """
    if not os.path.isdir(path):  # noqa: PTH112  # a name as it was given
        yield path
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = os.path.join(folder, name)  # noqa: PTH118  # as above
            if not (name.startswith(".") or _is_special(file)):
                yield file


def _is_special(file: str) -> bool:
    """Check whether a name is of something else than a file that can be read."""
    exists = os.path.exists(file)  # noqa: PTH110  # a broken link is to be reported
    return exists and not os.path.isfile(file)  # noqa: PTH113

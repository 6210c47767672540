r"""Reads the stanzas of a recording of any length, in constant memory.

A recording is a stream document, one that just ends (a log), stanzas one after
another, or an archive export (XEP-0313 results, in XEP-0227 or any other root).
The octets are cut into pieces where a child of the stream ends, and `xep0184.xml`
parses each piece within the namespaces of its stream. So only a broken stanza is
lost, and every line number is exact. Where nothing is unusual, many pieces are parsed
together, with the same result.

`TextReader` does the same for stanzas in any text. This package finds where a stanza
begins and ends; it does not interpret it.
"""

from __future__ import annotations

from xep0184.stream.piece import Broken, Readable, Stanza
from xep0184.stream.reading import read
from xep0184.stream.text import TextReader

__all__ = ["Broken", "Readable", "Stanza", "TextReader", "read"]

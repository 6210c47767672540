r"""Stanzas out of a recording, however large, in constant memory.

A recording is a stream document, one that just ends (a log), stanzas one after
another, or an archive export (XEP-0313 results, in XEP-0227 or any other root).
The octets are cut where a child of the stream ends, and each piece goes through
the one parser of `xep0184.xml` within the namespaces of its stream. So a
broken stanza costs itself and nothing else, and every line number is exact.
Where nothing is unusual, many pieces are parsed in one go, to the same result.

This package knows where a stanza begins and ends, not what it means.
"""

from __future__ import annotations

from xep0184.stream.piece import Broken, Readable, Stanza
from xep0184.stream.reading import read

__all__ = ["Broken", "Readable", "Stanza", "read"]

"""Reads the recordings that people have, and follows what happens in them.

`recognise` tells how stanzas stand in a file, `read` gives its entries: stanzas and
what cannot be read, each with its place and its direction. No terminal is known here.
"""

from __future__ import annotations

from xep0184.recordings.directions import Direction
from xep0184.recordings.entry import Entry, Place, read
from xep0184.recordings.faults import RecordingCode, RecordingError
from xep0184.recordings.framing import DESCRIPTIONS, Framing, recognise
from xep0184.recordings.input_files import Source, files_in
from xep0184.recordings.redacting import Redactor

__all__ = [
    "DESCRIPTIONS",
    "Direction",
    "Entry",
    "Framing",
    "Place",
    "RecordingCode",
    "RecordingError",
    "Redactor",
    "Source",
    "files_in",
    "read",
    "recognise",
]

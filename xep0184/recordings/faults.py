"""Why a file cannot be read as a recording."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184.errors import RemoteError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RecordingCode", "RecordingError"]


class RecordingCode(StrEnum):
    """Why a file is no recording."""

    DAMAGED = "damaged"
    """It cannot be uncompressed."""
    ENCODED = "encoded"
    """It holds messages in base64, or as hexadecimal numbers."""
    NO_ACCOUNT = "no-account"
    """It does not tell which account recorded it."""
    NO_STANZA = "no-stanza"
    """It holds no stanza that can be read."""
    OPENING_TAGS = "opening-tags"
    """It holds only the start tags of stanzas."""
    TERMS = "terms"
    """It holds stanzas as terms of Erlang, not as XML."""


_TEXTS: Final[Mapping[RecordingCode, str]] = {
    RecordingCode.DAMAGED: "the compressed file is damaged",
    RecordingCode.ENCODED: (
        "this log has base64 or hexadecimal numbers instead of XML; decode it, or "
        "save it as text (in Wireshark: Follow TCP Stream; with tcpdump: -A)"
    ),
    RecordingCode.NO_ACCOUNT: "it does not tell which account recorded it",
    RecordingCode.NO_STANZA: "it holds no stanza",
    RecordingCode.OPENING_TAGS: (
        "this log has no whole stanzas, only their start tags; switch on the log of "
        "whole stanzas (in Prosody: mod_stanza_debug)"
    ),
    RecordingCode.TERMS: (
        "this log has Erlang terms instead of XML; switch on a log of the XML (in "
        "ejabberd: mod_logxml, or log level debug)"
    ),
}


class RecordingError(RemoteError):
    """A file that is no recording.

    Attributes:
        code: Why.
        detail: What the parser or the library says of it; '' for nothing.
    """

    def __init__(self, code: RecordingCode, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    @property
    def is_empty(self) -> bool:
        """Whether nothing in the file resembles a stanza."""
        return self.code is RecordingCode.NO_STANZA and not self.detail

    def __str__(self) -> str:
        text = _TEXTS[self.code]
        return f"{text}: {self.detail}" if self.detail else text

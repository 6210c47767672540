"""Text to what reads back as the text: two escapes and one refusal."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from xep0184.errors import BuildCode, BuildError

__all__ = ["escape_attribute", "escape_text", "is_writable"]

# Nearly every text stands for itself; to see that takes a tenth of a translation.
_SPECIAL: Final = re.compile("[^ !#-%'-;=?-~]").search

_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTES: Final = _IN_TEXT | str.maketrans(
    {'"': "&quot;", "\t": "&#9;", "\n": "&#10;"}
)


# The two begin alike; a function for what they share would cost each of the four texts
# of an ack a call, and with it the lead over a codec written in C++.


def escape_text(text: str, /, field: str) -> str:
    """Return character data that reads back as the text (XML 1.0 §2.4, §2.11).

    Args:
        text: What to write.
        field: What to call it, should it be refused.

    Raises:
        BuildError: NOT_TEXT, ILLEGAL_CHARACTER.

    >>> escape_text("1 < 2", "body")
    '1 &lt; 2'
    """
    try:
        special = _SPECIAL(text)
    except TypeError:
        raise BuildError(BuildCode.NOT_TEXT, field) from None
    if special is None:
        return text
    return _writable(text, field).translate(_IN_TEXT)


def escape_attribute(value: str, /, field: str) -> str:
    """Return the inside of a double-quoted attribute value (XML 1.0 §3.3.3).

    TAB, LF and CR become character references; as themselves they would be read
    back as blanks.

    Args:
        value: What to write.
        field: What to call it, should it be refused.

    Raises:
        BuildError: NOT_TEXT, ILLEGAL_CHARACTER.

    >>> escape_attribute('a"b', "id")
    'a&quot;b'
    """
    try:
        special = _SPECIAL(value)
    except TypeError:
        raise BuildError(BuildCode.NOT_TEXT, field) from None
    if special is None:
        return value
    return _writable(value, field).translate(_IN_ATTRIBUTES)


def is_writable(text: str, /) -> bool:
    """Whether XML 1.0 has a place for every character (XML 1.0 §2.2).

    Args:
        text: Any text.

    >>> is_writable("a"), is_writable(chr(1))
    (True, False)
    """
    return _SPECIAL(text) is None or _illegal().search(text) is None


@cache  # to compile it costs 3 ms, a fifth of importing lxml; most never need it
def _illegal() -> re.Pattern[str]:
    """Return what finds everything that is no Char (XML 1.0 §2.2)."""
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _writable(text: str, field: str) -> str:
    if not is_writable(text):
        raise BuildError(BuildCode.ILLEGAL_CHARACTER, field)
    return text

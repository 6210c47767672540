"""Recognises how stanzas stand in a file, by looking at its beginning."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184.stream.unescaping import (
    COLOURS,
    DOUBLED_APOSTROPHES,
    DOUBLED_QUOTES,
    ESCAPED_BREAKS,
    MARKUP,
    PERCENT,
    QUOTED_PRINTABLE,
    STRINGS,
    TYPOGRAPHIC_QUOTES,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xep0184.stream.unescaping import Escapes

__all__ = [
    "DESCRIPTIONS",
    "ESCAPES",
    "Framing",
    "begin_of_numbers",
    "is_encoded",
    "is_terms",
    "recognise",
]


class Framing(StrEnum):
    """How stanzas stand in a file."""

    STREAM = "stream"
    """A stream, or an archive export: nothing but XML."""
    TEXT = "text"
    """Stanzas alone, or in any text: logs, XML consoles, BOSH, WebSocket, wrappers."""
    JSON = "json"
    """Stanzas in strings with the escapes of JSON, C, Python: HTTP archives, arrays."""
    ERLANG = "erlang"
    """Stanzas in binaries of Erlang."""
    MARKUP = "markup"
    """Stanzas whose markup is escaped: XML and HTML with ``&lt;message``."""
    CSV = "csv"
    """Stanzas in fields of CSV, with doubled quotes."""
    SQL = "sql"
    """Stanzas in literals of SQL, with doubled apostrophes."""
    COLOURS = "colours"
    """Text with the colours of a terminal in it."""
    MAIL = "mail"
    """Stanzas in a mail, with ``=3D`` for ``=``."""
    TYPOGRAPHIC = "typographic"
    """Text in which a word processor or a chat has replaced the quotes."""
    URL = "url"
    """Stanzas in the parameters of URLs, with ``%3C`` for ``<``."""
    BREAKS = "breaks"
    r"""Text with ``#012`` (syslog) or ``\n`` for line breaks between elements."""
    PYTHON = "python"
    """Stanzas in octets of Python or Rust, such as ``b'<iq id=\\'1\\'/>'``."""


DESCRIPTIONS: Final[Mapping[Framing, str]] = {
    Framing.STREAM: "a stream or an archive export",
    Framing.TEXT: "text with stanzas in it",
    Framing.JSON: "strings of JSON with stanzas in them",
    Framing.ERLANG: "binaries of Erlang with stanzas in them",
    Framing.MARKUP: "escaped markup (&lt;message) with stanzas in it",
    Framing.CSV: "fields of CSV with stanzas in them",
    Framing.SQL: "literals of SQL with stanzas in them",
    Framing.COLOURS: "text with colours of a terminal and stanzas in it",
    Framing.MAIL: "a mail (quoted-printable) with stanzas in it",
    Framing.TYPOGRAPHIC: "text with typographic quotes and stanzas in it",
    Framing.URL: "parameters of URLs (%3Cmessage) with stanzas in them",
    Framing.PYTHON: "octets of Python with stanzas in them",
    Framing.BREAKS: r"text with escaped line breaks (#012, \n) and stanzas in it",
}
ESCAPES: Final[Mapping[Framing, Escapes]] = {
    Framing.JSON: STRINGS,
    Framing.ERLANG: STRINGS,
    Framing.MARKUP: MARKUP,
    Framing.CSV: DOUBLED_QUOTES,
    Framing.SQL: DOUBLED_APOSTROPHES,
    Framing.COLOURS: COLOURS,
    Framing.MAIL: QUOTED_PRINTABLE,
    Framing.TYPOGRAPHIC: TYPOGRAPHIC_QUOTES,
    Framing.URL: PERCENT,
    Framing.BREAKS: ESCAPED_BREAKS,
    Framing.PYTHON: STRINGS,
}
"""What is removed before the text is read."""

_STREAM: Final = re.compile(
    rb"\A\s*+(?:<\?xml\s[^<>]*\?>\s*+)?"
    rb"<(?:[^\s<>/:]{1,99}:)?(?:stream|server-data|host|user|archive)[\s>]"
)
_STANZA: Final = rb"(?:[^\s<>/:&%\\]*+:)?(?:message|presence|iq)"
_ATTRIBUTE: Final = rb"""<%b\s++[^\s<>"'=\\&]++\s*+=\s*+""" % _STANZA
_UNICODE: Final = rb"\\(?:u003[Cc]|u0026lt;|x3[Cc])%b[\s\\]" % _STANZA
_LT: Final = rb"(?:amp;){0,2}(?:lt|#60|#x3[Cc]);"
_MARKUP: Final = rb"(?:\A|\n)(?:(?!\\u003[Cc]|\\x3[Cc])[^\n])*?&%b%b[\s&<]" % (
    _LT,
    _STANZA,
)
_Signs: TypeAlias = "Sequence[tuple[bytes, Framing | None]]"
_UNESCAPED_SIGNS: Final[_Signs] = [
    (rb"""(?<!["'>])""" + _ATTRIBUTE + rb"""["'][^"'\\]""", Framing.TEXT),
    (
        rb"""(?<=["'])(?<!<<")(?<!\bb["'])""" + _ATTRIBUTE + rb"""["'][^"'\\]""",
        Framing.TEXT,
    ),
]
"""Stanzas that stand in a text as they are."""
_PLAIN_SIGNS: Final[_Signs] = [
    *_UNESCAPED_SIGNS,
    (rb"""(?<=\bb["'])""" + _ATTRIBUTE + rb"""\\?["'][^"'\\]""", Framing.PYTHON),
    (_ATTRIBUTE + rb'""[^\s>/]', Framing.CSV),
    (_ATTRIBUTE + rb"''[^\s>/]", Framing.SQL),
    (rb'<<"(?:<[^<>]*+>)?' + _ATTRIBUTE + rb"\\", Framing.ERLANG),
    (_ATTRIBUTE + rb"""["'][^"'\\]""", Framing.TEXT),
    (_ATTRIBUTE + rb"""\\++(?:["']|(?:x|u00)2[27])""", Framing.JSON),
    (_ATTRIBUTE + rb"""3D["']""", Framing.MAIL),
    (_ATTRIBUTE + rb"\xe2\x80[\x98-\x9f]", Framing.TYPOGRAPHIC),
    (rb"<%b>[^<]*+<\w" % _STANZA, Framing.TEXT),
    (_ATTRIBUTE, Framing.TEXT),
]
_SIGNS: Final[_Signs] = [
    *_PLAIN_SIGNS,
    (_UNICODE, None),
    (_MARKUP, Framing.MARKUP),
    (_UNICODE, Framing.JSON),
    (rb"%%3[Cc]%b(?:%%20|\+|%%3[Ee])" % _STANZA, Framing.URL),
]
"""How stanzas are escaped that begin so; None for JSON, but only in a string.

The first that is found counts: what a peer writes into a log of one form may look like
a later one, but not like an earlier one. A binary of Erlang escapes its quotes, so an
unescaped stanza directly behind ``<<"`` is not one. Python escapes the octets behind
``b'``, but not always the quotes. A stanza behind ``>`` is inside
another one and tells nothing. Behind ``\\u003c`` in its line, escaped markup is a text.
"""
_TAG: Final = re.compile(rb"<%b[\s/>]" % _STANZA)
_SLASH: Final = re.compile(rb"<\\/%b>" % _STANZA)
_END: Final = re.compile(rb"</%b>" % _STANZA)
_STRING: Final = rb'"(?:[^"\\\n]|\\.)*+'
_IN_JSON: Final = re.compile(
    rb'\s*+[{\[](?:[\s{}\[\]:,]|%b"|-?[0-9][0-9.eE+-]*+|true|false|null)*+%b'
    % (_STRING, _STRING),
    re.DOTALL,
)
"""JSON up to a character in a string."""
_JSON: Final = re.compile(rb'[\s\x1e]*+(?:\[\s*+)?\{\s*+"')
"""The beginning of JSON with an object in it."""
_ENCODED: Final = re.compile(
    rb"PG1lc3NhZ2|xtZXNzYWdl|8bWVzc2FnZ|(?i:3c%b)"
    % b"".join(rb"\W{0,2}(?:0?x)?" + it for it in (b"6d", b"65", b"73", b"73"))
)
"""The beginning of a message in base64, whatever is before it, or in hexadecimal."""


def recognise(head: bytes, /, *, within: Framing | None = None) -> Framing:
    r"""Return the framing of a file.

    Args:
        head: The first octets of the file.
        within: The framing whose escapes were removed from it; what is in it may be
            escaped again. It cannot be JSON as a whole then. If there are tags of
            stanzas in markup or URLs now, what looks like more of these is text of
            peers.

    >>> recognise(b"10:00 SENT: <message/>").value
    'text'
    >>> recognise(rb'["<iq id=\"a\"/>"]').value
    'json'
    """
    if _STREAM.match(head):
        return Framing.STREAM
    plain = COLOURS.pattern.sub(b"", head)
    has_tags = within in {Framing.MARKUP, Framing.URL} and _TAG.search(plain)
    signs = _PLAIN_SIGNS if has_tags else _SIGNS
    framing = _escaped(plain, signs, is_json=within is None)
    if framing is within is Framing.PYTHON:
        return Framing.TEXT
    if framing is Framing.TEXT and len(plain) != len(head):
        return Framing.COLOURS
    has_breaks = framing is Framing.TEXT and ESCAPED_BREAKS.pattern.search(head)
    return Framing.BREAKS if has_breaks else framing


def _escaped(plain: bytes, signs: _Signs, *, is_json: bool) -> Framing:
    """Return how the stanzas are escaped."""
    if _SLASH.search(plain) and not _END.search(plain):
        return Framing.JSON
    for sign, framing in signs:
        if found := re.search(sign, plain):
            is_in_string = is_json and _is_in_json(plain, found.start())
            if is_in_string and framing not in {Framing.MARKUP, Framing.URL}:
                return Framing.JSON
            if framing is not None:
                return framing
    is_in_string = is_json and _is_in_json(plain, plain.find(b"<"))
    return Framing.JSON if is_in_string else Framing.TEXT


def _is_in_json(head: bytes, at: int) -> bool:
    """Check whether an octet is in a string of JSON, from the beginning or its line."""
    line = head.rfind(b"\n", 0, at) + 1
    return any(_IN_JSON.fullmatch(head, begin, at) for begin in {0, line} if at > 0)


def begin_of_numbers(head: bytes, /) -> bytes:
    """Return how lists of octets begin in a file: in JSON or Erlang; b"" for none.

    Where a stanza stands in other text as it is, a peer may write such lists there.
    """
    if _JSON.match(head):
        is_json = recognise(head) is Framing.JSON or not re.search(_ATTRIBUTE, head)
        return b"[" if is_json else b""
    if any(re.search(sign, head) for sign, _ in _UNESCAPED_SIGNS):
        return b""
    is_erlang = recognise(head) in {Framing.ERLANG, Framing.TEXT}
    return b"<<" if is_erlang and re.search(rb'<<(?:60,|"<)', head) else b""


def is_encoded(head: bytes, /) -> bool:
    """Check whether a file holds messages in base64 or as hexadecimal numbers."""
    return _ENCODED.search(head) is not None


def is_terms(head: bytes, /) -> bool:
    """Check whether a file holds stanzas as terms of Erlang or Elixir."""
    return re.search(rb"{:?xmlel,|#xmlel{", head) is not None

r"""What the places look like at which a recording may be cut.

A pattern sees octets, not XML: it says where to look and where to stop. Whether
what was cut is well-formed, the parser says.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = [
    "BLANK",
    "DECLARATION_OR_NONE",
    "LIKELY_ENDS",
    "OVERLAP",
    "RESUMPTION",
    "SKIPPED",
    "START_TAG",
    "START_TAG_OR_NONE",
    "TAG_OF_LINES",
]

BLANK: Final = re.compile(rb"[ \t\r\n]+")

START_TAG: Final = re.compile(
    rb"""<((?:[^\s<>/"'=!?:\0]++:)?([^\s<>/"'=!?:\0]++))(?:[^<>"']++|"[^"<]*"|'[^'<]*')*+>"""
)
"""Its groups are the name with its prefix and without."""
START_TAG_OR_NONE: Final = re.compile(rb"%b|<[^<]*(?=<)" % START_TAG.pattern)
"""Without groups, what is none up to the next ``<``."""

DECLARATION_OR_NONE: Final = re.compile(
    rb"""<!(?:[^<>"'\[]++|"[^"]*"|'[^']*'|\[(?:[^]"']++|"[^"]*"|'[^']*')*+\])*+(?:>|(?=<))"""
)
"""Ends with ``>`` if it is one."""
SKIPPED: Final = {b"<![CDATA[": b"]]>", b"<!--": b"-->", b"<?": b"?>"}
"""Where what only looks like tags begins, and where it ends."""

_STANZA: Final = rb"(?:[^\s<>/:]{1,99}:)?(?:message|presence|iq|result|forwarded)"
LIKELY_ENDS: Final = tuple(
    re.compile(rb"(?s:.*)%b(?=\s*<%b[\s/>])" % (end, _STANZA))
    for end in (rb"</%b\s*>" % _STANZA, rb"/>")
)
"""Greedy, so the last; ``<delay/><message>`` is one in a forwarded message, too."""

RESUMPTION: Final = re.compile(rb"\n<%b[\s/>]" % _STANZA)
OVERLAP: Final = 200  # octets; what `RESUMPTION` finds is shorter

TAG_OF_LINES: Final = re.compile(rb"\n[^<>\n]*>")
"""A line break in a tag, or one in text before a ``>``; libxml2 tells the line where
a start tag ends."""

"""One stanza's XML: octets to an element, and text to octets (RFC 6120 §11).

This package knows no stanza and no namespace.
"""

from __future__ import annotations

from typing import TypeAlias

from lxml import etree

from xep0184.xml.elements import ElementLike, check
from xep0184.xml.escapes import escape_attribute, escape_text, is_writable
from xep0184.xml.limits import DEFAULT_LIMITS, Limits, SourceForm
from xep0184.xml.parser import parse, parse_all, wrapper

LxmlElement: TypeAlias = etree._Element  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # it has no other name

__all__ = [
    "DEFAULT_LIMITS",
    "ElementLike",
    "Limits",
    "LxmlElement",
    "SourceForm",
    "check",
    "escape_attribute",
    "escape_text",
    "is_writable",
    "parse",
    "parse_all",
    "wrapper",
]

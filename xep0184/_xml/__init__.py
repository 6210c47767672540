"""Bytes to element and back, as RFC 6120 §11 allows and no further.

This package knows no stanza and no namespace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from lxml import etree

from xep0184._later import importer
from xep0184._xml.limits import DEFAULT_LIMITS, Form, Limits

if TYPE_CHECKING:
    from xep0184._xml.elements import ElementLike, check
    from xep0184._xml.parsing import parse, parse_all, wrapper
    from xep0184._xml.writing import escape_attribute, escape_text, is_writable

__all__ = [
    "DEFAULT_LIMITS",
    "ElementLike",
    "Form",
    "Limits",
    "LxmlElement",
    "check",
    "escape_attribute",
    "escape_text",
    "is_writable",
    "parse",
    "parse_all",
    "wrapper",
]

LxmlElement: TypeAlias = etree._Element  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # it has no other name

# Who reads plain messages only needs no parser, no expat, no lock, no escapes and no
# elements: importing the library takes a twelfth less without them.
if not TYPE_CHECKING:  # to a type checker any name would be there
    __getattr__ = importer(
        __name__,
        {
            "ElementLike": "elements",
            "check": "elements",
            "escape_attribute": "writing",
            "escape_text": "writing",
            "is_writable": "writing",
            "parse": "parsing",
            "parse_all": "parsing",
            "wrapper": "parsing",
        },
    )


def __dir__() -> list[str]:
    return __all__

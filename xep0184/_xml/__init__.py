"""Bytes to element and back, as RFC 6120 §11 allows and no further.

This package knows no stanza and no namespace.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from xep0184._xml.elements import ElementLike, LxmlElement, check
from xep0184._xml.limits import DEFAULT_LIMITS, Form, Limits
from xep0184._xml.writing import escape_attribute, escape_text, is_writable

if TYPE_CHECKING:
    from xep0184._xml.parsing import parse, parse_all, wrapper

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


# Who writes, or reads plain messages only, needs no parser, no expat and no lock:
# importing the library takes a twentieth less without them.
def __getattr__(name: str) -> object:
    """Import the parser when it is first asked for (PEP 562)."""
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"{__name__}.parsing"), name)
    globals()[name] = value
    return value
